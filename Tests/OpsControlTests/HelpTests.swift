// Help: the first page, a page for each topic, the help of each command, and unknown words.

import Foundation
import OpsProtocol
import Testing

@testable import OpsControl

@Suite struct HelpTests {
    private func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    @Test func theFirstPageHasAllButThePlumbing() {
        let long = HelpText.long
        for row in CommandTable.rows {
            #expect(long.contains("\n  \(row.verb) ") == !row.isPlumbing, "\(row.verb)")
        }
        for own in LocalCommands.commands { #expect(long.contains("\n  \(own.name) ")) }
        for topic in HelpText.topics { #expect(long.contains("\n\(topic.name) - ")) }
        for line in long.split(separator: "\n") { #expect(line.count <= 88, "\(line)") }
        #expect(HelpText.page([]) == long)
    }

    @Test func eachCommandIsInOneTopic() {
        let names = HelpText.topics.flatMap(\.entries).map(\.name)
        let all = CommandTable.rows.map(\.verb) + LocalCommands.commands.map(\.name)
        #expect(names.count == all.count)
        #expect(Set(names) == Set(all))
    }

    @Test func eachCommandHasItsHelp() throws {
        for row in CommandTable.rows {
            #expect(HelpText.page(words(row.verb))?.hasPrefix(CommandTable.help(row)) == true)
        }
        for own in LocalCommands.commands {
            let page = try #require(HelpText.page(words(own.name)))
            #expect(page.hasPrefix("Usage: opsctl \(own.synopsis)\n\n\(own.summary)\n"))
        }
        #expect(HelpText.page(["status"])?.contains("--watch") == true)
        let unban = try #require(HelpText.page(["unban"]))
        for words in ["--under CIDR  ", "--all  ", "--yes  ", "Exit status 1: the answer was no"] {
            #expect(unban.contains(words))
        }
        #expect(HelpText.page(["ban", "192.0.2.1"])?.hasPrefix("Usage: opsctl ban") == true)
    }

    @Test func whatIsRequiredStandsWithoutBrackets() throws {
        let override = try #require(CommandTable.row("gate override"))
        #expect(
            override.clientSynopsis
                == "gate override [--to open|closed|auto] --ttl SECONDS --reason TEXT")
        let ban = try #require(CommandTable.row("ban"))
        #expect(ban.clientSynopsis.hasSuffix("[--force] [--exact]"))
        #expect(ban.synopsis.hasSuffix("[force=true|false] [exact=true|false]"))
    }

    @Test func eachTopicHasAPage() throws {
        for topic in HelpText.topics where CommandTable.row(topic.name) == nil {
            let page = try #require(HelpText.page([topic.name]), "\(topic.name)")
            #expect(page.hasPrefix("\(topic.name) - \(topic.summary)\n"))
            for entry in topic.entries { #expect(page.contains("  opsctl \(entry.synopsis)\n")) }
        }
        // A command of the same name comes first; the others of its topic follow.
        let events = try #require(HelpText.page(["events"]))
        #expect(events.hasPrefix("Usage: opsctl events"))
        #expect(events.contains("\n  opsctl watch "))
    }

    @Test func plumbingIsFoundByItsTopic() throws {
        let page = try #require(HelpText.page(["lists"]))
        let load = try #require(page.range(of: "opsctl list load"))
        let plumbing = try #require(page.range(of: "\nPlumbing, "))
        let begin = try #require(page.range(of: "opsctl list begin"))
        #expect(load.lowerBound < plumbing.lowerBound && plumbing.lowerBound < begin.lowerBound)
        #expect(HelpText.page(["list"]) == page)
    }

    @Test func firstWordsOfSeveralCommandsHaveAPage() {
        #expect(HelpText.page(["stats"])?.contains("opsctl stats system") == true)
        #expect(HelpText.page(["nonsense"]) == nil)
        #expect(HelpText.page(["guard", "nonsense"]) == nil)
    }

    @Test(arguments: [
        ("sttus", "'sttus'", "did you mean status?"), ("nonsense", "'nonsense'", "opsctl help "),
        ("guard", "'guard'", "did you mean guard stats or guard cleanup?"),
        ("guard stat", "'guard stat'", "did you mean guard stats?"),
        ("slo", "'slo'", "opsctl help slo lists"), ("slo stauts", "'slo stauts'", "slo status?"),
        ("host", "'host'", "it is a topic: opsctl help host"),
        ("gaurd stats", "'gaurd'", "did you mean guard stats?"),
        ("stats", "'stats'", "did you mean guard stats or stats system?"),
        ("cleanup", "'cleanup'", "did you mean guard cleanup?"),
        ("rebaseline api", "'rebaseline'", "did you mean slo rebaseline?"),
    ])
    func unknownCommands(_ text: String, _ shown: String, _ hint: String) {
        let fault = HelpText.unknownCommand(words(text))
        #expect(fault.message == "there is no command \(shown)")
        #expect(fault.hint?.contains(hint) == true, "\(fault.hint ?? "no hint")")
        #expect(fault.exit == .usage)
    }

    @Test(arguments: [
        ("gurad", "did you mean guard?"), ("hots", "did you mean host?"),
        ("stauts", "did you mean status?"), ("nonsense", "opsctl help lists all commands"),
    ])
    func unknownPages(_ text: String, _ hint: String) {
        let fault = HelpText.unknownHelpPage(words(text))
        #expect(fault.message == "there is no command or topic '\(text)'")
        #expect(fault.hint == hint)
    }

    /// opsctl(1) has an entry for each of opsctl's own commands and options.
    @Test func theManualPageHasTheRest() throws {
        let page = URL(filePath: #filePath).appending(path: "../../../docs/man/opsctl.1")
        let text = try String(contentsOf: page.standardized, encoding: .utf8)
            .replacing("\\-", with: "-")
        for own in LocalCommands.commands {
            #expect(
                text.contains(".TP\n.B \(own.name) ") || text.contains("I \"\(own.name)\" ")
                    || text.contains("I \(own.name) "), "\(own.name)")
            for option in own.options { #expect(text.contains(option.name), "\(option.name)") }
        }
        for option in LocalCommands.options { #expect(text.contains(option.name)) }
    }

    @Test func longWordsAreCut() {
        let fault = HelpText.unknownCommand([String(repeating: "x", count: 100)])
        #expect(fault.message.count < 80)
    }

    @Test func anUnknownOptionIsNotACommand() {
        let near = HelpText.unknownCommand(["--josn", "bans"])
        #expect(near.message == "there is no option '--josn'")
        #expect(near.hint == "did you mean --json?")
        let far = HelpText.unknownCommand(["--colour-scheme"])
        #expect(far.hint == "opsctl --help lists the options")
    }
}
