// A slow domain of the tests, with the machinery that the product's own will use: entities whole in
// the log, whole in the snapshot at its beginning, an event in the record.  Whatever is done to it,
// from whatever snapshot and with the tail of the log cut wherever it may be: the state is that of
// the last whole record, exactly.

import OpsCore
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsStore

/// A thing that somebody should do.
private struct Ticket: CodedEntity {
    let id: UInt64
    var title: String
    var deadline: Int64
    var uid: UInt32?
    var isUrgent = false
    var unknown = ""

    init(id: UInt64, title: String, deadline: Int64, uid: UInt32?, isUrgent: Bool) {
        self.id = id
        self.title = title
        self.deadline = deadline
        self.uid = uid
        self.isUrgent = isUrgent
    }

    static let word: StaticString = "ticket"

    static func write(_ id: UInt64, to json: inout JSONWriter) { json.integer(id) }

    static func readID(_ members: inout EntityMembers) throws(EntityFault) -> UInt64 {
        try members.integer("ticket")
    }

    func writeMembers(to json: inout JSONWriter) {
        json.key("title")
        json.string(title)
        json.key("deadline_ms")
        if deadline == Ban.never { json.null() } else { json.integer(deadline) }
        if let uid {
            json.key("uid")
            json.integer(uid)
        }
        json.key("urgent")
        json.bool(isUrgent)
    }

    init(id: UInt64, _ members: inout EntityMembers) throws(EntityFault) {
        self.init(
            id: id, title: try members.text("title", limitBytes: 1_000),
            deadline: try members.deadline("deadline_ms"), uid: try members.integer(ifThere: "uid"),
            isUrgent: try members.bool("urgent"))
    }
}

private typealias TicketRecord = EntityRecord<Ticket>

extension SeededGenerator {
    fileprivate mutating func ticket(_ id: UInt64) -> Ticket {
        var ticket = Ticket(
            id: id, title: text(upTo: 300), deadline: pick([Ban.never, deadline()]),
            uid: pick([nil, 0, .max]), isUrgent: next() % 2 == 0)
        if next() % 4 == 0 { ticket.unknown = #""site":"north","left":[1,{"a":null}]"# }
        return ticket
    }

    fileprivate mutating func draft() -> EventDraft? {
        if next() % 3 == 0 { return nil }
        let kind = pick(EventKind.allCases)
        return EventDraft(
            kind, pick(Severity.allCases), text(upTo: 300),
            reason: pick([nil, text(upTo: 200)]), uid: pick([nil, 0, .max]),
            expires: pick([nil, number()]), subject: subject(kind))
    }

    fileprivate mutating func record() -> TicketRecord {
        let id = next() % 40
        return next() % 3 == 0 ? .drop(id, event: draft()) : .put(ticket(id), event: draft())
    }
}

@Suite struct EntityTests {
    /// A table, the log of it, and what it was after each record.
    private struct Story {
        var table = EntityTable<Ticket>()
        var bytes: [UInt8] = []
        var writer: SegmentWriter
        var states: [[Ticket]] = [[]]
        var events: [EventDraft?] = []
        /// Taken by reference, with the number of the last record in them.
        var images: [(image: EntityImage<Ticket>, at: UInt64)] = []

        init() {
            writer = SegmentWriter(
                SegmentHeader(
                    salt: 3, firstSequence: 1, bootID: BootID(high: 1, low: 2),
                    created: Moment(boot: 3, wall: 4)), into: &bytes)
        }

        mutating func commit(_ record: TicketRecord, _ stamp: Stamp) {
            events.append(table.apply(record))
            states.append(table.sorted)
            _ = writer.append(
                record.kind == .put ? .noted : .forgotten, stamp, into: &bytes
            ) { record.encode(into: &$0) }
        }
    }

