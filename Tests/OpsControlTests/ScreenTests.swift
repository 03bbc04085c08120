// What documents show of opsctl is what opsctl shows: README.md, and docs/screens.md, which is made
// here.  OPSD_REGENERATE=1 writes docs/screens.md, and the blocks of README.md, anew.

import Foundation
import OpsCore
import OpsProtocol
import Testing

@testable import OpsControl

@Suite(.serialized) struct ScreenTests {
    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    private static let regenerates = ProcessInfo.processInfo.environment["OPSD_REGENERATE"] == "1"
    /// A terminal without colours, a minute after the events in the samples.
    private static let terminal = View(
        isColoured: false, columns: 80, nowMilliseconds: (noon + 60) * 1_000)

    private func check(_ name: String, _ text: String) throws {
        let file = Self.root.appending(path: name)
        if Self.regenerates { try Data(text.utf8).write(to: file) }
        let kept = try? String(contentsOf: file, encoding: .utf8)
        #expect(kept == text, "\(name): OPSD_REGENERATE=1 writes it")
    }

    /// The screens of docs/screens.md: the example, the words that are typed, and how many lines.
    private static let screens: [(example: String, words: String, lines: Int)] = [
        ("status", "status", 24), ("status, trouble", "status", 24), ("bans", "bans", 24),
        ("bans", "bans --sort expires", 24), ("events", "events", 24),
        ("why", "why 203.0.113.9", 24),
        ("enforce verify", "enforce verify", 24), ("enforce repair", "enforce repair", 24),
        ("guard cleanup", "guard cleanup", 24), ("slo rebaseline", "slo rebaseline api", 24),
        ("stats system", "stats system", 24), ("config", "config", 20),
    ]

    @Test func screens() throws {
        var text = """
            # What opsctl shows

            Made from the examples of the tests, as on a terminal of 80 columns; do not edit.  In a
            pipe nothing is cut, and times have their year.

            """
        for screen in Self.screens {
            let example = try #require(Example.all.first { $0.name == screen.example })
            let shown = Rendering.text(verb: example.verb, example.value, Self.terminal)
            let lines = shown.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for line in lines.prefix(screen.lines) { #expect(Columns.width(String(line)) <= 80) }
            let cut = lines.count > screen.lines ? "...\n" : ""
            text += "\n```\n$ opsctl \(screen.words)\n"
            text += lines.prefix(screen.lines).map { $0 + "\n" }.joined() + cut + "```\n"
        }
        try check("docs/screens.md", text)
    }

    /// The state behind the commands of README's first steps.
    private func answer(_ daemon: CoreDaemon, _ words: [String]) throws -> String {
        if words.first == "watch" {
            let after = words.last.flatMap { Int64($0) } ?? 0
            let events = try parsed(daemon.answer("events")).at("events")?.elements ?? []
            var sheet = Sheet(Self.steps)
            for event in events.reversed() where event["id"]?.integer ?? 0 > after {
                Rendering.event(event, &sheet)
            }
            return sheet.text + "^C\n"
        }
        let (row, used) = try #require(RequestLine.row(words))
        let line = try CommandWords(row, Array(words[used...])).line()
        return Rendering.text(
            verb: row.verb, try parsed(daemon.answer(String(decoding: line, as: UTF8.self))),
            Self.steps)
    }

    /// In a pipe, at the time of `CoreDaemon`.
    private static let steps = View(
        isColoured: false, columns: nil, nowMilliseconds: 1_795_257_708_000)

    private func parsed(_ line: String) throws -> JSONValue {
        try #require(line.hasPrefix("ok "), "\(line)")
        return try Fixtures.json(String(line.dropFirst(3)))
    }

    @Test func readme() throws {
        let file = try String(
            contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        var parts = file.components(separatedBy: "```\n")
        let daemon = CoreDaemon()
        let quiet = try #require(Example.all.first { $0.name == "status, quiet" })
        var commands = 0
        for index in stride(from: 1, to: parts.count, by: 2) {
            guard let mark = parts[index].first, "$#".contains(mark),
                parts[index].dropFirst().hasPrefix(" opsctl ")
            else { continue }
            var block = ""
            for line in parts[index].split(separator: "\n")
            where line.hasPrefix("\(mark) opsctl ") {
                commands += 1
                let words = Self.words(String(line.dropFirst("# opsctl ".count)))
                block += line + "\n"
                if words == ["status"] {
                    block += Rendering.text(verb: "status", quiet.value, Self.terminal)
                    continue
                }
                let isStatusShown = words.suffix(2) == ["echo", "$?"]
                block += try answer(daemon, isStatusShown ? words.dropLast(2) : words)
                // `check` of a banned address.
                if isStatusShown { block += "1\n" }
            }
            parts[index] = block
        }
        #expect(commands >= 9)
        try check("README.md", parts.joined(separator: "```\n"))
    }

    /// The words as a shell takes them; a `;` ends one.
    private static func words(_ line: String) -> [String] {
        line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .flatMap { index, part in
                index % 2 == 1
                    ? [String(part)]
                    : part.split(separator: " ").map {
                        $0.hasSuffix(";") ? String($0.dropLast()) : String($0)
                    }
            }
    }

    /// The import that README shows.
    @Test func readmeImports() throws {
        let core = CoreDaemon()
        let daemon = try FakeDaemon { _, request in [.line(core.answer(request))] }
        let bans = try daemon.write(
            """
            {"strikes": {"192.0.2.7": [1795257700, 1000000000],
             "10.0.0.300": [1795257700]}, "bans": {"192.0.2.1": null, "192.0.2.2": null,
             "192.0.2.3": null, "192.0.2.4": 1000000000}}
            """, to: "ip_bans.json")
        let run = try Opsctl.run(["import", bans], daemon)
        let readme = try String(
            contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        for line in (run.complaints + run.output).split(separator: "\n") {
            #expect(readme.contains("    \(line)\n"), "\(line)")
        }
    }
}
