// Lines as they are delivered: long ones, half ones, and errors in between.

@preconcurrency import Glibc
import OpsDetect
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("lines are delivered") struct LineTests {
    @Test(
        "a line longer than the buffer keeps its head and tail",
        arguments: [9000, 300_000, 900_000])
    func long(_ size: Int) throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("before\nHEAD" + String(repeating: "x", count: size), to: "a.log")
        log.turn()
        #expect(log.take() == ["before"])
        log.append(String(repeating: "y", count: 9000) + "TAIL\nafter\n", to: "a.log")
        log.turn()
        let lines = log.lines
        #expect(lines.count == 2)
        #expect(lines[0].text.hasPrefix("HEADxxx") && lines[0].text.hasSuffix("yyyTAIL"))
        #expect(lines[0].text.utf8.count == LongLine.limitBytes)
        #expect(lines[0].text.contains("x\u{FFFD}y"))
        #expect(lines[1].text == "after")
        #expect(lines[1].place - lines[0].place == UInt64(16 * (4 + size + 9000 + 4 + 1)))
        #expect(try log.row("a.log").lag == 0)
    }

    @Test("where the middle was left out, start and end do not read as one")
    func joint() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        // The end begins within the address `11.22.33.44`, with all of `1.22.33.44`.
        let start = String(repeating: "y", count: LongLine.headBytes - 9) + "client: 1"
        let end = "1.22.33.44, " + String(repeating: "z", count: LongLine.tailBytes - 12)
        let long = start + String(repeating: "x", count: 700_000) + end
        log.append("1\n\(long)\n2\n\(long)\n", to: "a.log")
        log.turn()
        log.rename("a.log", "a.log.1")
        try log.scratch.compress("a.log.1")
        log.append("3\n", to: "a.log")
        log.restart()
        log.turn()
        let cut = log.take().filter { $0.utf8.count > 20 }
        #expect(cut.count >= 2)
        #expect(cut.allSatisfy { $0.contains("client: 1\u{FFFD}1.22.33.44, ") })
    }

    @Test("long lines of a rotated file that is compressed") func longInGzip() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        let long = "HEAD" + String(repeating: "x", count: 700_000) + "TAIL"
        log.append("2\n\(long)\n3\n\(long)", to: "a.log")
        log.rename("a.log", "a.log.1")
        try log.scratch.compress("a.log.1")
        log.append("4\n", to: "a.log")
        log.restart()
        log.turn()
        let texts = log.take().map { $0.count > 20 ? "\($0.prefix(4))\($0.suffix(4))" : $0 }
        #expect(texts == ["1", "2", "HEADTAIL", "3", "HEADTAIL", "4"])
    }

    @Test("what is consumed in part comes again from there") func partly() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n2\n3\n", to: "a.log")
        log.files.tick(now: log.now)
        for _ in 0..<20 where log.files.hasWork {
            log.store()
            log.step(atMostLines: 1)
        }
        #expect(log.lines.map(\.text) == ["1", "2", "3"])
        #expect(log.lines.map(\.place) == [16, 48, 80])
    }

    @Test("a file that cannot be read for a while is read later", arguments: [EIO, ESTALE])
    func failing(_ code: Int32) throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("2\n", to: "a.log")
        let injection = FaultInjection(.init(.error(code), of: "pread", times: .max))
        injection.run { log.turn() }
        #expect(try log.row("a.log").state == .failed(Errno(code, "pread")))
        #expect(log.takeNotes() == [.failed(Errno(code, "pread"))])
        log.turn(milliseconds: 1000)
        #expect(log.take() == ["1"])
        log.turn(milliseconds: 5000)
        #expect(log.take() == ["2"])
        #expect(try log.row("a.log").state == .waiting)
    }

    @Test("reads that give less than was asked for") func short() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        let text = (0..<100).map { "line \($0)\n" }.joined()
        log.append(text, to: "a.log")
        let injection = FaultInjection(.init(.atMost(300), of: "pread", times: .max))
        injection.run { log.turn() }
        #expect(log.take() == (0..<100).map { "line \($0)" })
    }

    @Test("a disk that is full: lines are read, without places") func full() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.files.tick(now: log.now)
        #expect(!log.step())
        #expect(log.files.mustStoreBeforeReading)
        _ = log.files.positions(now: log.now)
        log.files.storeFailed()
        #expect(log.step())
        #expect(log.lines.map { "\($0.text)\($0.stream)" } == ["1"])
        #expect(log.files.hasChanges)
        log.store(always: true)
        log.append("2\n", to: "a.log")
        log.turn()
        #expect(log.lines.map(\.text) == ["1", "2"])
        #expect(log.lines[1].stream != "" && log.lines[1].place == 48)
    }

    @Test("at most one slice of a file before the next file has its turn") func turns() throws {
        let log = try LogReader(["*.log"], start: .beginning)
        let text = String(repeating: String(repeating: "x", count: 99) + "\n", count: 10_000)
        for name in ["a", "b"] { log.append(text, to: "\(name).log") }
        log.files.tick(now: log.now)
        var order: [String] = []
        for _ in 0..<100 where log.files.hasWork {
            log.store()
            let before = log.lines.count
            if log.step() { order.append(log.lines[before].stream) }
        }
        #expect(order.count >= 8)
        #expect(log.lines.count == 20_000)
        #expect(zip(order, order.dropFirst()).allSatisfy { $0 != $1 })
    }
}
