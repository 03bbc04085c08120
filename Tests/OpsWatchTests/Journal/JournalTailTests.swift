import OpsDetect
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

private let start: Int64 = 1_700_000_000_000

private func matches(_ texts: String...) -> [JournalMatch] {
    texts.map { JournalMatch(fields: $0.split(separator: " ").map(String.init)) }
}

/// What a test reads with one tail, and the clock that it is given.
private final class Reader {
    let tail: JournalTail
    var uptime: Int64 = 0
    var lines: [String] = []
    var messages: [String] = []
    var numbers: [UInt64] = []
    var sources: [[Int]] = []

    init(
        _ fixture: JournalFixture, _ matches: [[JournalMatch]], position: JournalPosition? = nil
    ) throws {
        tail = try JournalTail(
            .directory(fixture.directory), matches: matches, position: position, since: start)
    }

    /// Reads a slice; what it ended with.
    @discardableResult
    func read(atMost limit: Int = 100) -> JournalProgress {
        tail.read(atMost: limit, uptime: uptime) { line in
            lines.append(String(decoding: line.bytes, as: UTF8.self))
            messages.append(String(decoding: line.bytes[line.messageStart...], as: UTF8.self))
            numbers.append(line.number)
            sources.append(line.sources)
            return true
        }
    }

    /// Time goes on, what the descriptor tells is taken in, and all is read.
    func goOn(_ milliseconds: Int64 = 300) throws {
        uptime += milliseconds
        tail.wake()
        while read() == .more {}
    }
}

@Suite(
    "reading the journal",
    .enabled(if: JournalFixture.isAvailable, JournalFixture.reason))
struct JournalTailTests {
    let sshd: [JournalMatch]

    init() { sshd = matches("_SYSTEMD_UNIT=ssh.service") }

