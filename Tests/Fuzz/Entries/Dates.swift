// The dates of lines: what is cut out is of the line, the ways without a regular expression agree
// with it, and a zone of any bytes gives instants.

import Synchronization

@testable import OpsDetect

/// The first byte chooses what is read: 0 and 1, lines with the default dates, now in the next four
/// bytes; 2, a pattern, 0xff and lines; 3, a file of the zone database; 4, the rule or name of a
/// zone.
func fuzzDates(_ bytes: [UInt8]) throws(Finding) {
    // Templates are of one thread at a time.
    try turn.withLock { _ throws(Finding) in try readDates(bytes) }
}

private let turn = Mutex(())

private func readDates(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first else { return }
    var feed = Feed(Array(bytes.dropFirst()))
    let zone = zones[Int(first >> 4) % zones.count]
    switch first & 0x0f {
    case 2:
        let pieces = feed.rest().split(
            separator: 0xff, maxSplits: 1, omittingEmptySubsequences: false)
        let pattern = String(decoding: pieces.first ?? [], as: UTF8.self)
        guard let detector = try? DateDetector(pattern: pattern, zone: zone) else { return }
        try find(detector, pieces.count > 1 ? Array(pieces[1]) : [], now: 1_780_000_000_000)
    case 3:
        guard let zone = try? LogZone(file: feed.rest().span, name: "z") else { return }
        try holdInstants(zone)
    case 4:
        let text = String(decoding: feed.rest(), as: UTF8.self)
        if let zone = try? LogZone(rule: text) { try holdInstants(zone) }
        if let zone = try? LogZone(logTimeZone: text) { try holdInstants(zone) }
    default:
        let now = Int64(feed.number(UInt32.self)) * 1_000
        guard let detector = Shared.detectors[Int(first >> 4) % zones.count] else {
            throw Finding(description: "the default dates are refused")
        }
        let lines = feed.rest()
        try find(detector, lines, now: now)
        for line in lines.split(separator: 0x0a).prefix(4) { try compare(Array(line)) }
    }
}

private let zones: [LogZone] = [
    .utc, LogZone(minutes: -210), summerTime("CET-1CEST,M3.5.0,M10.5.0/3"),
    summerTime("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"),
]

private func summerTime(_ rule: String) -> LogZone { (try? LogZone(rule: rule)) ?? .utc }

/// Compiled once, since most of the time of an input would go there.
private enum Shared {
    nonisolated(unsafe) static let detectors = {
        let templates = DateTemplates()
        return zones.map { try? DateDetector(pattern: nil, zone: $0, sharing: templates) }
    }()
    nonisolated(unsafe) static let defaults =
        (try? DatePatterns.all(onlyAtLineBegin: false)) ?? []
}

private func find(
    _ detector: DateDetector, _ bytes: [UInt8], now: Int64
) throws(Finding) {
    var detector = detector
    for piece in bytes.split(separator: 0x0a).prefix(32) {
        var line: [UInt8] = []
        UTF8Repair.repair(Array(piece).span, into: &line)
        guard let found = detector.find(in: line.span, now: now, budget: .endless()) else {
            continue
        }
        let (cut, count) = (found.cut, line.count)
        try hold(cut.lowerBound >= 0 && cut.upperBound <= count, "\(cut) of \(count) bytes")
        let rest = line[..<cut.lowerBound] + line[cut.upperBound...]
        try hold(
            String(validating: rest, as: UTF8.self) != nil, "\(cut) is cut within a character")
        try hold(!cut.isEmpty || found.time == nil, "a time out of nothing")
    }
}

/// Every default template with its short ways, beside its regular expression alone.
private func compare(_ bytes: [UInt8]) throws(Finding) {
    var line: [UInt8] = []
    UTF8Repair.repair(bytes.span, into: &line)
    let traits = LineTraits(of: line.span)
    var scratch = PatternMatch()
    for template in Shared.defaults {
        let search = template.search(
            line.span, from: 0, scratch: &scratch, budget: .endless())
        if !traits.isSuperset(of: template.needs) {
            try hold(search == nil, "ruled out, and found: \(template.regex.text)")
        }
        guard let recogniser = template.recogniser,
            let answer = recogniser.match(line.span, from: 0)
        else { continue }
        try hold(isSame(answer, search), "another date than \(template.regex.text) finds")
    }
}

private func isSame(_ first: DateMatch?, _ second: DateMatch?) -> Bool {
    guard let first, let second else { return first == nil && second == nil }
    guard case .fields(let fields) = first.value, case .fields(var others) = second.value else {
        return false
    }
    // Only `%U` and `%W` ask for it.
    others.weekday = fields.weekday
    return first.start == second.start && first.end == second.end && first.cut == second.cut
        && fields == others
}

private func holdInstants(_ zone: LogZone) throws(Finding) {
    for local in [Int64.min, -1 << 40, 0, 1_780_000_000, 1_793_000_000, 1 << 40, .max] {
        let found = zone.instants(ofLocal: local)
        try hold(found.earlier <= found.later, "\(found)")
        let offset = zone.offset(at: local)
        try hold(abs(offset) <= LogZone.offsetLimit, "\(offset) s from UTC")
    }
    for local in stride(from: Int64(1_700_000_000), to: 1_800_000_000, by: 1_800 * 97) {
        let found = zone.instants(ofLocal: local)
        for instant in [found.earlier, found.later] {
            try hold(
                abs(instant - local) <= LogZone.offsetLimit, "\(local) local is \(instant)")
        }
    }
}
