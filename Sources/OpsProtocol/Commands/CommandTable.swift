// The command table: the one place where a command is declared.  The parser, authorisation,
// opsctl's commands, help, completions, docs/commands.md and the manual page all come from it.

import OpsCore

/// All commands.
package enum CommandTable {
    /// All rows, in the order of the manual.
    package static let rows: [CommandRow] = topics.flatMap(\.rows)

    /// The row of a verb.
    package static func row(_ verb: String) -> CommandRow? { byVerb[verb] }

    private static let byVerb = Dictionary(rows.map { ($0.verb, $0) }) { first, _ in first }

    static let ping = row("ping")
    static let check = row("check")
    static let hit = row("hit")
    static let strike = row("strike")
    static let ban = row("ban")
    static let unban = row("unban")
}
