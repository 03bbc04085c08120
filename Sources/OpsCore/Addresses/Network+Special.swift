// Addresses with a meaning of their own.  Source: the IANA special-purpose address registries.

extension Network {
    /// 0.0.0.0.
    static let ipv4Unspecified = Network(ipv4: 0)
    /// 255.255.255.255.
    static let ipv4Broadcast = Network(ipv4: .max)
    /// 224.0.0.0/4.
    static let ipv4Multicast = Network(ipv4: 0xe000_0000, prefix: 4)
    /// ::.
    static let ipv6Unspecified = Network(high: 0, low: 0, length: 128)
    /// ff00::/8.
    static let ipv6Multicast = Network(high: 0xff00_0000_0000_0000, low: 0, length: 8)
    /// 64:ff9b::/96: behind a translator, an IPv4 address each (RFC 6052).
    static let translatedIPv4 = Network(high: 0x0064_ff9b_0000_0000, low: 0, length: 96)

    /// Whether the neighbours of an IPv6 address are strangers to it, so that it must count by
    /// itself: the IPv4 addresses behind a translator (64:ff9b::/96 and 64:ff9b:1::/48, RFC 6052
    /// and 8215), and Teredo (2001::/32, RFC 4380), where the prefix is the server's.  A 6to4
    /// network (2002::/16) is one site's, as a /64 is elsewhere.
    var isAmongStrangers: Bool {
        high == 0x0064_ff9b_0000_0000 && low >> 32 == 0 || high >> 16 == 0x0064_ff9b_0001
            || high >> 32 == 0x2001_0000
    }

    /// Whether it lies in a private network: RFC 1918, RFC 6598 (a carrier's customers), link-local
    /// addresses of both families, and fc00::/7 (RFC 4193).
    package var isPrivate: Bool { Self.privateNetworks.contains { $0.contains(self) } }

    private static let privateNetworks = [
        Network(ipv4: 0x0a00_0000, prefix: 8), Network(ipv4: 0xac10_0000, prefix: 12),
        Network(ipv4: 0xc0a8_0000, prefix: 16), Network(ipv4: 0x6440_0000, prefix: 10),
        Network(ipv4: 0xa9fe_0000, prefix: 16),
        Network(high: 0xfc00_0000_0000_0000, low: 0, length: 7),
        Network(high: 0xfe80_0000_0000_0000, low: 0, length: 10),
    ]
}
