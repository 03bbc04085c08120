// The first 96 bytes of a log segment.  They are durable before the file has its name (written to
// a temporary, fsynced, renamed, directory fsynced), so a bad header is damage, never a torn write.

package import OpsCore

/// What a log segment says about itself.
///
///     magic "OPSDWAL\n" | format u16 | min_reader u16 | flags u32 | salt u64 | first u64
///     | boot id u64 u64 | boot ns i64 | wall ns i64 | zeros to 92 | crc32c u32, of the 92 before
package struct SegmentHeader: Hashable, Sendable {
    /// The size on disk.
    package static let bytes = 96
    /// What this build writes.
    package static let format: UInt16 = 1
    /// The newest `min_reader` this build understands.
    package static let reader: UInt16 = 1
    static let magic: UInt64 = 0x0a4c_4157_4453_504f
    private static let detachedFlag: UInt32 = 1

    /// Random; keeps records of another file from being taken for this one's.
    package var salt: UInt64
    /// The sequence number of the first record.
    package var firstSequence: UInt64
    /// The log before this one broke off (a failed fsync): nothing here was acknowledged before a
    /// snapshot at `firstSequence - 1` or later was durable.
    package var isDetached: Bool
    /// Which boot `created.boot` counts from.
    package var bootID: BootID
    /// When the segment was made.
    package var created: Moment

    package init(
        salt: UInt64, firstSequence: UInt64, isDetached: Bool = false, bootID: BootID,
        created: Moment
    ) {
        self.salt = salt
        self.firstSequence = firstSequence
        self.isDetached = isDetached
        self.bootID = bootID
        self.created = created
    }

    /// What the checksum chain of this segment starts from.
    var seed: UInt32 {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: salt)
        return CRC32C.of(bytes)
    }

    /// Appends the 96 bytes.
    package func encode(into buffer: inout [UInt8]) {
        let start = buffer.count
        buffer.append(littleEndian: Self.magic)
        buffer.append(littleEndian: Self.format)
        buffer.append(littleEndian: Self.reader)
        buffer.append(littleEndian: isDetached ? Self.detachedFlag : 0)
        buffer.append(littleEndian: salt)
        buffer.append(littleEndian: firstSequence)
        buffer.append(littleEndian: bootID.high)
        buffer.append(littleEndian: bootID.low)
        buffer.append(littleEndian: created.boot)
        buffer.append(littleEndian: created.wall)
        while buffer.count < start + Self.bytes - 4 { buffer.append(0) }
        buffer.append(littleEndian: CRC32C.update(0, buffer.span.extracting(start..<buffer.count)))
    }

    /// Reads the header at the start of `bytes`.
    package static func decode(_ bytes: Span<UInt8>) throws(StoreFault) -> SegmentHeader {
        guard bytes.count >= Self.bytes else {
            throw StoreFault(.damaged, "the file ends inside its header", offset: bytes.count)
        }
        guard bytes.number(UInt64.self, at: 0) == magic else {
            throw StoreFault(.damaged, "this is not a log segment of opsd", offset: 0)
        }
        let sum = bytes.number(UInt32.self, at: Self.bytes - 4)
        guard CRC32C.update(0, bytes.extracting(0..<Self.bytes - 4)) == sum else {
            throw StoreFault(.damaged, "the header's checksum is wrong", offset: Self.bytes - 4)
        }
        let needed = bytes.number(UInt16.self, at: 10)
        guard needed <= reader else {
            throw StoreFault(
                .newer, "written by a newer opsd: it needs log reader \(needed), this is \(reader)",
                offset: 10)
        }
        let first = bytes.number(UInt64.self, at: 24)
        guard first >= 1 && first <= UInt64(Int64.max) else {
            throw StoreFault(.damaged, "\(first) is not a valid sequence number", offset: 24)
        }
        let boot = bytes.number(Int64.self, at: 48)
        guard Bounds.bootNanoseconds.contains(boot) else {
            throw StoreFault(.damaged, "\(boot) is not a valid boot time", offset: 48)
        }
        return SegmentHeader(
            salt: bytes.number(UInt64.self, at: 16), firstSequence: first,
            isDetached: bytes.number(UInt32.self, at: 12) & detachedFlag != 0,
            bootID: BootID(
                high: bytes.number(UInt64.self, at: 32), low: bytes.number(UInt64.self, at: 40)),
            created: Moment(boot: boot, wall: bytes.number(Int64.self, at: 56)))
    }
}
