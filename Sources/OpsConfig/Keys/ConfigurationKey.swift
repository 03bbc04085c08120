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
        case integer(ValuePath<Int>, ClosedRange<Int>, unit: String? = nil)
        /// Milliseconds.
        case duration(ValuePath<Int64>, ClosedRange<Int64>)
        case flag(ValuePath<Bool>)
        /// Minutes after midnight UTC; -1: never.
        case timeOfDay(ValuePath<Int>)
        case path(ValuePath<String>, limitBytes: Int)
        case fsync(ValuePath<Configuration.Store.Fsync>)
        case mode(ValuePath<Configuration.Enforce.Mode>)
        case gateWord(ValuePath<GateWord>)
        case networks(ValuePath<[Network]>, limit: Int)
        case principals(ValuePath<[Principal]>, limit: Int)
        /// Users alone.
        case users(ValuePath<[Principal]>, limit: Int)
        /// Names of sources.
        case sources(ValuePath<[String]>, limit: Int)
        /// Paths of mounts, and patterns.
        case mounts(ValuePath<[String]>, limit: Int)
        /// Names of rules of the library.
        case library(ValuePath<[String]>)
        /// A part of the day, UTC; nil: never.
        case hours(ValuePath<QuietHours?>)
        /// The severity of what a rule raises; nil: it raises nothing.
        case severity(ValuePath<Severity?>)
        /// Dollars; nil: none.
        case cap(ValuePath<MicroUSD?>)
        /// URLs of endpoints.
        case endpoints(ValuePath<[String]>, limit: Int)
    }

    typealias ValuePath<Value> = any WritableKeyPath<Configuration, Value> & Sendable
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
    /// Describes the allowed values: it completes "must be ...", and is a sentence when
    /// capitalised.
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
        case .gateWord:
            "one of " + GateWord.allCases.map(\.rawValue.quoted).joined(separator: ", ")
        case .networks(_, let limit):
            "a list of at most \(limit) addresses or networks such as \"192.0.2.7\", \"2001:db8::/32\""
        case .principals(_, let limit):
            "a list of at most \(limit) users such as \"ops\" or \"1000\", and groups such as \"@ops\""
                + " or \"@1000\""
        case .users(_, let limit):
            "a list of at most \(limit) users such as \"ops\" or \"1000\""
        case .sources(_, let limit):
            "a list of at most \(limit) sources of 1 to \(Bounds.sourceBytes) bytes such as \"sshd\""
        case .mounts(_, let limit):
            "a list of at most \(limit) mount points such as \"/mnt/usb\", or patterns such as"
                + " \"/var/lib/docker/*\" (* is any text, ? any one byte but a slash)"
        case .library:
            "a list with any of " + LibraryNames.all.map(\.quoted).joined(separator: ", ")
        case .hours: "hours in UTC such as \"22:00-07:00\", or \"never\""
        case .severity:
            "one of " + RuleSeverity.words.map(\.quoted).joined(separator: ", ")
        case .cap: ExpectedValue.money + ", or \"none\""
        case .endpoints(_, let limit):
            "a list of at most \(limit) URLs such as \"tcp://192.0.2.1:443\" or \"icmp://192.0.2.1\""
        }
    }

    /// The value in `configuration`, as TOML.
    package func text(in configuration: Configuration, networks: NetworkNotation) -> String {
        switch shape {
        case .integer(let valuePath, _, _): String(configuration[keyPath: valuePath])
        case .duration(let valuePath, _):
            DurationText.text(configuration[keyPath: valuePath]).quoted
        case .flag(let valuePath): configuration[keyPath: valuePath] ? "true" : "false"
        case .timeOfDay(let valuePath): TimeOfDay.text(configuration[keyPath: valuePath]).quoted
        case .path(let valuePath, _): configuration[keyPath: valuePath].quoted
        case .fsync(let valuePath): configuration[keyPath: valuePath].rawValue.quoted
        case .mode(let valuePath): configuration[keyPath: valuePath].rawValue.quoted
        case .gateWord(let valuePath): configuration[keyPath: valuePath].rawValue.quoted
        case .networks(let valuePath, _):
            list(configuration[keyPath: valuePath].map { networks.text($0) })
        case .principals(let valuePath, _), .users(let valuePath, _):
            list(configuration[keyPath: valuePath].map(\.text))
        case .sources(let valuePath, _), .mounts(let valuePath, _), .library(let valuePath),
            .endpoints(let valuePath, _):
            list(configuration[keyPath: valuePath])
        case .hours(let valuePath): TimeOfDay.text(configuration[keyPath: valuePath]).quoted
        case .severity(let valuePath):
            RuleSeverity.text(configuration[keyPath: valuePath]).quoted
        case .cap(let valuePath):
            configuration[keyPath: valuePath]?.description ?? "none".quoted
        }
    }

    private func list(_ entries: [String]) -> String { entries.asTomlList }
}

extension [String] {
    /// The texts as a TOML list, each on a line of its own where they do not fit one line.
    var asTomlList: String {
        let line = "[" + map(\.quoted).joined(separator: ", ") + "]"
        if line.utf8.count <= 80 { return line }
        return "[\n" + map { "    \($0.quoted),\n" }.joined() + "]"
    }
}

extension ConfigurationKey {
    /// Whether both configurations have the same value of this key.
    func isSame(_ one: Configuration, _ other: Configuration) -> Bool {
        func same<Value: Equatable>(_ valuePath: ValuePath<Value>) -> Bool {
            one[keyPath: valuePath] == other[keyPath: valuePath]
        }
        return switch shape {
        case .integer(let valuePath, _, _): same(valuePath)
        case .duration(let valuePath, _): same(valuePath)
        case .flag(let valuePath): same(valuePath)
        case .timeOfDay(let valuePath): same(valuePath)
        case .path(let valuePath, _): same(valuePath)
        case .fsync(let valuePath): same(valuePath)
        case .mode(let valuePath): same(valuePath)
        case .gateWord(let valuePath): same(valuePath)
        case .networks(let valuePath, _): same(valuePath)
        case .principals(let valuePath, _), .users(let valuePath, _): same(valuePath)
        case .sources(let valuePath, _), .mounts(let valuePath, _), .library(let valuePath),
            .endpoints(let valuePath, _):
            same(valuePath)
        case .hours(let valuePath): same(valuePath)
        case .severity(let valuePath): same(valuePath)
        case .cap(let valuePath): same(valuePath)
        }
    }

    /// Copies the value of this key.
    func copy(from source: Configuration, to target: inout Configuration) {
        func copy<Value>(_ valuePath: ValuePath<Value>) {
            target[keyPath: valuePath] = source[keyPath: valuePath]
        }
        switch shape {
        case .integer(let valuePath, _, _): copy(valuePath)
        case .duration(let valuePath, _): copy(valuePath)
        case .flag(let valuePath): copy(valuePath)
        case .timeOfDay(let valuePath): copy(valuePath)
        case .path(let valuePath, _): copy(valuePath)
        case .fsync(let valuePath): copy(valuePath)
        case .mode(let valuePath): copy(valuePath)
        case .gateWord(let valuePath): copy(valuePath)
        case .networks(let valuePath, _): copy(valuePath)
        case .principals(let valuePath, _), .users(let valuePath, _): copy(valuePath)
        case .sources(let valuePath, _), .mounts(let valuePath, _), .library(let valuePath),
            .endpoints(let valuePath, _):
            copy(valuePath)
        case .hours(let valuePath): copy(valuePath)
        case .severity(let valuePath): copy(valuePath)
        case .cap(let valuePath): copy(valuePath)
        }
    }
}
