// Lines of docker's json-file: `{"log":"text\n","stream":"stdout","time":"2026-01-31T10:20:30Z"}`.
// docker writes a text of more than 16 KiB in several of them, all but the last without `\n`: they
// are joined, and shortened as any long line.
//
// The text has no line end, and its time is that of its first part.

/// What a line of json-file came to.
package enum DockerOutcome: Hashable, Sendable {
    /// A line of the container's log, logged at this time, if the line says one.
    case line(time: Int64?)
    /// A part of a line, kept until the rest comes.
    case part
    /// It is not what docker writes.
    case refused
}

/// The reader of one file of json-file.
package struct DockerLines {
    /// A stream's line that has not ended.
    private struct Part {
        var text: [UInt8] = []
        var time: Int64?
        var isOpen = false
    }

    private var json: JSONLine
    private var parts = [Part(), Part()]

    /// No part is kept yet.
    package init() {
        json = JSONLine(
            ["log", "stream", "time"].compactMap { JSONPath($0) })
    }

    /// Whether a part is kept: a position behind it would lose it.
    package var isPartKept: Bool { parts.contains { $0.isOpen } }

    /// Forgets the parts: the file was replaced.
    package mutating func forgetParts() { parts = [Part(), Part()] }

    /// Reads a line of the file; the container's own line goes into `text`, in place of what it
    /// held.
    package mutating func read(_ line: Span<UInt8>, into text: inout [UInt8]) -> DockerOutcome {
        text.removeAll(keepingCapacity: true)
        do { try json.read(line) } catch { return .refused }
        guard let log = json[0], case .string = log.kind else { return .refused }
        let stream = isErrorStream(line) ? 1 : 0
        let end = endOfText(line, log.range)
        let isWhole = end < log.range.upperBound
        let own = time(line)
        if isWhole && !parts[stream].isOpen {
            JSONText.append(line, log.range.lowerBound..<end, to: &text)
            return .line(time: own)
        }
        if !parts[stream].isOpen {
            parts[stream].isOpen = true
            parts[stream].time = own
        }
        JSONText.append(line, log.range.lowerBound..<end, to: &parts[stream].text)
        let kept = LongLine.shorten(&parts[stream].text, from: 0, to: parts[stream].text.count)
        parts[stream].text.removeSubrange(kept...)
        guard isWhole else { return .part }
        text += parts[stream].text
        defer {
            parts[stream].text.removeAll(keepingCapacity: true)
            parts[stream].isOpen = false
        }
        return .line(time: parts[stream].time)
    }

    private func isErrorStream(_ line: Span<UInt8>) -> Bool {
        guard let stream = json[1] else { return false }
        return JSONText.isEqual(line, stream.range, Array("stderr".utf8))
    }

    private func time(_ line: Span<UInt8>) -> Int64? {
        guard let time = json[2], case .string(false) = time.kind else { return nil }
        return JSONTime.milliseconds(line.extracting(time.range))
    }

    /// Where the text ends: before the `\n` (and a `\r` before it) that is its line end.
    private func endOfText(_ line: Span<UInt8>, _ range: Range<Int>) -> Int {
        guard let end = before("n", line, range.lowerBound..<range.upperBound) else {
            return range.upperBound
        }
        return before("r", line, range.lowerBound..<end) ?? end
    }

    /// Where the escape `\character` at the end of the range begins; nil: it has none.
    private func before(
        _ character: Unicode.Scalar, _ line: Span<UInt8>, _ range: Range<Int>
    ) -> Int? {
        guard range.count >= 2, line[range.upperBound - 1] == UInt8(ascii: character) else {
            return nil
        }
        // An even number of backslashes before it are escaped backslashes.
        var place = range.upperBound - 1
        while place > range.lowerBound, line[place - 1] == UInt8(ascii: "\\") { place -= 1 }
        return (range.upperBound - 1 - place) % 2 == 1 ? range.upperBound - 2 : nil
    }
}
