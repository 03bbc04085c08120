// The log's file and thread on a real directory.

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct LogFileTests {
    private let scratch: ScratchDirectory
    private let now = Moment(boot: 5_000_000_000, wall: FakeLoop.newYear)

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("state/wal")
    }

    private func book() -> LogBook {
        LogBook(
            policy: .always, sequence: 0, snapshot: 0, salt: 3, bootID: FakeLoop.bootID, now: now)
    }

    private func write(_ book: inout LogBook, _ file: inout LogFile) {
        book.record(.noted(Note(.reload, .info, "x")), Stamp(moment: now))
        for job in book.nextJobs() {
            guard case .wrote(let batch) = file.perform(job) else {
                Issue.record("not written")
                return
            }
            book.wrote(batch)
        }
    }

    private func isFailed(_ answer: LogAnswer) -> Bool {
        if case .failed = answer { true } else { false }
    }

    @Test func writesWhatReadsBack() throws {
        var book = book()
        var file = LogFile(statePath: scratch.state)
        guard case .opened = file.perform(book.first) else {
            Issue.record("not opened")
            return
        }
        for _ in 0..<10 { write(&book, &file) }
        guard case .synced(10) = file.perform(.sync(sequence: 10)) else {
            Issue.record("not synced")
            return
        }
        let name = "state/" + StateFiles.segment(1)
        #expect(scratch.names("state/wal") == ["00000000000000000001.wal"])
        let bytes = try scratch.bytes(name)
        // Space is reserved ahead; it reads as zeros, which is a clean end.
        #expect(Int64(bytes.count) >= LogFile.reserveBytes)
        var count = 0
        let reading = try LogReader.read(bytes.span) { _, _, _ in count += 1 }
        #expect(count == 10 && reading.ending == .clean)
    }

    @Test func leftSegmentGivesBackItsReserve() throws {
        var book = book()
        var file = LogFile(statePath: scratch.state)
        _ = file.perform(book.first)
        write(&book, &file)
        book.wantSegment(salt: 4, bootID: FakeLoop.bootID, at: now, isDetached: false)
        for job in book.nextJobs() { #expect(!isFailed(file.perform(job))) }
        let bytes = try scratch.bytes("state/" + StateFiles.segment(1))
        let reading = try LogReader.read(bytes.span) { _, _, _ in }
        #expect(UInt64(bytes.count) == reading.goodBytes)
        #expect(scratch.names("state/wal").count == 2)
    }

    @Test func afterAFailureOnlyADetachedSegmentIsOpened() throws {
        var book = book()
        var file = LogFile(statePath: scratch.state)
        _ = file.perform(book.first)
        write(&book, &file)
        scratch.remove("state/wal")
        let header = [UInt8](repeating: 1, count: 64)
        let path = StateFiles.segment(2)
        let batch = LogBatch(bytes: [1], sequence: 2, sync: true)
        #expect(isFailed(file.perform(.open(path: path, header: header, isDetached: false))))
        try scratch.makeDirectory("state/wal")
        #expect(isFailed(file.perform(.write(batch))))
        #expect(isFailed(file.perform(.open(path: path, header: header, isDetached: false))))
        #expect(isFailed(file.perform(.write(batch))))
        #expect(!isFailed(file.perform(.open(path: path, header: header, isDetached: true))))
        #expect(!isFailed(file.perform(.write(batch))))
        #expect(scratch.names("state/wal") == ["00000000000000000002.wal"])
    }

    @Test func withoutASegmentNothingIsWritten() {
        var file = LogFile(statePath: scratch.state)
        #expect(isFailed(file.perform(.write(LogBatch(bytes: [1], sequence: 1, sync: false)))))
    }

    /// A batch larger than the reserve; a leftover of a crash under the temporary name.
    @Test func bigBatchAndLeftover() throws {
        try scratch.write([1, 2, 3], to: "state/wal/00000000000000000001.wal.new")
        var file = LogFile(statePath: scratch.state)
        let header = [UInt8](repeating: 7, count: 64)
        let path = StateFiles.segment(1)
        #expect(!isFailed(file.perform(.open(path: path, header: header, isDetached: false))))
        let big = [UInt8](repeating: 9, count: Int(LogFile.reserveBytes) + 5)
        let batch = LogBatch(bytes: big, sequence: 1, sync: true)
        #expect(!isFailed(file.perform(.write(batch))))
        #expect(Array(try scratch.bytes("state/" + path).prefix(64 + big.count)) == header + big)
        #expect(scratch.names("state/wal") == ["00000000000000000001.wal"])
    }

    @Test func theThreadAnswersInOrder() throws {
        let answers = try Mailbox<LogAnswer>(capacity: 64)
        let thread = try LogThread(statePath: scratch.state, answers: answers)
        var book = book()
        #expect(thread.submit(book.first) == .accepted)
        book.record(.noted(Note(.reload, .info, "x")), Stamp(moment: now))
        book.wantSegment(salt: 4, bootID: FakeLoop.bootID, at: now, isDetached: false)
        for job in book.nextJobs() { #expect(thread.submit(job) == .accepted) }
        let words = try collect(3, from: answers).map { answer in
            switch answer {
            case .opened: "opened"
            case .wrote(let batch): "wrote \(batch.sequence)"
            case .synced(let sequence): "synced \(sequence)"
            case .looked: "looked"
            case .failed(let failure): failure.message
            }
        }
        #expect(words == ["opened", "wrote 1", "opened"])
        thread.stop()
    }
}
