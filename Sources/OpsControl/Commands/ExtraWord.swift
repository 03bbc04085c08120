// A word too many after a command: what may have been meant by it.  The programs that opsd replaces
// had other words (`events warning`, `metrics history 24`, `metrics hist`), and people type them.

import OpsCore
import OpsProtocol

enum ExtraWord {
    /// The command has no place for this word.
    static func fault(_ word: String, in row: CommandRow) -> ClientFault {
        let shown = word.count > 40 ? "\(word.prefix(40))..." : word
        return .usage("\(row.verb): '\(shown)' is one word too many", hint: hint(word, row))
    }

    private static func hint(_ word: String, _ row: CommandRow) -> String {
        let longer = CommandTable.rows.map(\.verb).filter { $0.hasPrefix("\(row.verb) ") }
        let whole = "\(row.verb) \(word)"
        if let near = longer.first(where: { $0.hasPrefix(whole) })
            ?? Suggestion.closest(to: whole, among: longer)
        {
            return "did you mean \(near)?"
        }
        if let keyword = row.keywords.first(where: { takes($0, word) }) {
            return "did you mean --\(keyword.name) \(word)?"
        }
        let known = row.keywords.map { "--" + $0.name }
        return known.isEmpty
            ? "\(row.verb) takes no words" : "it takes " + known.joined(separator: ", ")
    }

    private static func takes(_ keyword: Argument, _ word: String) -> Bool {
        switch keyword.type {
        case .word(let words): words.contains(word)
        case .integer(let range): Int(word).map { range.contains($0) } ?? false
        default: false
        }
    }
}
