// The framing of log records.
//
//     length u32 | crc32c u32 | seq u64 | type u16 | version u16 | payload
//
// `length` is the payload's.  The checksum covers everything but itself, and goes on from that of
// the record before (in the first record, from the segment's salt).  So a record is good only where
// it was written, after the records that it was written after.  Segments are preallocated: zeros
// are the end.
//
// Versions: within a type, payloads only ever grow at the end, and a reader passes over trailing
// bytes of a version above its own.  What an older reader must not pass over raises `min_reader`
// in the segment's header instead, which refuses the whole file with a message.  An unknown type is
// always refused: what it changed would be missing.

import OpsCore

/// Sizes of the log's framing, in bytes.
package enum RecordFormat {
    /// Everything before the payload.
    package static let frameBytes = 20
    /// The longest payload; checked before anything is made of it.
    package static let payloadBytes = 65_536
    /// The payloads of bans and strikes are shorter than this: their numbers and two texts.
    static let plainPayloadBytes = 128 + Bounds.reasonBytes + Bounds.sourceBytes
    /// Boot time, wall time and three gauges.
    static let stampBytes = 22
    /// The longest `Note.details`; longer ones are cut when they are written.
    package static let detailsBytes = 4_096
    /// The longest name of an event kind.
    static let kindBytes = 64
    /// durable u64 | snapshot u64 | own offset u64 | crc32c u32.
    static let markPayloadBytes = 28
    /// A whole mark.
    package static let markBytes = frameBytes + markPayloadBytes
}
