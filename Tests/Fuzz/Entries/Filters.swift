// A filter at work on any lines: what it finds is within its bounds, and the same whether it is
// given all lines or only those that have a literal.

import OpsCore
import Synchronization

@testable import OpsDetect

/// The first byte chooses a filter, the second bits: 1, the time is known; then lines, each behind
/// a byte that says how many seconds later it is read.
func fuzzFilters(_ bytes: [UInt8]) throws(Finding) {
    // A filter is of one thread at a time.
    try turn.withLock { _ throws(Finding) in try readLines(bytes) }
}

private let turn = Mutex(())

private func readLines(_ bytes: [UInt8]) throws(Finding) {
    var feed = Feed(bytes)
    let choice = Int(feed.byte()) % filters.count
    let isKnown = feed.byte() & 1 != 0
    guard let bench = Bench.all[choice] else {
        throw Finding(description: "\(filters[choice].name) is refused")
    }
    bench.clear()
    let (all, some) = (bench.all, bench.some)
    var scanner = bench.scanner
    var now: Int64 = 1_780_000_000_000
    var found: [OpsDetect.Finding] = []
    var others: [OpsDetect.Finding] = []
    var hits = LiteralHits()
    for piece in feed.rest().split(separator: 0x0a).prefix(200) {
        now += Int64(piece.first ?? 0) * 1_000
        let line = Array(piece.dropFirst())
        let time = isKnown ? LineTime.known(now - 500) : .inLine
        let before = (found.count, all.statistics)
        all.read(line.span, at: time, now: now, budget: .endless(), into: &found)
        try hold(found.count - before.0 <= 1, "\(found.count - before.0) findings of a line")
        try holdGood(found.dropFirst(before.0), now: now)
        try holdGrown(before.1, all.statistics)
        var place = 0
        let ended = line + [0x0a]
        _ = scanner.next(in: ended.span, from: &place, hits: &hits)
        if hits.isEmpty, !some.needsEveryLine, !some.isMultiline { continue }
        some.read(
            line.span, at: time, now: now, candidates: .hits(hits, first: 1), budget: .endless(),
            into: &others)
    }
    // Only where the lines in between say nothing of the time, and no line was given up.
    guard isKnown, all.statistics.limitReached == 0, some.statistics.limitReached == 0 else {
        return
    }
    try hold(found == others, "all lines: \(found); those with a literal: \(others)")
}

private let filters: [FilterDefinition] = [
    FilterDefinition(
        name: "gate", failures: ["^gate: denied (?:<F-USER>\\S+</F-USER> )?from <HOST>$"]),
    FilterDefinition(
        name: "mail",
        prefix: "^<F-MLFID>mail\\[\\d+\\]:</F-MLFID> <F-CONTENT>.+</F-CONTENT>$",
        failures: [
            "^<F-NOFAIL>connect</F-NOFAIL> from <ADDR>$",
            "^login of <F-USER>\\w+</F-USER> failed$",
            "^<F-MLFGAINED>login</F-MLFGAINED> of <F-USER>\\w+</F-USER> succeeded$",
            "^<F-MLFFORGET><F-NOFAIL>closed</F-NOFAIL></F-MLFFORGET>$",
            "^refused: <SUBNET>$",
        ], ignored: ["trusted"]),
    FilterDefinition(
        name: "lines", failures: ["^request from <HOST><SKIPLINES>answer: refused$"], maxLines: 4),
    FilterDefinition(
        name: "web",
        failures: ["^\\[\\] \"[^\"]*\" 40[13] <F-ID>\\S+</F-ID>$", "(?i)^ban me: <ADDR>"],
        ignored: ["/health"], datePattern: "%Y-%m-%d %H:%M:%S\n{NONE}"),
].map { filter in
    var filter = filter
    filter.prefix = filter.prefix.map(RegexTags.expand)
    filter.failures = filter.failures.map(RegexTags.expand)
    // The default dates take most of the time of a short input, and have an entry of their own.
    filter.datePattern = filter.datePattern ?? "%Y-%m-%d %H:%M:%S"
    return filter
}

/// Two runs of a filter, used for one input after the other: to make them takes most of the time of
/// a short one.
private final class Bench {
    nonisolated(unsafe) static let all = filters.map { try? Bench($0) }

    let all: FilterRun
    let some: FilterRun
    let scanner: LineScanner
    private let dates: DateDetector
    private let buffer: LineBuffer?

    init(_ filter: FilterDefinition) throws(FilterFault) {
        all = try FilterRun(filter, zone: .utc)
        some = try FilterRun(filter, zone: .utc)
        scanner = LineScanner(some.literals(from: 1), everyLine: true)
        dates = all.dates
        buffer = all.buffer
    }

    /// As if they had read nothing.
    func clear() {
        for run in [all, some] {
            run.statistics = FilterStatistics()
            run.dates = dates
            run.lastDate = nil
            run.connections = ConnectionMemory(run.limits)
            run.buffer = buffer
            run.lastFailure = nil
        }
    }
}

private func holdGood(
    _ findings: ArraySlice<OpsDetect.Finding>, now: Int64
) throws(Finding) {
    for finding in findings {
        try hold(finding.time <= now, "\(finding.time) is still to come")
        try hold(finding.count == 1, "\(finding.count) failures")
        let length = finding.user?.utf8.count ?? 0
        try hold(length <= FilterRun.userBytes, "a name of \(length) bytes")
        try hold(finding.address != nil, "a finding of nobody")
        guard let address = finding.address else { continue }
        let (narrowest, widest): (UInt8, UInt8) =
            address.isIPv4 ? (128, 96 + 16) : (128, 32)
        try hold(
            (widest...narrowest).contains(address.length), "\(address) is wide")
    }
}

/// A line is counted, and no counter falls.
private func holdGrown(
    _ before: FilterStatistics, _ after: FilterStatistics
) throws(Finding) {
    try hold(after.lines == before.lines + 1, "a line is not counted")
    let pairs = [
        (before.tried, after.tried), (before.findings, after.findings),
        (before.ignored, after.ignored), (before.withoutAddress, after.withoutAddress),
        (before.pending, after.pending),
        (before.forgottenConnections, after.forgottenConnections),
    ]
    try hold(pairs.allSatisfy { $0 <= $1 }, "a counter falls: \(before), \(after)")
}
