// `opsctl events` over compressed files: after opsd's pages, in the same order, by the same
// filters and the same rules of paging, each event once.

import Foundation
import OpsCore
import OpsLinux
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsControl

@Suite struct PackedEventsTests {
    private static func down(_ ids: ClosedRange<UInt64>) -> [UInt64] { ids.reversed() }

    /// 1 to 200 are compressed, 201 to 400 are not, and the newest twenty are in memory.
    private func daemon(tail: [UInt64] = Array(381...400)) throws -> FilesDaemon {
        let daemon = try FilesDaemon(tail: tail)
        try daemon.write([
            ("events.ndjson.1.gz", 1...100), ("events.ndjson-20260101-1767225800.gz", 101...200),
            ("events.ndjson.2", 201...300), ("events.ndjson", 301...400),
        ])
        return daemon
    }

    @Test func allEventsComeOnceNewestFirst() throws {
        let (pages, run) = try daemon().pages(["--all"])
        #expect(run.status == 0 && run.complaints == "")
        #expect(FilesDaemon.ids(pages) == Self.down(1...400))
        let last = try #require(pages.last)
        #expect(last["total"]?.integer == 400 && last["total_complete"]?.bool == true)
        #expect(last["next"] == .null && last["compressed_files"] == nil)
    }

    @Test func textToo() throws {
        let run = try daemon().run(["events", "--all"])
        #expect(run.status == 0 && run.complaints == "")
        let ids = run.output.split(separator: "\n").dropFirst().compactMap {
            UInt64($0.split(separator: " ")[0])
        }
        #expect(ids == Self.down(1...400))
    }

