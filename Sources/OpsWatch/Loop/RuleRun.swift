// One rule at one source: what it finds becomes reports, and it counts what it does.  Its dates,
// connections and buffered lines are of that source; what it may take of a core is the rule's, and
// is kept in `RuleTally` with all other figures.

import OpsCore
import OpsDetect

/// A rule as it runs.
struct PlannedRule: Sendable {
    /// How it finds.
    enum Detection: Sendable {
        /// Patterns over the text of a line.
        case filter(FilterDefinition)
        /// Fields of a JSON object.
        case json(WatchRule)
        /// It cannot run: why.
        case unusable(PlanFault)
    }

    var name: String
    /// The filter of fail2ban's that it was made of; nil: its patterns are its own.
    var filter: String?
    var detection: Detection
    var action = WatchRule.Action.strike
    /// How bad its incidents are.
    var severity = Severity.warning
    /// Strikes for each match.  1...1000.
    var weight = 1
    /// The `source` that its reports name.
    var reportAs: String
    /// Findings that are older are not reported: opsd would not count them.  Milliseconds.
    var windowMilliseconds: Int64
    /// Networks that it never reports.
    var ignored: [Network] = []
    /// Whether private networks are reported.
    var reportsPrivate = false
}

extension PlannedRule {
    /// What is wrong with one of its patterns, in the words of the configuration.
    func text(of fault: FilterFault) -> String {
        let place = filter.map { "filter: \($0), \(fault.place)" } ?? key(fault.place)
        return "watch.rule.\(name).\(place): \(fault.reason)"
    }

    /// The key for what the engine calls by fail2ban's names.
    private func key(_ place: String) -> String {
        let words = place.split(separator: " ")
        switch words.first {
        case "failregex": return "patterns, number \(words.last ?? "")"
        case "ignoreregex": return "ignored, number \(words.last ?? "")"
        case "datepattern": return "date_pattern"
        default: return place
        }
    }
}

/// The figures of a rule, over all its sources.
final class RuleTally {
    /// Lines that its patterns were held against.
    var tried: UInt64 = 0
    /// Lines that matched.
    var matched: UInt64 = 0
    /// Reports that it made, each counted by its weight.
    var reported: UInt64 = 0
    /// Matches that an ignored pattern or network took back.
    var ignored: UInt64 = 0
    /// Matches of private addresses.
    var ofPrivate: UInt64 = 0
    /// Matches that are older than opsd counts.
    var tooOld: UInt64 = 0
    /// Matches that name a host, which nobody resolves.
    var named: UInt64 = 0
    /// Matches without an address that is valid.
    var withoutAddress: UInt64 = 0
    /// Lines over which the patterns were stopped.
    var limitReached: UInt64 = 0
    /// Lines that a rule for JSON took for none.
    var malformed: UInt64 = 0
    /// Lines that are too long for a rule for JSON.
    var tooLong: UInt64 = 0
    /// That there are some was told.
    var toldTooLong = false
    /// CPU time of its patterns, in nanoseconds.
    var nanoseconds: Int64 = 0
    /// The last match, in milliseconds since 1970; 0: none yet.
    var lastMatch: Int64 = 0
    /// What it may take of a core.
    var share: FilterShare
    /// Whether one address makes most of its strikes.
    var crowd = Crowd()
    /// Why it cannot run; nil: it runs.
    var fault: PlanFault?
    /// `nanoseconds` at the last account.
    private var accounted: Int64 = 0

    init(share: FilterShare) { self.share = share }

    /// Takes the figures of the same rule before a reload; what it took then is settled.
    func goOn(from old: RuleTally) {
        tried = old.tried
        matched = old.matched
        reported = old.reported
        ignored = old.ignored
        ofPrivate = old.ofPrivate
        tooOld = old.tooOld
        named = old.named
        withoutAddress = old.withoutAddress
        limitReached = old.limitReached
        nanoseconds = old.nanoseconds
        accounted = old.nanoseconds
        lastMatch = old.lastMatch
    }

