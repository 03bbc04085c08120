// A rule that looks at the fields of JSON lines: all of `when` must hold, then the field `address`
// says who it is, and the field `time` when.  A rule for incidents needs no address.
//
// Values are compared as text: a number or a boolean as it is written in the line.  A value that
// begins with `~` is a pattern, searched in the field's text within PatternLimits.

package import OpsCore

/// What is wrong with a rule.
package struct JSONRuleFault: Error, Hashable, Sendable {
    /// The key of `[watch.rule.NAME]`, such as `address` or `when.status`.
    package var key: String
    /// What is wrong, and what was expected.
    package var message: String

    package init(key: String, message: String) {
        self.key = key
        self.message = message
    }
}

/// What was counted since the start.
package struct JSONRuleCounts: Hashable, Sendable {
    /// Lines that were read.
    package var lines: UInt64 = 0
    /// Lines that are not JSON objects, or too deep.
    package var malformed: UInt64 = 0
    /// Lines that are too long to be read.
    package var tooLong: UInt64 = 0
    /// Lines with a field that is there twice, with different values.
    package var ambiguous: UInt64 = 0
    /// Lines that all of `when` holds for.
    package var matches: UInt64 = 0
    /// Of these, lines whose address is missing or no address.
    package var withoutAddress: UInt64 = 0
    /// Of these, lines whose time is missing or no time: now was taken.
    package var withoutTime: UInt64 = 0
    /// Searches that took more steps than they may, or for which no time was left.
    package var limitsReached: UInt64 = 0
    /// The CPU time that its lines took, in nanoseconds.
    package var nanoseconds: Int64 = 0

    /// Nothing yet.
    package init() {}
}

