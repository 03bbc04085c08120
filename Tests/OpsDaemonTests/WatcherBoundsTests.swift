// Watchers that read and watchers that do not; what waits for them is bounded.

import OpsConfig
import OpsCore
import OpsLinux
import Testing

@testable import OpsDaemon

@Suite struct WatcherBoundsTests {
    private static func bans(_ numbers: Range<Int>) -> String {
        numbers.map { "ban 10.0.\($0 / 250).\($0 % 250) ttl=1h\n" }.joined()
    }

    /// The ids of events, in the order in which they came.
    private static func ids(_ lines: [String]) -> [Int] {
        lines.compactMap { line in
            guard line.hasPrefix("event {\"id\":") else { return nil }
            return Int(line.dropFirst(12).prefix { $0.isNumber })
        }
    }

    /// A loop on a slow machine: at each look the time of every share is over.
    private func slowLoop() -> FakeLoop {
        let loop = FakeLoop.settled()
        var boot = loop.now.boot
        loop.engine.clock = {
            boot += 1_000_000_000
            return boot
        }
        return loop
    }

    /// What it is told is exact, and counts its topics alone.
    @Test func watcherThatDoesNotReadIsToldWhatItLost() throws {
        let loop = FakeLoop.settled()
        loop.engine.ring = EventRing(limitBytes: 16_384)
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(watcher, "watch guard\n")
        watcher.room = 0
        for number in 0..<500 {
            loop.send(client, Self.bans(number..<number + 1))
            loop.engine.commit(.noted(Note(.reload, .info, "not of its topics")))
        }
        loop.settle()
        let session = try #require(loop.engine.session(watcher.slot))
        #expect(session.output.footprint == 0)
        loop.open(watcher, room: .max)
        loop.settle()
        #expect(watcher.isClosed)
        #expect(watcher.take().dropFirst() == ["event {\"lost\":500}"])
    }

    /// An event that was sent in part is sent wholly before the rest is said to be lost.
    @Test(arguments: [1, 100, 250, 1_000, 3_000])
    func whatIsSentIsWhole(_ room: Int) {
        let loop = FakeLoop.settled()
        loop.engine.ring = EventRing(limitBytes: 16_384)
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(watcher, "watch guard\n")
        watcher.room = room
        for number in 0..<500 { loop.send(client, Self.bans(number..<number + 1)) }
        loop.settle()
        loop.open(watcher, room: .max)
        loop.settle()
        #expect(watcher.isClosed)
        let lines = watcher.take().dropFirst()
        let told = Self.ids(Array(lines))
        #expect(told == Array(1..<lines.count))
        #expect(lines.last == "event {\"lost\":\(500 - told.count)}")
    }

    /// Many watchers are served in turns, each with every event, in order.
    @Test func fanOutGoesInTurns() {
        let loop = slowLoop()
        let watchers = (0..<200).map { _ in loop.connect() }
        for watcher in watchers { loop.send(watcher, "watch guard\n") }
        loop.settle()
        let client = loop.connect()
        let targets = (0..<40).map { "10.0.0.\($0)" }.joined(separator: " ")
        loop.send(client, "ban \(targets)\n")
        loop.turn()
        loop.turn()
        #expect(watchers.count { $0.received > 1_000 } < 10)
        #expect(loop.wantsTurn)
        loop.settle()
        for watcher in watchers {
            #expect(Self.ids(watcher.take()) == Array(1...40))
        }
        #expect(!loop.wantsTurn)
    }

    /// Whoever reads slowly is served whole lines, replies among them, and loses nothing.
    @Test func repliesComeBetweenEvents() {
        let loop = FakeLoop.settled()
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(watcher, "watch guard\n")
        watcher.room = 0
        var lines: [String] = []
        for round in 0..<100 {
            loop.send(client, Self.bans(3 * round..<3 * round + 3))
            loop.send(watcher, "ping\n")
            loop.open(watcher, room: 700 + round)
            loop.turn()
        }
        loop.open(watcher, room: .max)
        loop.settle()
        lines += watcher.take()
        #expect(Self.ids(lines) == Array(1...300))
        #expect(lines.count { $0 == "ok {\"pong\":true}" } == 100)
        #expect(lines.count == 401)
    }