    @Test("an entry is given as a line, with the time and the sources known")
    func line() throws {
        let fixture = try JournalFixture()
        try fixture.write([
            .sshd(start + 1, "Failed password for root"),
            WrittenEntry(start + 2, ["_UID": "0", "_COMM": "cron", "MESSAGE": "not asked for"]),
            WrittenEntry(
                start + 3,
                [
                    "_SYSTEMD_UNIT": "ssh.service", "_UID": "0", "_COMM": "login",
                    "MESSAGE": "no host\nand two lines",
                ]),
        ])
        let reader = try Reader(fixture, [sshd, matches("_COMM=sshd _UID=0")])
        #expect(reader.read() == .caughtUp)
        #expect(
            reader.lines == [
                "web sshd[44]: Failed password for root", "login: no host\\nand two lines",
            ])
        #expect(reader.messages == ["Failed password for root", "no host\\nand two lines"])
        #expect(reader.sources == [[0, 1], [0]])
        #expect(reader.tail.counts.entries == 2)
        #expect(reader.tail.state == .reading(persistent: false, volatile: false))
    }

    @Test("fields of one name are alternatives, different ones must all hold")
    func alternatives() throws {
        let fixture = try JournalFixture()
        func entry(_ unit: String, _ user: String, _ number: Int) -> WrittenEntry {
            WrittenEntry(
                start + Int64(number),
                ["_SYSTEMD_UNIT": unit, "_UID": user, "MESSAGE": "\(number)"])
        }
        try fixture.write([
            entry("a.service", "0", 1), entry("b.service", "0", 2), entry("c.service", "0", 3),
            entry("a.service", "7", 4), entry("d.service", "7", 5),
        ])
        let reader = try Reader(
            fixture,
            [
                matches("_SYSTEMD_UNIT=a.service _SYSTEMD_UNIT=b.service _UID=0"),
                matches("_SYSTEMD_UNIT=d.service", "_SYSTEMD_UNIT=c.service _UID=0"),
                matches("_SYSTEMD_UNIT=none.service"),
            ])
        reader.read()
        #expect(reader.messages == ["1", "2", "3", "5"])
        #expect(reader.sources == [[0], [0], [1], [1]])
    }

    @Test("what a local user logs under a program's name fits nothing")
    func forged() throws {
        let fixture = try JournalFixture()
        func entry(_ user: String, _ number: Int) -> WrittenEntry {
            WrittenEntry(
                start + Int64(number), ["_COMM": "sshd", "_UID": user, "MESSAGE": "\(number)"])
        }
        try fixture.write([entry("1000", 1), entry("0", 2)])
        let reader = try Reader(fixture, [matches("_COMM=sshd"), matches("")])
        reader.read()
        #expect(reader.messages == ["2"] && reader.sources == [[0, 1]])
    }

    @Test("numbers only go up, and are the same when the same entries are read again")
    func numbers() throws {
        let fixture = try JournalFixture()
        try fixture.write([.sshd(start + 5, "a"), .sshd(start + 5, "b"), .sshd(start + 9, "c")])
        let reader = try Reader(fixture, [sshd])
        reader.read(atMost: 1)
        let position = reader.tail.position
        reader.read()
        let first = UInt64(start + 5) * 1_000
        #expect(reader.numbers == [first, first + 1, UInt64(start + 9) * 1_000])
        let again = try Reader(fixture, [sshd], position: position)
        again.read()
        #expect(again.messages == ["b", "c"])
        #expect(again.numbers == Array(reader.numbers.dropFirst()))
        #expect(again.tail.counts.gaps == 0)
    }

    @Test("a body that returns false ends the slice, and nothing is lost")
    func stops() throws {
        let fixture = try JournalFixture()
        try fixture.write((0..<10).map { .sshd(start + $0, "\($0)") })
        let tail = try JournalTail(.directory(fixture.directory), matches: [sshd], since: start)
        var seen: [Int] = []
        for _ in 0..<10 {
            let progress = tail.read(atMost: 100, uptime: 0) { line in
                seen.append(Int(String(decoding: line.bytes.suffix(1), as: UTF8.self)) ?? -1)
                return false
            }
            #expect(progress == .more)
        }
        #expect(seen == Array(0..<10))
        #expect(tail.read(atMost: 100, uptime: 0) { _ in true } == .caughtUp)
    }

    @Test("what is older than the start is not read, and without a position nothing is a gap")
    func since() throws {
        let fixture = try JournalFixture()
        try fixture.write([.sshd(start - 5_000, "old"), .sshd(start + 1, "new")])
        let reader = try Reader(fixture, [sshd])
        reader.read()
        #expect(reader.messages == ["new"] && reader.tail.counts.gaps == 0)
    }

    @Test("entries that come later wake the reader, in files that come later too")
    func live() throws {
        let fixture = try JournalFixture()
        try fixture.write([.sshd(start + 1, "a")])
        let reader = try Reader(fixture, [sshd])
        reader.read()
        var outer = try Poller()
        _ = try outer.register(reader.tail.descriptorNumber, .read)
        try fixture.write([.sshd(start + 2, "b")])
        try outer.wait(timeoutMilliseconds: 5_000)
        #expect(outer.next()?.isReadable == true)
        try reader.goOn()
        #expect(reader.messages == ["a", "b"])
        try fixture.write([.sshd(start + 3, "c")], to: "b.journal")
        try outer.wait(timeoutMilliseconds: 5_000)
        #expect(outer.next()?.isReadable == true)
        try reader.goOn()
        #expect(reader.messages == ["a", "b", "c"])
        #expect(reader.tail.counts.gaps == 0)
    }

    @Test("files that were rotated away and thrown away are a gap, counted once")
    func vacuumed() throws {
        let fixture = try JournalFixture()
        try fixture.write([.sshd(start + 1, "a"), .sshd(start + 2, "lost")])
        let reader = try Reader(fixture, [sshd])
        reader.read(atMost: 1)
        let position = reader.tail.position
        try fixture.write([.sshd(start + 9, "c")], to: "b.journal")
        fixture.remove("a.journal")
        try reader.goOn()
        #expect(reader.messages.last == "c")
        #expect(reader.tail.counts.gaps == 1)
        #expect(reader.tail.counts.lastGap == start + 1...start + 9)
        for _ in 0..<3 { try reader.goOn(4_000_000) }
        #expect(reader.tail.counts.gaps == 1)

        let later = try Reader(fixture, [sshd], position: position)
        later.read()
        #expect(later.messages == ["c"] && later.tail.counts.gaps == 1)
    }

    @Test("a position whose entry fits no match of today is not a gap")
    func otherMatches() throws {
        let fixture = try JournalFixture()
        try fixture.write([
            .sshd(start + 1, "a"),
            WrittenEntry(start + 2, ["_SYSTEMD_UNIT": "b.service", "MESSAGE": "b"]),
        ])
        let reader = try Reader(fixture, [sshd])
        reader.read()
        let other = try Reader(
            fixture, [matches("_SYSTEMD_UNIT=b.service")], position: reader.tail.position)
        other.read()
        #expect(other.messages == ["b"] && other.tail.counts.gaps == 0)
    }

    @Test("a source that is quiet for long has no gap when others' entries are thrown away")
    func quiet() throws {
        let fixture = try JournalFixture()
        try fixture.write([.sshd(start + 1, "a")])
        let reader = try Reader(fixture, [sshd])
        reader.read()
        try fixture.write(
            [WrittenEntry(start + 2, ["_SYSTEMD_UNIT": "b.service", "MESSAGE": "b"])],
            to: "b.journal")
        try reader.goOn(4_000_000)
        fixture.remove("a.journal")
        try fixture.write([.sshd(start + 3, "c")], to: "b.journal")
        try reader.goOn(4_000_000)
        #expect(reader.messages == ["a", "c"] && reader.tail.counts.gaps == 0)
    }

    @Test("a cursor that is none is counted, and reading begins at the start")
    func badCursor() throws {
        let fixture = try JournalFixture()
        try fixture.write([.sshd(start + 1, "a")])
        let reader = try Reader(
            fixture, [sshd], position: JournalPosition(cursor: "nonsense", number: 7))
        reader.read()
        #expect(reader.messages == ["a"] && reader.tail.counts.badCursors == 1)
    }

    @Test("a journal that is not there is a state, and is read when it comes")
    func absent() throws {
        let fixture = try JournalFixture()
        let reader = try Reader(fixture, [sshd])
        #expect(reader.read() == .waiting && reader.tail.state == .absent)
        #expect(reader.tail.deadline == JournalTail.retryMilliseconds)
        try fixture.write([.sshd(start + 1, "a")])
        #expect(reader.read() == .waiting)
        try reader.goOn(JournalTail.retryMilliseconds)
        #expect(reader.messages == ["a"])
        let none = try JournalTail(.directory("/nonexistent/journal"), matches: [sshd], since: 0)
        #expect(none.read(atMost: 1, uptime: 0) { _ in true } == .waiting)
        #expect(none.state == .absent)
    }

    @Test("files that are not journals are shown as such, not as an empty one")
    func unreadable() throws {
        let fixture = try JournalFixture()
        try fixture.scratch.write("no journal", to: "journal/a.journal")
        let reader = try Reader(fixture, [sshd])
        #expect(reader.read() == .waiting)
        #expect(reader.tail.state == .unreadable)
    }

    @Test("pages are given back on the way, and reading goes on as if nothing was")
    func released() throws {
        let fixture = try JournalFixture()
        let count = JournalTail.entriesPerRelease + 2_000
        try fixture.write((0..<count).map { .sshd(start + Int64($0), "\($0)") })
        let reader = try Reader(fixture, [sshd])
        while reader.read(atMost: 1_000) == .more {}
        #expect(reader.messages == (0..<count).map(String.init))
        try fixture.write([.sshd(start + Int64(count), "last")])
        try reader.goOn()
        #expect(reader.messages.last == "last" && reader.tail.counts.openings == 1)
    }

    @Test("mappings of journal files are found, and no others")
    func mappings() {
        let maps = """
            55d0a000-55d0b000 r--p 00000000 fe:01 12 /usr/bin/opswatch
            7f0000000000-7f0000800000 r--s 00000000 fe:01 34    /var/log/journal/a/system.journal
            7f0000800000-7f0000900000 r--s 00000000 fe:01 35    /j/a.journal~ (deleted)
            7f0000900000-7f0000a00000 rw-s 00000000 fe:01 36    /j/b.journal
            7f0000a00000-7f0000b00000 r--s 00000000 fe:01 36    /j/b.journa
            -7f00 r--s 0 0 0 /j/c.journal
            7f00-6f00 r--s 0 0 0 /j/c.journal
            11112222333344445-6 r--s 0 0 0 /j/c.journal
            """
        var found: [[UInt]] = []
        JournalPages.forEachMapping(in: Array(maps.utf8).span) { found.append([$0, $1]) }
        #expect(
            found == [[0x7f00_0000_0000, 0x7f00_0080_0000], [0x7f00_0080_0000, 0x7f00_0090_0000]])
    }

    @Test("the end of a line that journald cut is not a line, wherever reading stopped")
    func cutLine() throws {
        let fixture = try JournalFixture()
        func entry(_ time: Int64, _ message: String, isPart: Bool) -> WrittenEntry {
            var entry = WrittenEntry.sshd(start + time, message)
            entry.fields.append(("_STREAM_ID", Array("aa".utf8)))
            if isPart { entry.fields.append(("_LINE_BREAK", Array("line-max".utf8))) }
            return entry
        }
        try fixture.write([
            entry(1, "before", isPart: false), entry(2, "a", isPart: true),
            entry(3, "forged", isPart: false), entry(4, "after", isPart: false),
        ])
        let reader = try Reader(fixture, [sshd])
        #expect(reader.read() == .caughtUp)
        #expect(reader.messages == ["before", "aforged", "after"])
        // Only what came before the end had been read, and its position was stored.
        let short = try JournalFixture()
        try short.write([
            entry(1, "before", isPart: false), entry(2, "a", isPart: true),
        ])
        let first = try Reader(short, [sshd])
        first.read()
        try short.write([
            entry(3, "forged", isPart: false), entry(4, "after", isPart: false),
        ])
        let second = try Reader(short, [sshd], position: first.tail.position)
        second.read()
        #expect(second.messages == ["after"] || second.messages == ["aforged", "after"])
    }

    @Test("messages that are huge, binary, empty or several")
    func oddMessages() throws {
        let fixture = try JournalFixture()
        var several = WrittenEntry.sshd(start + 1, "one")
        several.fields.append(("MESSAGE", Array("two".utf8)))
        var binary = WrittenEntry.sshd(start + 2, "")
        binary.fields[7].value = [0xff, 0x00, 0x0a, 0x41]
        let huge = WrittenEntry.sshd(
            start + 3, "head" + String(repeating: "x", count: 70_000) + "tail")
        let none = WrittenEntry(start + 4, ["_SYSTEMD_UNIT": "ssh.service"])
        try fixture.write([several, binary, huge, none])
        let tail = try JournalTail(.directory(fixture.directory), matches: [sshd], since: start)
        var messages: [[UInt8]] = []
        _ = tail.read(atMost: 10, uptime: 0) { line in
            messages.append(Array(line.bytes[line.messageStart...]))
            return true
        }
        try #require(messages.count == 4)
        #expect(messages[0].sorted() == Array("one two".utf8).sorted())
        #expect(messages[1] == [0xff, 0x00, 0x5c, 0x6e, 0x41])
        #expect(
            messages[2].starts(with: "headx".utf8)
                && messages[2].suffix(5) == Array("xtail".utf8)[...])
        #expect(messages[2].count <= JournalLine.messageLimitBytes)
        #expect(messages[3].isEmpty)
        #expect(tail.counts.cut == 1)
    }
}
