// Lines of docker's json-file: `{"log":"text\n","stream":"stdout","time":"2026-01-31T10:20:30Z"}`.
// docker writes a text of more than 16 KiB in several of them, all but the last without `\n`: they
// are joined, and shortened as any long line.
//
// The text has no line end, and its time is that of its first part.
//
// A rest whose beginning is not known is not a line: a stranger may have written it so that it
// looks like one.  After a line that is refused, or where reading begins in the middle, each
// stream is passed over up to the end of the line that it may be in.

/// What a line of json-file came to.
package enum DockerOutcome: Hashable, Sendable {
    /// A line of the container's log, logged at this time, if the line says one.
    case line(time: Int64?)
    /// A part of a line, kept until the rest comes.
    case part
    /// A part of a line whose beginning is not known.
    case rest
    /// It is not what docker writes.
    case refused
}

/// The reader of one file of json-file.
package struct DockerLines {
    /// Where a stream is.
    private enum Place {
        /// What comes next begins a line.
        case between
        /// A line has begun, and its parts are kept.
        case inLine
        /// What comes next may belong to a line whose beginning is not known.
        case unknown
    }

    private struct Stream {
        var place = Place.between
        var text: [UInt8] = []
        var time: Int64?
    }

    private var json: JSONLine
    private var streams = [Stream(), Stream()]

    /// Where a file begins, or, with `isInMiddle`, perhaps in the middle of a line.
    package init(isInMiddle: Bool = false) {
        json = JSONLine(
            ["log", "stream", "time"].compactMap { JSONPath($0) })
        if isInMiddle { loseLines() }
    }

    /// No stream is in the middle of a line; else a position here would lose its beginning.
    package var isBetweenLines: Bool { streams.allSatisfy { $0.place == .between } }

    /// Something that cannot be read stands here: it may have been a part of any line.
    package mutating func loseLines() {
        for number in streams.indices { lose(number) }
    }

    /// Another file follows: lines that have begun may go on in it, or may not.
    package mutating func loseOpenLines() {
        for number in streams.indices where streams[number].place != .between { lose(number) }
    }

    private mutating func lose(_ number: Int) {
        streams[number].place = .unknown
        streams[number].text.removeAll()
    }

    /// The bytes before the place where reading begins: if they show that the last line ended its
    /// text, its stream is not in the middle of one.
    package mutating func noteBefore(_ bytes: Span<UInt8>) {
        for (number, name) in ["stdout", "stderr"].enumerated() {
            // The quotes are none of a text: there they are escaped.
            let ending = Array("\\n\",\"stream\":\"\(name)\"".utf8)
            guard let place = Self.last(ending, in: bytes) else { continue }
            let isEscape = before("n", bytes, 0..<place + 2) != nil
            if isEscape, Self.isLastLine(bytes, place) { streams[number].place = .between }
        }
    }

    private static func isLastLine(_ bytes: Span<UInt8>, _ place: Int) -> Bool {
        for index in place..<bytes.count - 1 where bytes[index] == 0x0a { return false }
        return true
    }

    private static func last(_ wanted: [UInt8], in bytes: Span<UInt8>) -> Int? {
        var place = bytes.count - wanted.count
        while place >= 0 {
            var count = 0
            while count < wanted.count, bytes[place + count] == wanted[count] { count += 1 }
            if count == wanted.count { return place }
            place -= 1
        }
        return nil
    }

    /// Reads a line of the file; the container's own line goes into `text`, in place of what it
    /// held.
    package mutating func read(_ line: Span<UInt8>, into text: inout [UInt8]) -> DockerOutcome {
        text.removeAll(keepingCapacity: true)
        do { try json.read(line) } catch { return refuse() }
        guard let log = json[0], case .string = log.kind else { return refuse() }
        let number = isErrorStream(line) ? 1 : 0
        let end = endOfText(line, log.range)
        let isWhole = end < log.range.upperBound
        let own = time(line)
        switch streams[number].place {
        case .unknown:
            if isWhole { streams[number].place = .between }
            return .rest
        case .between:
            if isWhole {
                JSONText.append(line, log.range.lowerBound..<end, to: &text)
                return .line(time: own)
            }
            streams[number].place = .inLine
            streams[number].time = own
        case .inLine: break
        }
        JSONText.append(line, log.range.lowerBound..<end, to: &streams[number].text)
        let kept = LongLine.shorten(
            &streams[number].text, from: 0, to: streams[number].text.count)
        streams[number].text.removeSubrange(kept...)
        guard isWhole else { return .part }
        text += streams[number].text
        streams[number].text.removeAll(keepingCapacity: true)
        streams[number].place = .between
        return .line(time: streams[number].time)
    }

    private mutating func refuse() -> DockerOutcome {
        loseLines()
        return .refused
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
