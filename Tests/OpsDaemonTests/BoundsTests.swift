// Every bound of a connection, and what is done when it is reached.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct BoundsTests {
    private func settled(_ configuration: Configuration = Configuration()) -> FakeLoop {
        let loop = FakeLoop(configuration)
        loop.settle()
        return loop
    }

    private func lines(_ line: String, _ count: Int) -> String {
        String(repeating: line + "\n", count: count)
    }

    // MARK: Output

    @Test func pendingRepliesPauseReading() throws {
        let loop = settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.send(client, lines("check 203.0.113.9", 3_000))
        for _ in 0..<20 { loop.turn() }
        let session = try #require(loop.engine.session(client.slot))
        #expect(session.output.held == SessionBounds.pendingReplies)
        #expect(!session.wantsReading)
        loop.disk = .prompt
        loop.settle()
        #expect(client.take().count == 3_001)
        #expect(session.wantsReading)
    }

    @Test func outputPausesReading() throws {
        let loop = settled()
        let client = loop.connect()
        client.room = 0
        loop.send(client, lines("commands", 64))
        for _ in 0..<64 { loop.turn() }
        let session = try #require(loop.engine.session(client.slot))
        #expect(!session.wantsReading)
        // One reply beyond the bound at most.
        #expect(session.output.count >= SessionBounds.outputBytes)
        #expect(session.output.count < SessionBounds.outputBytes + (1 << 16))
        loop.open(client, room: .max)
        loop.settle()
        #expect(client.take().count == 64)
        #expect(session.wantsReading)
    }

    /// What had no room is served as soon as there is some, in the very next turn.
    @Test func leftoversDoNotWaitForATimer() {
        let loop = settled()
        let client = loop.connect()
        client.room = 0
        loop.send(client, lines("commands", 64))
        for _ in 0..<64 { loop.turn() }
        loop.open(client, room: .max)
        loop.turn()
        #expect(loop.wantsTurn)
    }

    @Test func stalledOutputIsClosed() {
        let loop = settled()
        let client = loop.connect()
        client.room = 0
        loop.send(client, "ping\n")
        loop.advance(9.9)
        loop.settle()
        #expect(!client.isClosed)
        loop.advance(0.3)
        loop.settle()
        #expect(client.isClosed)
    }

    @Test func outputThatMovesIsNotStalled() {
        let loop = settled()
        let client = loop.connect()
        client.room = 0
        loop.send(client, "commands\n")
        for _ in 0..<10 {
            loop.advance(9)
            loop.open(client, room: 1)
            loop.settle()
            #expect(!client.isClosed)
        }
        loop.advance(10.2)
        loop.settle()
        #expect(client.isClosed)
    }

    /// What the log holds back is not the client's fault.
    @Test func heldOutputIsNotStalled() {
        let loop = settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        for _ in 0..<10 {
            loop.advance(9)
            loop.turn()
        }
        #expect(!client.isClosed)
    }

    // MARK: Lines

    @Test func lineMustEndInTime() {
        let loop = settled()
        let client = loop.connect()
        loop.send(client, "pi")
        loop.advance(9.5)
        loop.send(client, "n")
        #expect(!client.isClosed)
        loop.advance(0.7)
        loop.settle()
        #expect(client.isClosed)
        #expect(client.take().map { $0.hasPrefix("err {\"code\":\"bad-request\"") } == [true])
    }

    @Test func lineThatEndsInTimeStartsAnew() {
        let loop = settled()
        let client = loop.connect()
        for _ in 0..<5 {
            loop.send(client, "pi")
            loop.advance(9)
            loop.send(client, "ng\n")
        }
        #expect(client.take().count == 5)
        loop.advance(60)
        loop.settle()
        #expect(!client.isClosed)
    }

    /// The timer stands still while nothing is read, and goes on with what was left.
    @Test func lineTimeStandsStillWhilePaused() {
        let loop = settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.send(client, lines("check 203.0.113.9", 1_023) + "che")
        for _ in 0..<10 { loop.turn() }
        for _ in 0..<6 {
            loop.advance(9)
            loop.turn()
        }
        #expect(!client.isClosed)
        loop.disk = .prompt
        loop.settle()
        #expect(!client.isClosed)
        loop.advance(9)
        loop.settle()
        #expect(!client.isClosed)
        loop.send(client, "ck 203.0.113.9\n")
        loop.settle()
        #expect(client.take().count == 1_025)
    }

    /// Half a line left when a pause ends has its time like any other.
    @Test func halfALineBehindAPauseIsTimed() {
        let loop = settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.send(client, lines("check 203.0.113.9", 1_023) + "che")
        for _ in 0..<10 { loop.turn() }
        loop.disk = .prompt
        loop.settle()
        loop.advance(10.2)
        loop.settle()
        #expect(client.isClosed)
    }

    @Test func tooLongIsToldAndClosed() {
        var configuration = Configuration()
        configuration.limits.lineBytes = 1_024
        let loop = settled(configuration)
        let client = loop.connect()
        loop.send(client, "ping\n" + String(repeating: "x", count: 1_025))
        loop.settle()
        let lines = client.take()
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("err {\"code\":\"too-long\""))
        #expect(client.isClosed)
        #expect(loop.engine.sessionCount == 0)
    }

    @Test func lineAtTheBoundIsALine() {
        var configuration = Configuration()
        configuration.limits.lineBytes = 1_024
        let loop = settled(configuration)
        let client = loop.connect()
        #expect(loop.ask(client, String(repeating: "x", count: 1_024)).count == 1)
        #expect(!client.isClosed)
    }

    @Test func noiseIsAnswered() {
        let loop = settled()
        let client = loop.connect()
        var random = SeededRandom(3)
        var count = 0
        for _ in 0..<200 {
            var noise = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            noise.append(0x0a)
            count += noise.count { $0 == 0x0a }
            loop.send(client, noise)
        }
        loop.settle()
        let lines = client.take()
        #expect(lines.count == count)
        #expect(lines.allSatisfy { $0.hasPrefix("err {") })
    }

    // MARK: Connections

    @Test func connectionsHaveABoundAndTheTrustedAReserve() {
        var configuration = Configuration()
        configuration.limits.connections = 3
        let loop = settled(configuration)
        for uid in 1...3 { #expect(!loop.connect(uid: UInt32(uid), role: .read).isClosed) }
        let late = loop.connect(uid: 9, role: .admin)
        #expect(late.isClosed)
        #expect(late.take().map { $0.hasPrefix("err {\"code\":\"too-many\"") } == [true])
        var trusted: [FakeClient] = []
        for _ in 0..<Engine.reservedConnections { trusted.append(loop.connect()) }
        #expect(trusted.allSatisfy { !$0.isClosed })
        #expect(loop.connect().isClosed)
        loop.close(trusted[0])
        #expect(!loop.connect().isClosed)
        #expect(loop.connect(uid: 9, role: .admin).isClosed)
    }

    /// Where descriptors are fewer, they are the bound: the log and its mending need theirs.
    @Test func descriptorsBoundConnectionsToo() {
        let loop = settled()
        loop.engine.descriptorRoom = 3
        for uid in 1...3 { #expect(!loop.connect(uid: UInt32(uid), role: .read).isClosed) }
        let late = loop.connect(uid: 9, role: .admin)
        #expect(late.take().map { $0.contains("3 connections are open") } == [true])
        #expect(!loop.connect().isClosed)
    }

    @Test func oneUserDoesNotLockOutAnother() {
        var configuration = Configuration()
        configuration.limits.connectionsPerUser = 2
        let loop = settled(configuration)
        let first = loop.connect(uid: 5, role: .read)
        _ = loop.connect(uid: 5, role: .read)
        let third = loop.connect(uid: 5, role: .read)
        #expect(third.take().map { $0.contains("user 5 has 2 connections") } == [true])
        #expect(!loop.connect(uid: 6, role: .read).isClosed)
        for _ in 0..<5 { #expect(!loop.connect().isClosed) }
        loop.close(first)
        #expect(!loop.connect(uid: 5, role: .read).isClosed)
    }

    @Test func withoutARoleItIsToldAndClosed() {
        let loop = settled()
        let client = loop.connect(uid: 5, role: .none)
        #expect(client.isClosed)
        #expect(client.take().map { $0.hasPrefix("err {\"code\":\"forbidden\"") } == [true])
        #expect(loop.engine.sessionCount == 0)
    }

    // MARK: Watchers

    @Test func watcherThatDoesNotReadIsToldWhatItLost() {
        let loop = settled()
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
        let loop = settled()
        let watcher = loop.connect()
        let client = loop.connect()
        loop.send(watcher, "watch guard\n")
        for number in 0..<3_000 { loop.send(client, "ban 203.0.113.\(number % 250 + 1)\n") }
        loop.settle()
        #expect(watcher.take().count == 3_001)
    }

    @Test func outboxIsBounded() {
        let loop = settled()
        loop.disk = .waiting
        loop.turn()
        for _ in 0..<Engine.outboxLimit + 10 {
            loop.engine.commit(.noted(Note(.reload, .info, "x")))
        }
        #expect(loop.engine.lostEvents == 10)
        loop.disk = .prompt
        loop.settle()
        #expect(loop.announced.count == Engine.outboxLimit)
    }

    /// At the end a watcher hears of it, once it is durable, and only then is closed.
    @Test func watcherHearsOfTheStop() {
        let loop = settled()
        let watcher = loop.connect()
        loop.send(watcher, "watch store\n")
        loop.disk = .waiting
        loop.engine.commit(.noted(Note(.stopped, .info, "stopping in good order")))
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

    /// In no window more than the limit; the hit behind it is 429 and a strike.
    @Test func hundredHitsAndOne() {
        let loop = settled()
        let client = loop.connect(uid: 1_000, role: .report)
        loop.send(client, lines("hit 203.0.113.9", 101))
        loop.settle()
        let replies = client.take()
        #expect(replies.prefix(100).allSatisfy { $0.contains("\"allowed\":true") })
        #expect(replies.count == 101)
        let last = replies.last ?? ""
        #expect(last.contains("\"status\":429") && last.contains("\"strikes\":1"))
        #expect(last.contains("\"retry_after_seconds\":"))
    }

    // MARK: Turns

    @Test func expiryGoesInSlices() {
        let loop = settled()
        let client = loop.connect()
        for third in 0..<13 {
            let targets = (0..<250).map { "10.0.\(third).\($0)" }.joined(separator: " ")
            loop.send(client, "ban \(targets) ttl=1s\n")
        }
        loop.settle()
        _ = client.take()
        #expect(loop.engine.state.guardStats.activeBans == 3_250)
        loop.advance(2)
        loop.turn()
        #expect(loop.engine.state.guardStats.activeBans == 2_250)
        #expect(loop.wantsTurn)
        loop.settle()
        #expect(loop.engine.state.guardStats.activeBans == 0)
        loop.advance(1)
        loop.settle()
        let kinds = loop.announced.map(\.kind)
        #expect(kinds.count { $0 == .banExpired } == Bounds.expiriesAnnounced)
        #expect(kinds.count { $0 == .bansExpired } == 1)
    }

    /// A peer that has finished sending is answered and then closed.
    @Test func finishedPeerIsAnswered() {
        let loop = settled()
        let client = loop.connect()
        loop.deliver(client, Array(lines("ban 203.0.113.9", 1_000).utf8))
        loop.finish(client)
        loop.settle()
        #expect(client.take().count == 1_000)
        #expect(client.isClosed)
    }

    @Test func finishedPeerWithHalfALineIsClosed() {
        let loop = settled()
        let client = loop.connect()
        loop.send(client, "ping\npi")
        loop.finish(client)
        loop.settle()
        #expect(client.take().count == 1)
        #expect(client.isClosed)
    }

    @Test func sessionsGoWithoutATrace() {
        let loop = settled()
        for round in 0..<200 {
            let client = loop.connect(uid: UInt32(round % 3 + 1), role: .admin)
            loop.send(client, "ban 203.0.113.9\nwatch\npi")
            loop.close(client)
        }
        loop.settle()
        #expect(loop.engine.sessionCount == 0)
        #expect(loop.clients.count == 1)
    }
}
