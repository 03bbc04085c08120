// Walks over the bytes of events.ndjson and its rotated files, in pieces of any size, and compares
// each block with its chain line.  It holds one line at most; it opens nothing.

package import OpsCore

/// What is met on the way.
package enum AuditStep: Hashable, Sendable {
    /// The end of a block.
    case chain(AuditChainLine, AuditFit)
    /// Another line that keeps the chain; it is part of a block.
    case kept(AuditLine)
    /// A line that begins as those do, and that opsd does not write so; it is part of a block.
    case strange
}

/// A walk over one stream of bytes.
package struct AuditWalk: Sendable {
    /// Lines that are longer are not looked into.
    private static let lineBytes = AuditLine.limitBytes

    private var block: AuditBlock
    /// The beginning of a line whose end is not there yet.
    private var carry: [UInt8] = []
    /// In a line that is too long to be looked into.
    private var isInLongLine = false
    /// Bytes of the stream that were taken: to the end of the line that is being visited.
    package private(set) var taken: Int64 = 0
    /// Where the line begins that is being visited: bytes of the stream.
    package private(set) var lineStart: Int64 = 0
    /// The end of the last whole line: bytes of the stream.
    package private(set) var wholeBytes: Int64 = 0
    /// Whole lines of the stream.
    package private(set) var lineNumber: UInt64 = 0
    /// The id of the newest event so far; nil: there was none.
    package private(set) var lastEvent: UInt64?
    /// Where the block under way begins: bytes of the stream.
    package private(set) var blockStart: Int64 = 0

    /// - Parameter head: the chain line before the first byte.
    package init(after head: AuditHead) { block = AuditBlock(after: head) }

    /// The newest chain line so far, whether it fits or not.
    package var head: AuditHead { block.head }

    /// Whole lines since the last chain line.
    package var openLines: UInt64 { block.lines }

    /// The stream ended without LF.
    package var isTorn: Bool { !carry.isEmpty || isInLongLine }

    /// The block as it stands, for whoever writes on.
    package var openBlock: AuditBlock { block }

    /// Another file begins: lines and bytes are counted anew.  The block goes on.
    package mutating func beginFile() {
        // What the file before it has after its last LF belongs to the block too.
        let rest = carry
        block.add(rest.span, lines: 0)
        carry = []
        isInLongLine = false
        taken = 0
        lineNumber = 0
        blockStart = 0
        wholeBytes = 0
    }

    /// The next bytes.
    /// - Parameter visit: is called for each line that is no event, after it was taken.
    package mutating func feed(
        _ bytes: Span<UInt8>, _ visit: (AuditStep, _ walk: borrowing AuditWalk) -> Void
    ) {
        var index = 0
        if !carry.isEmpty || isInLongLine {
            guard let end = bytes.lineFeed(from: 0) else { return keep(bytes) }
            finishLine(bytes.extracting(0...end), visit)
            index = end + 1
        }
        // Bytes of lines that were looked at, and are not in the sum yet.
        var first = index
        var lines: UInt64 = 0
        while let end = bytes.lineFeed(from: index) {
            if AuditLine.isOne(bytes, at: index), end - index < Self.lineBytes {
                block.add(bytes.extracting(first..<index), lines: lines)
                taken += Int64(index - first)
                take(bytes.extracting(index...end), visit)
                first = end + 1
                lines = 0
            } else {
                note(bytes, at: index)
                lines += 1
                lineNumber += 1
            }
            index = end + 1
        }
        block.add(bytes.extracting(first..<index), lines: lines)
        taken += Int64(index - first)
        if index > 0 { wholeBytes = taken }
        if index < bytes.count { keep(bytes.extracting(index..<bytes.count)) }
    }

    /// Keeps the beginning of a line.
    private mutating func keep(_ bytes: Span<UInt8>) {
        if !isInLongLine && carry.count + bytes.count <= Self.lineBytes {
            for index in bytes.indices { carry.append(bytes[index]) }
            return
        }
        var start: [UInt8] = []
        swap(&start, &carry)
        if !isInLongLine { note(start.span, at: 0) }
        block.add(start.span, lines: 0)
        block.add(bytes, lines: 0)
        taken += Int64(start.count + bytes.count)
        isInLongLine = true
    }

    /// Takes the end of a line whose beginning was kept.
    private mutating func finishLine(
        _ bytes: Span<UInt8>, _ visit: (AuditStep, borrowing AuditWalk) -> Void
    ) {
        if isInLongLine {
            block.add(bytes, lines: 1)
            taken += Int64(bytes.count)
            lineNumber += 1
            isInLongLine = false
            wholeBytes = taken
            return
        }
        var line: [UInt8] = []
        swap(&line, &carry)
        for index in bytes.indices { line.append(bytes[index]) }
        if AuditLine.isOne(line.span, at: 0) {
            take(line.span, visit)
        } else {
            note(line.span, at: 0)
            block.add(line.span, lines: 1)
            taken += Int64(line.count)
            lineNumber += 1
        }
        wholeBytes = taken
        line.removeAll(keepingCapacity: true)
        swap(&line, &carry)
    }

    /// Takes a whole line that is no event.
    private mutating func take(
        _ line: Span<UInt8>, _ visit: (AuditStep, borrowing AuditWalk) -> Void
    ) {
        let text = line.extracting(0..<line.count - 1)
        lineNumber += 1
        lineStart = taken
        taken += Int64(line.count)
        guard let kind = AuditLine(text) else {
            block.add(line, lines: 1)
            return visit(.strange, self)
        }
        guard case .chain(let chain) = kind else {
            if case .lost(let loss) = kind { lastEvent = loss.to }
            block.add(line, lines: 1)
            return visit(.kept(kind), self)
        }
        let fit = block.end(with: chain, text)
        visit(.chain(chain, fit), self)
        blockStart = taken
    }

    /// Notes the id of an event.
    @inline(__always)
    private mutating func note(_ bytes: Span<UInt8>, at start: Int) {
        var place = start + 6
        guard bytes.has("{\"id\":", at: start), let id = bytes.number(&place) else { return }
        lastEvent = id
    }
}
