// Enough address syntax for these tests.  The daemon hands in OpsCore's own.

import OpsCore

@testable import OpsConfig

extension NetworkNotation {
    /// Dotted quads with an optional prefix, `::1`, and `2001:db8::/32`.
    static let test = NetworkNotation(
        parse: { text in
            switch text {
            case "::1", "::1/128": return .ipv6Loopback
            case "2001:db8::/32": return Network(high: 0x2001_0db8_0000_0000, low: 0, length: 32)
            default: break
            }
            let halves = text.split(separator: "/", omittingEmptySubsequences: false)
            let parts = halves[0].split(separator: ".", omittingEmptySubsequences: false)
            let bytes = parts.compactMap { $0.count > 1 && $0.first == "0" ? nil : UInt8($0) }
            guard parts.count == 4, bytes.count == 4, halves.count <= 2 else { return nil }
            let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard halves.count == 2 else { return Network(ipv4: address) }
            guard let prefix = UInt8(halves[1]), prefix <= 32 else { return nil }
            let network = Network(ipv4: address, prefix: prefix)
            return network.low & 0xffff_ffff == UInt64(address) ? network : nil
        },
        text: { network in
            if network == .ipv6Loopback { return "::1/128" }
            guard network.isIPv4 else { return "2001:db8::/32" }
            let quad = [24, 16, 8, 0].map { String(network.low >> UInt64($0) & 255) }
                .joined(separator: ".")
            return network.isAddress ? quad : "\(quad)/\(network.length - 96)"
        })
}

/// Loads text under the name `t.toml`.
func load(_ text: String) throws(ConfigurationFaults) -> Configuration {
    try Configuration.load(Array(text.utf8), file: "t.toml", networks: .test)
}

/// The faults of text, one a line; empty where it is good.
func faults(_ bytes: [UInt8]) -> [String] {
    do {
        _ = try Configuration.load(bytes, file: "t.toml", networks: .test)
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

func faults(_ text: String) -> [String] { faults(Array(text.utf8)) }
