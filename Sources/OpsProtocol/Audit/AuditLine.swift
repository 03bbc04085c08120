// The lines of events.ndjson that are no events: `{"audit":"...`.  They keep the chain: what was
// written before one of them can be proven later, lines that were lost are told, and so are files
// that were removed.

package import OpsCore

/// A line that keeps the chain.
package enum AuditLine: Hashable, Sendable {
    case chain(AuditChainLine)
    case lost(AuditLoss)
    case removed(AuditRemoval)
    case found(AuditFind)
}

/// The end of a block: it covers everything since the chain line before it, and its own members.
package struct AuditChainLine: Hashable, Sendable {
    /// Its number and its hash.
    package var head: AuditHead
    /// The hash of the chain line before it.
    package var previous: AuditHash
    /// When it was written, as it stands: `2026-11-29T06:00:00.000000Z`.
    package var time: String
    /// The id of the newest event before it.
    package var through: UInt64
    /// Lines since the chain line before it.
    package var lines: UInt64
}

/// Events that are not in the file, and never will be.
package struct AuditLoss: Hashable, Sendable {
    /// The first id.
    package var from: UInt64
    /// The last.
    package var to: UInt64
    /// How many ids of these; those between that are in the file are not counted.
    package var lines: UInt64
    /// Why.
    package var reason: String

    package init(from: UInt64, to: UInt64, lines: UInt64, reason: String) {
        self.from = from
        self.to = to
        self.lines = lines
        self.reason = reason
    }
}

/// Files that went by age or size: the chain begins after this chain line from now on.
package struct AuditRemoval: Hashable, Sendable {
    /// The last chain line that was removed.
    package var last: AuditHead
    /// The names of the files, the oldest first, at most a few.
    package var files: [String]

    package init(last: AuditHead, files: [String]) {
        self.last = last
        self.files = files
    }
}

/// Something that opsd found in its file, or missing there, and that it had not done.
package struct AuditFind: Hashable, Sendable {
    /// What, in a sentence.
    package var what: String

    package init(what: String) { self.what = what }
}

extension AuditLine {
    /// What every line of the chain begins with, and no event.
    package static let opening: StaticString = "{\"audit\":\""
    /// No line of the chain has more bytes.
    package static let limitBytes = 4_096
    /// Names of files in one line.
    package static let fileLimit = 8

    /// Whether the line of `bytes` at `start` is no event.
    @inline(__always)
    package static func isOne(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        // Most lines are events, which begin with `{"id"`: one byte tells them apart.
        guard bytes.count - start >= 10, bytes[start + 2] == UInt8(ascii: "a") else { return false }
        return bytes.has(opening, at: start)
    }

    // MARK: Writing

    /// Appends the line, and LF.  A chain line is written by `AuditBlock`.
    package static func write(_ loss: AuditLoss, wall: Int64, to output: inout [UInt8]) {
        write("lines_lost", wall, &output) { json in
            json.member("from", integer: loss.from)
            json.member("to", integer: loss.to)
            json.member("lines", integer: loss.lines)
            json.member("reason", text: loss.reason.codePoints(atMost: 200))
        }
    }

    /// Appends the line, and LF.
    package static func write(_ removal: AuditRemoval, wall: Int64, to output: inout [UInt8]) {
        write("removed", wall, &output) { json in
            json.member("seq", integer: removal.last.sequence)
            json.member("hash", text: removal.last.hash.hexadecimal)
            json.key("files")
            json.array { json in
                for file in removal.files.prefix(fileLimit) { json.string(file) }
            }
        }
    }

    /// Appends the line, and LF.
    package static func write(_ find: AuditFind, wall: Int64, to output: inout [UInt8]) {
        write("found", wall, &output) {
            $0.member("what", text: find.what.codePoints(atMost: 400))
        }
    }

    private static func write(
        _ kind: String, _ wall: Int64, _ output: inout [UInt8],
        _ members: (inout JSONWriter) -> Void
    ) {
        JSONWriter.append(to: &output) { json in
            json.object { json in
                json.member("audit", text: kind)
                json.member("ts", wall: wall)
                members(&json)
            }
        }
        output.append(0x0a)
    }

