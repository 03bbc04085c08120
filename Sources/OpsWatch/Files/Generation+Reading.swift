// Reading a generation.  Each read begins up to 256 bytes before the position, so one pread(2)
// gives the new bytes and shows that the old ones are still there: a file that was truncated and
// has grown beyond the position again is noticed before a byte of it is taken for a line's.
//
// Half a line is not kept: it is read again with what follows it.  Of a line without an end for 8
// KiB only the offset is kept up to which it was looked at.  NUL bytes before a line are passed
// over, once something follows them: they are the hole that a truncation leaves when the program
// writes on at its old offset.

import OpsDetect
import OpsLinux

extension Generation {
    /// The next whole lines.
    func read(into buffer: inout [UInt8], now: Int64) -> Outcome {
        if hasEnded { return .nothing }
        if let gzip { return readGzip(gzip, into: &buffer) }
        guard let file else { return .nothing }
        do throws(Errno) {
            let outcome =
                scan == .none
                ? try readNext(file, into: &buffer, now: now)
                : try readOn(file, into: &buffer, now: now)
            fault = nil
            if outcome == .nothing {
                isVerified = true
                look(now: now)
                isVerified = false
            }
            return outcome
        } catch {
            return .failed(error)
        }
    }

    /// The first `count` bytes of the lines that were read last are done.  `buffer` holds them.
    func consume(_ lines: Lines, count: Int, in buffer: Span<UInt8>) {
        let count = min(max(0, count), lines.range.count)
        if let gzip {
            gzip.consume(lines, count: count)
            mark = Mark(offset: gzip.offset, block: gzip.block)
            return
        }
        let end = lines.isCut ? lines.range.upperBound : lines.range.lowerBound + count
        mark = Mark(
            offset: lines.offset + (lines.isCut ? lines.length : Int64(count)),
            block: Fingerprint.before(end, in: buffer))
        scan = .none
        scanned = mark.offset
        guard head.count < Mark.covered(mark.offset), let file else { return }
        let known = try? Generation.head(of: file, Mark.covered(mark.offset))
        head = known ?? head
    }

    private func readGzip(_ gzip: SequentialLines, into buffer: inout [UInt8]) -> Outcome {
        switch gzip.read(into: &buffer) {
        case .lines(let lines): return .lines(lines)
        case .again: return .again
        case .end: return .nothing
        case .failed(let fault): return .damaged(fault)
        }
    }

    private func readNext(
        _ file: OpenFile, into buffer: inout [UInt8], now: Int64
    ) throws(Errno) -> Outcome {
        let before = Mark.covered(mark.offset)
        let count = try file.descriptor.read(
            into: &buffer, at: 0, from: mark.offset - Int64(before))
        if count < before { return .shrank }
        guard Fingerprint.of(buffer.span, 0..<before) == mark.block else { return .changed }
        if Int64(before) == mark.offset {
            // The buffer begins with the file, whose first bytes are known even if none is read.
            if count < head.count { return .shrank }
            guard Fingerprint.of(buffer.span, 0..<head.count) == head else { return .changed }
        }
        if count == before { return .nothing }
        note(size: mark.offset + Int64(count - before), now)
        return lines(before..<count, in: &buffer)
    }

    private func note(size: Int64, _ now: Int64) {
        if size > sizeSeen { grownAt = now }
        sizeSeen = max(sizeSeen, size)
    }

    /// The whole lines among new bytes; the byte before them is the one before the position.
    private func lines(_ range: Range<Int>, in buffer: inout [UInt8]) -> Outcome {
        var range = range
        let isFull = range.upperBound == buffer.count
        if discardsLine {
            guard let end = discard(&range, in: buffer.span) else {
                return isFull ? .again : .nothing
            }
            if range.isEmpty { return end }
        }
        let zeros = LineEnds.leadingZeros(in: buffer.span, range)
        if zeros == range.count {
            if isFull { begin(.zeros, at: mark.offset + Int64(zeros)) }
            return isFull ? .again : .nothing
        }
        if zeros > 0 {
            let start = range.lowerBound + zeros
            move(
                to: mark.offset + Int64(zeros), Fingerprint.before(start, in: buffer.span))
            range = start..<range.upperBound
        }
        if let last = LineEnds.last(in: buffer.span, range) {
            return give(range.lowerBound..<last + 1)
        }
        if range.count >= LongLine.limitBytes {
            begin(.longLine, at: mark.offset + Int64(range.count))
            return .again
        }
        return isLast ? give(range) : .nothing
    }

