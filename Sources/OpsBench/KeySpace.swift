// The addresses that requests are about: number `n` of a seed is always the same address, and
// different numbers have different addresses.  No host has such an address: IPv4 from 240.0.0.0/4
// (reserved, RFC 1112), IPv6 from 2001:db8::/32 (documentation, RFC 3849), each in its own /64.  So
// opsbench, aimed at the wrong daemon, bans no real host.

/// Random numbers that a seed determines (SplitMix64, Steele et al. 2014).
struct SeededNumbers: Sendable {
    private var state: UInt64

    /// The same seed gives the same numbers.
    init(seed: UInt64) { state = seed }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    /// A number below `bound`, which must not be 0.
    @inline(__always)
    mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// The numbered addresses of a seed.
struct KeySpace: Hashable, Sendable {
    /// The most keys there can be: as many as 240.0.0.0/4 has addresses.
    static let limit = 1 << 28

    /// How many keys there are.
    let count: Int
    /// Determines all addresses.
    let seed: UInt64
    /// About how many of a hundred keys are IPv6.
    let ipv6Percent: Int

    private static let mask = UInt64(limit - 1)

    /// - Parameter count: 1...limit.
    init(count: Int, seed: UInt64, ipv6Percent: Int = 0) {
        precondition((1...Self.limit).contains(count))
        self.count = count
        self.seed = seed
        self.ipv6Percent = ipv6Percent
    }

    /// Key `number` (0..<count): 28 bits, different for each number.  Every step is reversible, so
    /// it is a permutation.
    @inline(__always)
    func scrambled(_ number: UInt64) -> UInt64 {
        var bits = (number &+ SeededNumbers.mix(seed)) & Self.mask
        bits ^= bits >> 14
        bits = (bits &* 0x2c1b_3c6d) & Self.mask
        bits ^= bits >> 11
        bits = (bits &* 0x297a_2d39) & Self.mask
        return bits ^ (bits >> 14)
    }

    @inline(__always)
    func isIPv6(_ number: UInt64) -> Bool {
        if ipv6Percent == 0 { return false }
        let drawn = SeededNumbers.mix(number &+ seed &* 3).multipliedFullWidth(by: 100).high
        return drawn < UInt64(ipv6Percent)
    }

    /// The longest text an address has here: `2001:db8:0123:4567::1`.
    static let textLimitBytes = 21

    /// Writes address `number` at `at`; returns where it ends.
    @inline(__always)
    func write(_ number: UInt64, into bytes: inout MutableSpan<UInt8>, at: Int) -> Int {
        let bits = scrambled(number)
        if isIPv6(number) { return Self.writeIPv6(bits, into: &bytes, at: at) }
        let address = 0xf000_0000 | bits
        var end = Self.writeDecimal(address >> 24, into: &bytes, at: at)
        for octet in 1...3 as ClosedRange<UInt64> {
            bytes[end] = UInt8(ascii: ".")
            end = Self.writeDecimal(
                address >> (24 - 8 * octet) & 0xff, into: &bytes, at: end + 1)
        }
        return end
    }

    @inline(__always)
    private static func writeDecimal(
        _ value: UInt64, into bytes: inout MutableSpan<UInt8>, at: Int
    ) -> Int {
        let value = UInt8(truncatingIfNeeded: value)
        let zero = UInt8(ascii: "0")
        var end = at
        if value >= 100 {
            bytes[end] = zero &+ value / 100
            end += 1
        }
        if value >= 10 {
            bytes[end] = zero &+ value / 10 % 10
            end += 1
        }
        bytes[end] = zero &+ value % 10
        return end + 1
    }

    private static func writeIPv6(
        _ bits: UInt64, into bytes: inout MutableSpan<UInt8>, at: Int
    ) -> Int {
        var end = at
        for byte in "2001:db8:".utf8 {
            bytes[end] = byte
            end += 1
        }
        for place in 1...8 as ClosedRange<UInt64> {
            let digit = UInt8(truncatingIfNeeded: bits >> (32 - 4 * place) & 0xf)
            bytes[end] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            end += 1
            if place % 4 == 0 {
                bytes[end] = UInt8(ascii: ":")
                end += 1
            }
        }
        bytes[end] = UInt8(ascii: ":")
        bytes[end + 1] = UInt8(ascii: "1")
        return end + 2
    }
}

extension KeySpace {
    /// Address `number` as text.
    func text(_ number: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: Self.textLimitBytes)
        var span = bytes.mutableSpan
        let end = write(UInt64(number), into: &span, at: 0)
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}
