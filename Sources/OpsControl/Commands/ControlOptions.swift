// The words of a command line, separated into options for opsctl itself and words for the daemon.
// opsctl's own options may stand anywhere before `--`.  If an option of the command takes a value,
// the next word is that value, even if it looks like an option.  Names of options that are cut
// short or written with `_` are made whole here (`OptionNames`), and nowhere else.

import OpsCore
import OpsLinux
import OpsProtocol

/// What a command line asks of opsctl itself.
struct ControlOptions: Hashable, Sendable {
    /// Where the daemon listens if nothing else is configured.
    static let defaultSocket = "/run/opsd/opsd.sock"

    /// `--socket`, else `OPSD_SOCKET`, else the default.
    var socket = ControlOptions.defaultSocket
    /// `--json`
    var isJSON = false
    /// `--no-color`
    var isPlain = false
    /// `--no-pager`
    var isUnpaged = false
    /// `--timeout`
    var timeoutMilliseconds: Int32 = 10_000
    /// `--help`
    var wantsHelp = false
    /// `--version`
    var wantsVersion = false
    /// `status --watch`
    var isWatching = false
    /// `status --interval`
    var intervalMilliseconds: Int32 = 2_000
    /// `health --nagios`
    var isNagios = false
    /// `bans --sort`
    var sort: BanOrder?
    /// `events --all`
    var wantsAll = false
    /// `slo budget --flat`
    var isFlat = false
    /// What is left: the command and its arguments.
    var words: [String] = []

    /// Reads the words after the program's name.
    init(_ all: [String], environmentSocket: String?) throws(ClientFault) {
        if let environmentSocket, !environmentSocket.isEmpty { socket = environmentSocket }
        var rest = all[...]
        while var word = rest.popFirst() {
            if word == "--" {
                // Before a command there are no options to end, so `--` is dropped.
                words.append(contentsOf: words.isEmpty ? [] : [word])
                words.append(contentsOf: rest)
                return
            }
            word = try OptionNames(after: words).whole(word)
            if try parseOption(word, &rest) { continue }
            words.append(word)
            if takesValue(word), let value = rest.popFirst() { words.append(value) }
        }
    }

    /// Whether `word` is an option of the command so far whose value is the next word.
    private func takesValue(_ word: String) -> Bool {
        guard word.hasPrefix("--"), !word.contains("="), let row = RequestLine.row(words)?.row
        else { return false }
        return row.keywords.contains { $0.name == word.dropFirst(2) && !$0.isFlag }
    }

    /// Applies one of opsctl's own options, with its value from `rest`; false if it is not one.
    private mutating func parseOption(
        _ word: String, _ rest: inout ArraySlice<String>
    ) throws(ClientFault) -> Bool {
        guard word.hasPrefix("-"), word.utf8.count > 1 else { return false }
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let given = parts.count > 1 ? String(parts[1]) : nil
        func value(_ what: String) throws(ClientFault) -> String {
            if let value = given ?? rest.popFirst() { return value }
            throw .usage("\(parts[0]) needs \(what)")
        }
        switch parts[0] {
        case "--socket": socket = try value("a path")
        case "--timeout":
            timeoutMilliseconds = try Self.duration("--timeout", try value("a duration"))
        case "--interval" where words.first == "status":
            intervalMilliseconds = try Self.duration("--interval", try value("a duration"))
        case "--sort" where words.first == "bans":
            sort = try BanOrder(naming: try value("an order"))
        case "--json" where given == nil: isJSON = true
        case "--no-color" where given == nil: isPlain = true
        case "--no-pager" where given == nil: isUnpaged = true
        case "--help" where given == nil, "-h" where given == nil: wantsHelp = true
        case "--version" where given == nil: wantsVersion = true
        case "--watch" where given == nil && words.first == "status": isWatching = true
        case "--nagios" where given == nil && words.first == "health": isNagios = true
        case "--all" where given == nil && words.first == "events": wantsAll = true
        case "--flat" where given == nil && words.prefix(2) == ["slo", "budget"]: isFlat = true
        default: return false
        }
        return true
    }

    private static func duration(_ name: String, _ text: String) throws(ClientFault) -> Int32 {
        guard let length = DurationText.parse(text), (100...86_400_000).contains(length) else {
            throw .usage(
                "\(name): '\(text)' is not valid: expected a duration from 100ms to 1d, such as 10s"
            )
        }
        return Int32(length)
    }
}
