// Watchers that read and watchers that do not; what waits for them is bounded.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct WatcherBoundsTests {
    @Test func watcherThatDoesNotReadIsToldWhatItLost() {
        let loop = FakeLoop.settled()
        let watcher = loop.connect()
        let client = loop.connect()
        loop.send(watcher, "watch\n")
        watcher.room = 0
        var bans = 0
        while !loop.announced.isEmpty || bans < 4_000 {
            loop.send(client, "ban 203.0.113.\(bans % 250 + 1)\n")
            bans += 1
            if loop.engine.session(watcher.slot)?.isClosing ?? true { break }
        }
        loop.settle()
        #expect(bans < 4_000)
        loop.open(watcher, room: .max)
        loop.settle()
        #expect(watcher.isClosed)
        let lines = watcher.take()
        #expect(lines.last == "event {\"lost\":1}")
        #expect(lines.count { $0.contains("lost") } == 1)
    }

    @Test func watcherThatReadsLosesNothing() {
        let loop = FakeLoop.settled()
        let watcher = loop.connect()
        let client = loop.connect()
        loop.send(watcher, "watch guard\n")
        for number in 0..<3_000 { loop.send(client, "ban 203.0.113.\(number % 250 + 1)\n") }
        loop.settle()
        #expect(watcher.take().count == 3_001)
    }

    @Test func outboxIsBounded() {
        let loop = FakeLoop.settled()
        loop.disk = .waiting
        loop.turn()
        for _ in 0..<Outbox.limit + 10 {
            loop.engine.commit(.noted(Note(.reload, .info, "x")))
        }
        #expect(loop.engine.outbox.lost == 10)
        loop.disk = .prompt
        loop.settle()
        #expect(loop.announced.count == Outbox.limit)
    }

    /// At a stop a watcher is sent its event, once that is durable, and only then closed.
    @Test func watcherHearsOfTheStop() {
        let loop = FakeLoop.settled()
        let watcher = loop.connect()
        loop.send(watcher, "watch store\n")
        loop.disk = .waiting
        loop.engine.commit(.noted(Note(.stopped, .info, "stopping cleanly")))
        loop.turn()
        loop.engine.closeServed(patient: false)
        loop.turn()
        #expect(!watcher.isClosed)
        loop.disk = .prompt
        loop.settle()
        loop.engine.closeServed(patient: false)
        loop.settle()
        #expect(watcher.isClosed)
        #expect(watcher.take().last?.contains("\"event\":\"stopped\"") == true)
    }
}
