// A sync hangs for long: what gathers meanwhile has a bound, and a client that meets it is told.

import OpsConfig
import OpsCore
import OpsStore
import Testing

@testable import OpsDaemon

@Suite struct FullLogTests {
    private let loop: FakeLoop
    private let client: FakeClient

    init() {
        loop = FakeLoop()
        client = loop.connect()
        loop.engine.log.pendingLimitBytes = 16 << 10
    }

    /// The disk hangs, and bans come in until one is refused; returns how many were accepted.
    private func fill() -> Int {
        loop.disk = .waiting
        loop.send(client, "ban 203.0.113.1\n")
        loop.turn()
        for count in 0..<1_000 {
            if loop.engine.log.isFull { return count }
            loop.send(loop.connect(), "ban 10.0.0.\(count % 250) reason=\"\(count)\"\n")
            loop.turn()
        }
        Issue.record("it never fills")
        return 0
    }

    @Test func changesAreRefusedAtOnce() {
        #expect(fill() > 50)
        let bytes = loop.engine.log.pendingBytes
        for line in [
            "ban 203.0.113.2", "strike 203.0.113.2", "unban 10.0.0.1",
            "ban 203.0.113.3,203.0.113.4",
        ] {
            let other = loop.connect()
            loop.send(other, line + "\n")
            loop.turn()
            #expect(
                other.take().map { $0.hasPrefix("err {\"code\":\"busy\"") } == [true], "\(line)")
        }
        #expect(loop.engine.log.pendingBytes == bytes)
    }

    @Test func theRestIsServed() {
        _ = fill()
        let other = loop.connect()
        loop.send(other, "ping\nhealth\nstatus\n")
        loop.turn()
        #expect(other.take().map { $0.hasPrefix("ok ") } == [true, true, true])
        // A hit that is let through changes nothing durable; its reply waits like any other.
        let third = loop.connect()
        loop.send(third, "hit 198.51.100.7\nclear 198.51.100.7\n")
        loop.turn()
        #expect(third.take().isEmpty)
        loop.disk = .prompt
        loop.settle()
        #expect(third.take().map { $0.hasPrefix("ok ") } == [true, true])
    }

    @Test func whatEndsWaitsAndTheLoopDoesNotSpin() {
        loop.send(client, "ban 192.0.2.1 ttl=1s\n")
        loop.settle()
        _ = fill()
        loop.advance(5)
        let sequence = loop.engine.log.sequence
        loop.turn()
        #expect(loop.engine.log.sequence == sequence)
        #expect(loop.engine.nextDeadline > loop.now.boot)
        loop.disk = .prompt
        loop.settle()
        #expect(loop.announced.map(\.kind).contains(.banExpired))
    }

    @Test func itGoesOnWhenTheDiskAnswers() {
        _ = fill()
        loop.disk = .prompt
        loop.settle()
        #expect(client.take().map { $0.hasPrefix("ok ") } == [true])
        #expect(!loop.engine.log.isFull)
        #expect(loop.ask(client, "ban 203.0.113.2").map { $0.hasPrefix("ok ") } == [true])
        #expect(loop.engine.log.durable == loop.engine.log.sequence)
    }
}
