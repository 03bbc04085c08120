// Lines that are too long, too slow or noise.

import OpsConfig
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct LineBoundsTests {
    /// Every line ended in time, although each read ends inside the next one.
    @Test func eachLineHasATimeOfItsOwn() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.send(client, "pi")
        for _ in 0..<5 {
            loop.advance(4)
            loop.send(client, "ng\npi")
        }
        loop.settle()
        #expect(!client.isClosed && client.take().count == 5)
        loop.advance(10.2)
        loop.settle()
        #expect(client.isClosed)
    }

    @Test func lineMustEndInTime() {
        let loop = FakeLoop.settled()
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
        let loop = FakeLoop.settled()
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

    /// As many replies as may wait for the log do, and a line has begun: nothing more is read.
    private func pausedInALine() -> (FakeLoop, FakeClient) {
        let loop = FakeLoop.settled()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.send(client, repeated("check 203.0.113.9", 1_023) + "che")
        for _ in 0..<10 { loop.turn() }
        return (loop, client)
    }

    /// The timer stands still while nothing is read, and goes on with what was left.
    @Test func lineTimeStandsStillWhilePaused() {
        let (loop, client) = pausedInALine()
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
    @Test func halfALineAfterAPauseIsTimed() {
        let (loop, client) = pausedInALine()
        loop.disk = .prompt
        loop.settle()
        loop.advance(10.2)
        loop.settle()
        #expect(client.isClosed)
    }

    /// Half of a line's time is over when reading pauses: the other half is left when it goes on.
    @Test func aPauseLeavesTheRestOfALinesTime() throws {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        loop.send(client, "ping\npi")
        loop.advance(5)
        client.room = 0
        let session = try #require(loop.engine.session(client.slot))
        let line = Array((String(repeating: "r", count: 1_023) + "\n").utf8)
        for _ in 0..<300 { session.output.append { $0 += line } }
        loop.engine.touch(client.slot)
        loop.settle()
        #expect(session.isPaused)
        for _ in 0..<6 {
            loop.advance(9)
            loop.open(client, room: 1)
            loop.settle()
        }
        #expect(!client.isClosed)
        loop.open(client, room: .max)
        loop.settle()
        #expect(!session.isPaused)
        loop.advance(4.8)
        loop.settle()
        #expect(!client.isClosed)
        loop.advance(0.4)
        loop.settle()
        #expect(client.isClosed)
        #expect(client.take().last?.contains("the line did not end") == true)
    }

    @Test func tooLongIsToldAndClosed() {
        var configuration = Configuration()
        configuration.limits.lineBytes = 1_024
        let loop = FakeLoop.settled(configuration)
        let client = loop.connect()
        loop.send(client, "ping\n" + String(repeating: "x", count: 1_025))
        loop.settle()
        let lines = client.take()
        #expect(lines.count == 2)
        #expect(lines[line: 1].hasPrefix("err {\"code\":\"too-long\""))
        #expect(client.isClosed)
        #expect(loop.engine.sessionCount == 0)
    }

    @Test func lineAtTheBoundIsALine() {
        var configuration = Configuration()
        configuration.limits.lineBytes = 1_024
        let loop = FakeLoop.settled(configuration)
        let client = loop.connect()
        #expect(loop.ask(client, String(repeating: "x", count: 1_024)).count == 1)
        #expect(!client.isClosed)
    }

    @Test func noiseIsAnswered() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        var random = SeededGenerator(seed: 3)
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
}
