// What reads dates without a regular expression, and what spares searches, beside the regular
// expressions that they stand in for.

import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Dates without a regular expression")
struct DateRecogniserTests {
    private static let patterns: [String] = {
        let shapes = [
            DatePatterns.iso, DatePatterns.isoOneSpace, DatePatterns.syslog, DatePatterns.accessLog,
        ]
        return shapes.flatMap { [$0, "{^LN-BEG}" + $0, "^" + $0, #"^[^\[]*\[("# + $0 + ")"] }
    }()

    private static func isSame(_ first: DateMatch?, _ second: DateMatch?) -> Bool {
        guard let first, let second else { return first == nil && second == nil }
        guard case .fields(let fields) = first.value, case .fields(var others) = second.value else {
            return false
        }
        // Only `%U` and `%W` ask for it.
        others.weekday = fields.weekday
        return first.start == second.start && first.end == second.end && first.cut == second.cut
            && fields == others
    }

    @Test("Where a recogniser answers, the regular expression gives the same", arguments: patterns)
    func recognisers(pattern: String) throws {
        let template = try DatePatterns.template(pattern)
        let recogniser = try #require(template.recogniser)
        var samples = DateSamples(seed: 11)
        var scratch = PatternMatch()
        let shapes = [0: [0, 1], 1: [2, 3, 4], 2: [8, 9, 10]]
        let own = [DateRecogniser.Shape.iso: 0, .syslog: 1, .accessLog: 2][recogniser.shape] ?? 0
        var answered = 0
        for turn in 0..<12_000 {
            let shape = turn % 4 == 0 ? nil : samples.random.pick(shapes[own] ?? [0])
            let line = Array(samples.line(shape: shape).utf8)
            let from = turn % 5 == 0 ? samples.number(0...8) : 0
            // Places of earlier matches are never within a character.
            guard from == 0 || (from < line.count && line[from] & 0xC0 != 0x80) else { continue }
            guard let answer = recogniser.match(line.span, from: from) else { continue }
            if answer != nil { answered += 1 }
            let search = template.search(line.span, from: from, scratch: &scratch)
            if !Self.isSame(answer, search) {
                Issue.record(
                    "\(String(decoding: line, as: UTF8.self).debugDescription) from \(from)")
                return
            }
        }
        #expect(answered > 200, "\(answered)")
    }

    @Test("A template that a line's traits rule out does not match")
    func traits() throws {
        let templates = try DatePatterns.all(onlyAtLineBegin: false)
        var samples = DateSamples(seed: 12)
        var scratch = PatternMatch()
        var spared = 0
        for _ in 0..<4_000 {
            let line = Array(samples.line().utf8)
            let traits = LineTraits(of: line.span)
            for template in templates where !traits.isSuperset(of: template.needs) {
                spared += 1
                if template.search(line.span, from: 0, scratch: &scratch) != nil {
                    Issue.record(
                        "\(String(decoding: line, as: UTF8.self).debugDescription): \(template.regex.text)"
                    )
                    return
                }
            }
        }
        #expect(spared > 40_000)
    }

    @Test("The dates that logs have are all read without a regular expression")
    func plain() throws {
        for (pattern, line) in [
            ("{^LN-BEG}" + DatePatterns.syslog, "Nov 28 19:10:12 host sshd[7]: x"),
            ("{^LN-BEG}" + DatePatterns.syslog, "Nov  8 19:10:12 host sshd[7]: x"),
            ("{^LN-BEG}" + DatePatterns.syslog, "[Sat Nov 28 19:10:12.123456 2026] [x] y"),
            ("{^LN-BEG}" + DatePatterns.iso, "2026-11-28T19:10:12.123456+01:00 host sshd[7]: x"),
            ("{^LN-BEG}" + DatePatterns.iso, "2026-11-28 19:10:12,123 x"),
            ("{^LN-BEG}" + DatePatterns.iso, "2026/11/28 19:10:12 [error] x"),
            ("{^LN-BEG}" + DatePatterns.iso, "2026-11-28 19:10:12 Unknown user"),
            (
                DatePatterns.accessLog,
                "192.0.2.7 - - [28/Nov/2026:19:10:12 +0100] \"GET / HTTP/1.1\""
            ),
            (#"^[^\[]*\[("# + DatePatterns.accessLog + ")", "a [28/Nov/2026:19:10:12 +0100] \"x"),
        ] {
            let bytes = Array(line.utf8)
            let answer = try #require(DateRecogniser(pattern: pattern)).match(bytes.span, from: 0)
            #expect(answer != nil && answer! != nil, "\(line)")
        }
    }
}
