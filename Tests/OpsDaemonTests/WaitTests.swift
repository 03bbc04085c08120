// Sessions that wait: one reply, whatever was waited for; nothing is read meanwhile; the peer's end
// ends the wait; a stop ends every wait.

import OpsConfig
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct WaitTests {
    private let loop = FakeLoop.settled()

    /// Has a client wait until there are this many bans, for a few seconds at most.
    private func wait(_ client: FakeClient, forBans count: Int, seconds: Int64 = 30) throws {
        let session = try #require(loop.engine.session(client.slot))
        loop.engine.begin(at: loop.now)
        loop.engine.begin(
            Retry(deadline: loop.now.boot + seconds * FakeLoop.second, otherwise: .removed(0)) {
                state, _ in
                let bans = state.guardStats.activeBans
                return bans < count ? nil : .success(Decision(.removed(bans)))
            }, client.slot, session)
        loop.turn()
    }

    @Test func itIsAnsweredWhenTheStateHasChanged() throws {
        let (waiting, other) = (loop.connect(), loop.connect())
        try wait(waiting, forBans: 2)
        _ = loop.ask(other, "ban 203.0.113.1")
        #expect(waiting.take().isEmpty)
        _ = loop.ask(other, "ban 203.0.113.2")
        #expect(waiting.take() == [#"ok {"removed":2}"#])
        _ = loop.ask(other, "ban 203.0.113.3")
        loop.pass(seconds: 60)
        #expect(waiting.take().isEmpty, "once")
    }

    @Test func itIsAnsweredAtTheEndOfItsTime() throws {
        let client = loop.connect()
        try wait(client, forBans: 1, seconds: 5)
        #expect(loop.armed <= loop.now.boot + 5 * FakeLoop.second, "the loop would wake")
        loop.advance(4.9)
        loop.settle()
        #expect(client.take().isEmpty)
        loop.advance(0.1)
        loop.turn()
        #expect(client.take() == [#"ok {"removed":0}"#])
        #expect(loop.engine.retries.isEmpty && loop.engine.waiting.isEmpty)
    }

    @Test func whatComesBehindWaitsForTheReply() throws {
        let (waiting, other) = (loop.connect(), loop.connect())
        try wait(waiting, forBans: 1)
        loop.send(waiting, "ping\ncheck 203.0.113.1\n")
        loop.settle()
        #expect(waiting.take().isEmpty)
        #expect(waiting.interest == .hangUp)
        _ = loop.ask(other, "ban 203.0.113.1 ttl=1h")
        let replies = waiting.take()
        #expect(replies.count == 3)
        #expect(replies.first == #"ok {"removed":1}"#)
        #expect(replies.dropFirst().first == #"ok {"pong":true}"#)
        #expect(waiting.interest == .read)
    }

    /// The peer closes: what was kept for it is freed, and what it had sent after that is still
    /// done.
    @Test func thePeersEndEndsTheWait() throws {
        let (waiting, other) = (loop.connect(), loop.connect())
        try wait(waiting, forBans: 5)
        loop.send(waiting, "ban 203.0.113.1 ttl=1h\n")
        loop.hangUp(waiting)
        loop.settle()
        #expect(loop.engine.retries.isEmpty && loop.engine.waiting.isEmpty)
        #expect(loop.engine.session(waiting.slot) == nil)
        #expect(loop.ask(other, "check 203.0.113.1").first?.contains("\"banned\":true") == true)
    }

    /// Many wait; a turn tries some, and all are tried in the end.
    @Test func manyAreTriedAFewATurn() throws {
        let clients = (0..<200).map { _ in loop.connect() }
        for client in clients { try wait(client, forBans: 1) }
        let other = loop.connect()
        loop.send(other, "ban 203.0.113.1 ttl=1h\n")
        let first = clients.count { !$0.take().isEmpty }
        #expect(first <= Retries.perTurn && loop.wantsTurn)
        loop.settle()
        let rest = clients.count { !$0.take().isEmpty }
        #expect(first + rest == 200)
    }

    @Test func aStopEndsThem() throws {
        let (change, audit, snapshot) = (loop.connect(), loop.connect(), loop.connect())
        try wait(change, forBans: 9)
        let session = try #require(loop.engine.session(audit.slot))
        loop.engine.begin(.audit, audit.slot, session)
        _ = loop.ask(snapshot, "ban 203.0.113.1 ttl=1h")
        loop.disk = .waiting
        loop.send(snapshot, "snapshot\n")
        loop.engine.begin(at: loop.now)
        loop.beginStop()
        loop.turn()
        #expect(change.take() == [#"ok {"removed":0}"#])
        #expect(
            audit.take() == [
                #"err {"code":"busy","message":"opsd is stopping","hint":"try again when it is back"}"#
            ])
        // The stop takes a snapshot: that one answers.
        #expect(snapshot.take().isEmpty)
        loop.disk = .prompt
        loop.settle()
        #expect(snapshot.take().first?.hasPrefix("ok {\"lsn\":") == true)
        #expect(loop.engine.waiting.isEmpty)
    }

    /// What comes while opsd stops does not begin to wait.
    @Test func nobodyBeginsToWaitAtAStop() throws {
        let client = loop.connect()
        loop.engine.begin(at: loop.now)
        loop.beginStop()
        loop.turn()
        try wait(client, forBans: 9)
        #expect(client.take() == [#"ok {"removed":0}"#])
        #expect(loop.engine.waiting.isEmpty)
    }

    /// A list that is committed is written, and what its client sent after that comes later,
    /// although the client is gone.
    @Test func aListGoesOnWithoutItsClientAndInOrder() {
        let (client, other) = (loop.connect(), loop.connect())
        _ = loop.ask(client, "list begin a")
        for block in 0..<40 {
            let networks = (0..<250).map { "10.0.\(block).\($0)" }.joined(separator: " ")
            _ = loop.ask(client, "list add 1 \(networks)")
        }
        loop.disk = .waiting
        loop.send(client, "list commit 1\n")
        loop.deliver(client, Array("list drop a\n".utf8))
        loop.hangUp(client)
        loop.disk = .prompt
        loop.settle()
        let kinds = loop.announced.map(\.kind)
        #expect(kinds == [.listCommitted, .listDropped])
        #expect(loop.ask(other, "list show").first == #"ok {"lists":[]}"#)
    }

    /// A wait that ends after `serveWaits` gets a turn of its own at once.
    @Test func whatEndsLateInATurnIsToldInTheNext() throws {
        let client = loop.connect()
        _ = loop.ask(client, "ban 203.0.113.1 ttl=1h")
        loop.disk = .waiting
        loop.send(client, "snapshot\n")
        for _ in 0..<10 { loop.turn() }
        loop.takesLogJobs = false
        loop.disk = .prompt
        loop.turn()
        loop.send(loop.connect(), "ban 203.0.113.2 ttl=1h\n")
        #expect(loop.engine.log.isDegraded)
        if !loop.engine.endedWaits.isEmpty { #expect(loop.wantsTurn) }
        loop.turn()
        #expect(client.take().contains { $0.hasPrefix("err {\"code\":\"internal\"") })
    }

    /// The answer is for the session that waited, not for the one that has its slot by then.
    @Test func aSlotUsedAgainHearsNothing() throws {
        let waiting = loop.connect()
        try wait(waiting, forBans: 1)
        loop.engine.begin(at: loop.now)
        loop.engine.end(.change, .success(.removed(7)))
        loop.close(waiting)
        let next = loop.connect()
        #expect(next.slot == waiting.slot)
        loop.settle()
        #expect(next.take().isEmpty)
        #expect(loop.ask(next, "ping") == [#"ok {"pong":true}"#])
    }
}

