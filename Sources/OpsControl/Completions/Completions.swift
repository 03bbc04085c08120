// Completions for shells, made from the command table and opsctl's own commands.  All three scripts
// come from the same list of entries.  Addresses are not offered: that would ask the daemon while
// somebody types.

import OpsProtocol

/// What may follow one command.
struct CompletionEntry {
    struct Option {
        /// The option's name, with its dashes.
        let name: String
        let takesValue: Bool
        /// The words that the option's value may be; if empty, any value.
        let values: [String]
        let summary: String
    }

    /// One or two words.
    let verb: String
    let summary: String
    let options: [Option]
    /// The words that may follow.
    let words: [String]
    let takesFile: Bool
}

/// `opsctl completions SHELL`.
enum Completions {
    /// The script for a shell.
    static func script(_ words: [String]) throws(ClientFault) -> String {
        switch words {
        case ["bash"]: return bash
        case ["zsh"]: return zsh
        case ["fish"]: return fish
        default: throw .usage("completions: expected bash, zsh or fish")
        }
    }

    /// Every command, in the order of the help.
    static let entries: [CompletionEntry] =
        CommandTable.rows.map(entry) + LocalCommands.commands.map(entry)

    /// opsctl's own options.
    static let global: [CompletionEntry.Option] = LocalCommands.options.map(option)

    /// The first words of commands, each once.
    static var firstWords: [(word: String, summary: String)] {
        var found: [(word: String, summary: String)] = []
        for entry in entries {
            let parts = entry.verb.split(separator: " ")
            let word = String(parts[0])
            if found.contains(where: { $0.word == word }) { continue }
            // `guard` alone is not a command: it stands for its family.
            let isFamily = parts.count > 1
            found.append((word, isFamily ? "\(word) commands" : entry.summary))
        }
        return found
    }

    /// The second words of a family.
    static func secondWords(of first: String) -> [(word: String, summary: String)] {
        entries.compactMap { entry in
            let parts = entry.verb.split(separator: " ").map(String.init)
            return parts.count == 2 && parts[0] == first ? (parts[1], entry.summary) : nil
        }
    }

    private static func entry(_ row: CommandRow) -> CompletionEntry {
        var words: [String] = []
        for argument in row.positionals {
            if case .word(let all) = argument.type { words += all }
        }
        let options = row.keywords.map { argument in
            CompletionEntry.Option(
                name: "--" + argument.name, takesValue: true, values: values(of: argument),
                summary: argument.summary)
        }
        return CompletionEntry(
            verb: row.verb, summary: row.summary,
            options: options + LocalCommands.options(of: row.verb).map(option), words: words,
            takesFile: false)
    }

    private static func entry(_ own: LocalCommand) -> CompletionEntry {
        let isHelp = own.name == "help"
        var words = own.words
        if isHelp { words += helpWords }
        return CompletionEntry(
            verb: own.name, summary: own.summary, options: own.options.map(option), words: words,
            takesFile: words.isEmpty)
    }

    /// What `help` takes as its first word: topics, and commands of one word.
    private static var helpWords: [String] {
        let topics = HelpText.topics.map(\.name)
        let commands = HelpText.topics.flatMap(\.entries).map(\.name)
        return topics + commands.filter { !$0.contains(" ") && !topics.contains($0) }
    }

    private static func values(of argument: Argument) -> [String] {
        switch argument.type {
        case .word(let words): words
        case .lifetime: ["10m", "1h", "1d", "permanent"]
        default: []
        }
    }

    private static func option(_ own: LocalOption) -> CompletionEntry.Option {
        CompletionEntry.Option(
            name: own.name, takesValue: own.placeholder != nil, values: [], summary: own.summary)
    }
}
