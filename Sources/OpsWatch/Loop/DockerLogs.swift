// What a line of docker's json-file leaves for the next: parts of lines that have not ended, of
// each generation of each file.  A line does not reach from one file into the next: its rest there
// is passed over, as it is where reading began in the middle.

import OpsDetect

/// One file of json-file while it is read.
struct DockerLog {
    var lines: DockerLines
    fileprivate let ordinal: UInt64
    /// Where, in the slice at hand, the line begins that has not ended; nil: in an earlier one.
    private var opened: Int?

    fileprivate init(_ ordinal: UInt64, isInMiddle: Bool) {
        lines = DockerLines(isInMiddle: isInMiddle)
        self.ordinal = ordinal
    }

    /// A file that is read by itself.
    init(isInMiddle: Bool) { self.init(0, isInMiddle: isInMiddle) }

    /// Reads the line that begins at `start` of the slice.
    mutating func read(
        _ line: Span<UInt8>, at start: Int, into text: inout [UInt8]
    ) -> DockerOutcome {
        let wasBetween = lines.isBetweenLines
        let outcome = lines.read(line, into: &text)
        note(wasBetween, start)
        return outcome
    }

    /// What begins at `start` cannot be read.
    mutating func lose(at start: Int) {
        let wasBetween = lines.isBetweenLines
        lines.loseLines()
        note(wasBetween, start)
    }

    private mutating func note(_ wasBetween: Bool, _ start: Int) {
        if wasBetween, !lines.isBetweenLines { opened = start }
    }

    /// How the slice ended.
    mutating func endSlice() -> OpenLine {
        defer { opened = nil }
        if lines.isBetweenLines { return .none }
        return opened.map { .since($0) } ?? .before
    }
}

/// Those of all files.
struct DockerLogs {
    /// The newest generations of each file: two are read at a time.
    private var logs: [Int: [DockerLog]] = [:]

    /// What is kept for a slice, in which `preceding` came before its lines; it is given back
    /// with `keep`.
    mutating func take(for slice: FileSlice, preceding: Span<UInt8>) -> DockerLog {
        let own = logs[slice.file] ?? []
        if let index = own.firstIndex(where: { $0.ordinal == slice.ordinal }) {
            // Out of the table while it is worked on, so that it is not copied.
            return logs[slice.file]?.remove(at: index) ?? own[index]
        }
        let before = own.last { $0.ordinal < slice.ordinal }
        let wasOpen = before.map { !$0.lines.isBetweenLines } ?? false
        var log = DockerLog(slice.ordinal, isInMiddle: slice.beganOpen || wasOpen)
        if slice.beganOpen { log.lines.noteBefore(preceding) }
        return log
    }

    /// Keeps it for the next slice, and of each file the newest; what `isKnown` does not know is
    /// forgotten at times.
    mutating func keep(_ log: DockerLog, of file: Int, isKnown: (Int) -> Bool) {
        logs[file, default: []].append(log)
        logs[file]?.sort { $0.ordinal < $1.ordinal }
        if logs[file]?.count ?? 0 > 3 { logs[file]?.removeFirst() }
        if logs.count > FileBounds.files { logs = logs.filter { isKnown($0.key) } }
    }
}
