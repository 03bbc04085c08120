// The book alone, without a thread and without a kernel.

import OpsCore
import OpsLinux
import Testing

@testable import OpsDaemon

@Suite struct KernelBookTests {
    private let one = Network(ipv4: 0xcb00_7109)
    private let other = Network(ipv4: 0xcb00_710a)
    private let noRoom = Errno(105, "nf_tables")

    /// A book whose table is built.
    private func book() -> KernelBook {
        var book = KernelBook()
        book.rebuilt(nil)
        return book
    }

    private func at(_ milliseconds: Int64) -> Moment {
        Moment(boot: milliseconds * 1_000_000, wall: 0)
    }

    /// The ticket of the batch that is handed over, and what is in it.
    private func handOver(_ book: inout KernelBook, _ now: Moment) throws -> (UInt64, [Network]) {
        guard case .change(let ticket, let changes)? = book.nextJob(at: now) else {
            throw NoBatch()
        }
        return (ticket, changes.map(\.network).sorted())
    }

    private struct NoBatch: Error {}

    @Test func anAnswerEndsTheDoubtOfWhatWasInIt() throws {
        var book = book()
        book.note(one, 5, at: at(0))
        #expect(book.standing(of: one) == .pending && book.standing(of: other) == .enforced)
        let (ticket, networks) = try handOver(&book, at(0))
        #expect(networks == [one] && book.standing(of: one) == .pending)
        book.changed(ticket, nil)
        #expect(book.standing(of: one) == .enforced && book.answered == ticket)
    }

    @Test func anAnswerOfAnOlderBatchEndsNoDoubt() throws {
        var book = book()
        book.note(one, 5, at: at(0))
        book.note(other, 5, at: at(0))
        let (first, _) = try handOver(&book, at(0))
        // While it is with the thread, the same network changes again.
        book.note(one, 9, at: at(1))
        #expect(book.nextJob(at: at(1)) == nil, "one batch at a time")
        book.changed(first, nil)
        #expect(book.standing(of: one) == .pending)
        #expect(book.standing(of: other) == .enforced)
        #expect(book.answered == first && book.ticket > first)
        let (second, networks) = try handOver(&book, at(2))
        #expect(second > first && networks == [one])
        #expect(book.standing(of: one) == .pending)
        // Nor does an answer that comes again, or one to a batch that was never handed over.
        for stray in [first, second + 1, 0] { book.changed(stray, nil) }
        #expect(book.standing(of: one) == .pending && book.answered == first)
        book.changed(second, nil)
        #expect(book.standing(of: one) == .enforced && book.answered == second)
    }

    @Test func aRefusalOfAnOlderBatchIsNotThatOfTheNext() throws {
        var book = book()
        book.note(one, 5, at: at(0))
        book.note(other, 5, at: at(0))
        let (first, _) = try handOver(&book, at(0))
        book.note(one, nil, at: at(1))
        book.changed(first, noRoom)
        #expect(book.standing(of: one) == .pending)
        #expect(book.standing(of: other) == .refused("ENOBUFS"))
        #expect(book.hasRefusals)
        let (second, _) = try handOver(&book, at(2))
        book.changed(second, nil)
        #expect(book.standing(of: one) == .enforced)
        // What was refused stays in doubt until a table holds it.
        #expect(book.standing(of: other) == .refused("ENOBUFS"))
        book.rebuilt(nil)
        #expect(book.standing(of: other) == .enforced && !book.hasRefusals)
    }

    @Test func aRebuiltTableEndsNoDoubtOfWhatIsUnderWay() throws {
        var book = book()
        book.note(one, 5, at: at(0))
        let (first, _) = try handOver(&book, at(0))
        book.note(other, 5, at: at(0))
        book.rebuilt(nil)
        #expect(book.standing(of: one) == .pending && book.standing(of: other) == .pending)
        book.changed(first, nil)
        #expect(book.standing(of: one) == .enforced && book.standing(of: other) == .pending)
    }

    @Test func aLateAnswerIsADoubtUntilItComes() throws {
        var book = book()
        book.note(one, 5, at: at(0))
        let (first, _) = try handOver(&book, at(10))
        #expect(book.deadline == KernelBook.patience)
        #expect(book.overdue(at: at(999)) == nil)
        #expect(book.overdue(at: at(1_000)) == first && book.answered == first)
        #expect(book.standing(of: one) == .refused(KernelBook.late.name))
        #expect(book.overdue(at: at(2_000)) == nil, "told once")
        book.changed(first, nil)
        #expect(book.standing(of: one) == .enforced)
    }
}
