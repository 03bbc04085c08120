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
    static func sources(_ detector: Detector, _ standings: [SourceStanding]) -> [String] {
        zip(detector.plan.sources, detector.sourceTallies).enumerated().map { number, source in
            let (source, tally) = source
            let standing = standings[number]
            var line = "detector source \(quoted(source.name))"
            line += source.isJournal ? " kind=journal" : " kind=file"
            line += " state=\(standing.state.rawValue)"
            if let detail = standing.detail { line += " detail=\(quoted(detail))" }
            if let path = standing.path { line += " path=\(quoted(path))" }
            if !source.isJournal {
                line += " lag_bytes=\(standing.lagBytes) lost_bytes=\(standing.lostBytes)"
            }
            line += " lines=\(tally.lines) matches=\(tally.matches)"
            if tally.lastLine > 0 { line += " last_line=\(time(tally.lastLine))" }
            if tally.lastMatch > 0 { line += " last_match=\(time(tally.lastMatch))" }
            return line
        }
    }

    /// Sources and rules that `plan` has and `next` does not: opsd is to forget them.
    static func gone(_ plan: WatchPlan, _ next: WatchPlan) -> [String] {
        let sources = Set(next.sources.map(\.name))
        let rules = Set(next.rules.map(\.name))
        return plan.sources.filter { !sources.contains($0.name) }
            .map { "detector source \(quoted($0.name))\(goneMark)" }
            + plan.rules.filter { !rules.contains($0.name) }
            .map { "detector rule \(quoted($0.name))\(goneMark)" }
    }

    private static let goneMark = " state=gone"

    /// Whether a line waits for opsd however old it is; the figures of others are replaced.
    static func isKept(_ line: String) -> Bool {
        line.hasPrefix("detector event") || line.hasSuffix(goneMark)
    }

    /// `detector rule` for each rule.
    static func rules(_ detector: Detector) -> [String] {
        detector.plan.rules.enumerated().map { number, rule in
            let tally = detector.tallies[number]
            let oneIn = tally.share.oneIn
            var details: [String] = []
            if tally.named > 0 { details.append("\(tally.named) named a host, not an address") }
            if tally.withoutAddress > 0 {
                details.append("\(tally.withoutAddress) without a valid address")
            }
            if tally.ofPrivate > 0 { details.append("\(tally.ofPrivate) of private networks") }
            if tally.tooOld > 0 { details.append("\(tally.tooOld) too old") }
            if tally.malformed > 0 { details.append("\(tally.malformed) not JSON") }
            if tally.tooLong > 0 { details.append("\(tally.tooLong) too long to be read") }
            if tally.share.passedOver > 0 {
                details.append("\(tally.share.passedOver) lines not looked at")
            }
            var line = "detector rule \(quoted(rule.name))"
            if let fault = tally.fault {
                return line + " state=failed detail=\(quoted(fault.message))"
            }
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
