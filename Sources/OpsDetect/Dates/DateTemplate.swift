// One way in which a date can be written: a regular expression, and what its groups mean.
//
// A template does not change: what a detector learns about it is the detector's own.  It is
// compiled when it is first searched for; of fail2ban's 31 default templates a log needs a few.

/// Where a template matched, and what it found there.
struct DateMatch: Sendable {
    /// Of what the pattern matched; a line's beginning and two characters before the date count.
    var start: Int
    /// The byte after.
    var end: Int
    /// Group 1: what is cut out of the line.  Empty where there is nothing to cut.
    var cut: Range<Int>
    /// What the date says.
    var value: DateValue
}

/// What a date says.
enum DateValue: Sendable {
    case fields(DateFields)
    /// Milliseconds since 1970; nil: too large for that.
    case instant(Int64?)
}

/// Templates that detectors of one thread share, so that each is compiled once and not for each
/// log.
package final class DateTemplates {
    private var known: [String: DateTemplate] = [:]

    /// None yet.
    package init() {}

    /// The most that are kept; a detector's further templates are its own.
    private static let limit = 4_096

    /// The one that is the same, or else this one from now on.
    func shared(_ template: DateTemplate) -> DateTemplate {
        let key = "\(template.weight) \(template.reach) \(template.reading) \(template.regex.text)"
        if let other = known[key] { return other }
        if known.count < Self.limit { known[key] = template }
        return template
    }
}

/// A date's regular expression.
final class DateTemplate {
    /// How the groups of a match are read.
    enum Reading {
        /// Named groups are fields.
        case fields
        /// Seconds since 1970; a long one may be in milliseconds or microseconds.
        case epoch(isLong: Bool)
        /// A label of TAI64N, group 1.
        case tai64n
    }

    /// Longer than a date, in bytes.
    private static let lengthBytes = 128

    /// The group of `{EPOCH}` in a pattern around it.
    static let epochGroup = "_epoch"

    let regex: DateRegex
    let reading: Reading
    /// How much a hit counts when the order is learned.
    let weight: Double
    /// What a line must have to be worth a search.
    let needs: LineTraits
    /// A match that begins after so many bytes is not looked for, unless it is bound to the line.
    let reach: Int
    /// How it is recognised without the regular expression, where that is known.
    let recogniser: DateRecogniser?

    private enum Compilation {
        case pending
        case done(Pattern, groups: [FieldGroup])
        case failed
    }

    private struct FieldGroup {
        var field: DateField
        var number: Int
    }

    private var compilation = Compilation.pending

    init(
        _ regex: DateRegex, _ reading: Reading, weight: Double = 1, needs: LineTraits = [],
        reach: Int = .max, recogniser: DateRecogniser? = nil
    ) {
        self.regex = regex
        self.reading = reading
        self.weight = weight
        self.needs = needs
        self.reach = reach
        self.recogniser = recogniser
    }

    /// Compiles it now; `pattern` is what was written, for the message.
    func compile(for pattern: String) throws(DateFault) {
        do {
            _ = try compiled()
        } catch {
            throw DateFault(message: "datepattern \"\(pattern)\": \(error.message)")
        }
    }

    private func compiled() throws(PatternFault) -> (Pattern, [FieldGroup])? {
        switch compilation {
        case .done(let pattern, let groups): return (pattern, groups)
        case .failed: return nil
        case .pending: break
        }
        compilation = .failed
        let pattern = try Pattern(regex.text)
        var groups: [FieldGroup] = []
        for name in pattern.groups.keys {
            guard let field = DateField(rawValue: name) else { continue }
            groups += pattern.numbers(of: name).map { FieldGroup(field: field, number: $0) }
        }
        // Where two groups say the same field, the later one counts.
        groups.sort { $0.number < $1.number }
        compilation = .done(pattern, groups: groups)
        return (pattern, groups)
    }

    /// The first match in `line` that begins at or after `from`.
    ///
    /// `bound`: a match that begins at this byte or later is of no use.
    func match(
        _ line: Span<UInt8>, from: Int = 0, traits: LineTraits? = nil, bound: Int? = nil,
        scratch: inout PatternMatch, budget: LineBudget
    ) -> DateMatch? {
        if let traits, !traits.isSuperset(of: needs) { return nil }
        if let recogniser, let answer = recogniser.match(line, from: from) { return answer }
        let limit = min(bound ?? .max, isBound ? .max : reach)
        guard limit < line.count - Self.lengthBytes else {
            return search(line, from: from, scratch: &scratch, budget: budget)
        }
        var end = limit + Self.lengthBytes
        while end > 0, line[end] & 0xC0 == 0x80 { end -= 1 }
        let match = search(
            line.extracting(0..<end), from: from, scratch: &scratch, budget: budget)
        guard match?.end == end else { return match }
        // A date that ends where the part does may go on.
        return search(line, from: from, scratch: &scratch, budget: budget)
    }

    /// Whether it is bound to the line's beginning or end.
    var isBound: Bool { !regex.anchors.isDisjoint(with: [.lineBegin, .lineEnd]) }

    /// The same by the regular expression alone.
    func search(
        _ line: Span<UInt8>, from: Int, scratch: inout PatternMatch, budget: LineBudget
    ) -> DateMatch? {
        guard let (pattern, groups) = try? compiled(),
            case .found = pattern.search(line, from: from, into: &scratch, budget: budget)
        else { return nil }
        let whole = scratch.range
        let cut = scratch[1] ?? whole.lowerBound..<whole.lowerBound
        return DateMatch(
            start: whole.lowerBound, end: whole.upperBound, cut: cut,
            value: value(line, cut, pattern, groups, scratch))
    }

    private func value(
        _ line: Span<UInt8>, _ cut: Range<Int>, _ pattern: Pattern, _ groups: [FieldGroup],
        _ match: PatternMatch
    ) -> DateValue {
        switch reading {
        case .fields:
            var fields = DateFields()
            var half = DateField.HalfOfDay()
            for group in groups {
                guard let range = match[group.number] else { continue }
                group.field.read(line.extracting(range), into: &fields, &half)
            }
            half.apply(to: &fields)
            return .fields(fields)
        case .epoch(let isLong):
            let range = match[Self.epochGroup, in: pattern] ?? cut
            return .instant(EpochNumber.milliseconds(line.extracting(range), isLong: isLong))
        case .tai64n:
            return .instant(EpochNumber.tai64n(line.extracting(cut)))
        }
    }
}
