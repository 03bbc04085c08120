// The seam itself: which calls it has go wrong, and whose.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

/// A pipe that is closed with its owner; to read what is not there is an error.
private struct Pipe: ~Copyable {
    let read: Descriptor
    let write: Descriptor

    init() throws {
        let ends = try makePipe()
        try Syscalls.setNonBlocking(ends.read)
        read = Descriptor(owning: ends.read)
        write = Descriptor(owning: ends.write)
    }
}

@Suite(.timeLimit(.minutes(1))) struct FaultInjectionTests {
    /// What a write of each of three bytes came to: 0, or the errno.
    private func writeThree(_ pipe: borrowing Pipe) -> [Int32] {
        (0..<3).map { _ in
            code { () throws(Errno) in try pipe.write.writeAll(bytes("x").span.bytes) }
        }
    }

    @Test func theKthCallFailsAndNoOther() throws {
        let pipe = try Pipe()
        for place in 1...3 {
            let injection = FaultInjection(.init(.error(EIO), of: "write", at: place))
            let came = injection.run { writeThree(pipe) }
            #expect(came == (1...3).map { $0 == place ? EIO : 0 })
            #expect(injection.calls == ["write", "write", "write"])
            #expect(injection.forced == ["write"])
        }
        let twice = FaultInjection(.init(.error(ENOSPC), of: "write", "fsync", at: 2, times: 2))
        #expect(twice.run { writeThree(pipe) } == [0, ENOSPC, ENOSPC])
        let other = FaultInjection(.init(.error(EIO), of: "pwrite"))
        #expect(other.run { writeThree(pipe) } == [0, 0, 0] && other.forced.isEmpty)
        #expect(FaultInjection(.init(.error(EIO), at: 3)).run { writeThree(pipe) } == [0, 0, EIO])
        var buffer = [UInt8](repeating: 0, count: 64)
        // A call that fails is not made.
        #expect(try pipe.read.read(into: &buffer) == 6 + 1 + 3 + 2)
    }

    @Test func anInterruptedCallIsMadeAnew() throws {
        let pipe = try Pipe()
        let injection = FaultInjection(.init(.error(EINTR), of: "write", times: 2))
        #expect(injection.run { writeThree(pipe) } == [0, 0, 0])
        #expect(injection.calls.count == 5 && injection.forced.count == 2)
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(try pipe.read.read(into: &buffer) == 3)
    }

    @Test func aCallMovesFewerBytes() throws {
        let pipe = try Pipe()
        let injection = FaultInjection(
            .init(.atMost(3), of: "write"), .init(.atMost(2), of: "read", times: .max))
        try injection.run { () throws in
            #expect(try pipe.write.write(bytes("hello").span.bytes) == 3)
            #expect(try pipe.write.write(bytes("lo").span.bytes) == 2)
            var buffer = [UInt8](repeating: 0, count: 64)
            #expect(try pipe.read.read(into: &buffer) == 2)
            #expect(try pipe.read.read(into: &buffer, at: 2) == 2)
            #expect(buffer[..<4] == bytes("hell")[...])
        }
    }

    @Test func itHoldsNoLongerThanItRunsAndTheInnerOneFirst() throws {
        let pipe = try Pipe()
        let outer = FaultInjection(.init(.error(EIO), of: "write", times: .max))
        outer.run {
            #expect(writeThree(pipe) == [EIO, EIO, EIO])
            #expect(FaultInjection().run { writeThree(pipe) } == [0, 0, 0])
            #expect(throws: Errno(ENOSPC, "write")) {
                try FaultInjection(.init(.error(ENOSPC))).run {
                    try pipe.write.writeAll(bytes("x").span.bytes)
                }
            }
            #expect(writeThree(pipe) == [EIO, EIO, EIO])
        }
        #expect(writeThree(pipe) == [0, 0, 0])
    }

    /// Threads that were there before are left alone, those that start under it are not.
    @Test func itHoldsOnThreadsThatStartMeanwhile() throws {
        let answers = try Mailbox<Int32>(capacity: 8)
        func worker() throws(Errno) -> Worker<Int, Int32> {
            try Worker(
                name: "injected", queueLimitJobs: 4, answers: answers, makeState: { 0 },
                work: { (_: inout Int, _: Int) -> Int32 in
                    code { () throws(Errno) in try Random.word() }
                })
        }
        let before = try worker()
        #expect(before.submit(0) == .accepted)
        #expect(try collect(1, from: answers) == [0])

        let fault = FaultInjection.Fault(.error(EIO), of: "getrandom", times: .max, on: .started)
        let injection = FaultInjection(fault)
        let meanwhile = try worker()
        try injection.run { () throws in
            #expect(before.submit(0) == .accepted)
            #expect(try collect(1, from: answers) == [0])
            #expect(meanwhile.submit(0) == .accepted)
            #expect(try collect(1, from: answers) == [EIO])
            // Not for the one that runs it.
            #expect(code { () throws(Errno) in try Random.word() } == 0)
        }
        // It stays with the thread that it was given to.
        #expect(meanwhile.submit(0) == .accepted)
        #expect(try collect(1, from: answers) == [EIO])
        before.stop()
        meanwhile.stop()
    }
}