    private func story(_ seed: UInt64, records: Int) -> Story {
        var random = SeededGenerator(seed: seed)
        var story = Story()
        for _ in 0..<records {
            if random.next() % 5 == 0 {
                story.writer.mark(
                    durable: story.writer.nextSequence - 1, snapshot: 0, into: &story.bytes)
            }
            if random.next() % 8 == 0 {
                story.images.append((story.table.image, UInt64(story.events.count)))
            }
            story.commit(random.record(), random.stamp())
        }
        return story
    }

    /// Replays a log onto a snapshot; records up to its number are in it already.
    private func replay(
        _ bytes: [UInt8], onto image: EntityImage<Ticket>?, at first: UInt64
    ) throws -> (table: EntityTable<Ticket>, events: [EventDraft?], last: UInt64) {
        var table = EntityTable<Ticket>()
        if let image { for ticket in try throughASnapshot(image) { table.insert(ticket) } }
        var events: [EventDraft?] = []
        let reading = try LogReader.read(
            bytes.span,
            decoding: { (type, cursor, bytes) throws(StoreFault) in
                try TicketRecord(type == .noted ? .put : .drop, &cursor, bytes)
            }
        ) { sequence, _, record in
            if sequence <= first { return }
            events.append(table.apply(record))
        }
        if case .refused(let fault) = reading.ending { throw fault }
        return (table, events, reading.nextSequence - 1)
    }

    /// The lines of a table, and the tickets that come back.
    private func throughASnapshot(_ image: EntityImage<Ticket>) throws -> [Ticket] {
        var bytes: [UInt8] = []
        var writer = SnapshotWriter(
            SnapshotHeader(
                sequence: 1, bootID: BootID(high: 1, low: 2), taken: Moment(boot: 3, wall: 4),
                clockOffset: 5, lastEventID: 0), into: &bytes)
        for ticket in image.sorted { writer.append(ticket, into: &bytes) }
        return try bytes.split(separator: 0x0a).dropFirst().map { line in
            let line = Array(line)
            var cursor = JSONCursor()
            try cursor.beginObject(line.span)
            return try SnapshotReader().readEntity(Ticket.self, cursor, line.span)
        }
    }

    @Test(arguments: 1...8) func replayFromAnySnapshotGivesTheSame(seed: UInt64) throws {
        let story = story(seed, records: 120)
        #expect(!story.images.isEmpty)
        let whole = try replay(story.bytes, onto: nil, at: 0)
        #expect(whole.table.sorted == story.table.sorted && whole.events == story.events)
        #expect(whole.table.count == story.table.count)
        #expect(whole.table.nextDeadline == story.table.nextDeadline)
        for (image, at) in story.images {
            // It is what it was, however the table went on.
            #expect(image.sorted == story.states[Int(at)])
            let again = try replay(story.bytes, onto: image, at: at)
            #expect(again.table.sorted == story.table.sorted)
            #expect(again.table.nextDeadline == story.table.nextDeadline)
            #expect(again.events == Array(story.events[Int(at)...]))
        }
    }

    /// Records that are in the snapshot already do no harm when they are applied again, in order.
    @Test(arguments: 1...6) func appliedAgainInOrderIsAppliedOnce(seed: UInt64) throws {
        let story = story(seed, records: 80)
        for (image, _) in story.images {
            let again = try replay(story.bytes, onto: image, at: 0)
            #expect(again.table.sorted == story.table.sorted)
        }
    }

    /// The power goes while the last batch is written, at any byte of it.
    @Test(arguments: 1...4) func aCutTailGivesTheExactPrefix(seed: UInt64) throws {
        var story = story(seed, records: 60)
        // Nothing of what follows is known to be durable.
        let durable = story.bytes.count
        var random = SeededGenerator(seed: seed + 100)
        for _ in 0..<4 { story.commit(random.record(), random.stamp()) }
        var seen: Set<UInt64> = []
        for end in durable...story.bytes.count {
            let found = try replay(Array(story.bytes[..<end]), onto: nil, at: 0)
            seen.insert(found.last)
            #expect(found.table.sorted == story.states[Int(found.last)])
            #expect(found.events == Array(story.events[..<Int(found.last)]))
            if let (image, at) = story.images.last {
                let again = try replay(Array(story.bytes[..<end]), onto: image, at: at)
                #expect(again.table.sorted == story.states[Int(found.last)])
            }
        }
        #expect(seen == Set(60...64))
    }

