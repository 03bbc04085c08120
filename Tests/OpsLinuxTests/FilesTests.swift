@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@Suite struct LockFileTests {
    @Test func twoDescriptionsContendAndTheHolderIsNamed() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        do {
            let lock = try LockFile("lock", in: directory)
            #expect(throws: LockFault.held(pid: getpid())) {
                _ = try LockFile("lock", in: directory)
            }
            _ = consume lock
        }
        _ = try LockFile("lock", in: directory)  // free again
        #expect(try directory.names() == ["lock"])
        #expect(LockFault.held(pid: 42).description == "held by process 42")
    }

    @Test func aHolderThatHasNotWrittenYetIsNobodyKnown() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let lock = try LockFile("lock", in: directory)
        for content in ["", "12", "x\n", "99999999999\n", "\n"] {
            let file = try directory.open("lock", [.write, .truncate])
            if !content.isEmpty { try file.writeAll(bytes(content).span.bytes) }
            #expect(throws: LockFault.held(pid: nil)) { _ = try LockFile("lock", in: directory) }
        }
        _ = consume lock
    }

    @Test func refusesWhatIsNoFile() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        #expect(mkfifo(scratch.path + "/lock", 0o600) == 0)
        #expect(throws: LockFault.failed(Errno(EINVAL, "flock"))) {
            _ = try LockFile("lock", in: directory)
        }
    }
}

@Suite struct AppendFileTests {
    private func content(_ directory: borrowing Directory, _ name: String) throws -> String {
        let file = try directory.open(name, [.read])
        var buffer = [UInt8](repeating: 0, count: 100_000)
        return String(decoding: buffer[..<(try file.read(into: &buffer))], as: UTF8.self)
    }

    @Test func growsFromItsGoodEnd() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        do {
            var log = try AppendFile(creating: "log", in: directory)
            try log.append(bytes("one ").span.bytes)
            try log.append(bytes("two ").span.bytes)
            try log.sync()
            #expect(log.goodBytes == 8)
        }
        #expect(
            code { () throws(Errno) in _ = try AppendFile(creating: "log", in: directory) }
                == EEXIST)
        var log = try AppendFile(opening: "log", in: directory, goodBytes: 4)
        #expect(try content(directory, "log") == "one ")
        try log.append(bytes("three").span.bytes)
        #expect(try content(directory, "log") == "one three")
        for wrong: Int64 in [-1, 10, .max] {
            let refused = code { () throws(Errno) in
                _ = try AppendFile(opening: "log", in: directory, goodBytes: wrong)
            }
            #expect(refused == EINVAL)
        }
    }

    @Test func reservedRoomReadsAsZerosAndCanBeGivenBack() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var log = try AppendFile(creating: "log", in: directory)
        try log.append(bytes("one").span.bytes)
        try log.reserve(8192)
        #expect(log.reservedBytes == 8192 && log.goodBytes == 3)
        try log.append(bytes("two").span.bytes)
        #expect(log.reservedBytes == 8189)
        #expect(try directory.status("log").sizeBytes == 8195)
        #expect(try content(directory, "log").hasPrefix("onetwo\0"))
        try log.trim()
        #expect(try content(directory, "log") == "onetwo")
    }

    @Test func aFullDiskAddsNothingAndDoesNotPoison() async {
        await #expect(processExitsWith: .success) {
            // A file size limit cuts a write short just as a full disk does.
            let scratch = try ScratchDirectory()
            let directory = try scratch.open()
            signal(SIGXFSZ, SIG_IGN)
            var log = try AppendFile(creating: "log", in: directory)
            try log.append(bytes("good").span.bytes)
            var limit = rlimit(rlim_cur: 1000, rlim_max: 1_000_000)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let batch = [UInt8](repeating: 1, count: 5000)
            do throws(AppendFault) {
                try log.append(batch.span.bytes)
                Issue.record("it fitted")
            } catch {
                #expect(error == .refused(Errno(EFBIG, "pwrite")))
            }
            #expect(log.goodBytes == 4)
            #expect(try directory.status("log").sizeBytes == 4)
            try log.append(bytes("more").span.bytes)
            try log.sync()
            limit.rlim_cur = 1_000_000
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            try log.append(batch.span.bytes)
            #expect(log.goodBytes == 5008)
        }
    }
}

@Suite struct AtomicFileTests {
    private func content(_ directory: borrowing Directory, _ name: String) throws -> String {
        let file = try directory.open(name, [.read])
        var buffer = [UInt8](repeating: 0, count: 100)
        return String(decoding: buffer[..<(try file.read(into: &buffer))], as: UTF8.self)
    }

    private func replace(
        _ directory: borrowing Directory, _ text: String, keeping previous: String? = nil
    ) throws(Errno) {
        var file = try AtomicFile(replacing: "snapshot", in: directory)
        try file.write(bytes(text).span.bytes)
        try file.commit(keeping: previous)
    }

