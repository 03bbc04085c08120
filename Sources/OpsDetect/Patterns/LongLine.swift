// Lines that are longer than anyone writes: the first part and the end are kept.
//
// A pattern that is anchored at its end still matches, and neither a search nor a buffer grows
// with what a stranger writes.  Between the parts stands U+FFFD, so that they do not join into
// words that nobody wrote.

/// The bound on a line.
package enum LongLine {
    /// The longest line that is looked at whole; a longer one is shortened to as many bytes.
    package static let limitBytes = 8_192
    /// How many bytes of the end are kept.
    package static let tailBytes = 1_024
    /// U+FFFD, which stands in place of what is left out: it is neither a space nor part of a word
    /// or of an address.
    package static let mark: [UInt8] = [0xEF, 0xBF, 0xBD]
    /// How many bytes of the beginning are kept.
    package static let headBytes = limitBytes - tailBytes - mark.count

    /// Writes the line into `text`, in place of what it held, shortened where it is too long.
    package static func shorten(_ line: Span<UInt8>, into text: inout [UInt8]) {
        text.removeAll(keepingCapacity: true)
        line.withUnsafeBufferPointer { line in
            if line.count <= limitBytes {
                text.append(contentsOf: line)
            } else {
                text.append(contentsOf: line[..<headBytes])
                text.append(contentsOf: mark)
                text.append(contentsOf: line[(line.count - tailBytes)...])
            }
        }
    }

    /// Shortens a line within the buffer that it is in, such as one that has filled it and has not
    /// ended: the line is `buffer[start..<end]`, and nothing of use follows it.  Returns its new
    /// end.
    ///
    /// It may be done again with what was read after it.
    package static func shorten(_ buffer: inout [UInt8], from start: Int, to end: Int) -> Int {
        guard start >= 0, end <= buffer.count, end - start > limitBytes else { return end }
        var place = start + headBytes
        for byte in mark {
            buffer[place] = byte
            place += 1
        }
        for source in end - tailBytes..<end {
            buffer[place] = buffer[source]
            place += 1
        }
        return place
    }
}
