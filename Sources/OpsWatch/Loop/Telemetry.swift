// What opsd shows of the detector (`detector sources`, `detector rules`): one request line for each
// source and each rule, made of the figures as they stand.

import OpsCore
import OpsDetect
import OpsLinux
import OpsProtocol

/// Request lines with figures.
enum Telemetry {
    /// A word of a request: quoted where it must be.
    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONWriter.append(to: &bytes) { $0.string(text) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As opsd takes it.
    static func time(_ milliseconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp.write(microseconds: milliseconds &* 1_000, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `detector event`, for what opsd should keep.
    static func line(_ happening: Happening) -> String? {
        happening.event.map {
            "detector event \($0) source=\(quoted(happening.subject))"
                + " detail=\(quoted(happening.text))"
        }
    }

    /// `detector source` for each source.
    static func sources(_ detector: Detector, now: Int64) -> [String] {
        var rows: [String: [FileStatusRow]] = [:]
        for row in detector.files.status(now: now) {
            for source in row.sources { rows[source, default: []].append(row) }
        }
        return detector.plan.sources.enumerated().map { number, source in
            let tally = detector.sourceTallies[number]
            var line = "detector source \(quoted(source.name))"
            if source.isJournal {
                line += " kind=journal" + state(detector.journal, tally)
            } else {
                line +=
                    " kind=file"
                    + state(
                        rows[source.name] ?? [], source, tally, detector.unreadFiles(of: number))
            }
            line += " lines=\(tally.lines) matches=\(tally.matches)"
            if tally.lastLine > 0 { line += " last_line=\(time(tally.lastLine))" }
            if tally.lastMatch > 0 { line += " last_match=\(time(tally.lastMatch))" }
            return line
        }
    }

    private static func state(_ journal: JournalTail?, _ tally: SourceTally) -> String {
        switch journal?.state {
        case .reading?: return tally.isSilent ? " state=silent" : " state=reading"
        case .absent?: return " state=missing detail=\(quoted("there is no journal"))"
        case .unreadable?:
            return " state=denied detail=\(quoted(journal.map { "\($0.state)" } ?? ""))"
        case .failed(let error)?: return " state=failed detail=\(quoted("\(error)"))"
        case .unopened?, nil: return " state=waiting"
        }
    }

    private static func state(
        _ rows: [FileStatusRow], _ source: PlannedSource, _ tally: SourceTally, _ unread: Int
    ) -> String {
        let present = rows.filter { $0.state != .missing }
        let denied = rows.filter { $0.state == .denied }
        let failed = rows.filter { if case .failed = $0.state { true } else { false } }
        var line: String
        if let row = denied.first {
            line = " state=denied detail=\(quoted(trouble(denied.count, present.count, row)))"
        } else if let row = failed.first {
            line = " state=failed detail=\(quoted(trouble(failed.count, present.count, row)))"
        } else if unread > 0 {
            let detail =
                "\(unread) more files are not read: \(FileBounds.files) are read already"
            line = " state=failed detail=\(quoted(detail))"
        } else if present.isEmpty {
            line = " state=missing"
        } else {
            line = tally.isSilent ? " state=silent" : " state=reading"
            if present.count > 1 { line += " detail=\(quoted("\(present.count) files"))" }
        }
        if present.count == 1, let only = present.first {
            line += " path=\(quoted(only.path))"
        } else if let pattern = source.files.first {
            let more = source.files.count > 1 ? " and \(source.files.count - 1) more" : ""
            line += " path=\(quoted(pattern + more))"
        }
        let lag = rows.reduce(Int64(0)) { $0 &+ max(0, $1.lag) }
        let lost = rows.reduce(Int64(0)) { $0 &+ max(0, $1.lostBytes) }
        return line + " lag_bytes=\(lag) lost_bytes=\(lost)"
    }

    private static func trouble(_ count: Int, _ all: Int, _ row: FileStatusRow) -> String {
        let what =
            switch row.state {
            case .denied: "opswatch may not read \(row.path); add its group to the unit"
            case .failed(let error): "\(row.path): \(error)"
            default: row.path
            }
        return all > 1 ? "\(count) of \(all) files: \(what)" : what
    }

    /// `detector rule` for each rule.
    static func rules(_ detector: Detector) -> [String] {
        detector.plan.rules.enumerated().map { number, rule in
            let tally = detector.tallies[number]
            let oneIn = tally.share.oneIn
            var details: [String] = []
            if tally.named > 0 { details.append("\(tally.named) named a host, not an address") }
            if tally.ofPrivate > 0 { details.append("\(tally.ofPrivate) of private networks") }
            if tally.tooOld > 0 { details.append("\(tally.tooOld) too old") }
            if tally.malformed > 0 { details.append("\(tally.malformed) not JSON") }
            if tally.tooLong > 0 { details.append("\(tally.tooLong) too long to be read") }
            if tally.share.passedOver > 0 {
                details.append("\(tally.share.passedOver) lines not looked at")
            }
            var line = "detector rule \(quoted(rule.name))"
            line += oneIn == 1 ? " state=active" : " state=sampled"
            line += " looked=\(tally.tried) matched=\(tally.matched) strikes=\(tally.reported)"
            line += " ignored=\(tally.ignored) limit_reached=\(tally.limitReached)"
            line += " cpu_us=\(max(0, tally.nanoseconds / 1_000))"
            line += " share=\(max(1, 100 / oneIn))"
            if !details.isEmpty { line += " detail=\(quoted(details.joined(separator: ", ")))" }
            return line
        }
    }
}