    /// Settles what the rule took since the last time; `uptime` in nanoseconds.
    func account(uptime: Int64) -> FilterShare.Change? {
        let took = nanoseconds &- accounted
        accounted = nanoseconds
        return share.account(tookNanoseconds: took, now: uptime)
    }
}

/// The zone of a source's dates that have none.
struct SourceZone: Sendable {
    var zone: LogZone
    /// Minutes east of UTC, where the configuration says them.
    var minutes: Int?
}

/// Where a line was read.
struct LineOrigin {
    /// How many reports of one line have places of their own.
    static let perLine: UInt64 = 16

    /// The stream's name at opsd; nil: the line has no place.
    var stream: String?
    /// The place of its first report.
    var number: UInt64

    /// The place of its `index`-th report.
    func place(_ index: UInt64) -> ReportPlace? {
        stream.map {
            ReportPlace(stream: $0, number: number &+ min(index, Self.perLine - 1))
        }
    }
}

/// A rule at work on the lines of one source.
final class RuleRun {
    let rule: PlannedRule
    let tally: RuleTally
    /// The source that it reads.
    let source: Int
    private enum Worker {
        case filter(FilterRun)
        case json(JSONRule)
    }

    private let worker: Worker
    private var findings: [Finding] = []
    private var counted = FilterStatistics()
    private var countedJSON = JSONRuleCounts()
    private var offset = ClockOffset()
    /// An offset of the source's clock that was learned and not told yet, in milliseconds.
    private(set) var newOffset: Int64?

    init(
        _ rule: PlannedRule, source: Int, zone: SourceZone, tally: RuleTally
    ) throws(PlanFault) {
        self.rule = rule
        self.source = source
        self.tally = tally
        switch rule.detection {
        case .filter(let definition):
            do throws(FilterFault) {
                worker = .filter(try FilterRun(definition, zone: zone.zone))
            } catch {
                throw PlanFault(rule.text(of: error))
            }
        case .json(let fields):
            do throws(JSONRuleFault) {
                worker = .json(try JSONRule(fields, zoneMinutes: zone.minutes))
            } catch {
                throw PlanFault("watch.rule.\(rule.name).\(error.key): \(error.message)")
            }
        case .unusable(let fault): throw fault
        }
    }

    /// How many groups of literals it has.
    var literalGroups: Int {
        switch worker {
        case .filter(let filter): filter.literalGroups
        case .json: 1
        }
    }

    /// Whether it looks at fields of JSON.
    var readsJSON: Bool { if case .json = worker { true } else { false } }

    /// Whether it has to see lines without a literal too.
    var needsEveryLine: Bool {
        switch worker {
        case .filter(let filter): filter.needsEveryLine || filter.isMultiline
        case .json(let rule): rule.literals == nil
        }
    }

    /// Its literals, in groups from `first` on.
    func literals(from first: Int) -> [(literal: Literal, group: Int)] {
        switch worker {
        case .filter(let filter): filter.literals(from: first)
        case .json(let rule): (rule.literals?.literals ?? []).map { ($0, first) }
        }
    }

    /// Reads a line, of which `message` is what the program wrote, and hands over what opsd is to
    /// be told.  `isFresh`: the line was just written, so its date tells whether the source's clock
    /// is right.
    func read(
        _ line: Span<UInt8>, message: Span<UInt8>, at time: LineTime,
        candidates: PatternCandidates, now: Int64, isFresh: Bool, budget: LineBudget,
        _ body: (Report) -> Void
    ) {
        guard tally.share.admits() else { return }
        findings.removeAll(keepingCapacity: true)
        switch worker {
        case .filter(let filter):
            filter.read(
                line, at: time, now: now, candidates: candidates, isFresh: isFresh,
                budget: budget, into: &findings)
            if isFresh, time == .inLine { learnOffset(filter, now) }
        case .json(let rule):
            rule.read(message, at: time, now: now, budget: budget, into: &findings)
        }
        guard !findings.isEmpty else { return }
        tally.matched &+= 1
        // An incident has times of its own.
        var text = message
        if case .filter(let filter) = worker, message.count == line.count,
            let date = filter.dateRange, date.lowerBound <= 2, date.upperBound <= line.count
        {
            text = line.extracting(droppingFirst: date.upperBound)
        }
        for finding in findings {
            if let report = report(finding, text, now) { body(report) }
        }
    }

