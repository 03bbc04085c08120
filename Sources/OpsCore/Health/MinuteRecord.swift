// A minute of history as the ring file `history` holds it: 40 bytes, little endian.
//
//   0  check    u32   CRC-32C of the format's number and the 36 bytes that follow
//   4  minute   u32   minutes since 1970
//   8  figures  32 bytes, see HistoryFigures
//
// The file has one slot a minute and no header: a record's slot is its minute modulo 43,200, so a
// write is one pwrite(2) at a place that follows from the record.  A slot that was never written,
// was torn, or holds a record of another slot, decodes to nothing.

/// A finished minute.
package struct MinuteRecord: Hashable, Sendable {
    /// Bytes of a record.
    package static let byteCount = 4 + bodyBytes
    /// Slots of the ring file: 30 days.
    package static let slots = 43_200

    private static let bodyBytes = 4 + HistoryFigures.byteCount
    private static let format: UInt32 = 1

    /// Minutes since 1970.
    package let minute: UInt32
    /// What was measured in it.
    package let figures: HistoryFigures

    package init(minute: UInt32, figures: HistoryFigures) {
        self.minute = minute
        self.figures = figures
    }

    /// Which slot of the ring file is this record's; its offset there is `slot * byteCount`.
    package var slot: Int { Int(minute) % MinuteRecord.slots }

    /// The record's 40 bytes.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(MinuteRecord.byteCount)
        MinuteRecord.append(0, to: &bytes)
        MinuteRecord.append(minute, to: &bytes)
        figures.append(to: &bytes)
        let check = MinuteRecord.check(bytes.span, from: 4)
        for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: check >> UInt32(place * 8)) }
        return bytes
    }

    /// The record whose 40 bytes begin at `offset`; nil: they are missing, or not a record.
    package init?(_ bytes: Span<UInt8>, at offset: Int = 0) {
        guard offset >= 0, bytes.count >= MinuteRecord.byteCount,
            offset <= bytes.count - MinuteRecord.byteCount,
            MinuteRecord.word(bytes, offset) == MinuteRecord.check(bytes, from: offset + 4)
        else { return nil }
        minute = MinuteRecord.word(bytes, offset + 4)
        figures = HistoryFigures(bytes, at: offset + 8)
    }

    /// Where in the ring file a slot's figures are.
    static func figuresOffset(ofSlot slot: Int) -> Int { slot * byteCount + 8 }

    private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }

    private static func word(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
        UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
            | UInt32(bytes[at + 3]) << 24
    }

    /// CRC-32C of the body, begun with the format's number.
    private static func check(_ bytes: Span<UInt8>, from start: Int) -> UInt32 {
        CRC32C.update(format, bytes.extracting(start..<start + bodyBytes))
    }
}
