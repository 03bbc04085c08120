// Files on a disk that is full or fails, and calls that do a part of what they were asked to.

@preconcurrency import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

/// What `body` throws; nil when it does not throw.
private func appendFault(_ body: () throws(AppendFault) -> Void) -> AppendFault? {
    do throws(AppendFault) {
        try body()
        return nil
    } catch {
        return error
    }
}

@Suite struct AppendFileFaultTests {
    /// 1. What comes in pieces is whole.
    @Test(arguments: [1, 3, 7])
    func shortWritesAddUp(_ count: Int) throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        let injection = FaultInjection(.init(.atMost(count), of: "pwrite", times: .max))
        try injection.run { () throws(AppendFault) in
            try log.append(bytes("hello ").span.bytes)
            try log.append(bytes("world").span.bytes)
        }
        #expect(injection.forced.count == (6 + count - 1) / count + (5 + count - 1) / count)
        #expect(log.goodBytes == 11)
        #expect(try content(of: "log", in: scratch.path) == "hello world")
    }

    /// 2. A write that fails half way leaves nothing of the batch, and the file goes on.
    @Test(arguments: [ENOSPC, EDQUOT, EIO, EFBIG])
    func halfABatchIsTakenBack(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        try log.append(bytes("good ").span.bytes)
        try log.reserve(100)
        let injection = FaultInjection(
            .init(.atMost(3), of: "pwrite"), .init(.error(code), of: "pwrite", at: 2))
        injection.run {
            let fault = appendFault { () throws(AppendFault) in
                try log.append(bytes("batch").span.bytes)
            }
            #expect(fault == .refused(Errno(code, "pwrite")))
        }
        #expect(injection.calls == ["pwrite", "pwrite", "ftruncate"])
        #expect(log.goodBytes == 5 && log.reservedBytes == 0)
        #expect(try content(of: "log", in: scratch.path) == "good ")
        try log.append(bytes("more").span.bytes)
        try log.sync()
        #expect(try content(of: "log", in: scratch.path) == "good more")
    }

    /// 3. A write that takes nothing and does not say why is a full disk.
    @Test func aWriteOfNothingIsAFullDisk() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        FaultInjection(.init(.atMost(0), of: "pwrite")).run {
            let fault = appendFault { () throws(AppendFault) in
                try log.append(bytes("batch").span.bytes)
            }
            #expect(fault == .refused(Errno(ENOSPC, "pwrite")))
        }
    }

    /// 4. Where the half cannot be taken back, the file is not used again: no call is made on it.
    @Test func whatCannotBeTakenBackPoisons() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        FaultInjection(.init(.error(ENOSPC), of: "pwrite"), .init(.error(EIO), of: "ftruncate"))
            .run {
                let fault = appendFault { () throws(AppendFault) in
                    try log.append(bytes("batch").span.bytes)
                }
                #expect(fault == .poisoned(Errno(EIO, "ftruncate")))
            }
        expectNoCalls(of: &log, Errno(EIO, "ftruncate"))
    }

    /// 5. A sync that failed is not asked for again, whatever it said: what the kernel still holds
    ///    is unknown, and a second one that succeeds would lie.
    @Test(arguments: [EIO, ENOSPC, EDQUOT, EINTR])
    func aFailedSyncPoisons(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        try log.append(bytes("batch").span.bytes)
        let injection = FaultInjection(.init(.error(code), of: "fdatasync"))
        injection.run {
            let fault = appendFault { () throws(AppendFault) in try log.sync() }
            #expect(fault == .poisoned(Errno(code, "fdatasync")))
        }
        #expect(injection.calls == ["fdatasync"])
        expectNoCalls(of: &log, Errno(code, "fdatasync"))
    }

    private func expectNoCalls(of log: inout AppendFile, _ error: Errno) {
        let quiet = FaultInjection()
        let faults = quiet.run {
            [
                appendFault { () throws(AppendFault) in try log.append(bytes("x").span.bytes) },
                appendFault { () throws(AppendFault) in try log.sync() },
                appendFault { () throws(AppendFault) in try log.reserve(10) },
                appendFault { () throws(AppendFault) in try log.trim() },
            ]
        }
        #expect(faults == [.poisoned(error), .poisoned(error), .poisoned(error), .poisoned(error)])
        #expect(quiet.calls == [])
    }

    /// 6. Room that cannot be reserved is not a fault where the file system cannot reserve, and
    /// leaves nothing reserved where it has.
    @Test func roomThatCannotBeReserved() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        try log.append(bytes("good").span.bytes)
        let without = FaultInjection(.init(.error(EOPNOTSUPP), of: "fallocate"))
        try without.run { () throws(AppendFault) in try log.reserve(100) }
        #expect(without.calls == ["fallocate"] && log.reservedBytes == 0)
        try log.reserve(100)
        FaultInjection(.init(.error(ENOSPC), of: "fallocate")).run {
            let fault = appendFault { () throws(AppendFault) in try log.reserve(1_000) }
            #expect(fault == .refused(Errno(ENOSPC, "fallocate")))
        }
        #expect(log.reservedBytes == 0)
        #expect(try content(of: "log", in: scratch.path) == "good")
        try log.append(bytes("more").span.bytes)
    }

    /// 7. Room that cannot be given back stays, and the file can be used.
    @Test func roomThatCannotBeGivenBack() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        try log.reserve(100)
        FaultInjection(.init(.error(EIO), of: "ftruncate")).run {
            let fault = appendFault { () throws(AppendFault) in try log.trim() }
            #expect(fault == .refused(Errno(EIO, "ftruncate")))
        }
        #expect(log.reservedBytes == 100)
        try log.append(bytes("good").span.bytes)
        try log.trim()
        #expect(try content(of: "log", in: scratch.path) == "good")
    }
}

