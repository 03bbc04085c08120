// Following logs while opswatch runs: each thing that rotation, programs and people do to files.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("a log is followed") struct FollowingTests {
    @Test("what was there before is not read, what is appended is") func appended() throws {
        let log = try LogReader(["a.log"])
        log.append("old\nold half", to: "a.log")
        log.turn()
        #expect(log.take() == [])
        log.append(" of it\nnew\nhalf", to: "a.log")
        log.wake()
        #expect(log.take() == ["new"])
        log.append(" a line\n", to: "a.log")
        log.wake()
        #expect(log.take() == ["half a line"])
        #expect(try log.row("a.log").state == .waiting)
        #expect(try log.row("a.log").lines == 2)
    }

    @Test("a log that comes later is read from its beginning") func later() throws {
        let log = try LogReader(["d/e/a.log"])
        log.turn()
        #expect(try log.row("d/e/a.log").state == .missing)
        try log.scratch.makeDirectory("d")
        log.wake()
        try log.scratch.makeDirectory("d/e")
        log.wake()
        log.append("one\n", to: "d/e/a.log")
        log.wake()
        #expect(log.take() == ["one"])
        log.append("two\n", to: "d/e/a.log")
        log.wake()
        #expect(log.take() == ["two"])
    }

    @Test("renamed and made anew: the old one to its end, then the new one") func renamed() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("2\n", to: "a.log")
        log.rename("a.log", "a.log.1")
        log.append("4\n", to: "a.log")
        log.append("3\n", to: "a.log.1")
        log.wake()
        #expect(log.take() == ["1", "2", "3", "4"])
        // Apache's old processes go on with the old file, and others with the new one.
        for number in 5...8 {
            log.append("\(number)\n", to: number.isMultiple(of: 2) ? "a.log.1" : "a.log")
            log.turn()
        }
        #expect(log.take() == ["5", "6", "7", "8"])
        log.turn(milliseconds: 60_000)
        log.turn()
        #expect(try log.row("a.log").generations == 1)
        log.append("9\n", to: "a.log.1")
        log.turn()
        #expect(log.take() == [])
    }

    @Test("renamed, and the new one comes only later") func renamedWithoutCreate() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.rename("a.log", "a.log.1")
        log.append("2\n", to: "a.log.1")
        log.turn()
        #expect(try log.row("a.log").state == .missing)
        log.turn(milliseconds: 300_000)
        log.append("3\nhalf", to: "a.log.1")
        log.turn()
        #expect(log.take() == ["1", "2", "3"])
        log.append("4\n", to: "a.log")
        log.wake()
        #expect(log.take() == ["4"])
        log.turn(milliseconds: 60_000)
        log.turn()
        #expect(log.take() == ["half"])
        #expect(log.takeNotes() == [])
    }

    @Test("deleted and made again") func deleted() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("2\n", to: "a.log")
        log.scratch.remove("a.log")
        log.turn()
        log.append("3\n", to: "a.log")
        log.wake()
        #expect(log.take() == ["1", "2", "3"])
        log.turn(milliseconds: 9000)
        #expect(try log.row("a.log").generations == 2)
        log.turn(milliseconds: 2000)
        log.turn()
        #expect(try log.row("a.log").generations == 1)
    }

    @Test("two rotations between two looks: what is in between comes in order") func twice() throws
    {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("2\n", to: "a.log")
        log.rename("a.log", "a.log.1")
        log.append("3\n", to: "a.log")
        log.rename("a.log.1", "a.log.2")
        log.rename("a.log", "a.log.1")
        log.append("4\n", to: "a.log")
        log.wake()
        log.turn()
        #expect(log.take() == ["1", "2", "3", "4"])
    }

    @Test("copied and truncated: what was not read is read from the copy") func copied() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("2\n", to: "a.log")
        try log.copy("a.log", to: "a.log.1")
        log.truncate("a.log")
        log.append("3\n", to: "a.log")
        log.wake()
        log.turn()
        #expect(log.take() == ["1", "2", "3"])
        #expect(log.takeNotes() == [.truncated(lostBytes: 0)])
        #expect(try log.row("a.log").lostBytes == 0)
    }

    @Test("truncated: what was known and not read is counted as lost") func truncated() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("lost\n", to: "a.log")
        // The size is seen, and the lines are not read.
        #expect(try log.row("a.log").lag == 5)
        log.truncate("a.log")
        log.append("2\n", to: "a.log")
        log.turn()
        #expect(log.take() == ["1", "2"])
        #expect(log.takeNotes() == [.truncated(lostBytes: 5)])
        #expect(try log.row("a.log").lostBytes == 5)
    }

    @Test("truncated and regrown to more than before", arguments: [1, 300, 3000])
    func regrown(_ size: Int) throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append(String(repeating: "o", count: size) + "\n", to: "a.log")
        log.turn()
        log.truncate("a.log")
        log.append(String(repeating: "n", count: size + 1) + "\nlast\n", to: "a.log")
        log.turn()
        #expect(log.take().map { $0.prefix(4) }.suffix(2).last == "last")
        #expect(log.takeNotes() == [.truncated(lostBytes: 0)])
    }

    @Test("a file whose old bytes were changed is skipped to its end") func rewritten() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        let head = String(repeating: "head\n", count: 100)
        log.append(head + String(repeating: "old\n", count: 100), to: "a.log")
        log.turn()
        #expect(log.take().count == 200)
        try log.scratch.write(
            head + String(repeating: "xxx\n", count: 100) + "not new\nhal", to: "a.log")
        log.turn()
        #expect(log.take() == [])
        #expect(log.takeNotes() == [.rewritten(skippedBytes: 11)])
        log.append("f\nnew\n", to: "a.log")
        log.wake()
        #expect(log.take() == ["new"])
    }

    @Test("a program that writes on behind a truncation: the hole is passed over")
    func sparse() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        let writer = try Directory(path: log.scratch.path).open("a.log", [.create, .write])
        try writer.writeAll(Array("one\n".utf8).span.bytes)
        log.turn()
        for offset in [Int64(1000), 3 << 20, 1 << 40] {
            log.truncate("a.log")
            _ = try writer.write(Array("behind \(offset)\n".utf8).span.bytes, at: offset)
            log.turn()
            _ = try writer.write(
                Array("and more\n".utf8).span.bytes, at: offset + 8 + Int64("\(offset)".count))
            log.turn()
        }
        #expect(
            log.take() == [
                "one", "behind 1000", "and more", "behind 3145728", "and more",
                "behind 1099511627776", "and more",
            ])
    }

    @Test("zeros at the end may still be written over") func preallocated() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        let writer = try Directory(path: log.scratch.path).open("a.log", [.create, .write])
        try writer.truncate(to: 1 << 20)
        log.turn()
        #expect(log.take() == [])
        _ = try writer.write(Array("one\n".utf8).span.bytes, at: 0)
        log.turn()
        _ = try writer.write(Array("two\n".utf8).span.bytes, at: 4)
        log.turn()
        #expect(log.take() == ["one", "two"])
    }

    @Test("a directory that vanishes and comes again") func directory() throws {
        let log = try LogReader(["d/a.log", "d/x/*.log"], start: .beginning)
        try log.scratch.makeDirectory("d/x")
        log.append("1\n", to: "d/a.log")
        log.append("x1\n", to: "d/x/x.log")
        log.turn()
        log.scratch.remove("d")
        log.wake()
        #expect(try log.row("d/a.log").state == .missing)
        try log.scratch.makeDirectory("d/x")
        log.append("2\n", to: "d/a.log")
        log.append("x2\n", to: "d/x/x.log")
        log.append("y1\n", to: "d/x/y.log")
        log.wake()
        #expect(Set(log.take()) == ["1", "x1", "2", "x2", "y1"])
        log.rename("d", "gone")
        log.append("3\n", to: "gone/a.log")
        log.wake()
        log.turn()
        #expect(log.take() == ["3"])
    }
}
