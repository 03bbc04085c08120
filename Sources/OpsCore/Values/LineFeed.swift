// Where lines end: requests, replies and files of /proc are all split here.

extension Span<UInt8> {
    /// The place of the first line feed from `first` on; nil: there is none.  It looks at eight
    /// bytes per step: a batch of requests may have 64 KiB, and a line of /proc/stat thousands of
    /// bytes.
    package func lineFeed(from first: Int) -> Int? {
        let raw = bytes
        var index = first
        while count - index >= 8 {
            let word = UInt64(
                littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            // A line feed is a zero byte now.  The lowest high bit left marks the first of them;
            // a borrow can only mark bytes above it (Mycroft's test).
            let folded = word ^ 0x0a0a_0a0a_0a0a_0a0a
            let zeros = (folded &- 0x0101_0101_0101_0101) & ~folded & 0x8080_8080_8080_8080
            if zeros != 0 { return index + zeros.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count {
            if self[index] == UInt8(ascii: "\n") { return index }
            index += 1
        }
        return nil
    }
}