    /// Kept events come in slices, and those that happen meanwhile after them.
    @Test func replayGoesInTurns() {
        let loop = slowLoop()
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(client, Self.bans(0..<500))
        loop.settle()
        loop.send(watcher, "watch guard after=100\n")
        loop.turn()
        let first = Self.ids(watcher.take())
        #expect(first.count < 400)
        loop.send(client, Self.bans(500..<600))
        loop.settle()
        #expect(first + Self.ids(watcher.take()) == Array(101...600))
    }

    /// The tail is overwritten while a watcher that reads slowly is still sent what was in it: it
    /// is told how many it missed, and goes on.
    @Test func replayThatIsOvertakenSaysSo() {
        var configuration = Configuration()
        configuration.events.tail = 100
        let loop = FakeLoop.settled(configuration)
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(client, Self.bans(0..<100))
        loop.settle()
        watcher.room = 1_000
        loop.send(watcher, "watch guard after=0\n")
        loop.settle()
        loop.send(client, Self.bans(100..<150))
        loop.settle()
        loop.open(watcher, room: .max)
        loop.settle()
        #expect(!watcher.isClosed)
        let lines = watcher.take()
        let told = Self.ids(lines)
        let first = Int(told.firstIndex(of: 51) ?? 0)
        #expect(first > 0 && told == Array(1...first) + Array(51...150))
        #expect(lines.count { $0 == "event {\"lost\":\(50 - first),\"before\":51}" } == 1)
    }

    /// A socket that stays full is given up after ten seconds, whatever wakes its session.
    @Test func watcherThatNeverReadsIsClosed() {
        let loop = FakeLoop.settled()
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(watcher, "watch guard\n")
        watcher.room = 0
        loop.send(client, Self.bans(0..<3))
        loop.settle()
        #expect(watcher.interest.contains(.write))
        for _ in 0..<9 {
            loop.advance(1)
            loop.open(watcher, room: 0)
            loop.settle()
            #expect(!watcher.isClosed)
        }
        loop.advance(1.2)
        loop.settle()
        #expect(watcher.isClosed)
    }

    /// Nobody watches: nothing is rendered, and nothing kept.
    @Test func ringIsEmptyWhileNobodyWatches() {
        let loop = FakeLoop.settled()
        let (watcher, client) = (loop.connect(), loop.connect())
        loop.send(client, Self.bans(0..<10))
        #expect(loop.engine.ring.bytes == 0)
        loop.send(watcher, "watch\n")
        loop.send(client, Self.bans(10..<20))
        loop.settle()
        #expect(loop.engine.ring.bytes > 0)
        loop.close(watcher)
        #expect(loop.engine.ring.bytes == 0 && loop.engine.watchers == 0)
        let later = loop.connect()
        loop.send(later, "watch\n")
        loop.send(client, Self.bans(20..<30))
        loop.settle()
        #expect(Self.ids(later.take()) == Array(21...30))
    }

    /// Thousands of replies that one sync frees are sent in turns, and before what they caused is
    /// told.
    @Test func eventsWaitForRepliesThatAreLate() {
        let loop = slowLoop()
        let watcher = loop.connect()
        loop.send(watcher, "watch guard\n")
        loop.settle()
        let clients = (0..<100).map { _ in loop.connect() }
        loop.disk = .waiting
        for (number, client) in clients.enumerated() {
            loop.send(client, Self.bans(number..<number + 1))
        }
        for _ in 0..<100 { loop.turn() }
        _ = watcher.take()
        loop.completeJobs()
        loop.turn()
        var told: [Int] = []
        #expect(clients.contains { $0.received == 0 })
        for _ in 0..<1_000 where loop.wantsTurn {
            loop.completeJobs()
            loop.turn()
            told += Self.ids(watcher.take())
            #expect(!clients[..<told.count].contains { $0.received == 0 })
        }
        #expect(told == Array(1...100))
        #expect(loop.announced.count == 100)
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
