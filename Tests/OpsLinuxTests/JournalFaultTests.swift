// Entries on their way to journald, when the kernel says no.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

@Suite struct JournalFaultTests {
    private let small = JournalEntry(.info, "small")
    private var large: JournalEntry {
        var entry = JournalEntry(.info, "large")
        entry.add("OPSD_PADDING", String(repeating: "x", count: 900_000))
        return entry
    }

    /// 1. Errnos that say "later": the entry waits, and goes with the next flush, in order.
    @Test(arguments: [EAGAIN, ECONNREFUSED, ECONNRESET, ENOTCONN, EDESTADDRREQ, EPIPE, ENOENT])
    func anEntryWaits(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        // Gone, and gone again with a new connection.
        FaultInjection(.init(.error(code), of: "send", times: 2)).run { journal.send(small) }
        #expect(journal.queuedEntries == 1 && journal.droppedEntries == 0)
        #expect(journal.wantsWriting == (code == EAGAIN))
        journal.send(JournalEntry(.info, "second"))
        journal.flush()
        #expect(try inbox.receive().payload == small.bytes)
        #expect(try inbox.receive().payload == JournalEntry(.info, "second").bytes)
        #expect(journal.queuedEntries == 0 && journal.droppedEntries == 0)
    }

    /// 2. journald was restarted: one new connection, and the entry is sent at once.
    @Test func aNewConnectionIsTriedOnce() throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        let injection = FaultInjection(.init(.error(ECONNREFUSED), of: "send"))
        injection.run { journal.send(small) }
        #expect(injection.calls == ["send", "connect", "send"])
        #expect(try inbox.receive().payload == small.bytes)
        let gone = FaultInjection(
            .init(.error(ECONNREFUSED), of: "send", times: .max),
            .init(.error(ECONNREFUSED), of: "connect", at: 2, times: .max))
        gone.run {
            journal.send(small)
            journal.flush()
        }
        #expect(gone.calls == ["send", "connect", "send", "connect"])
        #expect(journal.queuedEntries == 1 && !journal.wantsWriting)
    }

    /// 3. An entry that cannot be sent in any way is dropped and counted, and does not delay the
    ///    next one.
    @Test(arguments: [EIO, ENOMEM, EPERM])
    func anEntryThatIsRefusedIsDropped(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        FaultInjection(.init(.error(code), of: "send")).run {
            journal.send(small)
            journal.send(JournalEntry(.info, "second"))
        }
        #expect(journal.droppedEntries == 1 && journal.queuedEntries == 0)
        #expect(try inbox.receive().payload == JournalEntry(.info, "second").bytes)
    }

    /// 4. A large one goes as a file in memory; what fails on that way drops it.
    @Test(arguments: ["memfd_create", "write", "fcntl(F_ADD_SEALS)", "sendmsg"])
    func aLargeEntryIsDropped(_ call: String) throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        for code in [EMFILE, ENFILE, ENOSPC, ENOMEM, EIO] {
            let injection = FaultInjection(.init(.error(code), of: call))
            injection.run { journal.send(large) }
            #expect(injection.forced == [call])
        }
        #expect(journal.droppedEntries == 5 && journal.queuedEntries == 0)
        // A signal at each call drops nothing, nor does a file that is written in pieces.
        let signals = FaultInjection(
            .init(.error(EINTR), of: call), .init(.atMost(300_000), of: "write", times: .max))
        signals.run { journal.send(large) }
        #expect(try inbox.receive().carried == large.bytes)
        #expect(try inbox.receiveNow() == nil)
    }

    /// 5. A large one that finds no room waits, as a small one does.
    @Test func aLargeEntryWaits() throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try Journal(path: inbox.path)
        FaultInjection(.init(.error(EAGAIN), of: "sendmsg")).run { journal.send(large) }
        #expect(journal.wantsWriting && journal.queuedEntries == 1)
        journal.flush()
        #expect(try inbox.receive().carried == large.bytes)
    }

    /// 6. It works whether journald is there or not: a connection that fails is tried again.
    @Test(arguments: [EIO, ENOENT, ECONNREFUSED, EACCES])
    func aConnectionThatFails(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let inbox = try DatagramInbox(scratch.path + "/socket")
        var journal = try FaultInjection(.init(.error(code), of: "connect")).run {
            () throws(SocketFault) in try Journal(path: inbox.path)
        }
        journal.send(small)
        #expect(journal.queuedEntries == 1 && !journal.wantsWriting)
        journal.flush()
        #expect(try inbox.receive().payload == small.bytes)
    }
}
