// Snapshots: the parts from the loop's side, and the file that the thread makes of them.

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct SnapshotTests {
    private let scratch: ScratchDirectory
    private let answers: Mailbox<SnapshotReport>
    private let thread: SnapshotThread

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("state/wal")
        answers = try Mailbox<SnapshotReport>(capacity: 64)
        thread = try SnapshotThread(statePath: scratch.state, ticket: 1, answers: answers)
    }

    private func filled() -> FakeLoop {
        var configuration = Configuration()
        configuration.guard.banFactor = 2
        let loop = FakeLoop(configuration)
        let client = loop.connect()
        for number in 0..<300 {
            loop.send(client, "ban 10.0.\(number / 250).\(number % 250) reason=\"r \(number)\"\n")
            loop.send(client, "strike 10.1.\(number / 250).\(number % 250) source=s\(number % 7)\n")
        }
        loop.send(client, "strike 10.1.0.0 weight=1 reason=again\n")
        // Something of every other table and kind.
        for _ in 0..<3 { loop.send(client, "strike 10.2.0.1 source=s1\n") }
        loop.send(client, "ban 10.3.0.0/16 ttl=2h confirm=60\n")
        loop.send(client, "ban 10.3.0.0/16 ttl=1h source=another\n")
        loop.send(client, "strike 10.2.0.2 place=log:16\n")
        loop.send(client, "slo observe default latency_ms=12 status=200\n")
        loop.send(client, "gate override to=closed ttl=1h reason=test\n")
        loop.send(
            client, "list begin drop ttl=1d\nlist add 1 10.4.0.0/24 10.5.0.1\nlist commit 1\n")
        loop.advance(1)
        loop.settle()
        return loop
    }

    /// What the state of these tests has: comparing a table that is empty here would prove nothing.
    @Test func theStateHasSomethingOfEverything() {
        let state = filled().engine.state
        let image = state.image(at: filled().now)
        #expect(!image.bans.isEmpty && !image.strikes.isEmpty && !image.events.isEmpty)
        #expect(!image.offenses.isEmpty, "offenders")
        #expect(
            (image.bans + image.claims).contains { $0.confirmedDeadline != nil }, "to be confirmed")
        #expect(image.bans.contains { $0.isAutomatic }, "by the rules")
        func has(_ isSo: (DomainEntry) -> Bool) -> Bool { image.entries.contains(where: isSo) }
        #expect(has { if case .list = $0 { true } else { false } }, "lists")
        #expect(has { if case .service(.head) = $0 { true } else { false } }, "objectives")
        #expect(has { if case .place = $0 { true } else { false } }, "the places")
        #expect(!image.claims.isEmpty, "claims that do not decide")
        #expect(has { if case .service(.override) = $0 { true } else { false } }, "the override")
    }

    private func header(_ loop: FakeLoop) -> SnapshotHeader {
        SnapshotHeader(
            sequence: loop.engine.log.sequence, bootID: FakeLoop.bootID, taken: loop.now,
            clockOffset: loop.engine.state.clockOffset,
            lastEventID: loop.engine.state.events.lastID)
    }

    /// One answer a job.
    private func perform(_ job: SnapshotJob) throws -> SnapshotAnswer {
        #expect(thread.submit(job) == .accepted)
        return try collect(1, from: answers)[0].answer
    }

    /// Takes a whole snapshot; returns the last answer.
    private func take(_ loop: FakeLoop, previous: UInt64 = 0) throws -> SnapshotAnswer {
        var progress = Snapshotting(sequence: loop.engine.log.sequence)
        var last = try perform(
            .begin(
                header(loop), SnapshotExtras(), events: loop.engine.state.events.all,
                domains: loop.engine.state.domainImages(.beginning, at: loop.now)))
        progress.partWritten()
        var parts = 0
        while let job = progress.next(loop.engine.state, loop.engine.log, at: loop.now) {
            last = try perform(job)
            progress.partWritten()
            parts += 1
        }
        #expect(parts == State.snapshotParts + 1)
        #expect(progress.isFinishing)
        return last
    }

    private func isFailed(_ answer: SnapshotAnswer) -> Bool {
        if case .failed = answer { true } else { false }
    }

    @Test func fileHoldsTheWholeState() throws {
        let loop = filled()
        guard case .finished(let size) = try take(loop) else {
            Issue.record("not finished")
            return
        }
        #expect(try scratch.bytes("state/snapshot.jsonl").count == Int(size))
        #expect(scratch.names("state") == ["snapshot.jsonl", "wal"])
        let directory = try StateDirectory(path: scratch.state)
        let found = try directory.recover(isForced: false) {
            State(rules: GuardRules(), hashKey: (5, 6), eventCapacity: 1_000)
        }
        #expect(found.outcome.snapshotSequence == loop.engine.log.sequence)
        #expect(found.state.image(at: loop.now) == loop.engine.state.image(at: loop.now))
    }

    @Test func theOneBeforeIsKept() throws {
        let loop = filled()
        _ = try take(loop)
        let first = try scratch.bytes("state/snapshot.jsonl")
        _ = loop.ask(loop.clients[0], "ban 192.0.2.1")
        _ = try take(loop)
        #expect(try scratch.bytes("state/snapshot.previous.jsonl") == first)
        #expect(try scratch.bytes("state/snapshot.jsonl") != first)
        #expect(
            scratch.names("state") == ["snapshot.jsonl", "snapshot.previous.jsonl", "wal"])
    }

    @Test func segmentsThatNobodyNeedsGo() throws {
        for first in [1, 10, 20] as [UInt64] {
            try scratch.write([0], to: "state/" + StateFiles.segment(first))
        }
        let loop = filled()
        var progress = Snapshotting(sequence: 30)
        progress.partWritten()
        _ = try perform(.begin(header(loop), SnapshotExtras(), events: [], domains: []))
        #expect(!isFailed(try perform(.finish(through: 601, previous: 12))))
        #expect(scratch.names("state/wal").count == 2)
        #expect(!scratch.names("state/wal").contains("00000000000000000001.wal"))
    }

    /// A thread that is stopped in the middle removes its file.
    @Test func stoppedLeavesNothing() throws {
        let loop = filled()
        _ = try perform(.begin(header(loop), SnapshotExtras(), events: [], domains: []))
        thread.stop()
        while Set(scratch.names("state")) != ["wal"] {
            _ = try? answers.wait(timeoutMilliseconds: 5)
        }
        #expect(thread.submit(.finish(through: 1, previous: 0)) == .stopped)
        // The next one is whole again.
        let next = try SnapshotThread(statePath: scratch.state, ticket: 2, answers: answers)
        #expect(
            next.submit(.begin(header(loop), SnapshotExtras(), events: [], domains: []))
                == .accepted)
        #expect(try collect(1, from: answers)[0].ticket == 2)
        next.stop()
    }

    @Test func failureIsTold() throws {
        scratch.remove("state")
        #expect(
            isFailed(
                try perform(.begin(header(filled()), SnapshotExtras(), events: [], domains: [])))
        )
    }

    /// Parts go a few at a time, and the end waits for the log.
    @Test func progressIsBounded() {
        let loop = FakeLoop()
        loop.settle()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        let state = loop.engine.state
        var progress = Snapshotting(sequence: 1)
        var handed = 0
        while progress.next(state, loop.engine.log, at: loop.now) != nil { handed += 1 }
        #expect(handed == Snapshotting.partsInFlight - 1)
        while handed < State.snapshotParts {
            progress.partWritten()
            if progress.next(state, loop.engine.log, at: loop.now) != nil { handed += 1 }
        }
        progress.partWritten()
        progress.partWritten()
        #expect(progress.next(state, loop.engine.log, at: loop.now) == nil)
        #expect(progress.through == 1 && progress.wantsSync(loop.engine.log))
        loop.completeJobs()
        #expect(!progress.wantsSync(loop.engine.log))
        guard
            case .finish(through: 1, previous: 0)? = progress.next(
                state, loop.engine.log, at: loop.now)
        else {
            Issue.record("not finished")
            return
        }
        #expect(progress.next(state, loop.engine.log, at: loop.now) == nil)
    }
}
