// The words after a command's verb, inspected before they become a request line: paging and lists
// of addresses replace some of them.

import OpsCore
import OpsProtocol

/// A row of the command table, and the words that a person wrote for it.
struct CommandWords: Sendable {
    /// The command.
    let row: CommandRow
    private(set) var positionals: [String] = []
    private var options: [(name: String, value: String)] = []
    /// The words as written, unchecked: `RequestLine` reports what is wrong with them.
    private let words: [String]

    /// The words after the verb of `row`.
    init(_ row: CommandRow, _ words: [String]) {
        self.row = row
        self.words = words
        var rest = words[...]
        var hasEnded = false
        while let word = rest.popFirst() {
            if !hasEnded && word == "--" {
                hasEnded = true
                continue
            }
            let isOption = !hasEnded && word.hasPrefix("--")
            let body = isOption ? word.dropFirst(2) : word[...]
            let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let name = parts.first.map(String.init), parts.count == 2 || isOption,
                let keyword = row.keywords.first(where: { $0.name == name })
            {
                let value = parts.count == 2 ? String(parts[1]) : keyword.optionValue(&rest)
                if let value { options.append((name, value)) }
            } else {
                positionals.append(word)
            }
        }
    }

    /// How the command's reply is shown.
    var display: ReplyDisplay { .of(row.verb) }

    var hasPositionals: Bool { !positionals.isEmpty }

    /// The value of an option; nil: it is not given.
    func value(_ name: String) -> String? { options.first { $0.name == name }?.value }

    func has(_ name: String) -> Bool { options.contains { $0.name == name } }

    /// The request line that the words make.
    func line() throws(ClientFault) -> [UInt8] {
        let line = try Self.line(row, words)
        if let extra = extraWord { throw ExtraWord.fault(extra, in: row) }
        return line
    }

    /// The first word that the command has no place for; nil: there is none.
    private var extraWord: String? {
        let isOpen = row.positionals.contains {
            if case .repeated(_, let most) = $0.place { most > 1 } else { false }
        }
        let most = row.positionals.count
        // An option that the command does not have is another fault, and told by `RequestLine`.
        return isOpen || positionals.count <= most ? nil : positionals[most]
    }

    /// The line with one option set to another value.
    func line(setting changes: [(String, String)]) throws(ClientFault) -> [UInt8] {
        _ = try line()
        var words = positionals
        for option in options where !changes.contains(where: { $0.0 == option.name }) {
            words.append("--\(option.name)=\(option.value)")
        }
        return try Self.line(row, changes.map { "--\($0.0)=\($0.1)" } + words)
    }

    /// The line with these words in place of the positional ones.
    func line(positionals: [String]) throws(ClientFault) -> [UInt8] {
        try Self.line(row, options.map { "--\($0.name)=\($0.value)" } + ["--"] + positionals)
    }

    /// Whether the words hold `-`, which stands for a list of addresses on standard input.
    func readsList() throws(ClientFault) -> Bool {
        guard positionals.contains("-"), takesAddresses else { return false }
        guard positionals.count == 1 else {
            throw .usage("- stands for all addresses: it cannot be combined with others")
        }
        _ = try line()
        return true
    }

    /// How many addresses of a list go into one request.
    var listBatch: Int {
        if case .repeated? = row.positionals.first?.place { return 500 }
        return 1
    }

    /// Whether the command takes networks too, not only single addresses.
    var takesNetworks: Bool {
        if case .network? = row.positionals.first?.type { return true }
        return false
    }

    private var takesAddresses: Bool {
        switch row.positionals.first?.type {
        case .address, .network: true
        default: false
        }
    }

    private static func line(
        _ row: CommandRow, _ words: [String]
    ) throws(ClientFault) -> [UInt8] {
        do throws(UsageFault) {
            return try RequestLine.make(row, words)
        } catch {
            throw .usage(error.message, hint: error.hint)
        }
    }
}