    // MARK: Reading

    /// The line, without its LF; nil: it is none that this version knows, or not as opsd writes it.
    package init?(_ line: Span<UInt8>) {
        if let chain = AuditChainLine(line) {
            self = .chain(chain)
            return
        }
        guard line.count <= Self.limitBytes, let json = try? JSONValue(parsing: line),
            let kind = json["audit"]?.text
        else { return nil }
        switch kind {
        case "lines_lost":
            guard let from = json["from"]?.unsigned, let to = json["to"]?.unsigned,
                let lines = json["lines"]?.unsigned, let reason = json["reason"]?.text
            else { return nil }
            self = .lost(AuditLoss(from: from, to: to, lines: lines, reason: reason))
        case "removed":
            guard let sequence = json["seq"]?.unsigned,
                let hash = json["hash"]?.text.flatMap({ AuditHash($0) })
            else { return nil }
            self = .removed(
                AuditRemoval(
                    last: AuditHead(sequence: sequence, hash: hash),
                    files: (json["files"]?.elements ?? []).compactMap(\.text)))
        case "found":
            guard let what = json["what"]?.text else { return nil }
            self = .found(AuditFind(what: what))
        default: return nil
        }
    }
}

extension AuditChainLine {
    /// What a chain line begins with.
    static let opening: StaticString = "{\"audit\":\"chain\",\"seq\":"

    /// Reads exactly what `AuditBlock` writes; nil: it is something else.
    package init?(_ line: Span<UInt8>) {
        var place = 0
        guard line.skip(Self.opening, &place), let sequence = line.number(&place),
            line.skip(",\"ts\":\"", &place), line.count - place >= Timestamp.microsecondsBytes
        else { return nil }
        var time: [UInt8] = []
        for index in place..<place + Timestamp.microsecondsBytes { time.append(line[index]) }
        place += Timestamp.microsecondsBytes
        guard line.skip("\",\"through\":", &place), let through = line.number(&place),
            line.skip(",\"lines\":", &place), let lines = line.number(&place),
            line.skip(",\"prev\":\"", &place),
            let previous = AuditHash(hexadecimal: line, at: place)
        else { return nil }
        place += AuditHash.digits
        guard line.skip("\"", &place), line.skip(Self.hashOpening, &place),
            let hash = AuditHash(hexadecimal: line, at: place)
        else { return nil }
        place += AuditHash.digits
        guard line.skip("\"}", &place), place == line.count else { return nil }
        head = AuditHead(sequence: sequence, hash: hash)
        self.previous = previous
        self.time = String(decoding: time, as: UTF8.self)
        self.through = through
        self.lines = lines
    }

    /// The hash covers the line up to here.
    static let hashOpening: StaticString = ",\"hash\":\""
    /// Bytes from there to the end of the line, without its LF.
    static let hashBytes = 9 + AuditHash.digits + 2
}

extension Span<UInt8> {
    /// Whether `text` is at `start`.
    @inline(__always)
    func has(_ text: StaticString, at start: Int) -> Bool {
        guard count - start >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where self[start + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    fileprivate func skip(_ text: StaticString, _ place: inout Int) -> Bool {
        guard has(text, at: place) else { return false }
        place += text.utf8CodeUnitCount
        return true
    }

    /// The decimal number at `place`, as opsd writes it; nil: there is none.
    func number(_ place: inout Int) -> UInt64? {
        let start = place
        var value: UInt64 = 0
        while place < count, self[place] &- 0x30 < 10 {
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = tens.addingReportingOverflow(UInt64(self[place] &- 0x30))
            if isOver || isOverToo { return nil }
            value = sum
            place += 1
        }
        let isPlain = place == start + 1 || (place > start && self[start] != 0x30)
        return isPlain ? value : nil
    }
}

extension JSONValue {
    fileprivate var unsigned: UInt64? { integer.flatMap { UInt64(exactly: $0) } }
}