/// A rule for JSON lines, compiled.
package final class JSONRule {
    /// A field and what it may be.
    struct Condition {
        var path: JSONPath
        var texts: [[UInt8]] = []
        var patterns: [Pattern] = []
    }

    let conditions: [Condition]
    private var json: JSONLine
    /// nil: the line is looked for, whomever it names.
    private let addressField: Int?
    private let timeField: Int?
    private let zoneMinutes: Int?
    private let count: Int
    private var text: [UInt8] = []
    private var repaired: [UInt8] = []
    private var match = PatternMatch()

    /// What was counted.
    package private(set) var counts = JSONRuleCounts()
    /// Literals of which each line that matches has one, as the line is written; nil: none can be
    /// told.
    package let literals: LiteralSet?

    /// Compiles a rule of the configuration.  Times without a zone are `zoneMinutes` east of UTC.
    package init(_ rule: WatchRule, zoneMinutes: Int? = nil) throws(JSONRuleFault) {
        var conditions: [Condition] = []
        for (path, values) in rule.when.sorted(by: { $0.key < $1.key }) {
            conditions.append(try Self.condition(path, values))
        }
        var paths = conditions.map(\.path)
        if let address = rule.address {
            addressField = paths.count
            paths.append(try Self.path(address, "address"))
        } else if rule.action == .incident {
            addressField = nil
        } else {
            throw JSONRuleFault(
                key: "address", message: "expected the field that holds the address")
        }
        if let time = rule.time {
            timeField = paths.count
            paths.append(try Self.path(time, "time"))
        } else {
            timeField = nil
        }
        self.conditions = conditions
        self.zoneMinutes = zoneMinutes
        count = rule.weight ?? 1
        json = JSONLine(paths)
        literals = JSONLiterals.of(conditions)
    }

    private static func path(_ text: String, _ key: String) throws(JSONRuleFault) -> JSONPath {
        guard let path = JSONPath(text) else {
            throw JSONRuleFault(
                key: key,
                message: "`\(text)` is not a path of a field; expected one such as "
                    + "`request.headers.X-Forwarded-For[0]`")
        }
        return path
    }

    private static func condition(
        _ path: String, _ values: [String]
    ) throws(JSONRuleFault) -> Condition {
        let key = "when.\(path)"
        var condition = Condition(path: try self.path(path, key))
        guard !values.isEmpty else {
            throw JSONRuleFault(key: key, message: "expected at least one value")
        }
        for value in values {
            guard value.utf8.first == UInt8(ascii: "~") else {
                condition.texts.append(Array(value.utf8))
                continue
            }
            do {
                condition.patterns.append(try Pattern(String(value.dropFirst())))
            } catch {
                throw JSONRuleFault(
                    key: key, message: "`\(value)`: \(error.message), at byte \(error.offset)")
            }
        }
        return condition
    }

    /// Reads a line, and appends what it says about an address.  `now` is in milliseconds since
    /// 1970; a later time than that becomes now.  `budget` has begun for the line.
    package func read(
        _ line: Span<UInt8>, at time: LineTime, now: Int64, budget: LineBudget,
        into findings: inout [Finding]
    ) {
        counts.lines &+= 1
        defer { counts.nanoseconds &+= budget.lap() }
        if budget.spend(bytes: line.count) {
            counts.limitsReached &+= 1
            return
        }
        do {
            try json.read(line)
        } catch {
            switch error {
            case .ambiguous: counts.ambiguous &+= 1
            case .tooLong: counts.tooLong &+= 1
            case .malformed, .tooDeep: counts.malformed &+= 1
            }
            return
        }
        for field in conditions.indices {
            let holds = holds(field, line, budget)
            if !holds { return }
        }
        counts.matches &+= 1
        var address: Network?
        if let addressField {
            address = self.address(addressField, line)
            if address == nil {
                counts.withoutAddress &+= 1
                return
            }
        }
        findings.append(
            Finding(address: address, time: min(self.time(line, time) ?? now, now), count: count))
    }

    private func address(_ field: Int, _ line: Span<UInt8>) -> Network? {
        guard let value = json[field], case .string = value.kind else { return nil }
        take(value, line)
        let text = text
        return AddressText.address(text.span)
    }

    private func time(_ line: Span<UInt8>, _ known: LineTime) -> Int64? {
        if let timeField, let value = json[timeField] {
            take(value, line)
            let text = text
            if let time = JSONTime.milliseconds(text.span, zoneMinutes: zoneMinutes) { return time }
        }
        switch known {
        case .known(let time), .arrived(let time): return time
        case .inLine: break
        }
        counts.withoutTime &+= 1
        return nil
    }

    /// Puts the text of a field into `text`.
    private func take(_ value: JSONLineValue, _ line: Span<UInt8>) {
        text.removeAll(keepingCapacity: true)
        switch value.kind {
        case .string: JSONText.append(line, value.range, to: &text)
        case .number, .boolean, .null:
            for index in value.range { text.append(line[index]) }
        case .object, .array: break
        }
    }

    private func holds(_ field: Int, _ line: Span<UInt8>, _ budget: LineBudget) -> Bool {
        guard let value = json[field] else { return false }
        switch value.kind {
        case .object, .array: return false
        case .string(true): take(value, line)
        default:
            // As it is written: nothing to copy, unless a pattern asks for it.
            for text in conditions[field].texts {
                let isEqual = JSONText.isEqual(line, value.range, text)
                if isEqual { return true }
            }
            if conditions[field].patterns.isEmpty { return false }
            take(value, line)
        }
        return conditions[field].texts.contains(text)
            || matches(conditions[field].patterns, budget)
    }

    private func matches(_ patterns: [Pattern], _ budget: LineBudget) -> Bool {
        guard !patterns.isEmpty else { return false }
        let end = LongLine.shorten(&text, from: 0, to: text.count)
        text.removeSubrange(end...)
        // Out of the object while it is worked on, so that it is not copied.
        var repaired: [UInt8] = []
        swap(&repaired, &self.repaired)
        defer { swap(&repaired, &self.repaired) }
        let text = text
        UTF8Repair.repair(text.span, into: &repaired)
        for pattern in patterns {
            switch pattern.search(repaired.span, into: &match, budget: budget) {
            case .found: return true
            case .limitReached: counts.limitsReached &+= 1
            case .none, .failed: break
            }
        }
        return false
    }
}
