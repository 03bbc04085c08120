@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@Suite struct DescriptorTests {
    @Test func closesWithItsOwnerAndIsCloseOnExec() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        var number: Int32 = -1
        do {
            let file = try directory.open("a", [.read, .write, .create])
            number = file.number
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
            let twin = try file.duplicate()
            #expect(twin.number != number)
            #expect(fcntl(twin.number, F_GETFD) & FD_CLOEXEC != 0)
            #expect(try twin.status() == file.status())
        }
        #expect(throws: Never.self) { try directory.remove("a") }
    }

    @Test func readsAndWritesAtPositions() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let file = try directory.open("a", [.read, .write, .create])
        try file.writeAll(bytes("hello world").span.bytes)
        #expect(try file.write(bytes("W").span.bytes, at: 6) == 1)
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(try file.read(into: &buffer, from: 0) == 11)
        #expect(String(decoding: buffer[..<11], as: UTF8.self) == "hello World")
        #expect(try file.read(into: &buffer, at: 2, from: 6) == 5)
        #expect(buffer[2] == UInt8(ascii: "W"))
        try file.truncate(to: 5)
        try file.allocate(from: 0, count: 4096)
        #expect(try file.status().sizeBytes == 4096)
        try file.sync()
        try file.syncData()
    }

    @Test func refusesWhatIsOutOfRange() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let file = try directory.open("a", [.read, .write, .create])
        var buffer = [UInt8](repeating: 0, count: 4)
        var empty: [UInt8] = []
        #expect(code { () throws(Errno) in try file.read(into: &buffer, at: 4) } == EINVAL)
        #expect(code { () throws(Errno) in try file.read(into: &buffer, at: -1) } == EINVAL)
        #expect(code { () throws(Errno) in try file.read(into: &empty) } == EINVAL)
        #expect(code { () throws(Errno) in try file.read(into: &buffer, from: -1) } == EINVAL)
        #expect(code { () throws(Errno) in try file.truncate(to: -1) } == EINVAL)
        #expect(
            code { () throws(Errno) in try file.write(bytes("x").span.bytes, at: -1) } == EINVAL)
    }

    @Test func errorsSayTheCallTheTextAndTheSymbol() {
        let error = Errno(ENOENT, "openat")
        #expect(error.description == "openat: No such file or directory (ENOENT)")
        #expect(Errno(9999, "x").description == "x: Unknown error 9999")
    }
}

@Suite struct DirectoryTests {
    @Test(arguments: ["", ".", "..", "a/b", "/etc/passwd", "../x", "a\0b"])
    func refusesNamesThatAreNotOneComponent(name: String) throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        #expect(code { () throws(Errno) in try directory.open(name, [.write, .create]) } == EINVAL)
        #expect(code { () throws(Errno) in try directory.remove(name) } == EINVAL)
        #expect(code { () throws(Errno) in try directory.rename(name, to: "x") } == EINVAL)
        #expect(code { () throws(Errno) in try directory.ensure(name, mode: 0o700) } == EINVAL)
    }

    @Test func refusesPlantedLinks() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        #expect(symlink("/etc", scratch.path + "/wal") == 0)
        #expect(symlink("/etc/passwd", scratch.path + "/lock") == 0)
        #expect(code { () throws(Errno) in try directory.open("lock", [.read]) } == ELOOP)
        #expect(
            code { () throws(Errno) in try directory.open("lock", [.write, .create]) } == ELOOP)
        #expect(code { () throws(Errno) in try directory.ensure("wal", mode: 0o700) } == ENOTDIR)
        #expect(try directory.status("wal").kind == .symbolicLink)
        #expect(throws: LockFault.failed(Errno(ELOOP, "openat"))) {
            _ = try LockFile("lock", in: directory)
        }
    }

    @Test func listsNamesAndRefusesTooMany() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let wanted = (0..<300).map { "segment-\($0)-\(String(repeating: "x", count: 180))" }
        for name in wanted { _ = try directory.open(name, [.write, .create]) }
        #expect(try directory.names().sorted() == wanted.sorted())
        #expect(try directory.names().count == 300)  // it starts from the front again
        #expect(code { () throws(Errno) in try directory.names(limit: 299) } == EOVERFLOW)
        try directory.rename(wanted[0], to: wanted[1])
        #expect(try directory.names().count == 299)
        try directory.sync()
    }

    @Test func makesADirectoryOnce() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        let first = try directory.ensure("wal", mode: 0o700)
        let second = try directory.ensure("wal", mode: 0o700)
        #expect(try first.descriptor.status() == second.descriptor.status())
        #expect(try first.descriptor.status().mode == 0o700)
        let third = try Directory.ensure(path: scratch.path + "/wal", mode: 0o755)
        #expect(try third.descriptor.status().mode == 0o700)
    }

    @Test func listsNumbersOfProc() throws {
        var processes = try NumberedEntries()
        var numbers: [Int32] = []
        #expect(try processes.list(into: &numbers, limit: 100_000))
        #expect(numbers.contains(getpid()))
        #expect(numbers.allSatisfy { $0 > 0 })
        #expect(try processes.list(into: &numbers, limit: 1) == (numbers.count < 1))
        #expect(numbers.count == 1)
    }

    @Test func leavesNamesThatAreNoNumbersOut() throws {
        let scratch = try ScratchDirectory()
        let directory = try scratch.open()
        for name in ["1", "22", "self", "1a", "4294967296", "-3", "٣"] {
            _ = try directory.open(name, [.write, .create])
        }
        var entries = try NumberedEntries(path: scratch.path)
        var numbers: [Int32] = []
        #expect(try entries.list(into: &numbers, limit: 10))
        #expect(numbers.sorted() == [1, 22])
    }
}
