// The attributes of a netlink message.  The bytes are not trusted: a length that does not fit ends
// the walk.  Source: netlink(7), linux/netlink.h.  Numbers are in host order.

/// The attributes in a part of some bytes, as far as they are whole.
struct NetlinkAttributes {
    private var place: Int
    private let end: Int

    init(at start: Int, end: Int) {
        place = start
        self.end = end
    }

    /// Those in the value of an attribute.
    init(in value: Range<Int>) { self.init(at: value.lowerBound, end: value.upperBound) }

    /// The next one: its kind, and where its value is.
    mutating func next(_ bytes: Span<UInt8>) -> (kind: UInt16, value: Range<Int>)? {
        guard end - place >= 4 else { return nil }
        let length = Int(bytes.short(place))
        guard length >= 4, length <= end - place else { return nil }
        // NLA_TYPE_MASK.
        let kind = bytes.short(place + 2) & 0x3fff
        let value = place + 4..<place + length
        place += (length + 3) & ~3
        return (kind, value)
    }
}

extension Span<UInt8> {
    /// Two bytes in host order.
    func short(_ place: Int) -> UInt16 {
        UInt16(littleEndian: UInt16(self[place]) | UInt16(self[place + 1]) << 8)
    }

    /// Four bytes in host order.
    func long(_ place: Int) -> UInt32 {
        var value: UInt32 = 0
        for offset in 0..<4 { value |= UInt32(self[place + offset]) << (8 * UInt32(offset)) }
        return UInt32(littleEndian: value)
    }

    /// A value of four bytes in host order; nil where it has another size.
    func number(_ value: Range<Int>) -> UInt32? {
        value.count == 4 ? long(value.lowerBound) : nil
    }

    /// A text that ends with a NUL, or with its attribute.
    func terminated(_ value: Range<Int>) -> String {
        var end = value.lowerBound
        while end < value.upperBound, self[end] != 0 { end += 1 }
        return text(value.lowerBound..<end)
    }
}