@Suite struct AtomicFileFaultTests {
    /// 1. What comes in pieces is whole.
    @Test func shortWritesAddUp() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let injection = FaultInjection(.init(.atMost(2), of: "write", times: .max))
        try injection.run { () throws(Errno) in
            var file = try AtomicFile(replacing: "a", in: directory)
            try file.write(bytes("hello").span.bytes)
            try file.commit()
        }
        #expect(injection.forced.count == 3)
        #expect(try content(of: "a", in: scratch.path) == "hello")
    }

    /// 2. A write that takes nothing is an error, not a loop.
    @Test func aWriteOfNothingIsAnError() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let injection = FaultInjection(.init(.atMost(0), of: "write", times: 3))
        injection.run {
            let failed = code { () throws(Errno) in
                var file = try AtomicFile(replacing: "a", in: directory)
                try file.write(bytes("hello").span.bytes)
                try file.commit()
            }
            #expect(failed == EIO)
        }
        #expect(injection.forced == ["write"])
        #expect(try directory.names() == [])
    }

    /// 3. A large file that does not get to the disk while it is written is given up, whichever
    ///    step it is: what sync_file_range(2) has reported, fsync(2) does not report again.
    @Test(arguments: 1...3)
    func aStepThatFailsGivesTheFileUp(_ place: Int) throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        try write("old", to: "a", in: scratch.path)
        let step = [UInt8](repeating: 1, count: Int(AtomicFile.stepBytes))
        let injection = FaultInjection(.init(.error(EIO), of: "sync_file_range", at: place))
        injection.run {
            let failed = code { () throws(Errno) in
                var file = try AtomicFile(replacing: "a", in: directory)
                for _ in 0..<2 { try file.write(step.span.bytes) }
                try file.commit()
            }
            #expect(failed == EIO)
        }
        #expect(injection.forced == ["sync_file_range"] && !injection.calls.contains("fsync"))
        #expect(try directory.names() == ["a"])
        #expect(try content(of: "a", in: scratch.path) == "old")
    }
}

@Suite struct ReadFaultTests {
    /// 1. What comes in pieces is read to its end, also from what has no positions.
    @Test func shortReadsAddUp() throws {
        let scratch = try ScratchDirectory()
        let text = String(repeating: "0123456789", count: 500)
        try write(text, to: "a", in: scratch.path)
        let injection = FaultInjection(.init(.atMost(999), of: "pread", times: .max))
        try injection.run { () throws in
            #expect(try FileReader.bytes(path: scratch.path + "/a") == bytes(text))
            var reader = try FileReader(path: scratch.path + "/a")
            #expect(try reader.bytes() == bytes(text))
        }
        #expect(injection.forced.count > 2 * 5)
        let pipe = FaultInjection(
            .init(.error(ESPIPE), of: "pread"), .init(.error(EAGAIN), of: "read", at: 2),
            .init(.atMost(999), of: "read", times: .max))
        try pipe.run { () throws in
            #expect(try FileReader.bytes(path: scratch.path + "/a") == bytes(text))
        }
        #expect(pipe.calls.starts(with: ["openat", "pread", "read", "read", "poll", "read"]))
    }

