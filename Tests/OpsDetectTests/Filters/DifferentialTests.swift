// The engine beside fail2ban's own: each filter over the samples of all filters, and over lines
// that nearly are such.
//
// OPSD_DIFFERENTIAL=N in the environment changes every line N times, and tries every mode of the
// filters at both times with and without literals.

@preconcurrency import Glibc
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Beside fail2ban's engine", .enabled(if: InstalledSamples.areInstalled))
struct DifferentialTests {
    /// Lines of the log of all samples.
    private static func samples() -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for name in DiskFiles.list(InstalledSamples.tests + "/files/logs").sorted() {
            for line in (InstalledSamples.samples(name) ?? []).split(separator: 0x0A) {
                guard line.first != UInt8(ascii: "#") else { continue }
                var line = Array(line)
                while line.last == 0x0D { line.removeLast() }
                if !line.isEmpty { lines.append(line) }
            }
        }
        return lines
    }

    /// Filters by name, with their modes if all are wanted.
    private static func filters(modes: Bool) throws -> [String] {
        var filters = InstalledSamples.names.filter { !$0.hasPrefix("zzz-") }
        guard modes else { return filters + ["sshd[mode=aggressive]"] }
        for name in filters {
            let text = String(
                decoding: DiskFiles.read("\(InstalledSamples.filters)/\(name).conf") ?? [],
                as: UTF8.self)
            for mode in ["normal", "ddos", "extra", "aggressive", "auth", "errors", "more", "rbl"]
            where text.contains("-\(mode) ") {
                filters.append("\(name)[mode=\(mode)]")
            }
        }
        return filters
    }

    /// What our engine finds.
    private func findings(
        _ filter: String, in lines: [[UInt8]], now: Int64, usesLiterals: Bool
    ) throws -> [EngineFinding] {
        let directory = DiskFiles.installed()
        let run = try FilterRun(
            try directory.filter(filter), zone: try LogZone(rule: AnnotatedSamples.zoneRule))
        var scanner = LineScanner(run.literals(from: 0))
        var found: [EngineFinding] = []
        for (number, line) in lines.enumerated() {
            var candidates = PatternCandidates.all
            if usesLiterals {
                var position = 0
                var hits = LiteralHits()
                let hit = scanner.next(in: (line + [0x0A]).span, from: &position, hits: &hits)
                candidates = hit == nil ? .none : .hits(hits, first: 0)
            }
            var findings: [Finding] = []
            run.read(
                line.span, at: .inLine, now: now * 1000, candidates: candidates,
                into: &findings)
            for finding in findings {
                found.append(
                    EngineFinding(
                        line: number, identity: finding.address?.description ?? "-",
                        address: finding.address,
                        time: Int64((Double(run.writtenTime) / 1000).rounded(.down))))
            }
        }
        return found
    }

    /// The differences between what was found in the same lines; in their times only if `now` is
    /// given.  Where lines without a literal are passed over, their dates teach nothing: which
    /// format an ambiguous date has may be learned otherwise than by fail2ban.
    private func differences(
        _ filter: String, _ ours: [EngineFinding], _ theirs: [EngineFinding], now: Int64?
    ) -> [(line: Int, difference: String)] {
        let found = Dictionary(grouping: ours) { $0.line }
        let expected = Dictionary(grouping: theirs) { $0.line }
        var differences: [(Int, String)] = []
        for line in Set(found.keys).union(expected.keys).sorted() {
            let here = found[line]?.first
            let there = expected[line]?.first
            // An identity that is not an address strikes nobody, or the address beside it.
            if let there, there.address == nil { continue }
            let isUndated = there?.time == -1 && here?.time == now
            let isSameTime = now == nil || here?.time == there?.time || isUndated
            if here?.address == there?.address, isSameTime { continue }
            let expected = there.map { "\($0)" } ?? "nothing in line \(line)"
            differences.append(
                (
                    line,
                    "\(filter): expected \(expected), found \(here.map { "\($0)" } ?? "nothing")"
                ))
        }
        return differences
    }

    /// How often each line is changed; nil: as part of the tests, once.
    private static let rounds = getenv("OPSD_DIFFERENTIAL").flatMap { Int(String(cString: $0)) }
    /// The time at which fail2ban's samples are read, and one after all of them.
    private static let times = [AnnotatedSamples.now / 1000, 1_907_064_000]

    @Test(
        "Each filter finds the same in everybody's lines, changed or not",
        arguments: rounds == nil
            ? [(times[0], [true]), (times[1], [false])] : times.map { ($0, [true, false]) })
    func same(now: Int64, usesLiterals: [Bool]) throws {
        let rounds = Self.rounds
        let samples = Self.samples()
        try #require(samples.count > 1000)
        let filters = try Self.filters(modes: rounds != nil)
        var mutation = LineMutation(generator: SeededGenerator(seed: 15), lines: samples)
        var lines = samples
        for _ in 0..<(rounds ?? 1) { lines += samples.map { mutation.mutated($0) } }
        // Enough to notice, in two thirds of the time.
        if rounds == nil { lines = lines.enumerated().filter { $0.offset % 3 < 2 }.map(\.element) }
        var compared = 0
        let theirs = try ReferenceEngine.findings(filters, in: lines, now: now)
        for filter in filters {
            let expected = try #require(theirs[filter])
            for usesLiterals in usesLiterals {
                let ours = try findings(
                    filter, in: lines, now: now, usesLiterals: usesLiterals)
                let differences = differences(
                    filter, ours, expected, now: usesLiterals ? nil : now)
                for (line, difference) in differences.prefix(5) {
                    let text = String(decoding: lines[line], as: UTF8.self)
                    let way = usesLiterals ? "with literals" : "without literals"
                    Issue.record("\(difference), \(way)\n  \(text)")
                }
            }
            compared += expected.count
        }
        print("compared: \(filters.count) filters, \(lines.count) lines, \(compared) findings")
        #expect(compared > 700)
    }
}
