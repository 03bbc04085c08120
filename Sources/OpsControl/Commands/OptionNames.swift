// The options that may stand at a place of the command line, and which of them a word means: `_`
// and `-` are the same, and a name may be cut short where no other begins like it.

import OpsProtocol

/// Options by their names, with dashes.
struct OptionNames {
    private let names: [String]

    /// opsctl's own options, and those of the command that these words begin with.
    init(after words: [String]) {
        var names = LocalCommands.options.map(\.name)
        if let row = RequestLine.row(words)?.row {
            names += LocalCommands.options(of: row.verb).map(\.name)
            names += row.keywords.map { "--" + $0.name }
        } else if let own = LocalCommands.command(words.prefix(2).joined(separator: " "))
            ?? words.first.flatMap(LocalCommands.command)
        {
            names += own.options.map(\.name)
        }
        self.names = names
    }

    /// The option that `word` means, with its value where it has one: `--sock=/x` is
    /// `--socket=/x`.  A word that means none is left as it is.
    func whole(_ word: String) throws(ClientFault) -> String {
        guard word.utf8.starts(with: "--".utf8), word.utf8.count > 2 else { return word }
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let wanted = Self.dashed(parts[0])
        let value = parts.count > 1 ? "=\(parts[1])" : ""
        if let exact = names.first(where: { Self.dashed($0[...]) == wanted }) {
            return exact + value
        }
        let near = names.filter { Self.dashed($0[...]).hasPrefix(wanted) }
        guard let first = near.first else { return word }
        if near.count > 1 {
            throw .usage(
                "\(parts[0]) may be \(near.joined(separator: " or "))",
                hint: "write as much of the name as tells it from the others")
        }
        return first + value
    }

    private static func dashed(_ name: Substring) -> String {
        String(name.map { $0 == "_" ? "-" : $0 })
    }
}
