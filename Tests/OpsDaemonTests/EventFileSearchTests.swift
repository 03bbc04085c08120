// Files of events, read backwards (EventFileSearch.swift, R1 to R4): whatever is in them, and
// whatever becomes of them between two pages.

import Foundation
import OpsCore
import OpsLinux
import OpsProtocol
import OpsTestKit
import OpsTrails
import Testing

@testable import OpsDaemon

@Suite struct EventFileSearchTests {
    private let scratch: ScratchDirectory
    private static let year: Int64 = 1_767_225_600

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
    }

    private static func event(_ id: UInt64, _ kind: EventKind = .ban) -> Event {
        let severity: Severity = kind == .health ? .critical : .info
        return Event(
            id: id, kind: kind, severity: severity,
            wall: (year + Int64(id)) * 1_000_000_000, gauges: Gauges(),
            details: #"it said "severity":"critical", and more"#,
            network: kind == .ban
                ? Network(ipv4: 0x0a00_0000 | UInt32(truncatingIfNeeded: id)) : nil)
    }

    private static func line(_ id: UInt64, _ kind: EventKind = .ban) -> String {
        var bytes: [UInt8] = []
        event(id, kind).writeObject(to: &bytes)
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// Every hundredth is of health.
    private static func lines(_ ids: ClosedRange<UInt64>) -> String {
        ids.map { line($0, $0 % 100 == 0 ? .health : .ban) }.joined()
    }

    private func write(_ text: String, to name: String, age: Int64 = 0) throws {
        try scratch.write(Array(text.utf8), to: "log/" + name, modifiedAt: Self.year - age)
    }

    /// Three files and the live one: 1 to 400.
    private func writeAll() throws {
        try write(Self.lines(1...100), to: "events.ndjson-20251201-1764547200", age: 300)
        try write(Self.lines(101...200), to: "events.ndjson.1", age: 200)
        try write(Self.lines(201...300), to: "events.ndjson.2", age: 100)
        try write(Self.lines(301...400), to: "events.ndjson")
    }

    private static let small = EventFileSearch.Bounds(lookBytes: 16_384, blockBytes: 2_048)

    private func page(
        _ filter: EventFilter = EventFilter(), limit: Int = 50, from place: EventPlace,
        kept: [Event] = [], bounds: EventFileSearch.Bounds = small
    ) -> EventPage {
        var search = EventSearch(
            query: EventQuery(limit: limit, filter), floor: 0, rows: [], seen: 0, kept: kept)
        switch place {
        case .id(let id): search.floor = id - 1
        case .line(let line):
            search.query.after = place
            search.seen = line.seen
            search.kept = kept.filter { $0.id < line.id }
        }
        return EventFileSearch.page(search, path: scratch.log, bounds: bounds)
    }

    /// Follows the pages to the end; what happens before each is for `change`.
    private func walk(
        _ filter: EventFilter = EventFilter(), limit: Int = 7, from id: UInt64 = 1_000,
        kept: [Event] = [], bounds: EventFileSearch.Bounds = small,
        change: (Int) throws -> Void = { _ in }
    ) throws -> (ids: [UInt64], last: EventPage) {
        var ids: [UInt64] = []
        var place = EventPlace.id(id)
        for number in 0..<2_000 {
            try change(number)
            let page = page(filter, limit: limit, from: place, kept: kept, bounds: bounds)
            #expect(page.rows.count <= limit)
            ids += page.rows.map(\.place.id)
            guard let next = page.next else { return (ids, page) }
            place = next
        }
        Issue.record("it never ends")
        return (ids, page(from: place))
    }

    private static func down(_ range: ClosedRange<UInt64>) -> [UInt64] { range.reversed() }

    // MARK: Whole files

    @Test(arguments: [1, 7, 50, 1_000]) func allComeOnceNewestFirst(limit: Int) throws {
        try writeAll()
        let (ids, last) = try walk(limit: limit)
        #expect(ids == Self.down(1...400))
        #expect(last.total == 400 && last.isTotalComplete && last.fault == nil)
    }

    /// Rows are the lines as they stand.
    @Test func rowsAreTheLines() throws {
        try writeAll()
        let page = page(limit: 1, from: .id(351))
        guard case .line(let bytes)? = page.rows.first?.content else {
            Issue.record("\(page)")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) + "\n" == Self.line(350))
    }

    @Test(arguments: [1, 2, 100, 101, 102, 250, 400, 401, 9_999] as [UInt64])
    func beginsBelowAnyID(id: UInt64) throws {
        try writeAll()
        let (ids, _) = try walk(limit: 1_000, from: id)
        #expect(ids == (id == 1 ? [] : Self.down(1...min(400, id - 1))))
    }

    @Test(arguments: [
        EventFilter(severity: .critical), EventFilter(kind: .health), EventFilter(topic: .health),
    ]) func rareOnesAreFound(filter: EventFilter) throws {
        try writeAll()
        let (ids, last) = try walk(filter, limit: 3)
        #expect(ids == [400, 300, 200, 100] && last.total == 4 && last.isTotalComplete)
    }

    @Test func byAddress() throws {
        try writeAll()
        let one = Network(ipv4: 0x0a00_0000 | 77)
        #expect(try walk(EventFilter(network: one)).ids == [77])
        let sixteen = Network(ipv4: 0x0a00_0000 | 64, prefix: 28)
        #expect(try walk(EventFilter(network: sixteen)).ids == Self.down(64...79))
    }

    @Test func byTime() throws {
        try writeAll()
        let filter = EventFilter(
            since: (Self.year + 120) * 1_000, until: (Self.year + 250) * 1_000)
        let (ids, _) = try walk(filter, limit: 1_000)
        #expect(ids == Self.down(120...249))
    }

    /// A search for what is new does not read all that is old.
    @Test func whatIsTooOldEndsTheSearch() throws {
        let slack = UInt64(EventLineFilter.clockSlack / 1_000)
        try write(Self.line(1) + Self.line(2), to: "events.ndjson.1", age: 900)
        try write((0..<50).map { Self.line(slack + 100 + $0) }.joined(), to: "events.ndjson")
        try scratch.write([1], to: "log/events.ndjson.0.gz", modifiedAt: Self.year + 1_000_000)
        let since = EventFilter(since: (Self.year + Int64(slack) + 120) * 1_000)
        // The older file is looked at once, and found to be too old.
        let (ids, last) = try walk(since, limit: 100, from: .max)
        #expect(ids == Self.down(slack + 120...slack + 149))
        #expect(last.isTotalComplete)
    }

    // MARK: R1

    /// A page looks at so much, and the next goes on there.
    @Test func aPageLooksAtABoundedPart() throws {
        try writeAll()
        let first = page(EventFilter(kind: .started), from: .id(1_000))
        #expect(first.rows.isEmpty && first.total == 0 && !first.isTotalComplete)
        guard case .line(let place)? = first.next else {
            Issue.record("\(first)")
            return
        }
        #expect((300..<400).contains(place.id))
        let (ids, last) = try walk(EventFilter(kind: .started))
        #expect(ids.isEmpty && last.isTotalComplete)
    }

    /// `total` counts what was looked at, behind the page too, and no row twice.
    @Test func totalsGrowToWhatThereIs() throws {
        try writeAll()
        let large = EventFileSearch.Bounds()
        #expect(page(limit: 10, from: .id(1_000), bounds: large).total == 400)
        let (_, last) = try walk(limit: 10, bounds: large)
        #expect(last.total == 400)
        let small = page(limit: 10, from: .id(1_000))
        #expect((11..<400).contains(small.total) && !small.isTotalComplete)
    }

    /// A page holds so many bytes of lines, and the next goes on there.
    @Test func aPageOfLongLinesEndsEarly() throws {
        try writeAll()
        var bounds = EventFileSearch.Bounds()
        bounds.pageBytes = 1_000
        let first = page(limit: 1_000, from: .id(401), bounds: bounds)
        #expect((2..<10).contains(first.rows.count) && first.total == 400)
        #expect(try walk(limit: 1_000, bounds: bounds).ids == Self.down(1...400))
    }

    @Test func whoDoesNotWaitGetsNothing() throws {
        try writeAll()
        let search = EventSearch(
            query: EventQuery(limit: 5), floor: 400, rows: [], seen: 0, kept: [])
        let page = EventFileSearch.page(search, path: scratch.log, isCancelled: { true })
        #expect(page.rows.isEmpty && !page.isTotalComplete)
    }

    // MARK: Rotations

    /// Files get other names between two pages, and new ones come: nothing twice, nothing missing.
    @Test(arguments: [1, 7, 60]) func rotationsBetweenPages(limit: Int) throws {
        try writeAll()
        let manager = FileManager.default
        let (ids, _) = try walk(limit: limit, from: 401) { number in
            if number == 0 { return }
            // As logrotate without dates: each file moves on.
            for index in (1..<500).reversed() {
                let old = scratch.log + "/events.ndjson.\(index)"
                if manager.fileExists(atPath: old) {
                    try manager.moveItem(
                        atPath: old, toPath: scratch.log + "/events.ndjson.\(index + 1)")
                }
            }
            if number < 3 {
                try manager.moveItem(
                    atPath: scratch.log + "/events.ndjson", toPath: scratch.log + "/events.ndjson.1"
                )
                try scratch.write(Self.line(400 + UInt64(number)), to: "log/events.ndjson")
            }
        }
        #expect(ids == Self.down(1...400))
    }

    /// The file where a page ended is gone: the next begins below its id.
    @Test func aFileThatIsRemoved() throws {
        try writeAll()
        let (ids, last) = try walk(limit: 50, from: 401) { number in
            if number == 1 {
                scratch.remove("log/events.ndjson")
                try scratch.write(Self.line(401), to: "log/events.ndjson")
            }
        }
        #expect(ids == Self.down(351...400) + Self.down(1...300))
        #expect(last.isTotalComplete)
    }

    /// Another file has its inode, or it was written anew: the place is not believed.
    @Test func aPlaceThatIsNotTrue() throws {
        try writeAll()
        let directory = try Directory(path: scratch.log)
        let inode = try directory.status("events.ndjson.2").inode
        for offset in [0, 5, 300, 1 << 40] as [UInt64] {
            let place = EventLinePlace(id: 250, inode: inode, offset: offset, seen: 3)
            let page = page(limit: 2, from: .line(place))
            #expect(page.rows.map(\.place.id) == [249, 248], "\(offset)")
        }
    }

    /// The state was lost, and ids began anew: pages go on by place.
    @Test func idsThatBeganAnew() throws {
        try write(Self.lines(5_000...5_100) + Self.lines(1...30), to: "events.ndjson")
        let (ids, _) = try walk(limit: 7, from: 31)
        #expect(ids == Self.down(1...30) + Self.down(5_000...5_100))
    }

    // MARK: Strange files

    @Test func tornAndStrangeLinesArePassedOver() throws {
        let strange = [
            #"{"audit":"chain","seq":1,"lines":3,"id":9}"#, #"{"id":7,"event":"ban""#, "", "null",
            #"{"id":99999999999999999999999,"event":"ban"}"#, #"{"id":8,"event":7}"#,
            "{\"id\":8,\"event\":\"ban\",\"details\":\"\u{1}\"}",
            #"{"id":8,"event":"ban"}{"id":9,"event":"ban"}"#, #"{"id":8}"#,
            #"{"id":8,"event":"ban","details":"\ud800"}"#,
        ].joined(separator: "\n")
        var bytes = Array((Self.line(1) + strange + "\n" + Self.line(2)).utf8)
        bytes += [0xff, 0xfe, 0x0a] + Array(#"{"id":8,"event":"ban","details":""#.utf8)
        bytes += [0xc3, 0x28] + Array("\"}\n".utf8) + [UInt8](repeating: 0, count: 5_000)
        bytes += Array(("\n" + Self.line(3) + #"{"id":4,"event":"ban","cpu":1"#).utf8)
        try scratch.write(bytes, to: "log/events.ndjson")
        for limit in [1, 100] {
            let (ids, last) = try walk(limit: limit, from: 100)
            #expect(ids == [3, 2, 1] && last.total == 3)
        }
    }

    /// A line that is longer than what is read at once is passed over, wherever it stands.
    @Test(arguments: [2_047, 2_048, 2_049, 5_000, 70_000]) func hugeLines(bytes: Int) throws {
        let huge = String(repeating: "x", count: bytes)
        try write(
            huge + "\n" + Self.line(1) + huge + "\n" + huge + "\n" + Self.line(2) + Self.line(3)
                + huge, to: "events.ndjson")
        let bounds = EventFileSearch.Bounds(lookBytes: 1 << 20, blockBytes: 2_048)
        let (ids, _) = try walk(limit: 2, from: 100, bounds: bounds)
        #expect(ids == [3, 2, 1])
    }

    @Test func emptyFilesAndNone() throws {
        #expect(try walk().ids == [])
        try write("", to: "events.ndjson")
        try write("", to: "events.ndjson.1", age: 1)
        try write(Self.line(1), to: "events.ndjson.2", age: 2)
        try scratch.makeDirectory("log/events.ndjson.d")
        let (ids, last) = try walk()
        #expect(ids == [1] && last.isTotalComplete)
    }

    /// R3: what cannot be read is named.
    @Test func whatCannotBeReadIsNamed() throws {
        try writeAll()
        let directory = "log/events.ndjson.1"
        scratch.remove(directory)
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/" + directory, withDestinationPath: "/dev/zero")
        let (ids, last) = try walk(limit: 100)
        #expect(ids == Self.down(201...400) + Self.down(1...100))
        #expect(last.isTotalComplete, "a link is no file of events")
        scratch.remove("log")
        let page = page(from: .id(100))
        #expect(page.fault?.hasPrefix(scratch.log) == true && !page.isTotalComplete)
    }

    @Test func compressedFilesAreCounted() throws {
        try writeAll()
        for name in ["events.ndjson.0.gz", "events.ndjson-20250101.xz", "events.ndjson.1.gz"] {
            try scratch.write([1], to: "log/" + name)
        }
        try scratch.write([1], to: "log/events.ndjson.7.gz.new")
        let (ids, last) = try walk(limit: 1_000, bounds: EventFileSearch.Bounds())
        #expect(ids.count == 400 && last.compressedFiles == 2, "events.ndjson.1 is there itself")
        #expect(!last.isTotalComplete)
    }

    // MARK: R2

    /// What the tail has kept and the files have lost comes in its place, and nothing twice.
    @Test(arguments: [1, 3, 100]) func keptEventsComeBetweenTheLines(limit: Int) throws {
        try write(Self.lines(10...20) + Self.lines(31...40), to: "events.ndjson")
        let kept = [50, 35, 25, 24, 10, 3, 1].map { Self.event($0) }
        let (ids, last) = try walk(limit: limit, from: 100, kept: kept)
        #expect(ids == [50] + Self.down(31...40) + [25, 24] + Self.down(10...20) + [3, 1])
        #expect(last.total == 26)
    }

    @Test func keptEventsBelowWhatWasLookedAtWait() throws {
        try writeAll()
        let kept = [UInt64(100)].map { Self.event($0, .health) }
        let first = page(EventFilter(severity: .critical), limit: 1, from: .id(400), kept: kept)
        #expect(!first.rows.contains { $0.place.id == 100 } && first.total >= 1)
        let (ids, _) = try walk(EventFilter(severity: .critical), limit: 1, from: 400, kept: kept)
        #expect(ids == [300, 200, 100])
    }
}