    @Test func aMemberThatANewerVersionAddedIsKept() throws {
        let line = #"{"ticket":7,"title":"t","deadline_ms":null,"urgent":false,"site":{"a":[1]}}"#
        let ticket = try Ticket(parsing: Array(line.utf8).span)
        #expect(ticket.unknown == #""site":{"a":[1]}"#)
        #expect(String(decoding: ticket.encoded, as: UTF8.self) == line)
        // Beyond the bound it is left out, and the rest is kept.
        let long = String(repeating: "x", count: EntityBounds.unknownBytes)
        let more = line.dropLast() + #","long":"\#(long)","short":1}"#
        let bounded = try Ticket(parsing: Array(more.utf8).span)
        #expect(bounded.unknown == #""site":{"a":[1]},"short":1"#)
    }

    @Test(
        arguments: [
            (#"{"title":"t","deadline_ms":null,"urgent":false}"#, "ticket is missing"),
            (#"{"ticket":7,"deadline_ms":null,"urgent":false}"#, "title is missing"),
            (#"{"ticket":7,"title":"t","deadline_ms":-1,"urgent":true}"#, "-1 is not a deadline"),
            (#"{"ticket":-7,"title":"t","urgent":true}"#, "ticket: "),
            (#"{"ticket":7,"title":"t","urgent":"yes"}"#, "urgent: "),
            (#"{"ticket":7"#, "at byte "),
        ])
    func whatIsWrongIsNamed(text: String, words: String) {
        do throws(EntityFault) {
            _ = try Ticket(parsing: Array(text.utf8).span)
            Issue.record("it was taken")
        } catch { #expect(error.reason.contains(words), "\(error.reason)") }
    }

    @Test func whatIsTooLargeDoesNotFit() {
        var random = SeededGenerator(seed: 1)
        var ticket = random.ticket(1)
        ticket.title = "t"
        #expect(ticket.fits)
        ticket.title = String(repeating: "x", count: EntityBounds.bytes)
        #expect(!ticket.fits)
    }
}

// MARK: - The table

extension EntityTests {
    @Test(arguments: 1...6) func deadlinesAreThoseOfAModel(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = EntityTable<Ticket>()
        var model: [UInt64: Ticket] = [:]
        for _ in 0..<400 {
            let record = random.record()
            _ = table.apply(record)
            switch record {
            case .put(let ticket, _): model[ticket.id] = ticket
            case .drop(let id, _): model[id] = nil
            }
            #expect(table.count == model.count && table.isEmpty == model.isEmpty)
            #expect(table.nextDeadline == model.values.map(\.deadline).min() ?? .max)
            let now = Moment(boot: random.deadline() % 1_000_000 * 1_000_000, wall: 0)
            let due = model.values.filter { $0.deadline <= now.bootMilliseconds }
                .sorted { ($0.deadline, $0.id) < ($1.deadline, $1.id) }
            #expect(table.due(at: now, atMost: 3) == Array(due.prefix(3)))
        }
    }

    @Test func rebasingMovesWhatEnds() {
        var random = SeededGenerator(seed: 5)
        var table = EntityTable<Ticket>()
        for id in 0..<50 { table.insert(random.ticket(UInt64(id))) }
        let before = table.sorted
        let rebase = Rebase(
            lastBoot: 1_000, earlierOffset: 1_700_000_000_000, boot: 50,
            wall: 1_700_000_002_000, bootID: BootID(high: 3, low: 4))
        table.rebase(rebase)
        for (old, new) in zip(before, table.sorted) {
            #expect(new.id == old.id)
            #expect(
                new.deadline == (old.deadline == Ban.never ? Ban.never : rebase.moved(old.deadline))
            )
        }
        #expect(table.nextDeadline == table.sorted.map(\.deadline).min())
    }
}
