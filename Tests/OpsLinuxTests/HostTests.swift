@preconcurrency import Glibc
@testable import OpsLinux
import Testing

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("plain é 漢 🙂", "plain é 漢 🙂"), ("", ""), ("tab\tend\r\n", "tab\\tend\\r\\n"),
        ("\u{1b}[31mred", "\\x1b[31mred"), ("\u{7f}\0", "\\x7f\\x00"),
        ("c1 \u{9b}31m \u{85}", "c1 \\u{9b}31m \\u{85}"),
        ("\u{202e}\u{202a}\u{2066}\u{2069}", "\\u{202e}\\u{202a}\\u{2066}\\u{2069}"),
        ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
        ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("back\\slash", "back\\slash"),
        ("\u{200d}\u{2065}\u{206a}\u{a0}", "\u{200d}\u{2065}\u{206a}\u{a0}"),
    ])
    func writesOutWhatIsUnfit(text: String, wanted: String) {
        #expect(PlainText.escaped(text) == wanted)
        #expect(PlainText.escaped(wanted) == wanted)
    }

    @Test(
        arguments: [
            ([0x80], "\\x80"), ([0xc3], "\\xc3"), ([0xc0, 0x80], "\\xc0\\x80"),
            ([0xe2, 0x80], "\\xe2\\x80"), ([0xe0, 0x80, 0xae], "\\xe0\\x80\\xae"),
            ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
            ([0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
            ([0xf0, 0x9f, 0x99, 0x41], "\\xf0\\x9f\\x99A"), ([0xff, 0xfe], "\\xff\\xfe"),
            ([0xe2, 0x80, 0xae], "\\u{202e}"), ([0xc2, 0x9b], "\\u{9b}"),
        ] as [([UInt8], String)])
    func writesOutBrokenUTF8(raw: [UInt8], wanted: String) {
        var output: [UInt8] = []
        PlainText.append(raw.span, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == wanted)
    }

    @Test func agreesWithTheStandardLibraryOnEveryScalar() {
        for value in UInt32(0)...0x10ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let raw = Array(String(Character(scalar)).utf8)
            var output: [UInt8] = []
            PlainText.append(raw.span, to: &output)
            if output != raw {
                #expect(PlainText.needsEscaping(value), "U+\(String(value, radix: 16))")
            }
        }
    }

    @Test func standardErrorWritesOneLineAndNeverWaits() throws {
        let (read, write) = try makePipe()
        defer { close(write) }
        do {
            let end = Descriptor(owning: read)
            var log = StandardError(descriptorNumber: write)
            log.write("one\ntwo \u{1b}")
            var buffer = [UInt8](repeating: 0, count: 70_000)
            let count = try end.read(into: &buffer)
            #expect(String(decoding: buffer[..<count], as: UTF8.self) == "one\\ntwo \\x1b\n")
            // Cut to the limit, on a whole character, and still one line.
            log.write(String(repeating: "é", count: 5000))
            let cut = String(decoding: buffer[..<(try end.read(into: &buffer))], as: UTF8.self)
            #expect(cut.utf8.count <= StandardError.lineLimitBytes)
            #expect(cut.hasSuffix("é...\n"))
            // A reader that stopped: the blocking pipe fills, and lines are dropped.
            while log.droppedLines < 3 { log.write(String(repeating: "x", count: 4000)) }
        }
        var log = StandardError(descriptorNumber: -1)
        log.write("nowhere")
        #expect(log.droppedLines == 0 || log.droppedLines == 1)
    }
}

@Suite struct HostTests {
    @Test func namesTheHostAndTheBoot() throws {
        let host = try HostIdentity()
        #expect(!host.hostName.isEmpty && !host.kernelRelease.isEmpty && !host.machine.isEmpty)
        let boot = try BootID.current()
        #expect(try BootID.current() == boot)
        #expect(boot.text.utf8.count == 36)
        #expect(KernelUnits.pageBytes >= 4096 && KernelUnits.ticksPerSecond > 0)
    }

    @Test(arguments: [
        "", "4c0d5b8e-7f0e-4a5b-9e3e-0d8c5d1c2b3", "4c0d5b8e-7f0e-4a5b-9e3e-0d8c5d1c2b3aa",
        "4C0D5B8E-7F0E-4A5B-9E3E-0D8C5D1C2B3A", "4c0d5b8e07f0e-4a5b-9e3e-0d8c5d1c2b3a",
        "------------------------------------", "4c0d5b8e-7f0e-4a5b-9e3e-0d8c5d1c2b3\n",
    ])
    func refusesWhatIsNoBootID(text: String) { #expect(BootID(text) == nil) }

    @Test func findsUsersAndGroups() throws {
        #expect(try Accounts.userID(named: "root") == 0)
        #expect(try Accounts.groupID(named: "root") == 0)
        #expect(try Accounts.userID(named: "no-such-user-here") == nil)
        #expect(try Accounts.groupID(named: "") == nil)
        #expect(code { () throws(Errno) in try Accounts.userID(named: "root\0x") } == EINVAL)
        #expect(Accounts.ownUserID == geteuid())
    }

    @Test func measuresItself() throws {
        var process = try OwnProcess()
        let cost = try process.usage()
        #expect(cost.residentBytes > 1 << 20)
        #expect(cost.threads >= 1)
        #expect(cost.cpuMicroseconds > 0)
        #expect(try process.usage().cpuMicroseconds >= cost.cpuMicroseconds)
    }

    @Test(
        arguments: [
            ("7 (a) R 3 4\n", 3, nil), ("7 (a) R 3 4\n", 4, 3), ("7 (a) R 3 4", 5, 4),
            ("7 (a) b) c) R 3 4\n", 4, 3), ("7 (a R 3 4\n", 4, nil), ("", 4, nil),
            ("7 (a) R -3 4\n", 4, nil), ("7 (a) R 99999999999999999999 4\n", 4, nil),
            ("7 (a) R 3\n", 9, nil),
        ] as [(String, Int, Int64?)])
    func findsFieldsOfAStatLine(line: String, field: Int, wanted: Int64?) {
        let raw = bytes(line)
        #expect(OwnProcess.field(field, of: raw.span) == wanted)
    }

    @Test func measuresAFileSystem() throws {
        let usage = try FileSystemUsage(path: "/")
        #expect(usage.totalBytes >= usage.freeBytes && usage.freeBytes >= usage.availableBytes)
        #expect(usage.totalBytes > 0)
        #expect(code { () throws(Errno) in try FileSystemUsage(path: "/none") } == ENOENT)
        #expect(try FileSystemUsage(path: "/proc").totalBytes == 0)
    }

    @Test func randomWordsDiffer() throws {
        let words = Set(try (0..<100).map { _ in try Random.word() })
        #expect(words.count == 100)
        #expect(try Random.bytes(0).isEmpty)
        #expect(try Random.bytes(10_000).count == 10_000)
        #expect(code { () throws(Errno) in try Random.bytes(-1) } == EINVAL)
    }

    @Test func standardDescriptorsThatAreOpenStayAsTheyAre() throws {
        func identities() -> [UInt64] {
            (0...2).map { number in
                var status = stat()
                return fstat(Int32(number), &status) == 0 ? UInt64(status.st_ino) : 0
            }
        }
        let before = identities()
        try StandardStream.ensureAllOpen()
        #expect(identities() == before)
        #expect(StandardStream(rawValue: 3) == nil)
    }
}
