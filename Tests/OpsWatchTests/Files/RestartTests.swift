// What is read after a restart, or a crash: all that was not answered, and nothing else.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("reading goes on after a restart") struct RestartTests {
    /// A log with one line read and answered, and one that is not read.
    private func started() throws -> LogReader {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1 \(String(repeating: "x", count: 600))\n", to: "a.log")
        log.turn()
        _ = log.take()
        log.append("2\n", to: "a.log")
        return log
    }

    @Test("the file is as it was") func same() throws {
        let log = try started()
        log.restart()
        log.turn()
        log.append("3\n", to: "a.log")
        log.turn()
        #expect(log.take() == ["2", "3"])
        #expect(log.takeNotes() == [])
    }

    @Test("what was not answered comes again, with the same places") func repeated() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\n2\n3\n", to: "a.log")
        log.files.tick(now: log.now)
        log.store(always: true)
        log.answers = false
        while log.files.hasWork {
            log.store()
            log.step(atMostLines: 1)
        }
        #expect(log.unanswered.count == 3)
        log.files.acknowledge(log.unanswered[0])
        log.store(always: true)
        let before = log.lines
        log.lines.removeAll()
        log.restart()
        log.answers = true
        log.turn()
        #expect(log.lines == Array(before[1...]))
    }

    @Test("rotated while opswatch was away", arguments: 1...3)
    func rotated(_ times: Int) throws {
        let log = try started()
        for time in 1...times {
            for number in (1..<time).reversed() {
                log.rename("a.log.\(number)", "a.log.\(number + 1)")
            }
            log.rename("a.log", "a.log.1")
            log.append("\(2 + time)\n", to: "a.log")
        }
        log.restart()
        log.turn()
        log.turn()
        #expect(log.take() == (2...times + 2).map { "\($0)" })
        #expect(log.takeNotes() == [])
    }

    @Test("rotated and compressed while opswatch was away", arguments: [false, true])
    func compressed(_ isDelayed: Bool) throws {
        let log = try started()
        log.rename("a.log", "a.log.1")
        log.append("3\n", to: "a.log")
        if !isDelayed { try log.scratch.compress("a.log.1") }
        log.restart()
        log.turn()
        #expect(log.take() == ["2", "3"])
        // Again, while the first is still stored.
        log.append("4\n", to: "a.log")
        if isDelayed { try log.scratch.compress("a.log.1") }
        log.rename("a.log.1.gz", "a.log.2.gz")
        log.rename("a.log", "a.log.1")
        log.append("5\n", to: "a.log")
        log.rename("a.log.2.gz", "a.log.3.gz")
        log.rename("a.log.1", "a.log.2")
        log.rename("a.log", "a.log.1")
        log.append("6\n", to: "a.log")
        try log.scratch.compress("a.log.1")
        try log.scratch.compress("a.log.2")
        log.restart()
        log.turn()
        log.turn()
        #expect(log.take() == ["4", "5", "6"])
        #expect(log.takeNotes() == [])
    }

    @Test("rotated by date, and compressed") func dated() throws {
        let log = try started()
        log.rename("a.log", "a.log-20261127")
        log.append("3\n", to: "a.log")
        log.rename("a.log", "a.log-20261128")
        log.append("4\n", to: "a.log")
        try log.scratch.compress("a.log-20261127")
        log.restart()
        log.turn()
        log.turn()
        #expect(log.take() == ["2", "3", "4"])
        #expect(log.takeNotes() == [])
    }

    @Test("copied and truncated while opswatch was away") func copied() throws {
        let log = try started()
        try log.copy("a.log", to: "a.log.1")
        log.truncate("a.log")
        log.append("3\n", to: "a.log")
        log.restart()
        log.turn()
        log.turn()
        #expect(log.take() == ["2", "3"])
        #expect(log.takeNotes() == [])
    }

    @Test("truncated while opswatch was away: told, and read from the beginning")
    func truncated() throws {
        let log = try started()
        log.truncate("a.log")
        log.append("3\n", to: "a.log")
        log.restart()
        log.turn()
        log.turn()
        #expect(log.take() == ["3"])
        #expect(log.takeNotes() == [.gone])
    }

    @Test("deleted while opswatch was away") func deleted() throws {
        let log = try started()
        log.scratch.remove("a.log")
        log.restart()
        log.turn()
        log.append("3\n", to: "a.log")
        log.turn()
        #expect(log.take() == ["3"])
        #expect(log.takeNotes() == [.gone])
    }

    @Test("places grow over all of this") func places() throws {
        let log = try started()
        var last: [String: UInt64] = [:]
        for step in 0..<12 {
            switch step % 4 {
            case 0: log.truncate("a.log")
            case 1: log.rename("a.log", "a.log.1")
            case 2: log.scratch.remove("a.log")
            default: break
            }
            log.append("\(step)\n", to: "a.log")
            if step.isMultiple(of: 3) { log.restart() }
            log.turn()
            for line in log.lines {
                #expect(line.stream != "" && line.place > last[line.stream] ?? 0, "\(step)")
                last[line.stream] = line.place
            }
            log.lines.removeAll()
        }
        #expect(last.count == 2)
    }

    @Test("a log that a known glob finds after the restart is new") func newMatch() throws {
        let log = try LogReader(["*.log"])
        log.append("old\n", to: "a.log")
        log.turn()
        log.append("b\n", to: "b.log")
        log.restart()
        log.turn()
        #expect(log.take() == ["b"])
    }

    @Test("a log whose permissions are taken away for a while is not taken for gone")
    func denied() throws {
        let log = try started()
        log.restart()
        let injection = FaultInjection(.init(.error(EACCES), of: "openat", times: .max))
        injection.run { log.turn() }
        #expect(try log.row("a.log").state == .denied)
        #expect(log.takeNotes() == [.failed(Errno(EACCES, "openat"))])
        log.turn(milliseconds: 6000)
        #expect(log.take() == ["2"])
        #expect(log.takeNotes() == [])
    }

    @Test("the position of a file that is gone for 30 days is dropped") func forgotten() throws {
        let log = try started()
        log.scratch.remove("a.log")
        log.turn()
        log.now += 29 * 86_400_000
        log.turn()
        #expect(log.stored.files.count == 1)
        log.now += 2 * 86_400_000
        log.restart()
        log.turn()
        #expect(log.stored.files.count == 0)
    }
}
