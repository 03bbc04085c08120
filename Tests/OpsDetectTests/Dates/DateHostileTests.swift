// Lines that nobody would write: nothing traps, and what is cut lies within the line.

import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Dates in hostile lines")
struct DateHostileTests {
    private static let patterns: [String?] = [
        nil, "{^LN-BEG}", #"^[^\[]*\[({DATE})"#,
        #"(?P<Y>\d+)[-/](?P<j>\d+) (?P<U>\d*) ?(?P<w>\d*)"#,
        #"(?P<d>\S*) (?P<b>\S*) (?P<z>\S*) (?P<I>\d+):(?P<S>\d+) (?P<p>\S*)"#, "LEPOCH", "TAI64N",
        "{NONE}", #""t":{LEPOCH}|{EPOCH}x"#, "%Y(?P<H>.*)(?P<M>.*)$",
    ]

    private func check(_ lines: (inout DateSamples) -> [UInt8], count: Int, seed: UInt64) throws {
        var samples = DateSamples(seed: seed)
        var detectors = try Self.patterns.map {
            try DateDetector(pattern: $0, zone: try Zones.named("Asia/Gaza"))
        }
        for _ in 0..<count {
            let line = lines(&samples)
            let index = samples.number(0...detectors.count - 1)
            let now =
                samples.isOneOf(50)
                ? samples.random.pick([Int64.min, .max, 0, -1]) : 1_795_893_012_000
            guard let finding = detectors[index].find(in: line.span, now: now) else { continue }
            guard finding.cut.lowerBound >= 0, finding.cut.upperBound <= line.count else {
                Issue.record("\(finding.cut) of \(line.count) bytes")
                return
            }
        }
    }

    @Test("100,000 dates with bytes changed, in lines of any length")
    func mutated() throws {
        try check(
            { samples in
                var text = samples.line()
                for _ in 0..<samples.number(0...3) { text = samples.mutated(text) }
                return Array(text.utf8)
            }, count: 100_000, seed: 21)
    }

    @Test("Random text, much of it digits and separators")
    func random() throws {
        let alphabet = Array("0123456789:/-. TZ,[]@aedcbfjnov\u{e9}\u{661}\u{1f600}".unicodeScalars)
        try check(
            { samples in
                var text = ""
                for _ in 0..<samples.number(0...80) {
                    text.unicodeScalars.append(samples.random.pick(alphabet))
                }
                return Array(text.utf8)
            }, count: 30_000, seed: 22)
    }

    @Test("Random bytes, after they were made UTF-8")
    func bytes() throws {
        try check(
            { samples in
                var line: [UInt8] = []
                for _ in 0..<samples.number(0...120) {
                    line.append(UInt8(truncatingIfNeeded: samples.random.next()))
                }
                return Array(String(decoding: line, as: UTF8.self).utf8)
            }, count: 20_000, seed: 23)
    }

    @Test("Lines of 8 KiB of what dates are made of")
    func long() throws {
        let pieces = [
            "1", "12:", "2026-", "Nov ", "[", " ", "28/Nov/", "0", "@4", "audit(", "T12", "\u{e9}",
        ]
        try check(
            { samples in
                let piece =
                    samples.random.pick(pieces)
                    + (samples.isOneOf(2) ? samples.random.pick(pieces) : "")
                let line = String(repeating: piece, count: 8_192 / piece.utf8.count)
                return Array(
                    (samples.isOneOf(2) ? samples.line() + line : line + samples.line()).utf8)
            }, count: 300, seed: 24)
    }

    @Test("Numbers of any size in every field have a time or none")
    func fields() {
        var samples = DateSamples(seed: 25)
        var clock = LogClock(zone: .utc)
        let values = [-1, 0, 1, 7, 12, 29, 31, 59, 60, 366, 9_999, 10_000, 99_999, 999_999_999]
        for _ in 0..<50_000 {
            var fields = DateFields()
            fields.year = samples.random.pick(values)
            fields.month = samples.random.pick(values)
            fields.day = samples.random.pick(values)
            fields.hour = samples.random.pick(values)
            fields.minute = samples.random.pick(values)
            fields.second = samples.random.pick(values)
            fields.yearday = samples.random.pick(values)
            fields.week = samples.random.pick(values)
            fields.weekday = samples.random.pick([-1, 0, 6])
            fields.zone = samples.random.pick([.none, .offset(-99_999), .offset(99_999), .unknown])
            let now = samples.random.pick([Int64.min, -1, 0, 1_795_893_012_000, .max])
            _ = fields.time(now: now, clock: &clock)
        }
    }
}
