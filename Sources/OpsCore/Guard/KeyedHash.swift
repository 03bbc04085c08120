// The hash of the guard's tables: keyed, so that whoever chooses addresses or names cannot choose
// cells.
// Three things are derived from one 64-bit value, each from bits of its own: the shard (top 8),
// the tag (next 8) and the cell (low bits).  Overlapping bits would make the tags useless.

/// A keyed hash of networks and texts; a new random key each start.
package struct KeyedHash: Sendable {
    private let first: UInt64
    private let second: UInt64

    /// Any 128 random bits.
    package init(key: (UInt64, UInt64)) {
        first = key.0
        second = key.1
    }

    /// The 64-bit hash of a network.
    @inline(__always)
    func hash(_ network: Network) -> UInt64 {
        let length = UInt64(network.length)
        let one = Self.fold(network.high ^ first, (network.low ^ second) &+ length)
        return Self.fold(one ^ second, (first ^ network.low) | 1)
    }

    /// The 64-bit hash of a text's bytes.
    func hash(_ text: String) -> UInt64 {
        let bytes = text.utf8Span.span
        var value = first ^ UInt64(bytes.count)
        var at = 0
        while bytes.count - at >= 8 {
            let word = bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            value = Self.fold(value ^ word, second &+ UInt64(at))
            at += 8
        }
        var rest: UInt64 = 0
        while at < bytes.count {
            rest = rest << 8 | UInt64(bytes[at])
            at += 1
        }
        value = Self.fold(value ^ rest, second ^ first)
        return Self.fold(value ^ second, (first ^ rest) | 1)
    }

    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right ^ 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low
    }

    /// Which of the 256 shards a hash belongs to.
    @inline(__always)
    static func shard(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 56) }
}
