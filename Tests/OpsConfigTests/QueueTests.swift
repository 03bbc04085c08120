// `[queue.NAME]`.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct QueueTests {
    private func load(_ text: String) throws -> Configuration {
        try Configuration.load(Array(text.utf8), file: "t.toml", networks: .test)
    }

    @Test func aSectionIsWhatItSays() throws {
        let text = """
            [queue.mail]
            depth = 5
            rate = 0
            failed = 1
            sample = 7
            stuck = "1h"
            silent = "30s"
            [queue."celery:high"]
            """
        let configuration = try load(text)
        let rules = configuration.queueRules
        let mail = try #require(QueueName("mail").flatMap { rules[$0] })
        #expect((mail.depth, mail.rate, mail.failed, mail.sample) == (5, 0, 1, 7))
        #expect((mail.stuckMilliseconds, mail.silentMilliseconds) == (3_600_000, 30_000))
        #expect(QueueName("celery:high").flatMap { rules[$0] } == QueueRules())
        // What is printed is the same again.
        let printed = configuration.printed(networks: .test)
        #expect(try load(printed) == configuration)
    }

    @Test(arguments: [
        (
            "[queue]\ndepth = 5",
            "t.toml:2: queue.depth: a key outside any queue, must be in [queue.NAME]"
        ),
        (
            "[queue.mail]\ndepht = 5",
            "t.toml:2: queue.mail.depht: unknown key, did you mean \"depth\"?"
        ),
        (
            "[queue.mail]\ndepth = -1",
            "t.toml:2: queue.mail.depth: -1 is too small, must be an integer from 0 to 1000000000"
        ),
        (
            "[queue.\"-x\"]",
            "t.toml:1: queue.-x: not a name, must be the name of a queue, of 1 to 64 letters,"
                + " digits and _ - . : / @ +"
        ),
    ])
    func faultsNameTheirPlace(text: String, fault: String) throws {
        do {
            _ = try load(text)
            Issue.record("no fault")
        } catch let error as ConfigurationFaults {
            #expect(error.faults.map(\.description) == [fault])
        }
    }

    @Test func thereAreAtMostSoMany() throws {
        let sections = (0...QueueRules.limit).map { "[queue.q\($0)]\n" }.joined()
        #expect(throws: ConfigurationFaults.self) { try load(sections) }
    }

    @Test func aReloadNamesWhatChanged() throws {
        let running = try load("[queue.a]\n[queue.b]\ndepth = 1")
        let new = try load("[queue.b]\ndepth = 2\n[queue.c]")
        let changes = Configuration.changes(from: running, to: new)
        #expect(changes.applied == ["queue.a", "queue.b", "queue.c"])
        #expect(changes.running == new)
    }
}
