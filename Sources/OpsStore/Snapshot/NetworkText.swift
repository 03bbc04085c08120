// Networks as snapshots spell them: 203.0.113.9, 203.0.113.0/24, 2001:db8::/64, 2001:db8::1/128
// (RFC 5952; an IPv6 address always with its /128, since a bare one means its /64 to opsctl).
// Reading takes any spelling of the same network, but no host bits.

package import OpsCore

extension [UInt8] {
    /// Appends `value` in decimal.
    package mutating func putDecimal(_ value: some FixedWidthInteger) {
        var rest = UInt64(truncatingIfNeeded: value.magnitude)
        var digits = InlineArray<20, UInt8>(repeating: 0x30)
        var first = 20
        repeat {
            first &-= 1
            digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if value < 0 { append(0x2d) }
        for index in first..<20 { append(digits[index]) }
    }

    /// Appends a network.
    package mutating func putText(_ network: Network) {
        if network.isIPv4 {
            for shift: UInt64 in [24, 16, 8, 0] {
                putDecimal(UInt8(truncatingIfNeeded: network.low >> shift))
                if shift > 0 { append(0x2e) }
            }
            if network.length == 128 { return }
        } else {
            putIPv6(network)
        }
        append(0x2f)
        putDecimal(network.isIPv4 ? network.length - 96 : network.length)
    }

    private mutating func putIPv6(_ network: Network) {
        func group(_ index: Int) -> UInt16 {
            let half = index < 4 ? network.high : network.low
            return UInt16(truncatingIfNeeded: half >> (48 - 16 * UInt64(index & 3)))
        }
        // The longest run of two or more zero groups, the first of equals.
        var best = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || group(index) != 0 {
            if index - start >= 2 && index - start > best.count { best = start..<index }
            start = index + 1
        }
        var index = 0
        while index < 8 {
            if index == best.lowerBound && !best.isEmpty {
                append(contentsOf: [0x3a, 0x3a])
                index = best.upperBound
                continue
            }
            if index > 0 && index != best.upperBound { append(0x3a) }
            let digits = (16 - group(index).leadingZeroBitCount + 3) / 4
            putHex(UInt64(group(index)), digits: Swift.max(1, digits))
            index += 1
        }
    }
}

extension Network {
    /// Reads the text in `range`; nil where it is none, or has bits set behind its length.
    package init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var at = range.lowerBound
        if let address = Self.ipv4(bytes, &at, range.upperBound) {
            guard let prefix = Self.prefix(bytes, at, range.upperBound, upTo: 32) else {
                return nil
            }
            self.init(ipv4: address, prefix: prefix)
            guard low & 0xffff_ffff == UInt64(address) else { return nil }
            return
        }
        at = range.lowerBound
        guard let (high, low) = Self.ipv6(bytes, &at, range.upperBound),
            let length = Self.prefix(bytes, at, range.upperBound, upTo: 128)
        else { return nil }
        self.init(high: high, low: low, length: length)
        guard self.high == high && self.low == low else { return nil }
    }

    /// Four decimal numbers with dots.
    @inline(__always)
    private static func ipv4(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) -> UInt32? {
        var address: UInt32 = 0
        for part in 0..<4 {
            if part > 0 {
                guard at < end, bytes[at] == 0x2e else { return nil }
                at &+= 1
            }
            var value: UInt32 = 0
            let start = at
            while at < end, at &- start < 3 {
                let digit = bytes[at] &- 0x30
                if digit > 9 { break }
                value = value &* 10 &+ UInt32(digit)
                at &+= 1
            }
            if at == start || value > 255 { return nil }
            if at - start > 1 && bytes[start] == 0x30 { return nil }
            address = address << 8 | value
        }
        return address
    }

    /// Nothing (the longest) or a slash and a number of at most `limit`, to the end.
    private static func prefix(
        _ bytes: Span<UInt8>, _ at: Int, _ end: Int, upTo limit: UInt8
    ) -> UInt8? {
        if at == end { return limit }
        guard bytes[at] == 0x2f, end - at >= 2, end - at <= 4 else { return nil }
        if bytes[at + 1] == 0x30 && end - at > 2 { return nil }
        var value = 0
        for index in at + 1..<end {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            value = value * 10 + Int(digit)
        }
        return value <= Int(limit) ? UInt8(value) : nil
    }

    /// Up to eight groups of hexadecimal digits, at most one "::".
    private static func ipv6(
        _ bytes: Span<UInt8>, _ at: inout Int, _ end: Int
    ) -> (UInt64, UInt64)? {
        var groups: (high: UInt64, low: UInt64) = (0, 0)
        var tail: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        var gap = -1
        func push(_ value: UInt64, _ into: inout (high: UInt64, low: UInt64)) {
            into = (into.high << 16 | into.low >> 48, into.low << 16 | value)
        }
        while at < end, bytes[at] != 0x2f {
            if bytes[at] == 0x3a {
                let isGap = end - at >= 2 && bytes[at + 1] == 0x3a
                if isGap {
                    guard gap < 0 else { return nil }
                    gap = count
                    at += 2
                    if at == end || bytes[at] == 0x2f { break }
                } else {
                    guard count > 0 else { return nil }
                    at += 1
                }
            } else if count > 0 {
                return nil
            }
            guard count < 8, let value = hexGroup(bytes, &at, end) else { return nil }
            if gap < 0 { push(value, &groups) } else { push(value, &tail) }
            count += 1
        }
        if gap < 0 { return count == 8 ? groups : nil }
        guard count < 8 else { return nil }
        for _ in gap..<8 { push(0, &groups) }
        return (groups.high | tail.high, groups.low | tail.low)
    }

    private static func hexGroup(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) -> UInt64? {
        var value: UInt64 = 0
        let start = at
        while at < end, at - start < 4 {
            guard let digit = bytes[at].hexDigit else { break }
            value = value << 4 | UInt64(digit)
            at += 1
        }
        return at == start ? nil : value
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    var hexDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x61...0x66: self - 0x61 + 10
        case 0x41...0x46: self - 0x41 + 10
        default: nil
        }
    }
}
