// Checksums made to fit again: what a reader without checksums would believe.  The trials must call
// that wrong, or they could not notice a checksum that is not looked at.

import OpsCore
import OpsStore

enum Forgery {
    /// Flips a bit in the payload of a record of `segment` and corrects every checksum after it.
    static func segment(_ segment: [UInt8], bit: Int) -> [UInt8] {
        var bytes = segment
        var at = SegmentHeader.bytes
        // The chain starts from the salt, at 16.
        var chain = CRC32C.of(Array(bytes[16..<24]))
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        while at + RecordFormat.frameBytes <= bytes.count {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
            let end = at + RecordFormat.frameBytes + length
            if length == 0 || end > bytes.count { break }
            chain = CRC32C.update(chain, bytes.span.extracting(at..<at + 4))
            chain = CRC32C.update(chain, bytes.span.extracting(at + 8..<end))
            for place in 0..<4 {
                bytes[at + 4 + place] = UInt8(truncatingIfNeeded: chain >> (8 * UInt32(place)))
            }
            at = end
        }
        return bytes
    }

    /// Changes a digit of a deadline in `snapshot` and corrects its checksum.
    static func snapshot(_ snapshot: [UInt8], digit: Int) -> [UInt8] {
        var bytes = snapshot
        bytes[digit] = bytes[digit] == 0x31 ? 0x32 : 0x31
        // The checksum is at the end: eight digits, then "}, LF.
        let place = bytes.count - 11
        let sum = String(CRC32C.of(Array(bytes[..<place])), radix: 16)
        let digits = String(repeating: "0", count: 8 - sum.utf8.count) + sum
        bytes.replaceSubrange(place..<place + 8, with: digits.utf8)
        return bytes
    }
}
