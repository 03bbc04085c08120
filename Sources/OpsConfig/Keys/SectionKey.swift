// The keys of sections that have names of their own, such as `[watch.source.NAME]`: one table for
// each kind of section, as ConfigurationKey is for the fixed ones.  Reading, checking, printing and
// the manual page use these rows.

import OpsCore

/// One key of a section that has a name of its own.
struct SectionKey<Section: Sendable>: Sendable {
    /// The key within its section.
    let name: String
    let shape: Shape
    /// One sentence or two on one line, plain text.
    let summary: String

    /// Type, bounds and the place in the section.
    enum Shape: Sendable {
        case text(ValuePath<String?>, SectionText)
        case texts(ValuePath<[String]>, SectionText, limit: Int)
        /// Milliseconds.
        case duration(ValuePath<Int64>, ClosedRange<Int64>)
        /// nil: not set.
        case integer(ValuePath<Int?>, ClosedRange<Int>)
        case word(ValuePath<String>, [String])
        case flag(ValuePath<Bool>)
        /// Minutes east of UTC; nil: the host's own zone.
        case zone(ValuePath<Int?>)
        case networks(ValuePath<[Network]>, limit: Int)
        /// Dollars; nil: not set.
        case money(ValuePath<MicroUSD?>)
        /// Values by path.
        case conditions(ValuePath<[String: [String]]>, limit: Int)
    }

    typealias ValuePath<Value> = any WritableKeyPath<Section, Value> & Sendable

    init(_ name: String, _ shape: Shape, _ summary: String) {
        self.name = name
        self.shape = shape
        self.summary = summary
    }

    /// Describes the allowed values: it completes "must be ...".
    var allowed: String {
        switch shape {
        case .text(_, let text): text.one
        case .texts(_, let text, let limit): "a list of at most \(limit) \(text.several)"
        case .duration(_, let range):
            "a duration from \"\(DurationText.text(range.lowerBound))\""
                + " to \"\(DurationText.text(range.upperBound))\""
        case .integer(_, let range):
            "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .word(_, let words): "one of " + words.map(\.quoted).joined(separator: ", ")
        case .flag: "either true or false"
        case .zone: "\"local\", \"UTC\", or an offset from UTC such as \"+02:00\""
        case .networks(_, let limit):
            "a list of at most \(limit) addresses or networks such as \"192.0.2.7\", \"2001:db8::/32\""
        case .money: ExpectedValue.money
        case .conditions(_, let limit):
            "a table of at most \(limit) members, each with its value or a list of values, such as "
                + "{ status = [401, 403], \"request.uri\" = \"~^/login\" }"
        }
    }

    /// The value in a section; nil: it is not set.
    func value(in section: Section, networks: NetworkNotation) -> ConfigurationValue? {
        switch shape {
        case .text(let place, _): section[keyPath: place].map { .text($0) }
        case .texts(let place, _, _): .list(section[keyPath: place])
        case .duration(let place, _): .text(DurationText.text(section[keyPath: place]))
        case .integer(let place, _): section[keyPath: place].map { .integer($0) }
        case .word(let place, _):
            section[keyPath: place].isEmpty ? nil : .text(section[keyPath: place])
        case .flag(let place): .flag(section[keyPath: place])
        case .zone(let place): .text(ZoneText.text(section[keyPath: place]))
        case .networks(let place, _): .list(section[keyPath: place].map(networks.text))
        case .money(let place): section[keyPath: place].map { .number($0.description) }
        case .conditions(let place, _):
            section[keyPath: place].isEmpty ? nil : .table(section[keyPath: place])
        }
    }
}
