// Who is served when, among others who ask for much.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct SharesTests {
    private func lines(_ line: String, _ count: Int) -> [UInt8] {
        Array(repeated(line, count).utf8)
    }

    @Test func floodDoesNotStarveAnother() {
        let loop = FakeLoop.settled()
        let flood = loop.connect()
        let calm = loop.connect()
        loop.deliver(flood, lines("ping", 10_000))
        loop.deliver(calm, lines("ping", 1))
        loop.turn()
        #expect(calm.take().count == 1)
        let share = SessionBounds.requestsOnArrival + SessionBounds.requestsPerVisit
        #expect(flood.take().count == share)
        #expect(loop.wantsTurn)
        loop.settle()
        #expect(flood.received == 10_000 * "ok {\"pong\":true}\n".utf8.count)
    }

    /// A hundred floods: a turn ends, and a new connection is served in it.
    @Test func manyFloodsShareATurn() {
        let loop = FakeLoop.settled()
        let floods = (0..<100).map { _ in loop.connect() }
        for flood in floods { loop.deliver(flood, lines("ping", 10_000)) }
        let calm = loop.connect()
        for _ in 0..<10 {
            for flood in floods { _ = flood.take() }
            loop.deliver(calm, lines("ping", 1))
            loop.turn()
            #expect(calm.take().count == 1)
            let served = floods.reduce(0) { $0 + $1.take().count }
            // The first few of all of them came before the line was looked at.
            #expect(
                served <= SessionBounds.requestsPerTurn + SessionBounds.requestsPerVisit
                    + 100 * SessionBounds.requestsOnArrival)
        }
    }

    /// All are served once before any is served twice.
    @Test func theLineIsFair() {
        let loop = FakeLoop.settled()
        let floods = (0..<100).map { _ in loop.connect() }
        for flood in floods { loop.deliver(flood, lines("ping", 10_000)) }
        let perTurn = SessionBounds.requestsPerTurn / SessionBounds.requestsPerVisit
        for _ in 0..<(2 * 100 / perTurn + 2) { loop.turn() }
        let shares = floods.map { $0.take().count }
        #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= SessionBounds.requestsPerVisit)
        #expect((shares.min() ?? 0) > SessionBounds.requestsPerVisit)
    }

    /// Nothing more is read while requests wait: what a peer sends faster than it is served stays
    /// with it.
    @Test func whoIsInLineIsNotRead() throws {
        let loop = FakeLoop.settled()
        let flood = loop.connect()
        loop.deliver(flood, lines("ping", 10_000))
        let session = try #require(loop.engine.session(flood.slot))
        #expect(!session.wantsReading)
        loop.settle()
        #expect(session.wantsReading)
        #expect(flood.take().count == 10_000)
    }

    /// Nor does the time of a half line after them run.
    @Test func aLineBehindOthersIsNotLate() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.deliver(client, lines("ping", 10_000) + Array("pi".utf8))
        loop.advance(30)
        loop.settle()
        #expect(client.take().count == 10_000)
        #expect(!client.isClosed)
        loop.advance(11)
        loop.settle()
        #expect(client.isClosed)
    }

    @Test(arguments: [
        "bans source=nobody limit=1", "strikes", "events", "commands", "metrics history hours=1",
        "detector sources", "detector rules",
    ])
    func heavyRequestsShareATurn(_ line: String) {
        let loop = FakeLoop.settled()
        let clients = (0..<50).map { _ in loop.connect() }
        let calm = loop.connect()
        for client in clients { loop.deliver(client, lines(line, 10)) }
        loop.deliver(calm, lines("ping", 1))
        loop.turn()
        #expect(calm.take().count == 1)
        var answered = clients.map { $0.take().count }
        #expect(answered.reduce(0, +) == SessionBounds.heavyRequestsPerTurn)
        #expect(loop.wantsTurn)
        // Every connection has one reply before any has two.
        for _ in 0..<(50 / SessionBounds.heavyRequestsPerTurn) { loop.turn() }
        for (place, client) in clients.enumerated() { answered[place] += client.take().count }
        #expect(answered.allSatisfy { $0 == 1 || $0 == 2 })
        loop.settle()
        for (place, client) in clients.enumerated() { answered[place] += client.take().count }
        #expect(answered.allSatisfy { $0 == 10 })
    }

    /// Replies keep their order, whichever line their requests waited in.
    @Test func orderIsKept() {
        let loop = FakeLoop.settled()
        let other = loop.connect()
        let client = loop.connect()
        loop.deliver(other, lines("bans", 20))
        loop.deliver(client, Array("ping\nbans\nban 203.0.113.9\nbans\nversion\n".utf8))
        loop.settle()
        let replies = client.take()
        #expect(replies.count == 5)
        let marks = ["pong", "\"bans\":[]", "\"banned\":true", "\"bans\":[{", "version"]
        for (reply, mark) in zip(replies, marks) { #expect(reply.contains(mark)) }
    }

    /// Peers that are gone leave nothing in a line, and their slot may be used again at once.
    @Test func whoLeavesIsForgotten() {
        let loop = FakeLoop.settled()
        let first = (0..<20).map { _ in loop.connect() }
        for client in first { loop.deliver(client, lines("bans", 5)) }
        for client in first { loop.close(client) }
        let second = (0..<20).map { _ in loop.connect() }
        for client in second { loop.deliver(client, lines("ping", 1)) }
        loop.settle()
        #expect(second.allSatisfy { $0.take() == ["ok {\"pong\":true}"] })
        #expect(loop.engine.heavy.isEmpty && loop.engine.unserved.isEmpty)
    }

    /// Many addresses in one request make it a heavy one.
    @Test func manyTargetsAreHeavy() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        let targets = (0..<250).map { "10.0.0.\($0)" }.joined(separator: " ")
        for verb in ["check", "ban", "unban"] {
            loop.deliver(client, lines("\(verb) \(targets)", 10))
            loop.turn()
            #expect(client.take().count <= SessionBounds.heavyRequestsPerTurn)
            loop.settle()
            _ = client.take()
        }
    }

    /// A peer that has sent all it had is answered to the last request before it is closed.
    @Test func finishedPeerInLineIsAnswered() {
        let loop = FakeLoop.settled()
        let other = loop.connect()
        loop.deliver(other, lines("bans", 50))
        let client = loop.connect()
        loop.deliver(client, lines("bans", 3))
        loop.finish(client)
        loop.settle()
        #expect(client.take().count == 3)
        #expect(client.isClosed)
    }
}

@Suite struct SlotLineTests {
    @Test func firstComeFirstServedOnce() {
        var queue = SlotLine()
        for slot in [3, 1, 3, 2, 1] { queue.append(slot) }
        #expect(queue.count == 3)
        queue.remove(1)
        #expect(queue.contains { $0 == 2 } && !queue.contains { $0 == 1 })
        #expect(queue.popFirst() == 3)
        queue.append(3)
        queue.append(1)
        #expect(queue.popFirst() == 2)
        #expect(queue.popFirst() == 3)
        #expect(queue.popFirst() == 1)
        #expect(queue.popFirst() == nil)
        #expect(queue.isEmpty)
    }
}
