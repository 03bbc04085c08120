// The most that one turn does, so that nobody starves; and how sessions end.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct TurnBoundsTests {
    @Test func expiryGoesInSlices() {
        let loop = FakeLoop.settled()
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
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.deliver(client, Array(repeated("ban 203.0.113.9", 1_000).utf8))
        loop.finish(client)
        loop.settle()
        #expect(client.take().count == 1_000)
        #expect(client.isClosed)
    }

    @Test func finishedPeerWithHalfALineIsClosed() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.send(client, "ping\npi")
        loop.finish(client)
        loop.settle()
        #expect(client.take().count == 1)
        #expect(client.isClosed)
    }

    @Test func sessionsGoWithoutATrace() {
        let loop = FakeLoop.settled()
        for round in 0..<200 {
            let client = loop.connect(uid: UInt32(round % 3 + 1), role: .admin)
            loop.send(client, "ban 203.0.113.9\nwatch\npi")
            loop.close(client)
        }
        loop.settle()
        #expect(loop.engine.sessionCount == 0)
        #expect(loop.clients.count == 1)
    }

    /// No more than the limit in any window; the hit after it is 429 and a strike.
    @Test func hundredHitsAndOne() {
        let loop = FakeLoop.settled()
        let client = loop.connect(uid: 1_000, role: .report)
        loop.send(client, repeated("hit 203.0.113.9", 101))
        loop.settle()
        let replies = client.take()
        #expect(replies.prefix(100).allSatisfy { $0.contains("\"allowed\":true") })
        #expect(replies.count == 101)
        let last = replies.last ?? ""
        #expect(last.contains("\"status\":429") && last.contains("\"strikes\":1"))
        #expect(last.contains("\"retry_after_seconds\":"))
    }
}
