// What this host knows of names by itself: /etc/hosts, and whom it asks for others.  Names are
// looked up by opscheck itself: the C library's resolver would need a thread for each look-up that
// hangs.

import OpsCore
import OpsLinux
import OpsProbe

/// Names of /etc/hosts and the servers of resolv.conf.
struct HostNames: Sendable {
    /// Servers that are asked, in order.
    static let serverLimit = 3
    /// Names that are kept.
    private static let nameLimit = 10_000

    /// Addresses by name, in lower case.
    private(set) var names: [String: [Network]] = [:]
    /// Whom to ask; never empty.
    private(set) var servers: [Network] = [Network(ipv4: 0x7f00_0001)]

    /// What the texts of the two files say.
    init(hosts: [UInt8], resolver: [UInt8]) {
        for line in hosts.split(separator: 0x0a).prefix(Self.nameLimit) {
            let words = line.prefix { $0 != UInt8(ascii: "#") }
                .split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
                .map { String(decoding: $0, as: UTF8.self) }
            guard let first = words.first, let address = Network(parsing: first),
                address.isAddress, !first.contains("/")
            else { continue }
            for name in words.dropFirst() where names.count < Self.nameLimit {
                names[name.lowercased(), default: []].append(address)
            }
        }
        let found = ResolverFile.servers(resolver.span)
        if !found.isEmpty { servers = Array(found.prefix(Self.serverLimit)) }
    }

    /// What the files of this host say now.
    static var own: HostNames {
        HostNames(
            hosts: (try? FileReader.bytes(path: "/etc/hosts")) ?? [],
            resolver: (try? FileReader.bytes(path: "/etc/resolv.conf")) ?? [])
    }

    /// The addresses of a name that need no look-up: it is one, or the host knows it; nil: it has
    /// to be looked up.
    func known(_ host: String) -> [Network]? {
        if let address = Network(parsing: host), address.isAddress { return [address] }
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        if let known = names[name] { return known }
        // RFC 6761, section 6.3.
        if name == "localhost" || name.hasSuffix(".localhost") {
            return [Network(ipv4: 0x7f00_0001), Network(high: 0, low: 1, length: 128)]
        }
        return nil
    }
}

extension Network {
    /// The bytes of an address: 4 or 16, in network order.
    var addressBytes: [UInt8] {
        let all = [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
        return isIPv4 ? Array(all.suffix(4)) : all
    }

    /// The address as libraries read it, without a prefix.
    var addressText: String { String(description.prefix { $0 != "/" }) }

    /// The address of these bytes.
    init?(addressBytes bytes: [UInt8]) {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
            bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.count {
        case 4: self.init(ipv4: UInt32(word(bytes[...])))
        case 16:
            self.init(high: word(bytes.prefix(8)), low: word(bytes.suffix(8)), length: 128)
        default: return nil
        }
    }
}
