// Each row of the command table has an entry in opsctl's table of replies, an example reply, and a
// file in `Renderings` with that reply and what a person sees of it in a pipe.  OPSD_REGENERATE=1
// writes the files anew: compare with care, people and scripts read this text.

import Foundation
import OpsProtocol
import Testing

@testable import OpsControl

@Suite struct ExampleTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Renderings")
    private static let regenerates = ProcessInfo.processInfo.environment["OPSD_REGENERATE"] == "1"

    private static func fileName(_ example: Example) -> String {
        example.name.replacing(",", with: "").replacing(" ", with: "-") + ".txt"
    }

    @Test func everyRowHasAnEntryAndAnExample() {
        let verbs = CommandTable.rows.map(\.verb)
        #expect(Set(ReplyDisplay.table.keys) == Set(verbs))
        #expect(Set(Example.all.map(\.verb)) == Set(verbs))
        #expect(Set(Example.all.map(\.name)).count == Example.all.count)
    }

    /// What the encoder writes is what the row documents.
    @Test(arguments: Example.all)
    func membersAreDocumented(_ example: Example) throws {
        let row = try #require(CommandTable.row(example.verb))
        let members = try #require(object(example.reply)).members.map(\.name)
        #expect(Set(members).isSubset(of: row.reply.map(\.name)))
    }

    @Test(arguments: Example.all)
    func rendering(_ example: Example) throws {
        let shown = Rendering.text(verb: example.verb, example.value, Example.plain)
        // `commands` is the whole table: docs/commands.md has it.
        let line = example.verb == "commands" ? #"ok {"commands":[...]}"# : example.line
        let text = "\(line)\n\n\(shown)"
        let file = Self.folder.appending(path: Self.fileName(example))
        if Self.regenerates {
            try FileManager.default.createDirectory(
                at: Self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let kept = try? String(contentsOf: file, encoding: .utf8)
        #expect(kept == text, "\(Self.fileName(example)): OPSD_REGENERATE=1 writes it")
    }

    @Test func noRenderingIsLeftOver() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Self.folder.path(percentEncoded: false))
        #expect(Set(files).subtracting(Example.all.map(Self.fileName)) == [])
    }
}