    /// 2. A disk that fails half way is an error, and the next reading is whole.
    @Test func halfAFileIsAnError() throws {
        let scratch = try ScratchDirectory()
        try write("0123456789", to: "a", in: scratch.path)
        var reader = try FileReader(path: scratch.path + "/a")
        FaultInjection(.init(.atMost(3), of: "pread"), .init(.error(EIO), of: "pread", at: 2)).run {
            #expect(code { () throws(Errno) in try reader.bytes() } == EIO)
        }
        #expect(try reader.bytes() == bytes("0123456789"))
        var directory = try NumberedEntries(path: scratch.path)
        var numbers: [Int32] = [7]
        FaultInjection(.init(.error(EIO), of: "getdents64")).run {
            let failed = code { () throws(Errno) in try directory.list(into: &numbers, limit: 9) }
            #expect(failed == EIO)
        }
        #expect(numbers == [])
    }

    /// 3. A directory above that may not be read was not ours to put a name into.
    @Test func aNameAboveWhatMayBeReadIsLeftAlone() throws {
        let scratch = try ScratchDirectory()
        let denied = FaultInjection(.init(.error(EACCES), of: "openat"))
        try denied.run { () throws(Errno) in
            try Directory.syncName(ofDirectory: scratch.path)
        }
        #expect(denied.calls == ["openat"])
        FaultInjection(.init(.error(EIO), of: "fsync")).run {
            let failed = code { () throws(Errno) in
                try Directory.syncName(ofDirectory: scratch.path)
            }
            #expect(failed == EIO)
        }
    }

    /// 4. Randomness that comes in pieces is all there.
    @Test func shortRandomnessAddsUp() throws {
        let injection = FaultInjection(.init(.atMost(1), of: "getrandom", times: .max))
        let many = try injection.run { () throws(Errno) in try Random.bytes(64) }
        #expect(many.count == 64 && injection.forced.count == 64)
        #expect(Set(many).count > 8)
    }

    /// 5. An unknown name has several errnos; a buffer that is too small is enlarged.
    @Test func usersThatAreNotThere() throws {
        for code in [ENOENT, ESRCH, EBADF, EPERM] {
            try FaultInjection(.init(.error(code), of: "getpwnam_r")).run { () throws in
                #expect(try Accounts.userID(named: "root") == nil)
            }
        }
        let small = FaultInjection(.init(.error(ERANGE), of: "getpwnam_r", times: 5))
        try small.run { () throws in #expect(try Accounts.userID(named: "root") == 0) }
        let smaller = FaultInjection(.init(.error(ERANGE), of: "getpwnam_r", times: 6))
        smaller.run {
            #expect(code { () throws(Errno) in try Accounts.userID(named: "root") } == ERANGE)
        }
    }
}

@Suite struct LockFaultTests {
    /// 1. A full disk for the pid unlocks nothing; the holder is unknown then.
    @Test(arguments: [ENOSPC, EIO])
    func aLockWithoutAPidHolds(_ code: Int32) throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        try write("99999\n", to: "lock", in: scratch.path)
        let lock = try FaultInjection(.init(.error(code), of: "pwrite")).run {
            () throws(LockFault) in
            try LockFile("lock", in: directory)
        }
        #expect(throws: LockFault.held(pid: nil)) { _ = try LockFile("lock", in: directory) }
        _ = consume lock
    }

    /// 2. Half a pid is not a pid.
    @Test func halfAPidIsNone() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let lock = try FaultInjection(.init(.atMost(1), of: "pwrite")).run { () throws(LockFault) in
            try LockFile("lock", in: directory)
        }
        #expect(throws: LockFault.held(pid: nil)) { _ = try LockFile("lock", in: directory) }
        _ = consume lock
    }

    /// 3. A held lock whose pid cannot be read is held.
    @Test func aHolderThatCannotBeReadHolds() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let lock = try LockFile("lock", in: directory)
        FaultInjection(.init(.error(EIO), of: "pread")).run {
            #expect(throws: LockFault.held(pid: nil)) { _ = try LockFile("lock", in: directory) }
        }
        _ = consume lock
    }
}
