// When snapshots begin, and which of the log's numbers each ends with, while changes go on.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct SnapshotTimingTests {
    /// Changes that never stop: one snapshot an interval, not one each second after the first.
    @Test func changesThatGoOnMakeOneSnapshotAnInterval() {
        let loop = FakeLoop.settled()
        let interval = Int(loop.configuration.store.snapshotIntervalMilliseconds / 1_000)
        let client = loop.connect()
        var number = 0
        func pass(seconds: Int) {
            for _ in 0..<seconds {
                number += 1
                _ = loop.ask(client, "ban 10.0.\(number / 250).\(number % 250) ttl=30d")
                loop.pass(seconds: 1)
            }
        }
        loop.advance(Double(interval))
        pass(seconds: 2)
        #expect(loop.snapshotsFinished == 1)
        loop.advance(Double(interval) - 30)
        pass(seconds: 20)
        #expect(loop.engine.log.changesSinceSnapshot >= 20)
        #expect(loop.snapshotsFinished == 1)
        pass(seconds: 15)
        #expect(loop.snapshotsFinished == 2)
    }

    /// Changes may come between the parts, and a later part shows them.  So the file is whole only
    /// with the log up to the number that was the last when the last part was taken.
    @Test func aSnapshotEndsWithTheNumberOfItsLastPart() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        let log = loop.engine.log
        var progress = Snapshotting(sequence: log.sequence)
        progress.partWritten()
        var atLastPart: UInt64 = 0
        var parts = 0
        while let job = progress.next(loop.engine.state, loop.engine.log, at: loop.now) {
            progress.partWritten()
            switch job {
            case .part:
                parts += 1
                atLastPart = loop.engine.log.sequence
                _ = loop.ask(client, "ban 10.0.\(parts / 250).\(parts % 250) ttl=1h")
            case .finish(let through, _):
                #expect(through == atLastPart)
                #expect(through == log.sequence + UInt64(State.snapshotParts - 1))
            case .begin, .older: Issue.record("it begins twice")
            }
        }
        #expect(parts == State.snapshotParts && progress.isFinishing)
    }
}