    @Test func replacesAsAWholeAndKeepsThePrevious() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        try replace(directory, "one", keeping: "previous")
        #expect(try directory.names() == ["snapshot"])  // there was nothing to keep
        try replace(directory, "two", keeping: "previous")
        try replace(directory, "three", keeping: "previous")
        #expect(try content(directory, "snapshot") == "three")
        #expect(try content(directory, "previous") == "two")
        try replace(directory, "four")
        #expect(try content(directory, "previous") == "two")
        #expect(try directory.names().sorted() == ["previous", "snapshot"])
    }

    /// What goes to the disk in steps is whole.
    @Test func aLargeFileIsWhole() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let piece = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        var file = try AtomicFile(replacing: "large", in: directory)
        let pieces = 3 * Int(AtomicFile.stepBytes) / piece.count + 1
        for number in 0..<pieces {
            try file.write(([UInt8(number)] + piece).span.bytes)
        }
        try file.commit()
        let written = try directory.open("large", [.read])
        #expect(try written.status().sizeBytes == Int64(pieces * (1 + piece.count)))
        var buffer = [UInt8](repeating: 0, count: 1 + piece.count)
        for number in 0..<pieces {
            let count = try written.read(into: &buffer, from: Int64(number * buffer.count))
            #expect(count == buffer.count && buffer[0] == UInt8(number))
            #expect(buffer[1...].elementsEqual(piece))
        }
    }

    @Test func withoutCommitNothingChanges() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        try replace(directory, "one")
        do {
            var file = try AtomicFile(replacing: "snapshot", in: directory)
            try file.write(bytes("half").span.bytes)
            #expect(file.writtenBytes == 4)
            #expect(try directory.names().count == 2)
        }
        #expect(try directory.names() == ["snapshot"])
        #expect(try content(directory, "snapshot") == "one")
    }

    @Test func whatACrashLeftIsClearedAway() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        try replace(directory, "one")
        // A crash after the old one was kept and before the new one came: both names, one file.
        try directory.link("snapshot", to: "previous")
        try directory.link("snapshot", to: "previous.new")
        #expect(symlink("/etc/passwd", scratch.path + "/snapshot.new") == 0)
        try replace(directory, "two", keeping: "previous")
        #expect(try content(directory, "snapshot") == "two")
        #expect(try content(directory, "previous") == "one")
        #expect(try directory.names().sorted() == ["previous", "snapshot"])
    }
}

@Suite struct FileReaderTests {
    @Test func readsAFileAnewEachTimeWhateverItsSize() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let file = try directory.open("a", [.write, .create])
        var reader = try FileReader(path: scratch.path + "/a", limitBytes: 20_000)
        #expect(try reader.bytes().isEmpty)
        for size in [1, 4095, 4096, 4097, 19_999, 3] {
            try file.truncate(to: 0)
            let wanted = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            _ = try file.write(wanted.span.bytes, at: 0)
            #expect(try reader.bytes() == wanted)
            #expect(try reader.read { $0.count } == size)
        }
        try file.truncate(to: 20_000)
        #expect(code { () throws(Errno) in try reader.bytes() } == EFBIG)
        try file.truncate(to: 2)
        #expect(try reader.bytes().count == 2)
    }

    @Test(arguments: [
        "/proc/stat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/pressure/cpu",
        "/proc/pressure/memory", "/proc/pressure/io", "/proc/self/stat", "/proc/self/statm",
    ])
    func aFileOfOneRecordComesWholeInOneRead(path: String) throws {
        guard let descriptor = try? Directory(path: "/").open(String(path.dropFirst()), [.read])
        else { return }  // no PSI here
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = try descriptor.read(into: &bytes, from: 0)
        let more = try descriptor.read(into: &bytes, at: count, from: Int64(count))
        #expect(count > 0 && more == 0)
    }

    @Test func oneRecordThatHasNoRoomIsReadOnToItsEnd() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let file = try directory.open("a", [.write, .create])
        var reader = try FileReader(
            path: scratch.path + "/a", limitBytes: 20_000, isOneRecord: true)
        for size in [0, 1, 4095, 4096, 4097, 12_288, 19_999, 3] {
            try file.truncate(to: Int64(size))
            #expect(try reader.bytes().count == size)
        }
        try file.truncate(to: 20_000)
        #expect(code { () throws(Errno) in try reader.bytes() } == EFBIG)
    }

    @Test func readsProc() throws {
        var stat = try FileReader(path: "/proc/stat")
        let first = try stat.read { $0[0] }
        #expect(first == UInt8(ascii: "c"))
        var buffer: [UInt8] = []
        let count = try FileReader.read(path: "/proc/self/stat", into: &buffer)
        #expect(String(decoding: buffer[..<count], as: UTF8.self).hasPrefix("\(getpid()) ("))
        #expect(code { () throws(Errno) in try FileReader.bytes(path: "/proc/none") } == ENOENT)
        #expect(code { () throws(Errno) in try FileReader.bytes(path: "/proc\0/stat") } == EINVAL)
    }
}
