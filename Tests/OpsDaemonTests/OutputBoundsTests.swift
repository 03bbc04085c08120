// A client that does not read: its replies and its output are bounded, and it is closed in time.

import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct OutputBoundsTests {
    @Test func pendingRepliesPauseReading() throws {
        let loop = FakeLoop.settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.send(client, repeated("check 203.0.113.9", 3_000))
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
        let loop = FakeLoop.settled()
        let client = loop.connect()
        client.room = 0
        loop.send(client, repeated("commands", 64))
        for _ in 0..<64 { loop.turn() }
        let session = try #require(loop.engine.session(client.slot))
        #expect(!session.wantsReading)
        // One reply beyond the bound at most.
        #expect(session.output.count >= SessionBounds.outputBytes)
        #expect(session.output.count < SessionBounds.outputBytes + (1 << 17))
        loop.open(client, room: .max)
        loop.settle()
        #expect(client.take().count == 64)
        #expect(session.wantsReading)
    }

    /// Requests for which there was no room are served in the turn after there is some.
    @Test func leftoversDoNotWaitForATimer() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        client.room = 0
        loop.send(client, repeated("commands", 64))
        for _ in 0..<64 { loop.turn() }
        loop.open(client, room: .max)
        loop.turn()
        #expect(loop.wantsTurn)
    }

    @Test func stalledOutputIsClosed() {
        let loop = FakeLoop.settled()
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
        let loop = FakeLoop.settled()
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

    /// A connection that is to be closed for its last line is closed after all of its replies were
    /// sent, however slowly it reads.
    @Test func whatIsUnsentGoesBeforeAConnectionIsClosed() throws {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        client.room = 0
        let session = try #require(loop.engine.session(client.slot))
        var asked = 0
        while session.output.count < 200 << 10 {
            loop.send(client, "commands\n")
            asked += 1
        }
        loop.send(client, String(repeating: "x", count: 70_000))
        #expect(session.isClosing && !client.isClosed)
        let total = session.output.count
        while client.received < total {
            try #require(!client.isClosed)
            loop.open(client, room: min(30_000, total - client.received))
            loop.settle()
        }
        #expect(client.isClosed)
        let lines = client.take()
        #expect(lines.count == asked + 1)
        #expect(lines.last?.hasPrefix("err {\"code\":\"too-long\"") == true)
    }

    /// What the log holds back is not the client's fault.
    @Test func heldOutputIsNotStalled() {
        let loop = FakeLoop.settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        for _ in 0..<10 {
            loop.advance(9)
            loop.turn()
        }
        #expect(!client.isClosed)
    }
}
