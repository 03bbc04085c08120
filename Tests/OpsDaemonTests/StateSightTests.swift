// What the log's thread sees of a state directory that somebody tampers with while the daemon runs.

@preconcurrency import Glibc
import OpsConfig
import OpsCore
import OpsLinux
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct StateSightTests {
    private let scratch: ScratchDirectory
    private let now = Moment(boot: 5_000_000_000, wall: FakeLoop.newYear)
    private let whole = LogNeeds(snapshot: 0, isWhole: true)

    init() throws { scratch = try ScratchDirectory() }

    /// A log whose open segment begins at 3, with another one before it and a snapshot.
    private func log(_ directory: borrowing StateDirectory) throws -> LogFile {
        var file = LogFile(statePath: scratch.state, lock: try directory.heldLock())
        for first in [1, 3] as [UInt64] {
            #expect(file.perform(opening(first)).isGood)
            #expect(file.perform(.write(batch(first))).isGood)
        }
        try scratch.write([1], to: "state/" + StateFiles.snapshot)
        return file
    }

    private func opening(_ first: UInt64, isDetached: Bool = false) -> LogJob {
        .open(
            path: StateFiles.segment(first), header: [UInt8](repeating: 7, count: 64),
            isDetached: isDetached)
    }

    private func batch(_ sequence: UInt64) -> LogBatch {
        LogBatch(bytes: [1, 2, 3], sequence: sequence, sync: true)
    }

    private func look(_ file: inout LogFile, _ needs: LogNeeds? = nil) -> LogSight {
        guard case .looked(let sight) = file.perform(.look(needs ?? whole)) else {
            Issue.record("not looked")
            return LogSight()
        }
        return sight
    }

    /// What is done to the directory, and what is then said of it.
    private struct Harm: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var snapshot: UInt64 = 0
        let said: String
        let body: @Sendable (ScratchDirectory) throws -> Void
    }

    private static let older = "state/" + StateFiles.segment(1)
    private static let open = "state/" + StateFiles.segment(3)

    private static let harms = [
        Harm(testDescription: "the open segment is removed", said: "3.wal was removed") {
            $0.remove(open)
        },
        Harm(testDescription: "it is renamed", said: "3.wal was removed") {
            try $0.rename(open, to: "state/wal/old")
        },
        Harm(testDescription: "it is replaced", said: "3.wal was replaced by another file") {
            let bytes = try $0.bytes(open)
            try $0.rename(open, to: "state/wal/old")
            try $0.write(bytes, to: open)
        },
        Harm(testDescription: "it is cut", said: "3.wal was cut to 5 bytes; it had 67") {
            try $0.write([1, 2, 3, 4, 5], to: open)
        },
        Harm(testDescription: "an earlier one is removed", said: "1.wal was removed") {
            $0.remove(older)
        },
        Harm(testDescription: "an earlier one is cut", said: "1.wal was cut to 1 bytes") {
            try $0.write([1], to: older)
        },
        Harm(testDescription: "wal is removed", said: "/wal was removed") {
            $0.remove("state/wal")
        },
        Harm(testDescription: "wal is a link", said: "/wal is not a directory any more") {
            try $0.rename("state/wal", to: "elsewhere")
            symlink($0.path + "/elsewhere", $0.path + "/state/wal")
        },
        Harm(testDescription: "wal is a file", said: "/wal is not a directory any more") {
            try $0.rename("state/wal", to: "elsewhere")
            try $0.write([], to: "state/wal")
        },
        Harm(testDescription: "wal is another directory", said: "3.wal was removed") {
            try $0.rename("state/wal", to: "elsewhere")
            try $0.makeDirectory("state/wal")
        },
        Harm(testDescription: "the state is removed", said: "/state was removed") {
            $0.remove("state")
        },
        Harm(testDescription: "the state is renamed", said: "/state was removed") {
            try $0.rename("state", to: "elsewhere")
        },
        Harm(testDescription: "the state is a file", said: "/state is not a directory any more") {
            try $0.rename("state", to: "elsewhere")
            try $0.write([], to: "state")
        },
        Harm(
            testDescription: "the snapshot is removed", snapshot: 1,
            said: "snapshot.jsonl was removed"
        ) { $0.remove("state/" + StateFiles.snapshot) },
        Harm(
            testDescription: "the snapshot is a directory", snapshot: 1,
            said: "snapshot.jsonl is not a regular file any more"
        ) {
            $0.remove("state/" + StateFiles.snapshot)
            try $0.makeDirectory("state/" + StateFiles.snapshot)
        },
    ]

    @Test(arguments: harms) private func whatIsGoneIsSeen(_ harm: Harm) throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        let needs = LogNeeds(snapshot: harm.snapshot, isWhole: true)
        #expect(look(&file, needs).fault == nil)
        try harm.body(scratch)
        let fault = try #require(look(&file, needs).fault)
        #expect(fault.message.contains(harm.said), "\(fault.message)")
        #expect(fault.message.contains(scratch.state), "\(fault.message)")
        #expect(!fault.isUsurped)
        // Not one more byte goes to it.
        #expect(!file.perform(.write(batch(4))).isGood)
        #expect(!file.perform(opening(4)).isGood)
        // What was seen once is not told again.
        #expect(look(&file, needs).fault == nil)
    }

    @Test func whatNoStartNeedsMayGo() throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        // A snapshot at 2 needs the open segment alone; while the log is broken nothing else
        // counts.
        scratch.remove(Self.older)
        #expect(look(&file, LogNeeds(snapshot: 2, isWhole: true)).fault == nil)
        scratch.remove("state/" + StateFiles.snapshot)
        #expect(look(&file, LogNeeds(snapshot: 2, isWhole: false)).fault == nil)
    }

    /// Segments from before the start are looked at, too.
    @Test func segmentsFoundAtTheStartAreKnown() throws {
        let directory = try StateDirectory(path: scratch.state)
        do {
            _ = try log(directory)
        }
        var file = LogFile(statePath: scratch.state)
        #expect(file.perform(opening(5)).isGood)
        #expect(look(&file).fault == nil)
        scratch.remove(Self.open)
        #expect(look(&file).fault?.message.contains("3.wal was removed") == true)
    }

    /// Directories are made again, and the log goes on there.
    @Test(arguments: ["state/wal", "state"])
    func aDetachedSegmentMakesWhatIsMissing(_ path: String) throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        scratch.remove(path)
        _ = look(&file)
        #expect(file.perform(opening(9, isDetached: true)).isGood)
        #expect(file.perform(.write(batch(9))).isGood)
        #expect(scratch.names("state/wal") == ["00000000000000000009.wal"])
        #expect(scratch.names("state").contains("lock"))
        #expect(look(&file, LogNeeds(snapshot: 8, isWhole: false)).fault == nil)
        // A second opsd is kept out of it.
        #expect(throws: StartFault.self) { _ = try StateDirectory(path: scratch.state) }
    }

    /// A link or a file in the place of wal/ is nobody's to follow or to remove.
    @Test func aStrangerInThePlaceOfTheLogStays() throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        try scratch.rename("state/wal", to: "elsewhere")
        symlink(scratch.path + "/elsewhere", scratch.path + "/state/wal")
        _ = look(&file)
        #expect(!file.perform(opening(9, isDetached: true)).isGood)
        #expect(try FileStatus.of(path: scratch.state + "/wal").kind == .symbolicLink)
        scratch.remove("state/wal")
        #expect(file.perform(opening(9, isDetached: true)).isGood)
    }

    // MARK: The lock

    @Test(arguments: [false, true])
    func aLockThatIsGoneIsTakenAgain(_ isReplaced: Bool) throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        #expect(look(&file).lockTaken == nil)
        for _ in 0..<2 {
            scratch.remove("state/lock")
            if isReplaced { try scratch.write([], to: "state/lock") }
            let sight = look(&file)
            #expect(sight.fault == nil && sight.lockFault == nil)
            #expect(sight.lockTaken?.contains(isReplaced ? "replaced" : "removed") == true)
            #expect(look(&file).lockTaken == nil)
            #expect(throws: StartFault.self) { _ = try StateDirectory(path: scratch.state) }
        }
        #expect(file.perform(.write(batch(4))).isGood)
    }

    /// Renamed and put back: it is the lock that was taken.
    @Test func aLockThatComesBackIsTheSame() throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        try scratch.rename("state/lock", to: "lock")
        #expect(look(&file).lockTaken != nil)
        try scratch.rename("lock", to: "state/lock")
        let sight = look(&file)
        #expect(sight.lockTaken == nil && sight.lockFault == nil)
    }

    @Test func aLockThatAnotherHasTakenEndsIt() throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        scratch.remove("state/lock")
        let other = try StateDirectory(path: scratch.state)
        let fault = try #require(look(&file).fault)
        #expect(fault.isUsurped)
        #expect(fault.message.contains("another opsd uses \(scratch.state)"))
        #expect(fault.message.contains("held by process \(getpid())"))
        #expect(!file.perform(.write(batch(4))).isGood)
        // Not even a repair writes there.
        guard case .failed(let again) = file.perform(opening(4, isDetached: true)) else {
            Issue.record("it was opened")
            return
        }
        #expect(again.isUsurped)
        _ = other.path
    }

    @Test func whatIsNoFileIsToldAndTriedAgain() throws {
        let directory = try StateDirectory(path: scratch.state)
        var file = try log(directory)
        scratch.remove("state/lock")
        try scratch.makeDirectory("state/lock")
        let sight = look(&file)
        #expect(sight.fault == nil && sight.lockTaken == nil)
        #expect(sight.lockFault?.contains("/lock: ") == true)
        scratch.remove("state/lock")
        #expect(look(&file).lockTaken != nil)
    }

    // MARK: A disk that takes nothing

    /// What holds a state is recovered, locked, and degraded until the disk takes writes.
    @Test(arguments: [EROFS, ENOSPC, EDQUOT])
    func aDiskThatTakesNothingEndsNoStart(_ code: Int32) throws {
        do {
            let directory = try StateDirectory(path: scratch.state)
            _ = try log(directory)
        }
        let injection = FaultInjection(
            .init(.error(code), of: "mkdirat", at: 2, times: .max),
            .init(.error(code), of: "openat", at: 2))
        // The second file that is opened is the lock, the first time for writing.
        let directory = try injection.run { try StateDirectory(path: scratch.state) }
        #expect(injection.forced.contains("openat"))
        let isLocked = directory.isLocked
        #expect(isLocked)
        let files = try directory.files()
        #expect(files.segments.map(\.first) == [1, 3])
        #expect(throws: StartFault.self) { _ = try StateDirectory(path: scratch.state) }
    }

    /// An empty directory on such a disk: nothing is there that could be locked.
    @Test func withoutALockItStartsAndTakesItLater() throws {
        try scratch.makeDirectory("state")
        let injection = FaultInjection(
            .init(.error(EROFS), of: "mkdirat", at: 2, times: .max),
            .init(.error(EROFS), of: "openat", at: 2, times: 1))
        let directory = try injection.run { try StateDirectory(path: scratch.state) }
        let isLocked = directory.isLocked
        #expect(!isLocked)
        let files = try directory.files()
        #expect(files == StateFiles(state: [], log: []))
        var file = LogFile(statePath: scratch.state, lock: try directory.heldLock())
        #expect(!file.perform(opening(1)).isGood)
        #expect(file.perform(opening(1, isDetached: true)).isGood)
        #expect(look(&file).lockTaken == nil)
        #expect(throws: StartFault.self) { _ = try StateDirectory(path: scratch.state) }
    }

    @Test(
        arguments: [
            ENOSPC, EDQUOT, EIO, EROFS, ENXIO, ENODEV, ESTALE, EREMOTEIO, ENODATA, ENOLINK,
            ETIMEDOUT, EILSEQ, EBADMSG, EUCLEAN,
        ])
    func faultsOfTheDiskStartDegraded(_ code: Int32) {
        #expect(LogFailure("log", Errno(code, "openat")).isOfTheDisk)
    }

    @Test(arguments: [EACCES, EPERM, ENOENT, ENOTDIR, ELOOP, EMFILE, ENOMEM, EINVAL])
    func othersEndTheStart(_ code: Int32) {
        #expect(!LogFailure("log", Errno(code, "openat")).isOfTheDisk)
    }
}

extension LogAnswer {
    /// It did what it was asked to.
    fileprivate var isGood: Bool {
        if case .failed = self { false } else { true }
    }
}

extension ScratchDirectory {
    fileprivate func rename(_ name: String, to other: String) throws(Errno) {
        if Glibc.rename(path(of: name), path(of: other)) != 0 { throw Errno(errno, "rename") }
    }
}
