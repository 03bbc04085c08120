// Whole lines of a file that is read once from its beginning to its end and does not grow: a
// compressed generation of a log, or a file of a replay.  It has the shape of how growing files are
// read: `read` fills the caller's buffer with whole lines, and `consume` says how many bytes of
// them are done; what is not done comes again.
//
// The buffer begins with up to 256 bytes from before the position, as everywhere in this folder.

import OpsDetect
import OpsGzip
import OpsLinux

/// Lines that were read.
struct Lines: Hashable, Sendable {
    /// Where they are in the caller's buffer.
    var range: Range<Int>
    /// The offset of their first byte in the file, or in what it unpacks to.
    var offset: Int64
    /// Bytes of the file that they are; more than `range` where the line was cut.
    var length: Int64
    /// It is one line, longer than `LongLine.limitBytes`: its head and its tail.
    var isCut: Bool
}

/// A file that is read from its beginning to its end.
final class SequentialLines {
    enum Outcome: Hashable {
        case lines(Lines)
        /// Something was done, and there is more to do.
        case again
        /// There is nothing left.
        case end
        /// There is nothing left that can be read.
        case failed(GzipFault)
    }

    private enum Content {
        case gzip(GzipReader)
        case plain(OpenFile)
    }

    private let content: Content
    /// What was read and is not consumed, after `history` bytes that are.
    private var held: [UInt8] = []
    private var history = 0
    private var isAtEnd = false
    private var fault: GzipFault?
    /// The first bytes of a line that is longer than the buffer, and how long it is so far.
    private var head: [UInt8] = []
    private var longBytes: Int64 = 0
    /// The offset of the first byte that is not consumed.
    private(set) var offset: Int64 = 0

    init(gzip: GzipReader) { content = .gzip(gzip) }

    init(plain: OpenFile) { content = .plain(plain) }

    /// The bytes before `offset`.
    var block: Fingerprint {
        let bytes = held
        return Fingerprint.before(history, in: bytes.span)
    }

    /// The first bytes of all, before anything is consumed.
    func head(_ count: Int, with buffer: inout [UInt8]) -> Fingerprint {
        while offset == 0, history == 0, held.count < count, fill(using: &buffer) {}
        let bytes = held
        return Fingerprint.of(bytes.span, 0..<count)
    }

    /// Passes over what is before `target`, at most 4 MiB at a time; true when it is there, or the
    /// file ended before.
    func skip(to target: Int64, with buffer: inout [UInt8]) -> Bool {
        var budget = 4 << 20
        while offset < target, budget > 0 {
            if history == held.count, !fill(using: &buffer) { return true }
            let count = Int(min(Int64(held.count - history), target - offset))
            advance(count)
            budget -= count
        }
        return offset >= target
    }

    func read(into buffer: inout [UInt8]) -> Outcome {
        _ = fill(using: &buffer)
        let end = held.count
        if let last = lastLineEnd(end) {
            if longBytes > 0 { return longLine(into: &buffer) }
            return give(history..<last + 1, into: &buffer)
        }
        if isAtEnd {
            if longBytes > 0 { return longLine(into: &buffer) }
            if history < end { return give(history..<end, into: &buffer) }
            return fault.map { .failed($0) } ?? .end
        }
        if end - history >= FileBounds.sliceBytes / 2 { passOver() }
        return .again
    }

    /// The first `count` bytes of the lines that were read last are done.
    func consume(_ lines: Lines, count: Int) {
        if !lines.isCut { return advance(count) }
        longBytes = 0
        head.removeAll()
        let end = firstLineEnd.map { $0 + 1 } ?? held.count
        advance(end - history)
    }

    private var firstLineEnd: Int? {
        let bytes = held
        return LineEnds.first(in: bytes.span, history..<bytes.count)
    }

    private func lastLineEnd(_ end: Int) -> Int? {
        let bytes = held
        return LineEnds.last(in: bytes.span, history..<end)
    }

    /// The middle of a long line goes; its head is kept aside, and its tail is what comes last.
    private func passOver() {
        if longBytes == 0 {
            head = held[history..<min(held.count, history + LongLine.headBytes)] + LongLine.mark
        }
        let count = held.count - history - LongLine.tailBytes
        guard count > 0 else { return }
        longBytes += Int64(count)
        advance(count)
    }

    private func longLine(into buffer: inout [UInt8]) -> Outcome {
        let end = firstLineEnd.map { $0 + 1 } ?? held.count
        // One more than the tail: the line end.
        let tail = max(history, end - LongLine.tailBytes - 1)..<end
        let start = history
        buffer.replaceSubrange(0..<head.count, with: head)
        buffer.replaceSubrange(head.count..<head.count + tail.count, with: held[tail])
        return .lines(
            Lines(
                range: 0..<head.count + tail.count, offset: offset - longBytes,
                length: longBytes + Int64(end - start), isCut: true))
    }

    private func give(_ range: Range<Int>, into buffer: inout [UInt8]) -> Outcome {
        held.withUnsafeBufferPointer { from in
            buffer.withUnsafeMutableBufferPointer { to in
                let count = min(to.count, range.upperBound)
                for index in 0..<count { to[index] = from[index] }
            }
        }
        return .lines(
            Lines(range: range, offset: offset, length: Int64(range.count), isCut: false))
    }

    private func advance(_ count: Int) {
        history = min(held.count, history + max(0, count))
        offset += Int64(max(0, count))
        let before = history - FileBounds.fingerprintBytes
        if before > FileBounds.sliceBytes / 2 || history == held.count, before > 0 {
            held.removeFirst(before)
            history -= before
        }
    }

    /// Reads more, as far as there is room; false when there is nothing more.
    private func fill(using buffer: inout [UInt8]) -> Bool {
        if isAtEnd { return false }
        let before = history - FileBounds.fingerprintBytes
        if before > 0 {
            held.removeFirst(before)
            history -= before
        }
        let room = min(buffer.count, FileBounds.sliceBytes) - held.count
        guard room > 0 else { return true }
        let start = held.count
        held.append(contentsOf: repeatElement(0, count: room))
        var count = 0
        do throws(GzipFault) {
            switch content {
            case .gzip(let reader): count = try reader.read(into: &held, at: start)
            case .plain(let file): count = try read(file, at: start)
            }
        } catch {
            fault = error
        }
        held.removeLast(room - count)
        if count == 0 { isAtEnd = true }
        return count > 0
    }

    private func read(_ file: OpenFile, at start: Int) throws(GzipFault) -> Int {
        do throws(Errno) {
            return try file.descriptor.read(into: &held, at: start)
        } catch {
            throw .failed(error)
        }
    }
}
