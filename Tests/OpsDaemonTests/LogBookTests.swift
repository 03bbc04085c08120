// LogBook: what it hands to the writer, in what order, and what it considers safe.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct LogBookTests {
    private let now = Moment(boot: 5_000_000_000, wall: FakeLoop.newYear)

    private func book(
        _ policy: Configuration.Store.Fsync = .always, sequence: UInt64 = 0
    ) -> LogBook {
        LogBook(
            policy: policy, sequence: sequence, snapshot: 0, salt: 3, bootID: FakeLoop.bootID,
            now: now)
    }

    private func note(_ book: inout LogBook) {
        book.record(.noted(Note(.reload, .info, "x")), Stamp(moment: now))
    }

    /// Does jobs as a good disk would.
    private func finish(_ jobs: [LogJob], _ book: inout LogBook) {
        for job in jobs {
            switch job {
            case .open: book.opened()
            case .write(let batch): book.wrote(batch)
            case .sync(let sequence): book.synced(through: sequence)
            case .look: break
            }
        }
    }

    @Test func firstSegmentGoesOnBehindWhatWasRecovered() {
        #expect(book(sequence: 41).first.words == "open \(StateFiles.segment(42))")
        #expect(book(sequence: 41).safe == 41)
    }

    @Test func whatGathersIsOneBatch() {
        var book = book()
        for _ in 0..<3 { note(&book) }
        let jobs = book.nextJobs()
        #expect(jobs.map(\.words) == ["write 3 sync"])
        for _ in 0..<2 { note(&book) }
        #expect(book.nextJobs().isEmpty)
        #expect(book.safe == 0)
        finish(jobs, &book)
        #expect(book.safe == 3)
        #expect(book.nextJobs().map(\.words) == ["write 5 sync"])
    }

    /// When the log falls idle, a lone mark without a sync, once.
    @Test func loneMark() {
        var book = book()
        note(&book)
        finish(book.nextJobs(), &book)
        #expect(!book.nextJobs().isEmpty)
        var idle = book
        finish(idle.nextJobs(), &idle)
        let other = self.book()
        #expect(other.isSettled)
        #expect(book.safe == 1)
    }

    @Test func markIsOnceAndUnsynced() {
        var book = book()
        note(&book)
        finish(book.nextJobs(), &book)
        let mark = book.nextJobs()
        #expect(mark.map(\.words) == ["write 1"])
        finish(mark, &book)
        #expect(book.nextJobs().isEmpty)
        #expect(book.isSettled)
    }

    @Test(arguments: [Configuration.Store.Fsync.everysec, .no])
    func withoutFsyncNoMarkAndNoSync(_ policy: Configuration.Store.Fsync) {
        var book = book(policy)
        note(&book)
        let jobs = book.nextJobs()
        #expect(jobs.map(\.words) == ["write 1"])
        finish(jobs, &book)
        #expect(book.safe == 1 && book.durable == 0)
        #expect(book.nextJobs().isEmpty)
        let sync = book.syncJob()
        #expect(sync?.words == "sync 1")
        if let sync { finish([sync], &book) }
        #expect(book.durable == 1)
        #expect(book.syncJob() == nil)
    }

    /// A sync asked for while the thread is busy comes with the next jobs, with changes or without.
    @Test(arguments: [false, true]) func syncIsPutOff(_ isBusy: Bool) {
        var book = book(.everysec)
        note(&book)
        let jobs = book.nextJobs()
        #expect(book.syncJob() == nil)
        if isBusy { note(&book) }
        finish(jobs, &book)
        #expect(book.nextJobs().map(\.words) == [isBusy ? "write 2 sync" : "sync 1"])
    }

    /// How a reader judges a log of these jobs' bytes when a byte of its first record is changed.
    private func endingWithTheFirstRecordDamaged(_ jobs: [LogJob]) throws -> LogEnding {
        var bytes: [UInt8] = []
        for job in jobs {
            switch job {
            case .open(_, let header, _): bytes += header
            case .write(let batch): bytes += batch.bytes
            case .sync, .look: break
            }
        }
        #expect(try LogReader.read(bytes.span) { _, _, _ in }.ending == .clean)
        // The mark that a batch begins with is 48 bytes; this is in the record after it.
        bytes[SegmentHeader.bytes + 48 + 30] ^= 1
        return try LogReader.read(bytes.span) { _, _, _ in }.ending
    }

    /// A mark names what is durable.  Under `everysec` a record that was written and never synced
    /// may be torn while one after it is whole, and that must not look like damage; after a sync it
    /// is damage.
    @Test(arguments: [false, true]) func aMarkNamesWhatIsDurable(_ isSynced: Bool) throws {
        var book = book(.everysec)
        var jobs = [book.first]
        for isLast in [false, true] {
            note(&book)
            let batch = book.nextJobs()
            finish(batch, &book)
            jobs += batch
            if isSynced, !isLast, let sync = book.syncJob() { finish([sync], &book) }
        }
        #expect(book.written == 2 && book.durable == (isSynced ? 1 : 0))
        switch try endingWithTheFirstRecordDamaged(jobs) {
        case .refused: #expect(isSynced)
        case .torn: #expect(!isSynced)
        case .clean: Issue.record("the damage was not noticed")
        }
    }

    /// The old segment is durable before the new one is made.
    @Test(arguments: [Configuration.Store.Fsync.always, .everysec, .no])
    func rotation(_ policy: Configuration.Store.Fsync) {
        var book = book(policy)
        note(&book)
        book.wantSegment(salt: 5, bootID: FakeLoop.bootID, at: now, isDetached: false)
        let jobs = book.nextJobs()
        #expect(jobs.map(\.words) == ["write 1 sync", "open \(StateFiles.segment(2))"])
        note(&book)
        #expect(book.nextJobs().isEmpty)
        finish(jobs, &book)
        #expect(book.nextJobs().map(\.words).first?.hasPrefix("write 2") == true)
    }

    /// Written but not synced, and nothing new: the rotation syncs all the same.
    @Test func rotationSyncsWhatWasOnlyWritten() {
        var book = book(.no)
        note(&book)
        finish(book.nextJobs(), &book)
        book.wantSegment(salt: 5, bootID: FakeLoop.bootID, at: now, isDetached: false)
        #expect(
            book.nextJobs().map(\.words) == ["write 1 sync", "open \(StateFiles.segment(2))"])
    }

    @Test func failureOfARotationAnswersForBothJobs() {
        var book = book()
        note(&book)
        book.wantSegment(salt: 5, bootID: FakeLoop.bootID, at: now, isDetached: false)
        #expect(book.nextJobs().count == 2)
        book.failed()
        book.degrade("x", at: 1)
        book.failed()
        note(&book)
        #expect(book.nextJobs().isEmpty)
        #expect(book.safe == .max && book.isDegraded && !book.isRecording)
        book.wantSegment(salt: 5, bootID: FakeLoop.bootID, at: now, isDetached: true)
        #expect(book.nextJobs().map(\.words) == ["open \(StateFiles.segment(3)) detached"])
    }

    @Test func countsSinceTheSnapshot() {
        var book = book()
        for _ in 0..<4 { note(&book) }
        #expect(book.changesSinceSnapshot == 4 && book.bytesSinceSnapshot > 0)
        book.snapshotBegan()
        #expect(book.changesSinceSnapshot == 0 && book.bytesSinceSnapshot == 0)
    }

    @Test func snapshotEndsOnlyWithADurableLog() {
        let loop = FakeLoop()
        loop.settle()
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\nsnapshot\n")
        for _ in 0..<400 { loop.turn() }
        #expect(loop.snapshotsFinished == 0)
        #expect(loop.snapshotting?.through == 1)
        loop.completeJobs()
        loop.settle()
        #expect(loop.snapshotsFinished == 1)
        loop.disk = .prompt
        loop.settle()
        #expect(client.take().last == "ok {\"lsn\":1}")
    }

    /// Every record that was handed to the disk reads back, in order, whatever the turns were.
    @Test(arguments: 1...5) func filesReadBack(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let loop = FakeLoop()
        let client = loop.connect()
        for _ in 0..<200 {
            loop.disk = Bool.random(using: &random) ? .prompt : .waiting
            let host = Int.random(in: 1...30, using: &random)
            let verb = ["ban", "unban", "strike", "clear"].randomElement(using: &random) ?? ""
            loop.send(client, "\(verb) 203.0.113.\(host)\n")
            if Int.random(in: 0..<40, using: &random) == 0 { try? loop.beginSnapshot() }
        }
        loop.disk = .prompt
        loop.settle()
        var sequences: [UInt64] = []
        for path in loop.files.keys.sorted() {
            let bytes = try #require(loop.files[path])
            let reading = try LogReader.read(bytes.span) { sequence, _, _ in
                sequences.append(sequence)
            }
            #expect(reading.ending == .clean)
        }
        #expect(loop.files.count > 1)
        #expect(sequences == Array(1...loop.engine.log.sequence))
    }
}
