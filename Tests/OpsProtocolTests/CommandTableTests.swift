// The table against itself and against what is made of it: every row can be asked as its example
// says, docs/commands.md is the one in the repository, `commands` is data, the manual is roff.

import Foundation
import OpsCore
import Testing

@testable import OpsProtocol

@Suite struct CommandTableTests {
    /// The repository's root, from this file.
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `OPSD_REGENERATE=1` writes the page first.
    @Test func referenceIsTheOneInDocs() throws {
        let file = Self.root.appendingPathComponent("docs/commands.md")
        if ProcessInfo.processInfo.environment["OPSD_REGENERATE"] == "1" {
            try CommandTable.reference.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(
            try String(contentsOf: file, encoding: .utf8) == CommandTable.reference,
            "OPSD_REGENERATE=1 swift test --filter CommandTableTests writes it")
    }

    @Test func referenceHasAllOfEveryRow() {
        let page = CommandTable.reference
        for row in CommandTable.rows {
            #expect(page.contains("\n## \(row.verb)\n"))
            for argument in row.arguments { #expect(page.contains("\n| `\(argument.name)` | ")) }
            for field in row.reply { #expect(page.contains("\n| `\(field.name)` | ")) }
        }
        for line in page.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.hasSuffix("|"), "\(line)")
        }
    }

    @Test func verbsAreOneOrTwoWordsAndOnce() {
        let verbs = CommandTable.rows.map(\.verb)
        #expect(Set(verbs).count == verbs.count)
        for verb in verbs {
            #expect((1...2).contains(verb.split(separator: " ").count))
            #expect(verb.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == 0x20 })
        }
    }

    @Test(arguments: CommandTable.rows.map(\.verb))
    func aRowHoldsTogether(verb: String) throws {
        let row = try #require(CommandTable.row(verb))
        let names = row.arguments.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(row.reply.map(\.name)).count == row.reply.count)
        #expect(row.summary.hasSuffix("."))
        #expect(row.role > .none)
        for name in names {
            #expect(
                name.utf8.allSatisfy {
                    (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
                })
        }
        for (index, argument) in row.positionals.enumerated() {
            if case .repeated = argument.place { #expect(index == row.positionals.count - 1) }
        }
    }

    @Test(arguments: CommandTable.rows.map(\.verb))
    func anExampleIsItsOwnRequest(verb: String) throws {
        let row = try #require(CommandTable.row(verb))
        let bytes = Array(row.example.utf8)
        #expect(try RequestParser.parse(bytes.span).row === row)
    }

    @Test func commandsIsData() throws {
        var line: [UInt8] = []
        Reply.commands.writeLine(to: &line, limitBytes: 1 << 20)
        #expect(line.count < 1 << 16)
        let object = try JSONSerialization.jsonObject(with: Data(line.dropFirst(3)))
        let commands = try #require((object as? [String: Any])?["commands"] as? [[String: Any]])
        #expect(commands.compactMap { $0["verb"] as? String } == CommandTable.rows.map(\.verb))
        for (command, row) in zip(commands, CommandTable.rows) {
            #expect(command["role"] as? String == row.role.name)
            #expect((command["arguments"] as? [Any])?.count == row.arguments.count)
            #expect((command["reply"] as? [Any])?.count == row.reply.count)
        }
    }

    @Test func manualIsRoff() {
        let known: Set = [".SH", ".SS", ".TP", ".B", ".I", ".BI", ".br", ".RS", ".RE", ".PP"]
        for line in CommandTable.manual.split(separator: "\n") where line.hasPrefix(".") {
            #expect(known.contains(String(line.prefix { $0 != " " })), "\(line)")
        }
        for row in CommandTable.rows {
            #expect(CommandTable.manual.contains(row.verb))
        }
    }

    @Test func helpHasEveryOption() {
        for row in CommandTable.rows {
            let help = CommandTable.help(row)
            #expect(help.hasPrefix("Usage: opsctl \(row.verb)"))
            for argument in row.keywords { #expect(help.contains("  --\(argument.name) ")) }
        }
        for row in CommandTable.rows { #expect(CommandTable.overview.contains(row.summary)) }
    }
}
