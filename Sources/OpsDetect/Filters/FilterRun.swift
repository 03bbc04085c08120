// One filter at work: lines in, failures of addresses out, as fail2ban finds them.
//
// A line goes through these steps, and most lines never begin:
//   1. Does it have a literal that a pattern needs (PatternCandidates)?  No: it is counted, no
//      more.
//   2. It becomes valid UTF-8 of at most 8 KiB.
//   3. Its date is found and cut out; the text around it joins.  Without a date it happened when
//      the last dated line did, if that is less than a minute ago, or else now.
//   4. If there are clearly fewer ignoreregexes than failregexes, they are asked first.
//   5. The prefregex finds the content, which replaces the line.
//   6. The first failregex that matches decides; then the ignoreregexes are asked about the
//      content.
//   7. What it says is merged with what lines of the same connection said before.
//   8. Who it was is an address, or the line is counted and nothing follows.  No name is resolved.
//
// A run belongs to one source: dates, connections and buffered lines are of one log.  It reads no
// clock but that of the line's budget, opens nothing, and allocates nothing for a line that does
// not match.

/// Which failregexes are worth trying on a line: those whose literals are in it.
package enum PatternCandidates {
    /// Nobody looked for literals.
    case all
    /// The line has no literal of this filter.
    case none
    /// The line has literals of these groups; the failregexes of this filter have the groups from
    /// `first` on (`FilterRun.literals(from:)`).
    case hits(LiteralHits, first: Int)
}

