// Lines that were read, and how far opsd has answered.

/// Whole lines of one file, in the caller's buffer.
package struct FileSlice: Hashable, Sendable {
    /// Which file, for `FileSet`.
    package let file: Int
    let ordinal: UInt64
    let lines: Lines
    /// The name of the stream that its places count in.
    package let stream: String
    /// Its lines have places that mean the same after a crash.
    package let isNumbered: Bool
    let base: Int64
    /// Where reading of its generation began, a line of json-file may have begun before.
    let beganOpen: Bool

    /// Where the lines are in the buffer.  Each ends with LF, but the last of a file that was
    /// rotated away may not.  A line in it may be longer than `LongLine.limitBytes`: what
    /// looks at it (`FilterRun`, `JSONRule`) has its own bound.
    package var range: Range<Int> { lines.range }

    /// It is one line whose middle was left out; consume all of it.
    package var isCut: Bool { lines.isCut }

    /// The place of the `k`-th finding (0...15) of the line that begins at `index` of the buffer.
    /// Grows with both, and over all slices of the stream.
    package func place(ofLineAt index: Int, _ k: Int = 0) -> UInt64 {
        let line = base &+ lines.offset &+ Int64(lines.isCut ? 0 : index - lines.range.lowerBound)
        return UInt64(bitPattern: line) &* 16 &+ UInt64(min(max(0, k), 15))
    }
}

/// Whether what was consumed ends within a line that several lines of the file make, such as one
/// of json-file.
package enum OpenLine: Hashable, Sendable {
    /// It does not.
    case none
    /// It does, since the line that begins at this index of the buffer.
    case since(Int)
    /// It does, since an earlier slice.
    case before
}

/// How far a file has been read, to be acknowledged.
package struct FileCheckpoint: Hashable, Sendable {
    let file: Int
    let ordinal: UInt64
    let mark: Mark
    /// A line of json-file may have begun before the mark.
    var isOpen = false
}
