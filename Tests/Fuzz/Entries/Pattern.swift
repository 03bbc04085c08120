// A pattern of a filter: tags, the parser of its syntax, the literals that each match has, what the
// lint says, beside the matches that PCRE2 finds.

@testable import OpsDetect

/// The first byte has the options; then a pattern in fail2ban's notation, and after 0xff lines to
/// match, each at 0xff.
func fuzzPattern(_ bytes: [UInt8]) throws(Finding) {
    guard let first = bytes.first else { return }
    let pieces = bytes.dropFirst().split(separator: 0xff, omittingEmptySubsequences: false)
        .map { Array($0) }
    let written = String(decoding: pieces[0], as: UTF8.self)
    let expanded = RegexTags.expand(written)
    _ = RegexTags.takesHostNames(written)
    _ = RegexTags.namesSubject(expanded)
    let warnings = PatternLint.warnings(of: written)
    try hold(warnings.count <= 4, "\(warnings.count) warnings")
    var options: PatternOptions = [.utf]
    if first & 1 != 0 { options.insert(.caseless) }
    if first & 2 != 0 { options.insert(.multiline) }
    // As it is written, too: the tags hide some of what is in it.
    for text in first & 4 != 0 ? [written, expanded] : [expanded] {
        let set = RequiredLiterals.of(text, options: options)
        if let set { try holdGood(set) }
        let pattern: Pattern
        let other: Pattern
        do throws(PatternFault) {
            pattern = try Pattern(text, options: options)
            other = try Pattern(text, options: options, hasPlainForm: false)
        } catch {
            let count = text.utf8.count
            try hold((0...count).contains(error.offset), "\(error.offset) of \(count) bytes")
            continue
        }
        // A pattern is the likeliest text that it matches.
        let subjects = pieces.dropFirst() + [pieces[0], (set?.literals ?? []).flatMap(\.bytes)]
        let scanner = set.map { LineScanner($0.literals.map { (literal: $0, group: 0) }) }
        for subject in subjects { try search(pattern, other, scanner, subject) }
    }
}

private func holdGood(_ set: LiteralSet) throws(Finding) {
    try hold(
        (1...RequiredLiterals.countLimit).contains(set.literals.count),
        "\(set.literals.count) literals")
    for literal in set.literals {
        let lengths = RequiredLiterals.shortestBytes...RequiredLiterals.longestBytes
        try hold(lengths.contains(literal.bytes.count), "\(literal)")
        try hold(literal.bytes.allSatisfy { $0 < 0x80 && $0 != 0x0a }, "\(literal)")
    }
}

private func search(
    _ pattern: Pattern, _ other: Pattern, _ scanner: LineScanner?, _ bytes: [UInt8]
) throws(Finding) {
    var subject: [UInt8] = []
    UTF8Repair.repair(bytes.span, into: &subject)
    var match = PatternMatch()
    let outcome = pattern.search(subject.span, into: &match, budget: .endless())
    var whole = PatternMatch()
    let general = other.search(subject.span, into: &whole, budget: .endless())
    // One that is optimised otherwise takes other steps to its limit.
    if outcome != .limitReached, general != .limitReached {
        let isSame = outcome == general && (outcome != .found || match.range == whole.range)
        try hold(
            isSame,
            "\(pattern.text.debugDescription) in "
                + "\(String(decoding: subject, as: UTF8.self).debugDescription): \(outcome) at "
                + "\(match.range), in general \(general) at \(whole.range)")
    }
    switch outcome {
    case .found: break
    case .failed(let code):
        // A pattern that calls itself without end is told as an error by PCRE2.
        return try hold(code == endlessRecursion, "PCRE2's error \(code): \(pattern.text)")
    case .none, .limitReached: return
    }
    for group in 0...pattern.groupCount {
        guard let range = match[group] else { continue }
        try hold(range.upperBound <= subject.count, "group \(group) at \(range)")
    }
    guard let scanner else { return }
    // The subject may be a line with its date cut out.
    for line in [subject, dated(subject)] {
        var hits = LiteralHits()
        scanner.find(in: line.span, hits: &hits)
        try hold(
            hits.contains(0),
            "\(pattern.text.debugDescription) matches "
                + "\(String(decoding: subject, as: UTF8.self).debugDescription) without a literal")
    }
}

extension LineBudget {
    /// Of a clock that stands still: no line is given up for its time.
    static func endless() -> LineBudget {
        let budget = LineBudget(LineClock(monotonic: { 0 }, threadCPU: { 0 }))
        budget.begin()
        return budget
    }
}

/// PCRE2_ERROR_RECURSELOOP.
private let endlessRecursion: Int32 = -52

/// The line with a date in each place where nothing but one can have been.
private func dated(_ line: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for (place, byte) in line.enumerated() {
        if place > 0, byte == UInt8(ascii: "]"), line[place - 1] == UInt8(ascii: "[") {
            result += "2026-11-28 19:10:12".utf8
        }
        result.append(byte)
    }
    return result
}