/// With a real socket and the real poller.
@Suite(.serialized) struct LiveWaitTests {
    @Test func aPeerThatGoesIsNoticedWhileItWaits() throws {
        let scratch = try ScratchDirectory()
        let live = try LiveDaemon(scratch)
        let engine = live.daemon.engine
        _ = try live.ask("ping")
        let slot = try #require(engine.sessions.indices.first { engine.sessions[$0] != nil })
        let session = try #require(engine.session(slot))
        engine.begin(
            Retry(deadline: .max, otherwise: .pong) { _, _ in nil }, slot, session)
        engine.touch(slot)
        try live.daemon.turn()
        #expect(!engine.retries.isEmpty)
        live.hangUp()
        try live.turn { engine.sessionCount == 0 }
        #expect(engine.retries.isEmpty && engine.waiting.isEmpty)
    }

    /// A heavy request is carried out although its client is gone by the time of its turn.
    @Test func aHeavyRequestIsCarriedOutAlthoughItsClientHasGone() throws {
        let scratch = try ScratchDirectory()
        let live = try LiveDaemon(scratch)
        _ = try live.ask("ping")
        let hosts = (1...90).map { "203.0.113.\($0)" }.joined(separator: " ")
        live.send("ban \(hosts) ttl=1h\n")
        live.hangUp()
        try live.turn { live.daemon.engine.sessionCount == 0 }
        #expect(live.daemon.engine.state.guardStats.activeBans == 90)
    }
}
