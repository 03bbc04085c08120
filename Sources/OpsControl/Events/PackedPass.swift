// One pass over a compressed file, from its beginning, since gzip cannot be read backwards.  It
// keeps the newest lines that match, within a bound; where there are more, another pass ends
// before those that were kept.
//
//   P1. At most `keptBytes` are kept, and one line.
//   P2. Lines are passed over that have, seen from the end, no id below `passing` after them yet.
//   P3. A damaged file gives what is before the damage.

import OpsCore
import OpsGzip
import OpsLinux
import OpsTrails

/// What a pass has found.
struct PackedPass: ~Copyable {
    /// A line that matches.
    struct Line {
        /// Where it begins, bytes of the unpacked file.
        var offset: UInt64
        var id: UInt64
        var bytes: [UInt8]
    }

    /// What is read at once.
    private static let blockBytes = 256 << 10

    private let filter: EventLineFilter
    private let range: EventFilter
    private let passing: UInt64?
    private let end: UInt64
    private let keptBytes: Int
    /// What is known already: the times of events by their ids.
    private let known: [UInt64: Int64]

    /// The newest that match, oldest first; those before `first` went again (P1).
    private var lines: [Line] = []
    private var first = 0
    private var bytes = 0
    /// Those among `lines` that P2 lets through, counted with those that went.
    private var solid = 0
    /// How many match, kept or not, that P2 lets through.
    private(set) var matches: UInt64 = 0
    private var tentative: UInt64 = 0
    /// An id below `passing` was met.
    private(set) var hasPassed: Bool
    /// Where the last line with such an id ends.
    private var passedEnd: UInt64 = 0
    /// Why it could not be read to its end; nil: it could.
    private(set) var fault: GzipFault?

    /// - Parameters:
    ///   - end: no line from there on is looked at.
    ///   - known: events that are passed over, their times by their ids.
    init(
        _ filter: EventFilter, passing: UInt64?, end: UInt64, keptBytes: Int,
        known: [UInt64: Int64] = [:]
    ) {
        self.filter = EventLineFilter(filter)
        range = filter
        self.passing = passing
        self.end = end
        self.keptBytes = keptBytes
        self.known = known
        hasPassed = passing == nil
    }

    /// Lines that match, newest last, and where those before them end.
    consuming func finish() -> (lines: [Line], before: UInt64?) {
        if passing != nil {
            let kept = max(first, solid)
            lines.removeLast(lines.count - kept)
        }
        let found = Array(lines[first...])
        if UInt64(found.count) >= matches { return (found, nil) }
        return (found, found.first?.offset ?? passedEnd)
    }

    /// Reads the file.
    mutating func read(_ reader: GzipReader) {
        var buffer = [UInt8](repeating: 0, count: Self.blockBytes)
        var kept = 0
        var start: UInt64 = 0
        var isInLongLine = false
        do throws(GzipFault) {
            while start < end {
                let count = try reader.read(into: &buffer, at: kept)
                if count == 0 { return }
                let filled = kept + count
                guard let lf = ByteSearch.last(0x0a, in: buffer.span.extracting(0..<filled)) else {
                    // Too long for an event.
                    if filled == buffer.count {
                        start += UInt64(filled)
                        kept = 0
                        isInLongLine = true
                    } else {
                        kept = filled
                    }
                    continue
                }
                var begin = 0
                if isInLongLine {
                    begin = (ByteSearch.first(0x0a, in: buffer.span) ?? lf) + 1
                    isInLongLine = false
                }
                if isPast(buffer.span.extracting(begin...lf)) { return }
                look(at: buffer.span.extracting(0...lf), from: begin, start)
                kept = filled - lf - 1
                for index in 0..<kept { buffer[index] = buffer[lf + 1 + index] }
                start += UInt64(lf + 1)
            }
        } catch {
            fault = error
        }
    }

    /// Looks at whole lines.
    private mutating func look(at block: Span<UInt8>, from: Int, _ start: UInt64) {
        if passing == nil, !filter.needle.isEmpty,
            ByteSearch.first(filter.needle, in: block) == nil
        {
            return
        }
        var begin = from
        while begin < block.count,
            let lf = ByteSearch.first(0x0a, in: block.extracting(begin...))
        {
            let offset = start + UInt64(begin)
            if offset >= end { return }
            consider(block.extracting(begin..<begin + lf), at: offset)
            begin += lf + 1
        }
    }

    private mutating func consider(_ line: Span<UInt8>, at offset: UInt64) {
        guard let id = EventLineFilter.id(line) else { return }
        if filter.matches(line), !isKnown(id, line) {
            var bytes: [UInt8] = []
            line.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            keep(Line(offset: offset, id: id, bytes: bytes))
            tentative += 1
        }
        if let passing, id >= passing { return }
        hasPassed = true
        passedEnd = offset + UInt64(line.count) + 1
        matches += tentative
        tentative = 0
        solid = lines.count
    }

    private func isKnown(_ id: UInt64, _ line: Span<UInt8>) -> Bool {
        guard !known.isEmpty, let time = known[id] else { return false }
        return EventLineFilter.time(line) == time
    }

    /// Whether all that follows a block is too new.
    private func isPast(_ block: Span<UInt8>) -> Bool {
        guard let until = range.until, let lf = ByteSearch.first(0x0a, in: block),
            let time = EventLineFilter.time(block.extracting(0..<lf))
        else { return false }
        return time >= until + EventLineFilter.clockSlack
    }

    private mutating func keep(_ line: consuming Line) {
        bytes += Self.cost(line)
        lines.append(line)
        while bytes > keptBytes, first < lines.count - 1 {
            bytes -= Self.cost(lines[first])
            lines[first].bytes = []
            first += 1
        }
        guard first > 4_096, first > lines.count / 2 else { return }
        lines.removeFirst(first)
        solid = max(0, solid - first)
        first = 0
    }

    /// What a kept line takes, about.
    private static func cost(_ line: borrowing Line) -> Int { line.bytes.count + 80 }
}
