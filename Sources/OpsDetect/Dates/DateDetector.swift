// Finds the date in a line, and tells what instant it is: fail2ban's dates, without its files.
//
// 1. A detector has templates (DatePatterns) and learns which of them a log uses: the last one is
//    tried first, in its place; one that hits often moves forward.
// 2. A template that is bound to the line's beginning or end wins where it matches.  Another that
//    matches farther right than it or the last date did is only taken if none matches further left:
//    what looks like a date in a message is not the line's date.
// 3. Time is an argument.  Nothing here reads a clock.
// 4. Places are counted in bytes, in fail2ban in characters: where a line has other than ASCII
//    before its date, the order may be learned a line sooner or later.
//
// What differs from fail2ban 1.0: the default patterns that are not bound to the line's beginning
// look at its first 512 bytes and a little more (but for access logs), or a line of 8 KiB could
// take 17 ms; hits are the detector's own, not the process's; `%ExY` is 2000 to
// 2049; names are English; a zone that is not known, or a month without a day, gives no time, where
// fail2ban loses the line; `Epoch` and `TAI64N` are left out of `{DATE}` where they are only words.

/// Where a line's date is, and when it was.
package struct DateFinding: Hashable, Sendable {
    /// What is cut out of the line before patterns are matched, in bytes.  Empty: nothing
    /// (`{NONE}`, or a date that a pattern has as an option).
    package var cut: Range<Int>
    /// Milliseconds since 1970; nil: there is nothing to read, or no such time (30 February).
    package var time: Int64?

    /// A date at this place.
    package init(cut: Range<Int>, time: Int64?) {
        self.cut = cut
        self.time = time
    }
}

