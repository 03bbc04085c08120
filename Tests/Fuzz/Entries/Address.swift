// Addresses as text, with libc as the oracle: what inet_pton(3) takes is taken with the same bits,
// what it refuses is refused, and what is written reads back the same and is what inet_ntop(3)
// writes.

import Glibc
import OpsCore
import OpsTestKit

/// The bytes are one address or network.
func fuzzAddress(_ text: [UInt8]) throws(Finding) {
    let slash = text.firstIndex(of: UInt8(ascii: "/"))
    let libc = LibcAddress.value(text[..<(slash ?? text.count)])
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
        let expected = LibcAddress.text(network) + (network.isIPv4 ? "" : "/128")
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
