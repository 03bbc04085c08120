// Which files are read: globs, links, several names, bounds, and files that cannot be read.

@preconcurrency import Glibc
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("files are found") struct FindingTests {
    @Test("a glob finds what is there and what comes") func glob() throws {
        let log = try LogReader(["*/[ab]?.log"], start: .beginning)
        try log.scratch.makeDirectory("one")
        for name in ["a1.log", "c1.log", ".a.log", "a1.log.gz", "a22.log"] {
            log.append("\(name)\n", to: "one/\(name)")
        }
        log.turn()
        #expect(log.take() == ["a1.log"])
        log.append("new\n", to: "one/b2.log")
        try log.scratch.makeDirectory("two")
        log.wake()
        log.append("two\n", to: "two/a1.log")
        log.wake()
        #expect(Set(log.take()) == ["new", "two"])
        #expect(log.files.patternStatus().map(\.matches) == [3])
    }

    @Test("a log that a source names twice is read once, for both") func once() throws {
        let log = try LogReader(["*.log"], start: .beginning)
        log.sources.append(
            FileSource(
                name: "t", patterns: [log.scratch.path(of: "a.log")], start: .beginning))
        log.sources.append(
            FileSource(
                name: "l", patterns: [log.scratch.path(of: "link")], start: .beginning))
        log.restart()
        log.append("1\n", to: "a.log")
        log.append("b\n", to: "b.log")
        log.link("a.log", as: "link")
        log.turn()
        #expect(Set(log.lines.map { "\($0.text) \($0.sources)" }) == ["1 [0, 1, 2]", "b [0]"])
        _ = log.take()
        // The link is switched: its source wants the other one now.
        unlink(log.scratch.path(of: "link"))
        log.link("b.log", as: "link")
        log.wake()
        log.append("2\n", to: "a.log")
        log.append("c\n", to: "b.log")
        log.wake()
        #expect(Set(log.lines.map { "\($0.text) \($0.sources)" }) == ["2 [0, 1]", "c [0, 2]"])
    }

    @Test("a link that is switched: what was left, then the new file") func switched() throws {
        let log = try LogReader(["current"], start: .beginning)
        log.append("1\n", to: "app-1.log")
        log.link("app-1.log", as: "current")
        log.turn()
        log.append("2\n", to: "app-1.log")
        log.append("3\n", to: "app-2.log")
        log.link("app-2.log", as: "new")
        log.rename("new", "current")
        log.wake()
        #expect(log.take() == ["1", "2", "3"])
        log.append("4\n", to: "app-2.log")
        log.wake()
        log.append("late\n", to: "app-1.log")
        log.turn()
        #expect(log.take() == ["4", "late"])
    }

    @Test("a link elsewhere: both ends are watched") func bothEnds() throws {
        let log = try LogReader(["logs/a.log"], start: .beginning)
        try log.scratch.makeDirectory("data/one")
        log.link("data/one", as: "logs")
        log.turn()
        log.append("1\n", to: "data/one/a.log")
        log.wake()
        log.rename("data/one/a.log", "data/one/a.log.1")
        log.append("2\n", to: "data/one/a.log")
        log.wake()
        #expect(log.take() == ["1", "2"])
        // The directory of the log is a link, and is switched.
        try log.scratch.makeDirectory("data/two")
        log.append("3\n", to: "data/two/a.log")
        log.link("data/two", as: "next")
        log.rename("next", "logs")
        log.wake()
        #expect(log.take() == ["3"])
    }

    @Test("a glob that also finds the history reads it once") func history() throws {
        let log = try LogReader(["a.log*"], start: .beginning)
        log.append("1\n", to: "a.log")
        log.turn()
        for number in 2...4 {
            log.rename("a.log", "a.log.\(number)")
            log.append("\(number)\n", to: "a.log")
            log.turn()
        }
        log.turn(milliseconds: 120_000)
        log.turn(milliseconds: 120_000)
        #expect(log.take() == ["1", "2", "3", "4"])
        #expect(log.files.status(now: log.now).count == 1)
    }

    @Test("logs with a date in their names, without one that has none") func dated() throws {
        let log = try LogReader(["app-*.log"], start: .beginning)
        log.append("1\n", to: "app-2026-11-27.log")
        log.turn()
        log.append("2\n", to: "app-2026-11-28.log")
        log.wake()
        log.append("3\n", to: "app-2026-11-27.log")
        log.wake()
        #expect(log.take() == ["1", "2", "3"])
    }

    @Test("more files than are read are told") func tooMany() throws {
        let log = try LogReader(["*.log"], start: .beginning, files: 2)
        for name in ["a", "b", "c"] { log.append("\(name)\n", to: "\(name).log") }
        log.turn()
        #expect(log.take().sorted() == ["a", "b"])
        #expect(log.takeNotes() == [.tooManyFiles(limit: 2)])
        #expect(log.files.unreadFiles == [1])
        log.turn(milliseconds: 60_000)
        #expect(log.takeNotes() == [])
        for name in ["d", "e", "f"] { log.append("\(name)\n", to: "\(name).log") }
        log.wake()
        #expect(log.files.unreadFiles == [4])
        log.turn(milliseconds: 60_000)
        #expect(log.files.unreadFiles == [4] && log.takeNotes() == [])
        // What is gone makes place.
        log.scratch.remove("a.log")
        log.turn(milliseconds: 60_000)
        log.turn(milliseconds: 60_000)
        #expect(log.files.unreadFiles == [3] && log.take() == ["c"])
    }

    @Test("a name that appears is looked at alone, however many there are")
    func appears() throws {
        let log = try LogReader(["*.log", "deep/*.log"], start: .beginning)
        log.turn()
        let looked = log.files.scannedAt
        log.now += 500
        for number in 0..<300 { log.append("\(number)\n", to: "\(number).log") }
        log.append("no log\n", to: "other")
        try log.scratch.write("rotated", to: "5.log.1")
        log.link("7.log", as: "link.log")
        for _ in 0..<3 { log.wake() }
        #expect(log.take().count == 300)
        #expect(log.files.scannedAt == looked)
        try log.scratch.makeDirectory("deep")
        log.append("deep\n", to: "deep/a.log")
        log.wake()
        #expect(log.take() == ["deep"] && log.files.scannedAt == log.now)
    }

    @Test("a log that was removed and has been read is closed after a while")
    func removed() throws {
        let log = try LogReader(["a.log"], start: .beginning)
        log.append("1\nhalf", to: "a.log")
        log.turn()
        log.scratch.remove("a.log")
        log.turn()
        #expect(log.files.open.count == 1)
        for _ in 0..<4 { log.turn(milliseconds: 30_000) }
        #expect(log.files.open.count == 0 && log.take() == ["1", "half"])
        #expect(try log.row("a.log").lag == 0)
        log.append("2\n", to: "a.log")
        log.turn()
        #expect(log.take() == ["2"] && log.takeNotes() == [])
    }

    @Test("more files than may be open: all are read, and all that is appended")
    func manyOpen() throws {
        let log = try LogReader(["*.log"], start: .beginning, open: FileBounds.generations + 4)
        for round in 0..<4 {
            for number in 0..<40 { log.append("\(round) \(number)\n", to: "\(number).log") }
            log.turn()
            #expect(log.take().count == 40, "round \(round)")
            #expect(log.files.open.count <= FileBounds.generations + 4)
        }
        // A closed one is rotated.
        for number in 0..<40 {
            log.append("a\n", to: "\(number).log")
            log.rename("\(number).log", "\(number).log.1")
            log.append("b\n", to: "\(number).log")
        }
        log.turn()
        log.turn()
        #expect(
            log.take().sorted() == Array(repeating: "a", count: 40)
                + Array(repeating: "b", count: 40))
        #expect(log.takeNotes() == [])
    }

    @Test("without a watch everything is looked at once a second") func unwatched() throws {
        let log = try LogReader(["*/a.log"], start: .beginning, watches: 1)
        try log.scratch.makeDirectory("d")
        log.append("1\n", to: "d/a.log")
        log.turn()
        log.append("2\n", to: "d/a.log")
        log.turn()
        log.rename("d/a.log", "d/a.log.1")
        log.append("3\n", to: "d/a.log")
        try log.scratch.makeDirectory("e")
        log.append("4\n", to: "e/a.log")
        log.turn()
        log.turn()
        #expect(Set(log.take()) == ["1", "2", "3", "4"])
        #expect(try log.row("d/a.log").isPolled)
    }

    @Test("where there is no inotify at all") func noInotify() throws {
        let injection = FaultInjection(.init(.error(EMFILE), of: "inotify_init1", times: .max))
        let log = try injection.run { try LogReader(["a.log"], start: .beginning) }
        log.append("1\n", to: "a.log")
        log.turn()
        log.append("2\n", to: "a.log")
        log.turn()
        #expect(log.files.descriptor == nil)
        #expect(log.take() == ["1", "2"])
        #expect(try log.row("a.log").isPolled)
    }

    @Test("something else than a file is told once, and not read") func notAFile() throws {
        let log = try LogReader(["a.log", "b.log"], start: .beginning)
        #expect(mkfifo(log.scratch.path(of: "a.log"), 0o600) == 0)
        try log.scratch.makeDirectory("b.log")
        log.turn()
        log.turn(milliseconds: 6000)
        #expect(log.takeNotes() == [.notAFile, .notAFile])
        unlink(log.scratch.path(of: "a.log"))
        log.append("1\n", to: "a.log")
        log.turn(milliseconds: 6000)
        #expect(log.take() == ["1"])
    }
}