    private func give(_ range: Range<Int>) -> Outcome {
        .lines(
            Lines(range: range, offset: mark.offset, length: Int64(range.count), isCut: false))
    }

    private func begin(_ scan: Scan, at offset: Int64) {
        self.scan = scan
        scanned = offset
    }

    /// Drops bytes up to a line end; nil where there is none yet.
    private func discard(_ range: inout Range<Int>, in buffer: Span<UInt8>) -> Outcome? {
        let end = LineEnds.first(in: buffer, range)
        let start = end.map { $0 + 1 } ?? range.upperBound
        move(
            to: mark.offset + Int64(start - range.lowerBound),
            Fingerprint.before(start, in: buffer))
        range = start..<range.upperBound
        guard end != nil else { return nil }
        discardsLine = false
        return .again
    }

    /// Goes on where a long line, or a hole, was looked at before.
    private func readOn(
        _ file: OpenFile, into buffer: inout [UInt8], now: Int64
    ) throws(Errno) -> Outcome {
        let count = try file.descriptor.read(into: &buffer, at: 0, from: scanned)
        if count == 0 {
            if try file.descriptor.status().sizeBytes < scanned { return .shrank }
            if scan == .longLine {
                return isLast ? try longLine(file, scanned, into: &buffer) : .nothing
            }
            // Whoever writes into the zeros is not to be missed.
            scan = .none
            return .nothing
        }
        note(size: scanned + Int64(count), now)
        if scan == .zeros { return try passZeros(file, count, in: buffer.span) }
        guard let end = LineEnds.first(in: buffer.span, 0..<count) else {
            scanned += Int64(count)
            return .again
        }
        return try longLine(file, scanned + Int64(end) + 1, into: &buffer)
    }

    /// Passes over a hole without reading it, where the file system knows that it is one.
    private func passZeros(
        _ file: OpenFile, _ count: Int, in buffer: Span<UInt8>
    ) throws(Errno) -> Outcome {
        let zeros = LineEnds.leadingZeros(in: buffer, 0..<count)
        scanned += Int64(zeros)
        if zeros == count {
            guard let next = try? file.descriptor.data(from: scanned) else { return .again }
            scanned = max(scanned, next)
            return .again
        }
        guard try Generation.block(of: file, before: mark.offset).fingerprint == mark.block
        else { return .changed }
        move(to: scanned, try Generation.block(of: file, before: scanned).fingerprint)
        scan = .none
        return .again
    }

    /// The head and the tail of a line that ends before `end`.
    private func longLine(
        _ file: OpenFile, _ end: Int64, into buffer: inout [UInt8]
    ) throws(Errno) -> Outcome {
        let before = Mark.covered(mark.offset)
        let head = LongLine.headBytes
        let first = try file.descriptor.read(
            into: &buffer, at: 0, from: mark.offset - Int64(before), limit: before + head)
        if first < before + head { return .shrank }
        guard Fingerprint.of(buffer.span, 0..<before) == mark.block else { return .changed }
        let joint = first + LongLine.mark.count
        buffer.replaceSubrange(first..<joint, with: LongLine.mark)
        // One more than the tail: the line end.
        let length = LongLine.tailBytes + 1
        let tail = try file.descriptor.read(
            into: &buffer, at: joint, from: end - Int64(length), limit: length)
        if tail < length { return .shrank }
        return .lines(
            Lines(
                range: before..<joint + tail, offset: mark.offset, length: end - mark.offset,
                isCut: true))
    }
}
