// What opswatch has told: telemetry, in memory, bounded, gone ten minutes after the last report.
// What has not been told of for half a minute is shown as stale, never as fine.

/// Rows by name, each with the time of its last report.
package struct DetectorBoard: Sendable {
    private struct Told<Report: Sendable>: Sendable {
        var report: Report
        /// Nanoseconds of boot time.
        var at: Int64
        var cpuPercent: Double?
    }

    private var sources: [String: Told<SourceReport>] = [:]
    private var rules: [String: Told<RuleReport>] = [:]
    /// How many events may still be told.
    package var budget = DetectorEventBudget()

    /// Nothing has been told.
    package init() {}

    /// Rows kept.
    package var count: Int { sources.count + rules.count }

    /// Takes a report.
    package mutating func note(_ report: SourceReport, at now: Moment) throws(Refusal) {
        if report.state == .gone {
            sources[report.name] = nil
            return
        }
        try Self.makeRoom(for: report.name, in: &sources, "sources", at: now)
        sources[report.name] = Told(report: report, at: now.boot)
    }

    /// Takes a report.
    package mutating func note(_ report: RuleReport, at now: Moment) throws(Refusal) {
        if report.state == .gone {
            rules[report.name] = nil
            return
        }
        try Self.makeRoom(for: report.name, in: &rules, "rules", at: now)
        var told = Told(report: report, at: now.boot)
        if let before = rules[report.name] {
            told.cpuPercent = Self.percent(
                report.cpuMicroseconds - before.report.cpuMicroseconds, now.boot - before.at,
                before.cpuPercent)
        }
        rules[report.name] = told
    }

    /// CPU time as a share of the time that passed; reports of the same turn keep the last figure,
    /// and after a new start of opswatch there is none.
    private static func percent(
        _ microseconds: Int, _ nanoseconds: Int64, _ before: Double?
    ) -> Double? {
        if microseconds < 0 { return nil }
        if nanoseconds <= 0 { return before }
        return Double(microseconds) * 100_000 / Double(nanoseconds)
    }

    /// A full table drops the row told of longest ago, if that is stale; fresh ones stay.
    private static func makeRoom<Report>(
        for name: String, in table: inout [String: Told<Report>], _ what: String, at now: Moment
    ) throws(Refusal) {
        guard table[name] == nil, table.count >= DetectorBounds.rows else { return }
        guard let oldest = table.min(by: { ($0.value.at, $0.key) < ($1.value.at, $1.key) }),
            isStale(oldest.value.at, at: now)
        else {
            throw Refusal(.tooMany, "\(DetectorBounds.rows) \(what) are reported already")
        }
        table[oldest.key] = nil
    }

    private static func isStale(_ at: Int64, at now: Moment) -> Bool {
        now.boot - at > DetectorBounds.staleNanoseconds
    }

    /// Forgets what has not been told of for long.
    package mutating func sweep(at now: Moment) {
        func isOver(_ at: Int64) -> Bool { now.boot - at > DetectorBounds.keptNanoseconds }
        if sources.contains(where: { isOver($0.value.at) }) {
            sources = sources.filter { !isOver($0.value.at) }
        }
        if rules.contains(where: { isOver($0.value.at) }) {
            rules = rules.filter { !isOver($0.value.at) }
        }
    }

    /// `detector sources`.
    package func sources(_ query: DetectorQuery, at now: Moment) -> DetectorPage<SourceRow> {
        Self.page(sources, query) { told in
            func age(_ milliseconds: Int64) -> Int64 {
                max(0, now.wall / 1_000_000 - milliseconds) / 1_000
            }
            return SourceRow(
                told.report, ageSeconds: Self.age(told.at, at: now),
                lineAgeSeconds: told.report.lastLine.map(age),
                matchAgeSeconds: told.report.lastMatch.map(age),
                isStale: Self.isStale(told.at, at: now))
        }
    }

    /// `detector rules`.
    package func rules(_ query: DetectorQuery, at now: Moment) -> DetectorPage<RuleRow> {
        Self.page(rules, query) { told in
            RuleRow(
                told.report, ageSeconds: Self.age(told.at, at: now), cpuPercent: told.cpuPercent,
                isStale: Self.isStale(told.at, at: now))
        }
    }

    private static func age(_ at: Int64, at now: Moment) -> Int64 {
        max(0, now.boot - at) / 1_000_000_000
    }

    private static func page<Report, Row>(
        _ table: [String: Told<Report>], _ query: DetectorQuery, _ row: (Told<Report>) -> Row
    ) -> DetectorPage<Row> {
        let names = table.keys.filter { name in query.after.map { name > $0 } ?? true }.sorted()
        let shown = names.prefix(query.limit)
        return DetectorPage(
            rows: shown.compactMap { table[$0].map(row) },
            next: shown.count < names.count ? shown.last : nil)
    }
}