/// The dates of one log.
package struct DateDetector {
    /// A template and what was learned about it.
    struct Candidate {
        let template: DateTemplate
        /// How often it was the line's date.
        var hits = 0
        /// How often it matched at all.
        var matches = 0
        /// When it was the line's date last, in milliseconds.
        var lastUsed: Int64 = 0
        /// Where it was then.
        var distance = Int(Int32.max)

        var weight: Double { Double(hits) * template.weight / Double(max(1, distance)) }
    }

    /// The edge of a date: its place, and the bytes at both sides of it; -1 past the line's ends.
    struct Edge {
        var position: Int
        var before = -1
        var after = -1

        init(position: Int) { self.position = position }

        init(_ position: Int, in line: Span<UInt8>) {
            self.position = position
            before = Self.byte(line, position - 1)
            after = Self.byte(line, position)
        }

        /// The byte at a place of the line, or -1.
        static func byte(_ line: Span<UInt8>, _ index: Int) -> Int {
            index >= 0 && index < line.count ? Int(line[index]) : -1
        }
    }

    /// The most patterns that one datepattern may have.
    package static let patternLimit = 32

    var candidates: [Candidate] = []
    private var clock: LogClock
    var scratch = PatternMatch()
    private var lastStart = Edge(position: 1)
    private var lastEnd = Edge(position: Int(Int32.max))
    private var lastIndex = Int.max
    /// The first candidate without hits.
    var firstUnused = 0

    /// A detector for dates of this pattern, in fail2ban's notation with one percent sign for each
    /// directive; alternatives on lines of their own.  nil: the default patterns.  Detectors of one
    /// thread may share their templates.
    package init(
        pattern: String?, zone: LogZone, sharing templates: DateTemplates = DateTemplates()
    ) throws(DateFault) {
        clock = LogClock(zone: zone)
        let lines = (pattern ?? "").split(whereSeparator: \.isNewline).map(Self.trimmed)
        let patterns = lines.filter { !$0.isEmpty }
        guard patterns.count <= Self.patternLimit else {
            throw DateFault(
                message: "datepattern: \(patterns.count) patterns, expected at most"
                    + " \(Self.patternLimit)")
        }
        for pattern in patterns { try add(pattern, templates) }
        if patterns.isEmpty { add(try DatePatterns.all(onlyAtLineBegin: false), templates) }
    }

    private static func trimmed(_ line: Substring) -> String {
        var rest = line.drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }

    private mutating func add(_ pattern: String, _ shared: DateTemplates) throws(DateFault) {
        switch DatePatterns.key(pattern) {
        case "{^LN-BEG}": add(try DatePatterns.all(onlyAtLineBegin: true), shared)
        case "{DEFAULT}": add(try DatePatterns.all(onlyAtLineBegin: false), shared)
        case "{NONE}": add([try DatePatterns.template("{UNB}^")], shared)
        default:
            let templates =
                DatePatterns.split(pattern).count > 1
                ? try DatePatterns.all(within: pattern) : [try DatePatterns.template(pattern)]
            // What is wrong with one of them is so with all.
            for template in templates.prefix(1) { try template.compile(for: pattern) }
            add(templates, shared)
        }
    }

    /// Adds those that are not there yet.
    private mutating func add(_ templates: [DateTemplate], _ shared: DateTemplates) {
        for template in templates
        where !candidates.contains(where: { $0.template.regex.text == template.regex.text }) {
            candidates.append(Candidate(template: shared.shared(template)))
        }
    }

    // MARK: Finding

    /// The date in a line, which is valid UTF-8 without its end of line; nil: none.
    ///
    /// `now` is in milliseconds since 1970, for dates without a year or a day, for the hour that is
    /// there twice, and for the order of templates that were not used for long.  When `budget` is
    /// over, no date is found any more.
    package mutating func find(
        in line: Span<UInt8>, now: Int64, budget: LineBudget
    ) -> DateFinding? {
        guard let match = match(line, now: now, budget) else { return nil }
        guard !match.cut.isEmpty else { return DateFinding(cut: match.cut, time: nil) }
        return DateFinding(cut: match.cut, time: time(of: match, now: now))
    }

    /// What instant a match is.
    mutating func time(of match: DateMatch, now: Int64) -> Int64? {
        switch match.value {
        case .instant(let time): time
        case .fields(let fields): fields.time(now: now, clock: &clock)
        }
    }

    /// The best match, by what the log's lines were like before.
    private mutating func match(
        _ line: Span<UInt8>, now: Int64, _ budget: LineBudget
    ) -> DateMatch? {
        var reserve: (match: DateMatch, index: Int)?
        var skipped = -1
        if lastIndex < candidates.count {
            let index = lastIndex
            let isBound = candidates[index].template.isBound
            let part = isBound ? nil : lastPlace(in: line)
            if part == nil { skipped = index }
            if let match = matchLast(line, part, budget) {
                let isSamePlace =
                    match.start == lastStart.position && match.end == lastEnd.position
                if candidates.count == 1 || isBound || isSamePlace {
                    return won(match, index, in: line, now: now)
                }
                reserve = (match, index)
            }
        }
        return search(line, skipping: skipped, reserve: reserve, now: now, budget)
    }

    /// The part of the line in which the last date was, if its surroundings are the same.
    private func lastPlace(in line: Span<UInt8>) -> Range<Int>? {
        let start = Edge(lastStart.position, in: line)
        let end = Edge(lastEnd.position, in: line)
        guard
            start.before == lastStart.before
                || (start.after == lastStart.after && Self.isNoWord(start.after)),
            end.after == lastEnd.after
                || (end.before == lastEnd.before && Self.isNoWord(end.before)),
            // Never within a character.
            end.after & 0xC0 != 0x80 || end.after < 0
        else { return nil }
        let bound = min(end.position, line.count)
        return min(start.position, bound)..<bound
    }

    /// Whether a byte is neither a letter nor a digit, nor part of another character than ASCII's.
    private static func isNoWord(_ byte: Int) -> Bool {
        byte == 0x5F || (byte >= 0 && DateRecogniser.isASCIINonWord(UInt8(byte)))
    }

    private mutating func matchLast(
        _ line: Span<UInt8>, _ part: Range<Int>?, _ budget: LineBudget
    ) -> DateMatch? {
        let template = candidates[lastIndex].template
        let match =
            if let part {
                template.match(
                    line.extracting(0..<part.upperBound), from: part.lowerBound, scratch: &scratch,
                    budget: budget)
            } else {
                template.match(line, scratch: &scratch, budget: budget)
            }
        if match != nil { candidates[lastIndex].matches &+= 1 }
        return match
    }

    private mutating func search(
        _ line: Span<UInt8>, skipping skipped: Int, reserve: (match: DateMatch, index: Int)?,
        now: Int64, _ budget: LineBudget
    ) -> DateMatch? {
        let traits = LineTraits(of: line)
        var reserve = reserve
        for index in candidates.indices where index != skipped {
            let template = candidates[index].template
            let isLast = index + 1 >= candidates.count
            // With a match in reserve, one farther right than it and than the last date loses; but
            // what is tried last wins wherever it is.
            let bound =
                isLast ? nil : reserve.map { max($0.match.start, lastStart.position) + 1 }
            guard
                let match = template.match(
                    line, traits: traits, bound: bound, scratch: &scratch, budget: budget)
            else { continue }
            candidates[index].matches &+= 1
            let candidate = candidates[index]
            let isSettled =
                match.start == 0 && candidate.hits > 0 && !isLast
                && candidates[index + 1].matches == 0
            if !isLast, !template.isBound, !isSettled,
                match.start > candidate.distance || match.start > lastStart.position
            {
                // It may be in the message.
                if reserve.map({ match.start < $0.match.start }) ?? true {
                    reserve = (match, index)
                }
                continue
            }
            return won(match, index, in: line, now: now)
        }
        return reserve.map { won($0.match, $0.index, in: line, now: now) }
    }

    /// Learns from the line's date.
    private mutating func won(
        _ match: DateMatch, _ index: Int, in line: Span<UInt8>, now: Int64
    ) -> DateMatch {
        candidates[index].hits &+= 1
        candidates[index].lastUsed = now
        candidates[index].distance = match.start
        if firstUnused == index { firstUnused += 1 }
        lastStart = Edge(match.start, in: line)
        lastEnd = Edge(match.end, in: line)
        lastIndex = index == 0 || index == lastIndex ? index : moveForward(index)
        return match
    }
}
