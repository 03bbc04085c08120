// Files of numbered directories, kept open.

import Glibc
import OpsTestKit
import Testing

@testable import OpsLinux

@Suite struct NumberedFilesTests {
    private func write(_ text: String, _ number: Int, in scratch: ScratchDirectory) throws {
        let directory = try Directory.ensure(path: scratch.path + "/\(number)", mode: 0o700)
        let file = try directory.open("stat", [.write, .create, .truncate])
        try file.writeAll(Array(text.utf8).span.bytes)
    }

    private func pass(_ files: inout NumberedFiles, limit: Int = 1_000) throws -> [Int32: String] {
        var numbers: [Int32] = []
        var buffer = [UInt8](repeating: 0, count: 64)
        var found: [Int32: String] = [:]
        try files.begin(&numbers, limit: limit)
        for number in numbers {
            guard let count = files.read(number, into: &buffer) else { continue }
            found[number] = String(decoding: buffer[..<count], as: UTF8.self)
        }
        files.end()
        return found
    }

    @Test func whatIsThereIsRead() throws {
        let scratch = try ScratchDirectory()
        for number in 1...3 { try write("one \(number)", number, in: scratch) }
        _ = try Directory.ensure(path: scratch.path + "/4", mode: 0o700)
        var files = try NumberedFiles(in: scratch.path, named: "stat")
        #expect(try pass(&files) == [1: "one 1", 2: "one 2", 3: "one 3"])
        #expect(files.openCount == 3)
        // The same file, with other bytes in it.
        try write("two", 2, in: scratch)
        #expect(try pass(&files)[2] == "two")
        #expect(unlink(scratch.path + "/3/stat") == 0 && rmdir(scratch.path + "/3") == 0)
        #expect(try pass(&files) == [1: "one 1", 2: "two"])
        #expect(files.openCount == 2)
    }

    /// The number was given away: the open file is that of the process before.
    @Test func whatHasEndedIsOpenedAnew() throws {
        let scratch = try ScratchDirectory()
        try write("one", 1, in: scratch)
        var files = try NumberedFiles(in: scratch.path, named: "stat")
        _ = try pass(&files)
        #expect(unlink(scratch.path + "/1/stat") == 0)
        try write("two", 1, in: scratch)
        let injection = FaultInjection(.init(.error(ESRCH), of: "pread", times: 1))
        let found = try injection.run { try pass(&files) }
        #expect(found == [1: "two"] && injection.forced.contains("pread"))
    }

    @Test func onlySoManyStayOpen() throws {
        let scratch = try ScratchDirectory()
        for number in 1...NumberedFiles.limit + 9 { try write("x", number, in: scratch) }
        var files = try NumberedFiles(in: scratch.path, named: "stat")
        for _ in 0..<2 {
            #expect(try pass(&files).count == NumberedFiles.limit + 9)
            #expect(files.openCount == NumberedFiles.limit)
        }
    }

    /// A process that has ended, in the real /proc.
    @Test func aProcessThatEndsIsNotRead() throws {
        var pid: pid_t = 0
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
        defer { for argument in arguments { free(argument) } }
        try #require(posix_spawnp(&pid, "sleep", nil, nil, arguments, environ) == 0)
        var files = try NumberedFiles(in: "/proc", named: "stat")
        #expect(try pass(&files)[pid]?.hasPrefix("\(pid) (") == true)
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        #expect(try pass(&files)[pid] == nil)
    }
}
