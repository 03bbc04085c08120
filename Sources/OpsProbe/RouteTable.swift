// /proc/net/route and /proc/net/ipv6_route: the gateways of the default routes.

package import OpsCore

/// The default routes of this host.
package enum RouteTable {
    /// The most gateways that are listed; further ones are left out.
    private static let gatewayLimit = 64

    /// The gateways of IPv4 default routes.  Malformed lines are skipped.
    ///
    ///     Iface Destination Gateway Flags RefCnt Use Metric Mask ...
    ///
    /// Addresses are hexadecimal words in the order of memory.  Source: proc(5),
    /// net/ipv4/fib_trie.c.
    package static func gateways(ipv4 bytes: Span<UInt8>) -> [Network] {
        var found: [Network] = []
        var lines = Lines()
        while found.count < gatewayLimit, var fields = lines.next(bytes) {
            guard fields.skip(1, bytes), let destination = fields.hexadecimal(bytes, digits: 8),
                let gateway = fields.hexadecimal(bytes, digits: 8), fields.skip(4, bytes),
                let mask = fields.hexadecimal(bytes, digits: 8)
            else { continue }
            if destination == 0 && mask == 0 && gateway != 0 {
                found.append(
                    Network(ipv4: UInt32(bigEndian: UInt32(truncatingIfNeeded: gateway))))
            }
        }
        return found
    }

    /// The gateways of IPv6 default routes.
    ///
    ///     destination length source length gateway metric refcnt use flags device
    ///
    /// Addresses are 32 hexadecimal digits.  Source: proc(5), net/ipv6/route.c.
    package static func gateways(ipv6 bytes: Span<UInt8>) -> [Network] {
        var found: [Network] = []
        var lines = Lines()
        while found.count < gatewayLimit, var fields = lines.next(bytes) {
            guard fields.skip(1, bytes), let length = fields.hexadecimal(bytes, digits: 2),
                fields.skip(2, bytes), let word = fields.word(bytes), word.count == 32
            else { continue }
            let middle = word.lowerBound + 16
            var left = Fields(at: word.lowerBound, end: middle)
            var right = Fields(at: middle, end: word.upperBound)
            guard length == 0, let high = left.hexadecimal(bytes, digits: 16),
                let low = right.hexadecimal(bytes, digits: 16), high != 0 || low != 0
            else { continue }
            found.append(Network(high: high, low: low, length: 128))
        }
        return found
    }
}

extension Fields {
    /// A field of exactly `digits` hexadecimal digits, at most 16.
    fileprivate mutating func hexadecimal(_ bytes: Span<UInt8>, digits: Int) -> UInt64? {
        guard let word = word(bytes), word.count == digits else { return nil }
        var value: UInt64 = 0
        for at in word {
            let letter = bytes[at] | 0x20
            switch letter {
            case 0x30...0x39: value = value << 4 | UInt64(letter - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(letter - 0x57)
            default: return nil
            }
        }
        return value
    }
}
