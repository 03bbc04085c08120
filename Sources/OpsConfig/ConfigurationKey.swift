// What a key is.  One row of ConfigurationKey.all defines everything about it; parsing, checking,
// `--print-config`, the shipped file, the manual page and reload use that row.

import OpsCore

/// One key of `opsd.toml`.
package struct ConfigurationKey: Sendable {
    /// The section without brackets.
    package let section: String
    /// The key within its section.
    package let name: String
    /// The place of the value, its type and its bounds.
    let shape: Shape
    /// When a new value takes effect.
    package let reload: Reload
    /// One sentence or two on one line, plain text.
    package let summary: String

    /// `section.key`, as in faults and in `config`.
    package var path: String { section + "." + name }

    /// When a changed value takes effect.
    package enum Reload: String, Sendable {
        /// At the reload.
        case applied
        /// At the next start; until then the old value remains.
        case restart
    }

    /// Type, bounds and the place in `Configuration`.
    enum Shape: Sendable {
        case integer(Place<Int>, ClosedRange<Int>, unit: String? = nil)
        /// Milliseconds.
        case duration(Place<Int64>, ClosedRange<Int64>)
        case flag(Place<Bool>)
        /// Minutes after midnight UTC; -1: never.
        case timeOfDay(Place<Int>)
        case path(Place<String>, limitBytes: Int)
        case fsync(Place<Configuration.Store.Fsync>)
        case mode(Place<Configuration.Enforce.Mode>)
        case networks(Place<[Network]>, limit: Int)
        case principals(Place<[Principal]>, limit: Int)
        /// Names of sources.
        case sources(Place<[String]>, limit: Int)
    }

    typealias Place<Value> = any WritableKeyPath<Configuration, Value> & Sendable
}

/// One `[section]`.
package struct ConfigurationSection: Sendable {
    /// Without brackets.
    package let name: String
    /// One sentence on one line, plain text.
    package let summary: String

    /// Its keys, in the order of the table.
    package var keys: [ConfigurationKey] { ConfigurationKey.all.filter { $0.section == name } }
}

extension ConfigurationKey {
    /// What a value may be: completes "must be ...", and is a sentence when capitalised.
    package var allowed: String {
        switch shape {
        case .integer(_, let range, let unit):
            "an integer from \(range.lowerBound) to \(range.upperBound)"
                + (unit.map { ", in \($0)" } ?? "")
        case .duration(_, let range):
            "a duration from \"\(DurationText.text(range.lowerBound))\""
                + " to \"\(DurationText.text(range.upperBound))\""
        case .flag: "either true or false"
        case .timeOfDay: "a time of day in UTC such as \"07:55\", or \"never\""
        case .path(_, let limit): "an absolute path of at most \(limit) bytes"
        case .fsync:
            "one of "
                + Configuration.Store.Fsync.allCases.map(\.rawValue.quoted).joined(separator: ", ")
        case .mode:
            "one of "
                + Configuration.Enforce.Mode.allCases.map(\.rawValue.quoted)
                .joined(separator: ", ")
        case .networks(_, let limit):
            "a list of at most \(limit) addresses or networks such as \"192.0.2.7\", \"2001:db8::/32\""
        case .principals(_, let limit):
            "a list of at most \(limit) users such as \"ops\" or \"1000\", and groups such as \"@ops\""
                + " or \"@1000\""
        case .sources(_, let limit):
            "a list of at most \(limit) sources of 1 to \(Bounds.sourceBytes) bytes such as \"sshd\""
        }
    }

    /// The value in `configuration`, as TOML.
    package func text(in configuration: Configuration, networks: NetworkNotation) -> String {
        switch shape {
        case .integer(let place, _, _): String(configuration[keyPath: place])
        case .duration(let place, _): DurationText.text(configuration[keyPath: place]).quoted
        case .flag(let place): configuration[keyPath: place] ? "true" : "false"
        case .timeOfDay(let place): TimeOfDay.text(configuration[keyPath: place]).quoted
        case .path(let place, _): configuration[keyPath: place].quoted
        case .fsync(let place): configuration[keyPath: place].rawValue.quoted
        case .mode(let place): configuration[keyPath: place].rawValue.quoted
        case .networks(let place, _):
            list(configuration[keyPath: place].map { networks.text($0) })
        case .principals(let place, _): list(configuration[keyPath: place].map(\.text))
        case .sources(let place, _): list(configuration[keyPath: place])
        }
    }

    private func list(_ entries: [String]) -> String {
        let line = "[" + entries.map(\.quoted).joined(separator: ", ") + "]"
        if line.utf8.count <= 80 { return line }
        return "[\n" + entries.map { "    \($0.quoted),\n" }.joined() + "]"
    }

    /// Whether both have the same value of this key.
    func isSame(_ one: Configuration, _ other: Configuration) -> Bool {
        func same<Value: Equatable>(_ place: Place<Value>) -> Bool {
            one[keyPath: place] == other[keyPath: place]
        }
        return switch shape {
        case .integer(let place, _, _): same(place)
        case .duration(let place, _): same(place)
        case .flag(let place): same(place)
        case .timeOfDay(let place): same(place)
        case .path(let place, _): same(place)
        case .fsync(let place): same(place)
        case .mode(let place): same(place)
        case .networks(let place, _): same(place)
        case .principals(let place, _): same(place)
        case .sources(let place, _): same(place)
        }
    }

    /// Copies the value of this key.
    func copy(from source: Configuration, to target: inout Configuration) {
        func copy<Value>(_ place: Place<Value>) {
            target[keyPath: place] = source[keyPath: place]
        }
        switch shape {
        case .integer(let place, _, _): copy(place)
        case .duration(let place, _): copy(place)
        case .flag(let place): copy(place)
        case .timeOfDay(let place): copy(place)
        case .path(let place, _): copy(place)
        case .fsync(let place): copy(place)
        case .mode(let place): copy(place)
        case .networks(let place, _): copy(place)
        case .principals(let place, _): copy(place)
        case .sources(let place, _): copy(place)
        }
    }
}
