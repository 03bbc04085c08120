// Lines that the journal has in several entries.  journald cuts what a service writes to its output
// after LineMax= (48 KiB), and docker's driver after 16 KiB; the entries say that more comes.  They
// are joined here.  What goes on a line whose beginning was not kept is not a line: a stranger may
// have written it so that it looks like one.
//
// Bounded: `capacity` lines, of which `textCapacity` are kept, `textBytes` of each.  The keys are
// stored with the position, so that what follows it is known for a rest after a restart too.
//
// Source: systemd.journal-fields(7), `_LINE_BREAK`, `_STREAM_ID`; docker's journald driver,
// `CONTAINER_PARTIAL_MESSAGE`.

import OpsDetect

/// Lines that have begun.
struct JournalParts {
    /// What an entry is.
    enum Meaning: Hashable {
        /// A line, or the end of one, which was joined.
        case line
        /// A part of a line, which was kept.
        case part
        /// The end of a line whose beginning is not known.
        case rest
    }

    private struct Part {
        var key: UInt64
        /// nil: it is passed over.
        var text: [UInt8]?
    }

    /// Lines at a time; the one that began first is forgotten.
    static let capacity = 128
    /// Of these, those whose text is kept.
    static let textCapacity = 8
    /// The longest text that is kept as it is; a longer one is shortened as any long line.
    static let textBytes = 128 << 10

    /// In the order in which they began.
    private var parts: [Part]

    /// Of these lines something was read before.
    init(open: [UInt64] = []) {
        parts = open.suffix(Self.capacity).map { Part(key: $0, text: nil) }
    }

    /// The keys of all.
    var open: [UInt64] { parts.map(\.key) }

    /// Takes an entry; the end of a line gets what came before it.
    mutating func take(_ line: inout JournalLine) -> Meaning {
        if !line.isPart, parts.isEmpty { return .line }
        let key = line.key
        guard let index = parts.firstIndex(where: { $0.key == key }) else {
            if line.isPart { begin(key, line) }
            return line.isPart ? .part : .line
        }
        if line.isPart {
            var text = parts[index].text
            parts[index].text = nil
            if text != nil {
                text?.append(contentsOf: line.bytes[line.messageStart...])
                Self.bound(&text)
            }
            parts[index].text = text
            return .part
        }
        guard let text = parts.remove(at: index).text else { return .rest }
        line.join(after: text)
        return .line
    }

    private mutating func begin(_ key: UInt64, _ line: borrowing JournalLine) {
        if parts.count >= Self.capacity { parts.removeFirst() }
        let kept = parts.indices.filter { parts[$0].text != nil }
        if kept.count >= Self.textCapacity, let first = kept.first { parts[first].text = nil }
        var text: [UInt8]? = Array(line.bytes[line.messageStart...])
        Self.bound(&text)
        parts.append(Part(key: key, text: text))
    }

    private static func bound(_ text: inout [UInt8]?) {
        guard var kept = text, kept.count > textBytes else { return }
        kept.removeSubrange(LongLine.shorten(&kept, from: 0, to: kept.count)...)
        text = kept
    }
}
