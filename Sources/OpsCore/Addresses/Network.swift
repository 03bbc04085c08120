// An address or a network in one 128-bit space.  IPv4 lives at ::ffff:0:0/96, so `a.b.c.d/p` is
// the network of length 96 + p there, and one table serves both families.  A single address is a
// network of length 128.  Values are always masked: two equal networks are equal bit for bit.

/// An IPv4 or IPv6 network; an address is the network that holds just itself.
package struct Network: Hashable, Sendable {
    /// The first 64 bits of the 128-bit address, in host order.
    package let high: UInt64
    /// The last 64 bits.
    package let low: UInt64
    /// 0...128 in the 128-bit space; an IPv4 prefix is this less 96.
    package let length: UInt8

    /// The network of `length` bits that holds the address `high:low`; host bits are dropped.
    package init(high: UInt64, low: UInt64, length: UInt8) {
        precondition(length <= 128)
        self.length = length
        if length >= 128 {
            self.high = high
            self.low = low
        } else if length > 64 {
            self.high = high
            self.low = low & ~(UInt64.max >> UInt64(length - 64))
        } else {
            self.high = length == 64 ? high : high & ~(UInt64.max >> UInt64(length))
            self.low = 0
        }
    }

    /// The IPv4 network `address/prefix`, the address in host order, the prefix 0...32.
    package init(ipv4 address: UInt32, prefix: UInt8 = 32) {
        precondition(prefix <= 32)
        self.init(high: 0, low: 0xffff_0000_0000 | UInt64(address), length: 96 + prefix)
    }

    /// 127.0.0.0/8.
    package static let ipv4Loopback = Network(ipv4: 0x7f00_0000, prefix: 8)
    /// ::1/128.
    package static let ipv6Loopback = Network(high: 0, low: 1, length: 128)

    /// Whether this lies in the IPv4 part of the space.
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff && length >= 96 }

    /// Whether this is one address, not a wider network.
    package var isAddress: Bool { length == 128 }

    /// The network of `length` bits around this one; `self` where it is as wide already.
    package func widened(to length: UInt8) -> Network {
        length >= self.length ? self : Network(high: high, low: low, length: length)
    }

    /// Whether every address of `other` is one of this network's.  The families are apart: an IPv6
    /// network that reaches around ::ffff:0:0/96 holds no IPv4 address.
    package func contains(_ other: Network) -> Bool {
        guard length <= other.length, isIPv4 == other.isIPv4 else { return false }
        let masked = Network(high: other.high, low: other.low, length: length)
        return masked.high == high && masked.low == low
    }

    /// Whether the two share an address: one holds the other.
    package func overlaps(_ other: Network) -> Bool { contains(other) || other.contains(self) }
}

extension Network: Comparable {
    /// Orders by address; of networks that begin at one address, the wider comes first.
    package static func < (one: Network, other: Network) -> Bool {
        if one.high != other.high { return one.high < other.high }
        if one.low != other.low { return one.low < other.low }
        return one.length < other.length
    }
}
