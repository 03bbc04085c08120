// What is made from the command table, and that the table is complete.  `OPSD_REGENERATE=1` writes
// docs/commands.md anew.

import Glibc
import OpsCore
import Testing

@testable import OpsProtocol

/// The file beside the tests' folder in the package.
private func path(_ name: String, from file: String = #filePath) -> String {
    file.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/" + name
}

private func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while true {
        let byte = getc(file)
        if byte == EOF { break }
        bytes.append(UInt8(byte))
    }
    return String(decoding: bytes, as: UTF8.self)
}

@Suite struct GeneratedTests {
    @Test func theReferenceIsUpToDate() {
        let reference = path("docs/commands.md")
        if getenv("OPSD_REGENERATE") != nil, let file = fopen(reference, "w") {
            fputs(CommandTable.reference, file)
            fclose(file)
        }
        let isSame = contents(reference) == CommandTable.reference
        #expect(isSame, "docs/commands.md differs from the table; OPSD_REGENERATE=1 writes it")
    }

    @Test func everyRowIsComplete() throws {
        for row in CommandTable.rows {
            #expect(row.summary.hasSuffix(".") && row.summary.utf8.count < 80, "\(row.verb)")
            #expect(row.details.isEmpty || row.details.hasSuffix("."), "\(row.verb)")
            #expect(!row.reply.isEmpty, "\(row.verb)")
            #expect((1...2).contains(row.verb.split(separator: " ").count), "\(row.verb)")
            for argument in row.arguments {
                #expect(!argument.summary.isEmpty, "\(row.verb) \(argument.name)")
                #expect(!argument.type.allowed.isEmpty && !argument.type.placeholder.isEmpty)
            }
            for field in row.reply { #expect(!field.type.isEmpty, "\(row.verb) \(field.name)") }
            #expect(Set(row.arguments.map(\.name)).count == row.arguments.count, "\(row.verb)")
            #expect(Set(row.reply.map(\.name)).count == row.reply.count, "\(row.verb)")
            let line = Array(row.example.utf8)
            #expect(try RequestParser.parse(line.span).row === row, "\(row.example)")
        }
        #expect(Set(CommandTable.rows.map(\.verb)).count == CommandTable.rows.count)
    }

    /// Keys are `1*( a-z / 0-9 / "_" )`; a list stands last among the words without a key.
    @Test func argumentsFitTheGrammar() {
        for row in CommandTable.rows {
            for name in row.keywords.map(\.name) {
                let isKey = name.utf8.allSatisfy { byte in
                    (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
                }
                #expect(isKey && !name.isEmpty, "\(row.verb) \(name)")
            }
            for argument in row.positionals.dropLast() {
                #expect(argument.place == .positional, "\(row.verb)")
            }
        }
    }

    /// Leaving a key out means the same as giving its default.
    @Test func defaultsAreTrue() {
        for row in CommandTable.rows {
            for argument in row.keywords {
                // What the configuration decides is a key of [guard], not a value.
                guard let value = argument.defaultText, !value.hasPrefix("guard.") else { continue }
                let needed = row.positionals.isEmpty ? row.verb : row.verb + " 1.2.3.4"
                #expect(
                    answer(to: needed) == answer(to: "\(needed) \(argument.name)=\(value)"),
                    "\(row.verb) \(argument.name)")
            }
        }
    }

    /// The table of design.md.
    @Test func roles() {
        let admin = [
            "clear", "ban", "confirm", "unban", "guard cleanup", "snapshot", "reload", "config",
            "list begin", "list add", "list commit", "list drop", "enforce verify",
            "enforce repair", "slo rebaseline", "gate override", "work cancel", "work retry",
            "work hold", "work resume", "pager test",
            "incident ack", "incident resolve", "incident note", "silence add", "silence end",
            "cost correct", "cost set-cap",
        ]
        let report = [
            "hit", "strike", "success", "slo observe", "slo add", "incident raise", "cost record",
            "cost reserve", "cost settle", "cost release", "cost check", "queue report",
        ]
        let read = [
            "ping", "version", "commands", "status", "health", "metrics", "metrics history",
            "processes", "disks", "stats system", "check", "bans", "strikes", "places", "why",
            "guard stats",
            "events", "watch", "list show", "slo budget", "slo status", "gate status", "gate check",
            "detector sources", "detector rules", "work list", "work show", "work why",
            "incident show", "incident summary", "incidents", "silence list",
            "pager status", "audit status", "cost status", "cost days", "queue status",
            "endpoints",
            "forecast",
        ]
        func verbs(_ role: Role) -> Set<String> {
            Set(CommandTable.rows.filter { $0.role == role }.map(\.verb))
        }
        #expect(verbs(.admin) == Set(admin))
        #expect(verbs(.report) == Set(report))
        #expect(verbs(.read) == Set(read))
        #expect(
            verbs(.watch) == ["hello", "detector source", "detector rule", "detector event"])
        func allowed(_ role: Role) -> Set<String> {
            Set(CommandTable.rows.filter { $0.roles.contains(RoleSet(role)) }.map(\.verb))
        }
        #expect(
            allowed(.watch) == [
                "ping", "version", "hello", "check", "strike", "success", "places",
                "detector source", "detector rule", "detector event", "incident raise",
            ])
        let doing: Set = [
            "work take", "work begun", "work beat", "work done", "work failed", "pager report",
        ]
        #expect(verbs(.pager) == doing)
        #expect(
            allowed(.pager)
                == doing.union(["ping", "version", "hello", "health", "incident raise"]))
        let common: Set = ["ping", "version", "hello", "incident raise"]
        #expect(allowed(.check) == common.union(["endpoint report"]))
        for role in [Role.act, .web, .fleet] {
            #expect(allowed(role) == common)
        }
    }

    @Test func theManualsMacrosAreBalanced() {
        let lines = CommandTable.manual.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == ".SH COMMANDS")
        #expect(lines.filter { $0 == ".TP" }.count == CommandTable.rows.count)
        for (index, line) in lines.enumerated() {
            if line == ".TP" { #expect(lines.dropFirst(index + 1).first?.hasPrefix(".B ") == true) }
            if line.hasPrefix(".") {
                let macro = line.prefix { $0 != " " }
                #expect([".SH", ".SS", ".TP", ".B", ".br"].contains(macro), "\(line)")
            }
            #expect(!line.hasPrefix("'"), "\(line)")
            #expect(line.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(line)")
            // A backslash begins \- or \e or \& and nothing else.
            for part in line.split(separator: "\\", omittingEmptySubsequences: false).dropFirst() {
                #expect(["-", "e", "&"].contains(part.first), "\(line)")
            }
        }
        for row in CommandTable.rows {
            for argument in row.arguments {
                #expect(CommandTable.manual.contains("\n\(argument.name): "), "\(argument.name)")
            }
        }
    }

    @Test func helpNamesEverything() {
        for row in CommandTable.rows {
            let help = CommandTable.help(row)
            #expect(help.hasPrefix("Usage: opsctl \(row.verb)"))
            for argument in row.keywords { #expect(help.contains("  --\(argument.name) ")) }
            #expect(help.utf8.allSatisfy { $0 == 0x0a || (0x20...0x7e).contains($0) })
        }
    }

    @Test func topicsAreComplete() {
        let names = CommandTable.topics.map(\.name)
        #expect(Set(names).count == names.count)
        for topic in CommandTable.topics {
            #expect(!topic.rows.isEmpty && !topic.summary.isEmpty, "\(topic.name)")
            #expect(CommandTable.manual.contains("\n.SS \(topic.name) \\- "), "\(topic.name)")
        }
        let plumbing = CommandTable.rows.filter(\.isPlumbing).map(\.verb)
        #expect(
            plumbing == [
                "hello", "list begin", "list add", "list commit", "detector source",
                "detector rule", "detector event", "work take", "work begun", "work beat",
                "work done", "work failed", "pager report", "endpoint report",
            ])
    }

    @Test func helpIsExact() throws {
        let row = try #require(CommandTable.row("processes"))
        #expect(
            CommandTable.help(row) == """
                Usage: opsctl processes [--top N]

                Show the processes that use the most CPU and the most memory.

                  --top  entries per list (default 10)
                         an integer from 1 to 100

                Needs the role read.  Example: opsctl processes --top 5

                """)
    }

    @Test func commandsAreData() throws {
        let bytes = Array(CommandTable.json.utf8)
        let rows = try JSONValue(parsing: bytes.span).elements
        #expect(rows.compactMap { $0["verb"]?.text } == CommandTable.rows.map(\.verb))
        let ban = try #require(rows.first { $0["verb"]?.text == "ban" })
        #expect(ban["role"]?.text == "admin")
        let arguments = ban["arguments"]?.elements ?? []
        #expect(arguments.compactMap { $0["name"]?.text }.first == "ip")
        #expect(arguments.first?["place"]?.text == "repeated")
        #expect(arguments.first?["most"]?.integer == 1_000)
        #expect(arguments.last?["must_be"]?.text == "one of true, false")
    }
}
