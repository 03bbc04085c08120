// The grammar of inet_pton(3) with a prefix, over bytes.  A fault is one of a few plain cases: the
// words for it are AddressFault's, made only when there is a fault.

/// What is wrong with an address, as far as the grammar knows.
enum AddressFlaw: Error, Hashable {
    case empty
    case tooLong
    /// Not four numbers of at most three digits.
    case notIPv4
    case leadingZero
    case octetRange
    case notIPv6
    case prefixForm
    /// The most the prefix may be.
    case prefixRange(Int)
    /// Bits set after the prefix; the network without them.
    case hostBits(Network)
}

/// Reads addresses.
enum AddressReader {
    /// No address is longer: eight groups, the last two as IPv4, and `/128`.
    static let limitBytes = 49

    static func target(_ bytes: Span<UInt8>) throws(AddressFlaw) -> Target {
        // Nearly all inputs are plain IPv4 addresses; the code below reads or refuses all others.
        if let address = plainIPv4(bytes) {
            return Target(network: Network(ipv4: address), isBare: true)
        }
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= limitBytes else { throw .tooLong }
        var end = bytes.count
        var isIPv6 = false
        for index in 0..<bytes.count {
            if bytes[index] == UInt8(ascii: ":") { isIPv6 = true }
            if bytes[index] == UInt8(ascii: "/") {
                end = index
                break
            }
        }
        let address = bytes.extracting(0..<end)
        let isBare = end == bytes.count
        let widest = isIPv6 ? 128 : 32
        let value =
            try isIPv6 ? ipv6(address) : 0xffff_0000_0000 | UInt128(ipv4(address))
        var prefix = widest
        if !isBare { prefix = try self.prefix(bytes.extracting((end + 1)...), upTo: widest) }
        let high = UInt64(truncatingIfNeeded: value >> 64)
        let low = UInt64(truncatingIfNeeded: value)
        let network = Network(
            high: high, low: low, length: UInt8(isIPv6 ? prefix : 96 + prefix))
        guard network.high == high, network.low == low else { throw .hostBits(network) }
        return Target(network: network, isBare: isBare)
    }

    /// `0`...`widest`, without leading zeros.
    private static func prefix(
        _ bytes: Span<UInt8>, upTo widest: Int
    ) throws(AddressFlaw) -> Int {
        guard !bytes.isEmpty else { throw .prefixForm }
        var value = 0
        for index in 0..<bytes.count {
            guard let digit = decimalDigit(bytes[index]) else { throw .prefixForm }
            if index > 0, value == 0 { throw .prefixForm }
            // Capped above every valid prefix, so that no number of digits overflows.
            value = min(value * 10 + Int(digit), 1000)
        }
        guard value <= widest else { throw .prefixRange(widest) }
        return value
    }

    /// An address as `ipv4` reads it, in one pass; nil for everything else, right or wrong.
    private static func plainIPv4(_ bytes: Span<UInt8>) -> UInt32? {
        let count = bytes.count
        if count < 7 || count > 15 { return nil }
        /// The byte's value as a digit; ten or more: it is not a digit.
        @inline(__always)
        func digit(_ index: Int) -> UInt32 {
            index < count ? UInt32(bytes[unchecked: index] &- UInt8(ascii: "0")) : 255
        }
        var address: UInt32 = 0
        var at = 0
        for place in 0..<4 {
            var octet = digit(at)
            if octet > 9 { return nil }
            at &+= 1
            let second = digit(at)
            if second < 10 {
                if octet == 0 { return nil }
                octet = octet &* 10 &+ second
                at &+= 1
                let third = digit(at)
                if third < 10 {
                    octet = octet &* 10 &+ third
                    if octet > 255 { return nil }
                    at &+= 1
                }
            }
            address = address << 8 | octet
            if place == 3 { break }
            if at >= count || bytes[unchecked: at] != UInt8(ascii: ".") { return nil }
            at &+= 1
        }
        return at == count ? address : nil
    }

    /// Four numbers of 0...255, separated by dots.
    private static func ipv4(_ bytes: Span<UInt8>) throws(AddressFlaw) -> UInt32 {
        var address: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in 0..<bytes.count {
            if let digit = decimalDigit(bytes[index]) {
                if digits > 0, octet == 0 { throw .leadingZero }
                digits += 1
                octet = octet * 10 + UInt32(digit)
                guard octet <= 255 else { throw .octetRange }
            } else {
                guard bytes[index] == UInt8(ascii: "."), digits > 0, dots < 3 else {
                    throw .notIPv4
                }
                dots += 1
                address = address << 8 | octet
                octet = 0
                digits = 0
            }
        }
        guard dots == 3, digits > 0 else { throw .notIPv4 }
        return address << 8 | octet
    }

    /// RFC 4291, 2.2: groups of one to four digits, one `::` for one group or more, the last two
    /// groups also as IPv4.
    private static func ipv6(_ bytes: Span<UInt8>) throws(AddressFlaw) -> UInt128 {
        var value: UInt128 = 0
        var groups = 0
        /// How many groups stand before `::`.
        var gap: Int?
        var index = 0
        if bytes[0] == UInt8(ascii: ":") {
            guard isColon(bytes, 1) else { throw .notIPv6 }
            gap = 0
            index = 2
        }
        while index < bytes.count {
            guard groups < 8 else { throw .notIPv6 }
            var group: UInt128 = 0
            let first = index
            while index < bytes.count, let digit = hexadecimalDigit(bytes[index]) {
                guard index - first < 4 else { throw .notIPv6 }
                group = group << 4 | UInt128(digit)
                index += 1
            }
            guard index > first else { throw .notIPv6 }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard groups <= 6 else { throw .notIPv6 }
                value = value << 32 | UInt128(try ipv4(bytes.extracting(first...)))
                groups += 2
                break
            }
            value = value << 16 | group
            groups += 1
            if index == bytes.count { break }
            guard isColon(bytes, index), index + 1 < bytes.count else { throw .notIPv6 }
            index += 1
            if isColon(bytes, index) {
                guard gap == nil else { throw .notIPv6 }
                gap = groups
                index += 1
            }
        }
        guard let gap else {
            guard groups == 8 else { throw .notIPv6 }
            return value
        }
        guard groups < 8 else { throw .notIPv6 }
        let behind = UInt128(16 * (groups - gap))
        let tail = value & ((1 << behind) - 1)
        return (value >> behind) << UInt128(16 * (8 - gap)) | tail
    }

    private static func isColon(_ bytes: Span<UInt8>, _ index: Int) -> Bool {
        index < bytes.count && bytes[index] == UInt8(ascii: ":")
    }

    private static func decimalDigit(_ byte: UInt8) -> UInt8? {
        let digit = byte &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        if let digit = decimalDigit(byte) { return digit }
        // Bit 5 makes a letter lower case, and makes no other byte a letter.
        let digit = (byte | 0x20) &- UInt8(ascii: "a")
        return digit < 6 ? digit + 10 : nil
    }
}