/// A filter that reads the lines of one source.
package final class FilterRun {
    /// A pattern, and what its groups mean.
    final class Rule {
        let pattern: Pattern
        let groups: PatternGroups
        let slots: SlotSources
        /// Literals of which each match has one; nil: none can be told.
        let literals: LiteralSet?

        init(_ pattern: Pattern, literals: LiteralSet?, prefix: PatternGroups?) {
            self.pattern = pattern
            self.literals = literals
            groups = PatternGroups(pattern)
            slots = SlotSources(groups, prefix: prefix)
        }
    }

    /// The filter's name.
    package let name: String
    /// What it did so far.
    package internal(set) var statistics = FilterStatistics()
    /// The date in the last line as it stands there, in milliseconds since 1970; nil: it has none.
    package internal(set) var lineTime: Int64?
    /// Where that date stands in the line; patterns see the line without it.
    package internal(set) var dateRange: Range<Int>?
    /// Which failregex the last line matched, from 0; nil: none.
    package internal(set) var matchedPattern: Int?
    /// How far the source's clock is ahead, in milliseconds: taken off every date that is found in
    /// a line (`ClockOffset`).
    package var clockOffset: Int64 = 0

    /// Whether some failregex needs no literal, so that every line has to be read.
    package let needsEveryLine: Bool
    let prefix: Rule?
    let failures: [Rule]
    let ignored: [Pattern]
    /// Whether the ignoreregexes are asked about whole lines, before all else.
    let ignoresFirst: Bool
    let limits: FilterLimits
    /// Whether each match is a finding, whomever it names.
    let findsLines: Bool
    var dates: DateDetector
    var lastDate: Int64?
    var connections: ConnectionMemory
    /// The lines that are matched together; nil: each line is alone.
    var buffer: LineBuffer?
    /// What the last finding was made of.
    var lastFailure: Failure?
    /// When the last line that was looked at was written, even if that is still to come.
    var writtenTime: Int64 = 0

    // Memory that is used for one line after the other.
    private var text: [UInt8] = []
    private var shortened: [UInt8] = []
    var content: [UInt8] = []
    var match = PatternMatch()
    var prefixMatch = PatternMatch()
    var ignoreMatch = PatternMatch()
    /// Whether a pattern was stopped in this line.
    private var isStopped = false

    /// A run of a filter, for a source whose dates without a zone are of `zone`.
    package init(
        _ definition: FilterDefinition, zone: LogZone, limits: FilterLimits = FilterLimits()
    ) throws(FilterFault) {
        name = definition.name
        self.limits = limits
        findsLines = definition.findsLines
        connections = ConnectionMemory(limits)
        let lines = min(max(definition.maxLines, 1), 200)
        buffer = lines > 1 ? LineBuffer(lines: lines, bytes: limits.bufferBytes) : nil
        let options: PatternOptions = lines > 1 ? [.utf, .multiline] : [.utf]
        do {
            dates = try DateDetector(pattern: definition.datePattern, zone: zone)
        } catch {
            throw FilterFault(filter: name, place: "datepattern", reason: error.message)
        }
        // fail2ban gives only failregexes several lines to match (`^` and `$` at each).
        prefix = try definition.prefix.map { text throws(FilterFault) in
            try Self.rule(text, [.utf], definition.name, "prefregex", prefix: nil)
        }
        var failures: [Rule] = []
        for (index, text) in definition.failures.enumerated() {
            let place = "failregex \(index + 1)"
            let rule = try Self.rule(
                text, options, definition.name, place, prefix: prefix?.groups)
            let namesSomebody = rule.groups.hasIdentity || prefix?.groups.hasIdentity == true
            guard namesSomebody || definition.findsLines else {
                throw FilterFault(
                    filter: name, place: place,
                    reason: "it names nobody: expected <HOST>, <ADDR>, <F-ID> or <F-MLFID>")
            }
            failures.append(rule)
        }
        self.failures = failures
        needsEveryLine = failures.contains { $0.literals == nil }
        var ignored: [Pattern] = []
        for (index, text) in definition.ignored.enumerated() {
            let place = "ignoreregex \(index + 1)"
            ignored.append(
                try Self.rule(text, [.utf], definition.name, place, prefix: nil).pattern)
        }
        self.ignored = ignored
        ignoresFirst = !ignored.isEmpty && ignored.count < failures.count - 2
    }

    // MARK: Literals

    /// How many groups of literals the filter has: one for each failregex.
    package var literalGroups: Int { failures.count }

    /// Whether lines without a literal have to be read as well: they are matched together with
    /// others.
    package var isMultiline: Bool { buffer != nil }

    /// The literals of the failregexes for a scanner, each failregex a group, from `first` on.
    package func literals(from first: Int) -> [(literal: Literal, group: Int)] {
        failures.enumerated().flatMap { index, rule in
            (rule.literals?.literals ?? []).map { ($0, first + index) }
        }
    }

    /// Whether a failregex is worth trying.
    func isCandidate(_ index: Int, _ candidates: PatternCandidates) -> Bool {
        switch candidates {
        case .all: true
        case .none: failures[index].literals == nil
        case .hits(let hits, let first):
            failures[index].literals == nil || hits.contains(first + index)
        }
    }

    /// Whether any failregex is worth trying.
    private func isCandidate(_ candidates: PatternCandidates) -> Bool {
        switch candidates {
        case .all: return true
        case .none: return needsEveryLine
        case .hits:
            return needsEveryLine || failures.indices.contains { isCandidate($0, candidates) }
        }
    }

    private static func rule(
        _ text: String, _ options: PatternOptions, _ filter: String, _ place: String,
        prefix: PatternGroups?
    ) throws(FilterFault) -> Rule {
        do {
            let pattern = try Pattern(text, options: options)
            let literals = RequiredLiterals.of(text, options: options)
            return Rule(pattern, literals: literals, prefix: prefix)
        } catch {
            throw FilterFault(
                filter: filter, place: place,
                reason: "\(error.message) at byte \(error.offset) of '\(text)'")
        }
    }

    /// Reads a line, without its line feed, and appends the failures that it tells of.
    ///
    /// `now` is the time in milliseconds since 1970: no failure is later.  A filter of several
    /// lines (`maxLines`) is given every line, also those without a literal; others only need those
    /// that have one.  `isFresh`: the line was written just now, so of several dates in it the one
    /// that says so is its own.  `budget` has begun for the line.
    package func read(
        _ line: Span<UInt8>, at time: LineTime, now: Int64,
        candidates: PatternCandidates = .all, isFresh: Bool = false, budget: LineBudget,
        into findings: inout [Finding]
    ) {
        statistics.lines += 1
        lineTime = nil
        dateRange = nil
        matchedPattern = nil
        let isCandidate = isCandidate(candidates)
        if !isCandidate, buffer == nil { return }
        defer { statistics.nanoseconds &+= budget.lap() }
        // Its bytes are repaired, looked through for a date and moved.
        isStopped = budget.spend(bytes: 4 &* min(line.count, LongLine.limitBytes))
        if isStopped, buffer == nil {
            statistics.limitReached += 1
            return
        }
        // Out of the object while it is worked on, so that it is not copied.
        var text: [UInt8] = []
        swap(&text, &self.text)
        load(line, into: &text)
        let date = date(of: &text, at: time, now: now, isFresh: isFresh, budget)
        writtenTime = date.time
        text.append(0x0A)
        let context = LineContext(
            time: min(date.time, now), isDated: date.isFound, now: now,
            candidates: buffer == nil ? candidates : .all, budget: budget)
        if buffer == nil {
            search(text, context, into: &findings)
        } else {
            // Any of the lines may have the literal of any of the patterns.
            buffer?.append(text.span, hasLiteral: isCandidate)
            if let buffer, buffer.isCandidate { search(buffer.text, context, into: &findings) }
        }
        swap(&text, &self.text)
        if isStopped { statistics.limitReached += 1 }
    }

    /// What is known of a line besides its text.
    struct LineContext {
        let time: Int64
        let isDated: Bool
        let now: Int64
        let candidates: PatternCandidates
        let budget: LineBudget
    }

    /// Whether a pattern matches; one that takes too long does not.
    func search(
        _ pattern: Pattern, _ subject: Span<UInt8>, into match: inout PatternMatch,
        _ budget: LineBudget
    ) -> Bool {
        switch pattern.search(subject, into: &match, budget: budget) {
        case .found: return true
        case .none: break
        case .limitReached, .failed: isStopped = true
        }
        return false
    }

    // MARK: Text

    /// Writes the line as valid UTF-8, its middle left out if it is too long.
    private func load(_ line: Span<UInt8>, into text: inout [UInt8]) {
        guard line.count > LongLine.limitBytes else {
            UTF8Repair.repair(line, into: &text)
            return
        }
        statistics.shortened += 1
        var short: [UInt8] = []
        swap(&short, &shortened)
        LongLine.shorten(line, into: &short)
        UTF8Repair.repair(short.span, into: &text)
        swap(&short, &shortened)
    }

    // MARK: Time

    /// When the line was written.  Cuts its date out of the text.
    private func date(
        of text: inout [UInt8], at time: LineTime, now: Int64, isFresh: Bool,
        _ budget: LineBudget
    ) -> (time: Int64, isFound: Bool) {
        var fallback: Int64?
        switch time {
        case .known(let known):
            lastDate = known
            return (known, true)
        case .arrived(let known): fallback = known
        case .inLine: break
        }
        let found = dates.find(in: text.span, now: now, budget: budget)
        let cut = (found?.cut ?? 0..<0).clamped(to: 0..<text.count)
        if let found, !cut.isEmpty, let written = found.time {
            lineTime = written
            var time = corrected(written)
            if isFresh, clockOffset != 0 || !isAbout(now, time),
                let other = otherTime(in: text.span, behind: cut, now: now, budget)
            {
                // Whose date it is cannot be told, so it says nothing of the log's clock.
                lineTime = nil
                if isAbout(now, other) { time = other }
            }
            dateRange = cut
            text.removeSubrange(cut)
            lastDate = time
            return (time, true)
        }
        // An empty match is how a pattern says that a date is optional.
        let isFound = fallback != nil || found != nil && cut.isEmpty
        if fallback == nil, let lastDate, lastDate > now &- 60_000 { return (lastDate, isFound) }
        text.removeSubrange(cut)
        return (fallback ?? now, isFound)
    }

    /// The time of another date in the line: one about now, or else any; nil: there is none.
    private func otherTime(
        in text: Span<UInt8>, behind cut: Range<Int>, now: Int64, _ budget: LineBudget
    ) -> Int64? {
        var other: Int64?
        dates.findOthers(in: text, from: cut.upperBound, now: now, budget: budget) { time in
            other = corrected(time)
            return isAbout(now, corrected(time))
        }
        return other
    }

    /// The time of a date, without what the log's clock is ahead.
    private func corrected(_ date: Int64) -> Int64 {
        let (time, isOver) = date.subtractingReportingOverflow(clockOffset)
        return isOver ? date : time
    }

    /// Whether a line of this time may have been written just now.
    private func isAbout(_ now: Int64, _ time: Int64) -> Bool {
        let (distance, isOver) = time.subtractingReportingOverflow(now)
        return !isOver && abs(distance) <= 60_000
    }
}