    /// Whoever does not ask for all gets what is in memory and in plain files, and is told.
    @Test func notAllIsTheNewest() throws {
        let run = try daemon().run(["events"])
        #expect(run.output.split(separator: "\n").count == 401 - 200)
        #expect(
            run.complaints
                == "opsctl: older events are in 2 compressed files: opsctl events --all reads "
                + "them too\n")
    }

    /// Where there is nothing else to show, they are read.
    @Test func readWhereNothingIsShown() throws {
        let (pages, run) = try daemon().pages(["--until", "2026-01-01T00:00:50Z"])
        #expect(FilesDaemon.ids(pages) == Self.down(1...49) && run.complaints == "")
        #expect(pages.last?["total_complete"]?.bool == true)
    }

    @Test(
        arguments: [
            ["--severity", "critical"], ["--topic", "guard"], ["--event", "health"],
            ["--ip", "10.0.0.16/28"], ["--since", "2026-01-01T00:02:00Z"],
            ["--until", "2026-01-01T00:03:10Z"],
            ["--since", "2026-01-01T00:01:00Z", "--until", "2026-01-01T00:05:00Z"],
        ])
    func theSameFilters(words: [String]) throws {
        let daemon = try daemon()
        let (pages, run) = try daemon.pages(["--all"] + words)
        // The same files, and none is compressed.
        let plain = try FilesDaemon(tail: Array(381...400))
        try plain.write([
            ("events.ndjson.1", 1...100), ("events.ndjson-20260101-1767225800", 101...200),
            ("events.ndjson.2", 201...300), ("events.ndjson", 301...400),
        ])
        let expected = try plain.pages(["--all"] + words)
        #expect(run.complaints == "" && !FilesDaemon.ids(pages).isEmpty)
        #expect(FilesDaemon.ids(pages) == FilesDaemon.ids(expected.pages))
        #expect(pages.last?["total"] == expected.pages.last?["total"])
        #expect(pages.last?["total_complete"] == expected.pages.last?["total_complete"])
    }

    /// Page after page, each with the `next` of the one before.
    @Test(arguments: [1, 7, 50, 90, 199, 200, 399, 400, 1_000])
    func pagesFollowEachOther(limit: Int) throws {
        let daemon = try daemon(tail: (2...40).map { $0 * 10 } + Array(391...399))
        var ids: [UInt64] = []
        var place: [String] = []
        for _ in 0..<500 {
            let (pages, run) = try daemon.pages(["--limit", String(limit)] + place)
            #expect(run.status == 0 && run.complaints == "" && pages.count == 1)
            let found = FilesDaemon.ids(pages)
            #expect(found.count <= limit)
            ids += found
            guard let next = pages.first?["next"], next != .null else {
                #expect(pages.first?["total"]?.integer == 400)
                #expect(pages.first?["total_complete"]?.bool == true)
                break
            }
            place = ["--after", next.plain]
        }
        #expect(ids == Self.down(1...400))
    }

    /// A flood has rotated everything else out of the plain files, and what memory has kept of it
    /// is in its place among what the compressed files have.
    @Test func whatMemoryHasKeptIsInItsPlace() throws {
        let daemon = try daemon(tail: (3...40).map { $0 * 10 } + Array(391...399))
        let (pages, run) = try daemon.pages(["--all"])
        #expect(FilesDaemon.ids(pages) == Self.down(1...400) && run.complaints == "")
        let (critical, _) = try daemon.pages(["--all", "--severity", "critical"])
        #expect(FilesDaemon.ids(critical) == Self.down(1...40).map { $0 * 10 })
    }

    /// Any layout: the same events as when no file is compressed.
    @Test(arguments: 0..<30 as Range<UInt64>) func anyLayout(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = UInt64.random(in: 1...12, using: &random)
        let packed = UInt64.random(in: 0...count, using: &random)
        var files: [(String, ClosedRange<UInt64>)] = []
        var last: UInt64 = 0
        for number in 1...count {
            let next = last + UInt64.random(in: 1...60, using: &random)
            let name =
                number == count
                ? "events.ndjson"
                : random.pick([
                    "events.ndjson.\(number)", "events.ndjson-2026010\(number % 10)-\(number)",
                ])
            files.append(
                (name + (number <= packed && number < count ? ".gz" : ""), last + 1...next))
            last = next
        }
        // Of each topic the newest are kept, without a gap.
        let first = (
            ban: last - UInt64.random(in: 0..<min(9, last), using: &random),
            health: UInt64.random(in: 1...last + 10, using: &random)
        )
        let kept = (1...last).filter { $0 >= ($0 % 10 == 0 ? first.health : first.ban) }
        let daemon = try FilesDaemon(tail: kept, lookBytes: Int(random.pick([4_096, 64 << 20])))
        try daemon.write(files.map { (name: $0.0, ids: $0.1) })
        let words = random.pick([
            [], ["--severity", "critical"], ["--ip", "10.0.0.0/26"], ["--topic", "health"],
        ])
        let expected = (1...last).reversed().filter { id in
            switch words.last {
            case nil: true
            case "10.0.0.0/26": id % 10 != 0 && id < 64
            default: id % 10 == 0
            }
        }
        let (pages, run) = try daemon.pages(["--all"] + words)
        #expect(run.complaints == "", "\(run.complaints)")
        #expect(FilesDaemon.ids(pages) == expected)
        #expect(pages.last?["total"]?.integer == Int64(expected.count))
        #expect(pages.last?["total_complete"]?.bool == true)
    }

    // MARK: What cannot be read

    @Test func adamagedFileGivesWhatIsBeforeTheDamage() throws {
        let daemon = try daemon()
        let name = "log/events.ndjson-20260101-1767225800.gz"
        let bytes = try daemon.scratch.bytes(name)
        try daemon.scratch.write(Array(bytes.prefix(bytes.count / 2)), to: name)
        let (pages, run) = try daemon.pages(["--all"])
        let ids = FilesDaemon.ids(pages)
        #expect(
            ids.starts(with: Self.down(201...400)) && ids.suffix(100) == Self.down(1...100)[...])
        #expect(ids.count > 300 && ids.count < 400)
        #expect(run.complaints.contains("20260101-1767225800.gz: the gzip file ends in the middle"))
        #expect(pages.last?["total_complete"]?.bool == false)
        #expect(pages.last?["compressed_files"]?.integer == 1)
    }

    @Test func othersThanGzipAreNamed() throws {
        let daemon = try daemon()
        try daemon.write([1, 2, 3], to: "events.ndjson-20251201.xz", age: 90_000)
        let (pages, run) = try daemon.pages(["--all"])
        #expect(FilesDaemon.ids(pages) == Self.down(1...400))
        #expect(run.complaints.contains("events.ndjson-20251201.xz: not compressed by gzip"))
        #expect(pages.last?["total_complete"]?.bool == false)
    }

    /// A link could point to anything.
    @Test func linksAreNotFollowed() throws {
        let daemon = try daemon()
        let log = daemon.scratch.path(of: "log")
        try FileManager.default.createSymbolicLink(
            atPath: log + "/events.ndjson.9.gz", withDestinationPath: log + "/events.ndjson.1.gz")
        let (pages, run) = try daemon.pages(["--all"])
        #expect(FilesDaemon.ids(pages) == Self.down(1...400))
        #expect(run.complaints.contains("events.ndjson.9.gz: not a regular file"))
        #expect(pages.last?["total_complete"]?.bool == false)
    }

    /// opsd's page stands as it is, and why the files were not read is told.
    @Test func aDirectoryThatCannotBeRead() throws {
        let daemon = try daemon()
        let fake = try FakeDaemon { _, request in
            [
                .line(
                    request == "audit status"
                        ? #"ok {"directory":"/nowhere/of/opsd"}"# : daemon.answer(request))
            ]
        }
        let run = try Opsctl.run(["events", "--all"], fake)
        #expect(run.status == 0 && run.output.split(separator: "\n").count == 201)
        #expect(
            run.complaints
                == "opsctl: events in 2 compressed files were not read: cannot read "
                + "/nowhere/of/opsd: No such file or directory (ENOENT)\n")
    }

    @Test func aFileThatMayNotBeRead() {
        let fault = PackedFiles.Fault("/var/log/opsd", .init(13, "openat"))
        #expect(
            fault.message
                == "cannot read /var/log/opsd: Permission denied (EACCES) (the files are readable for root "
                + "and for the group of opsd)")
    }

    /// More matches than are held at once: another pass brings the rest.
    @Test(arguments: [200, 1_000, 5_000]) func littleIsHeld(keptBytes: Int) throws {
        let daemon = try daemon()
        for passing in [nil, 1, 90, 150, 999] as [UInt64?] {
            let list = try PackedFiles(in: daemon.scratch.path(of: "log"), since: nil)
            var events = PackedEvents(
                list, EventFilter(), after: passing.map { .id($0) }, seen: 0, keptBytes: keptBytes)
            var ids: [UInt64] = []
            while let row = events.next() {
                let json = try JSONValue(parsing: row.span)
                ids.append(UInt64(json["id"]?.integer ?? 0))
            }
            let last = min(passing ?? 201, 201) - 1
            #expect(ids == (last == 0 ? [] : Self.down(1...last)))
            #expect(events.total == UInt64(ids.count) && events.isComplete)
        }
    }

    /// 64 MiB of lines in a file take opsctl little memory.
    @Test func aLargeFileTakesLittleMemory() throws {
        let daemon = try FilesDaemon(tail: [500_001])
        try daemon.write([
            ("events.ndjson.1.gz", 1...300_000), ("events.ndjson", 500_001...500_001),
        ])
        let fake = try FakeDaemon { _, request in [.line(daemon.answer(request))] }
        let run = try Opsctl.run(["events", "--all"], fake, dataKibibytes: 64 << 10)
        #expect(run.status == 0 && run.complaints == "")
        #expect(run.output.split(separator: "\n").count == 300_002)
    }
}
