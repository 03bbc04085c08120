// Addresses as text, with libc as the oracle: what inet_pton(3) takes is taken with the same bits,
// what it refuses is refused, and what is written reads back the same and is what inet_ntop(3)
// writes.

import Glibc
import OpsCore

/// The bytes are one address or network.
func fuzzAddress(_ text: [UInt8]) throws(Finding) {
    let slash = text.firstIndex(of: UInt8(ascii: "/"))
    let libc = libcValue(text[..<(slash ?? text.count)])
    let target: Target
    do throws(AddressFault) {
        target = try Target(parsing: text.span)
    } catch {
        try hold(error.message.utf8.count < 512, "a long message: \(error.message)")
        if slash == nil {
            try hold(libc == nil, "libc takes what is refused: \(error.message)")
        }
        return
    }
    let network = target.network
    let value = UInt128(network.high) << 64 | UInt128(network.low)
    try hold(target.isBare == (slash == nil), "bare or not")
    if target.isBare {
        try hold(libc == value, "libc reads another value than \(network)")
        // libc writes the long abandoned ::a.b.c.d of IPv4-compatible addresses.
        let isCompatible = network.high == 0 && network.low >> 32 == 0
        let expected = libcText(network) + (network.isIPv4 ? "" : "/128")
        try hold(isCompatible || expected == "\(network)", "libc writes \(expected)")
    } else {
        try hold(libc != nil, "libc refuses the address of \(network)")
    }
    let written = Array("\(network)".utf8)
    try hold(written.count <= Network.longestText, "a long text: \(network)")
    guard let again = try? Target(parsing: written.span) else {
        throw Finding(description: "\(network) is refused")
    }
    try hold(again.network == network, "\(network) reads back as \(again.network)")
}

/// The 128 bits inet_pton reads, IPv4 at ::ffff:0:0/96; nil where it reads none.
private func libcValue(_ text: ArraySlice<UInt8>) -> UInt128? {
    // libc's strings end at the first zero byte; an address holds none.
    if text.contains(0) { return nil }
    let string = (text + [0]).map { CChar(bitPattern: $0) }
    var four = in_addr()
    if inet_pton(AF_INET, string, &four) == 1 {
        return 0xffff_0000_0000 | UInt128(UInt32(bigEndian: four.s_addr))
    }
    var sixteen = in6_addr()
    guard inet_pton(AF_INET6, string, &sixteen) == 1 else { return nil }
    return withUnsafeBytes(of: &sixteen) { bytes in
        bytes.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
    }
}

private func libcText(_ network: Network) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    if network.isIPv4 {
        var address = in_addr(s_addr: UInt32(truncatingIfNeeded: network.low).bigEndian)
        inet_ntop(AF_INET, &address, &buffer, 64)
    } else {
        var halves = (network.high.bigEndian, network.low.bigEndian)
        inet_ntop(AF_INET6, &halves, &buffer, 64)
    }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