    private func learnOffset(_ filter: FilterRun, _ now: Int64) {
        guard let written = filter.lineTime,
            let learned = offset.observe(lineTime: written, readAt: now)
        else { return }
        filter.clockOffset = learned
        newOffset = learned
    }

    /// The offset that was learned since it was asked last.
    func takeNewOffset() -> Int64? {
        defer { newOffset = nil }
        return newOffset
    }

    /// Adds what was counted since the last call to the rule's figures.
    func settle() {
        switch worker {
        case .filter(let filter): count(filter.statistics)
        case .json(let rule): count(rule.counts)
        }
    }

    private func count(_ now: FilterStatistics) {
        tally.tried &+= UInt64(max(0, now.tried - counted.tried))
        tally.ignored &+= UInt64(max(0, now.ignored - counted.ignored))
        tally.named &+= UInt64(max(0, now.named - counted.named))
        tally.withoutAddress &+= UInt64(max(0, now.withoutAddress - counted.withoutAddress))
        tally.limitReached &+= UInt64(max(0, now.limitReached - counted.limitReached))
        tally.nanoseconds &+= now.nanoseconds &- counted.nanoseconds
        counted = now
    }

    private func count(_ now: JSONRuleCounts) {
        tally.tried &+= now.lines &- countedJSON.lines
        tally.withoutAddress &+= now.withoutAddress &- countedJSON.withoutAddress
        tally.limitReached &+= now.limitsReached &- countedJSON.limitsReached
        tally.malformed &+= now.malformed &- countedJSON.malformed
        tally.malformed &+= now.ambiguous &- countedJSON.ambiguous
        tally.tooLong &+= now.tooLong &- countedJSON.tooLong
        tally.nanoseconds &+= now.nanoseconds &- countedJSON.nanoseconds
        countedJSON = now
    }

    /// What opsd is to be told of a finding; the place is the caller's to add.
    private func report(_ finding: Finding, _ message: Span<UInt8>, _ now: Int64) -> Report? {
        tally.lastMatch = max(tally.lastMatch, finding.time)
        if let address = finding.address, rule.ignored.contains(where: { $0.contains(address) }) {
            tally.ignored &+= 1
            return nil
        }
        if rule.action != .incident {
            guard let address = finding.address else { return nil }
            if !rule.reportsPrivate, address.isPrivate {
                tally.ofPrivate &+= 1
                return nil
            }
        }
        if rule.action != .success, finding.time < now &- rule.windowMilliseconds {
            tally.tooOld &+= 1
            return nil
        }
        let weight = min(max(rule.weight &* max(1, finding.count), 1), Report.mostWeight)
        tally.reported &+= UInt64(weight)
        if rule.action == .strike, let address = finding.address { tally.crowd.add(address) }
        let verb: Report.Verb =
            switch rule.action {
            case .strike: .strike
            case .success: .success
            case .incident: .incident(rule.severity, line: Self.shown(message))
            }
        return Report(
            verb: verb, address: finding.address, source: rule.reportAs, rule: rule.name,
            user: finding.user, weight: weight, time: finding.time, place: nil)
    }

    /// The longest part of a line that an incident quotes, in bytes; opsd cuts it further.
    private static let quotedBytes = 1_024

    /// A line as an incident quotes it.
    private static func shown(_ line: Span<UInt8>) -> String {
        let text = line.extracting(first: quotedBytes).withUnsafeBufferPointer {
            String(decoding: $0, as: UTF8.self)
        }
        return text.drop { " \t]):,|-".contains($0) }
            .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
