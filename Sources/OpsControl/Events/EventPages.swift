// `events`: those in memory, as many older ones as opsd has read for a page, and after them those
// in compressed files, which opsctl reads itself.  The files may hold millions: opsctl goes on
// through them only until it has something to show, or with --all.

import OpsCore
import OpsLinux
import OpsProtocol
import OpsTrails

/// One `opsctl events`.
struct EventPages {
    /// Older events than this many are not looked for in files.
    private static let enough: UInt64 = 1_000

    private let words: CommandWords
    private let query: EventQuery
    private let wantsAll: Bool
    private var sink: EventSink
    private var packed: PackedChoice
    /// The page of opsd that was read last.
    private var last = JSONValue.null
    /// Events of opsd's memory that no plain file has, newest first.
    private var held: [PackedEvents.Held] = []

    private init(
        _ rows: RowTable, _ words: CommandWords, _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) {
        self.words = words
        wantsAll = options.wantsAll
        sink = EventSink(rows, words.display, output)
        let line = try words.line()
        guard case .events(let query)? = try? RequestParser.parse(line.span).command else {
            preconditionFailure("`events` asks for something else than events")
        }
        self.query = query
        packed = PackedChoice(query)
    }

    /// Shows events, and says on standard error where the rest is.
    static func run(
        _ rows: RowTable, _ words: CommandWords, _ options: ControlOptions,
        _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        var pages = try EventPages(rows, words, options, output)
        return try pages.run(&connection)
    }

    private mutating func run(_ connection: inout Connection) throws(ClientFault) -> ExitCode {
        if case .line(let place)? = query.after, place.inode > 0 {
            packed.find(&connection, counted: nil)
        }
        let isOne = words.has("limit")
        var line = isOne ? try words.line() : try words.line(setting: Self.page(after: nil))
        var asked: String?
        while true {
            let reply = try connection.ask(line)
            if reply.kind == .err { return try sink.refuse(reply) }
            last = try reply.value(leavingOut: sink.member)
            if let count = last["compressed_files"]?.integer {
                packed.find(&connection, counted: count)
            }
            let goesOn = isOne ? try showOne(reply) : try show(reply)
            guard goesOn, let next = last["next"], next != .null else { break }
            if next.plain == asked {
                throw .daemonFailed(
                    "the pages do not advance: opsd named \(next.plain) twice as the next")
            }
            asked = next.plain
            line = try words.line(setting: Self.page(after: next.plain))
        }
        try sink.finish()
        tell()
        return .done
    }

    private static func page(after place: String?) -> [(String, String)] {
        [("limit", Paging.rowsPerPage)] + (place.map { [("after", $0)] } ?? [])
    }

    private var isLast: Bool { last["next"] ?? .null == .null }
    private var total: UInt64 { UInt64(clamping: last["total"]?.integer ?? 0) }

    // MARK: Pages

    /// Shows a page; false: it is enough.
    private mutating func show(_ reply: ReplyLine) throws(ClientFault) -> Bool {
        guard let list = packed.list, wantsAll || packed.isBegun || isLast else {
            try sink.show(page: reply)
            return !sink.isFull && (wantsAll || !isEnough)
        }
        let rows = try divide(reply, list)
        // Whoever does not want all is content with what is in memory and in plain files.
        if !wantsAll && !packed.isBegun && sink.shown + rows.count > 0 {
            try sink.show(page: reply)
            return false
        }
        if isLast {
            try showPacked(list, after: rows)
            return false
        }
        try sink.show(rows, EventPageEnd(total: total, next: last["next"]?.plain))
        return !sink.isFull
    }

    /// Whether the files need not be read further: something was shown, and all that is known of.
    private var isEnough: Bool {
        guard let text = last["next"]?.text,
            case .line(let place)? = EventPlace(parsing: text)
        else { return false }
        return place.seen > 0 && (place.seen >= total || place.seen >= Self.enough)
    }

    /// The one page that was asked for.
    private mutating func showOne(_ reply: ReplyLine) throws(ClientFault) -> Bool {
        guard let list = packed.list else {
            try sink.show(one: reply)
            return false
        }
        let rows = try divide(reply, list)
        if !isLast && held.isEmpty {
            try sink.show(one: reply)
            return false
        }
        // What is on this page already; of those that are held, opsd has more for later pages.
        var seen = total
        var later: UInt64 = 0
        if let text = last["next"]?.text, case .line(let place)? = EventPlace(parsing: text) {
            seen = place.seen
            later = total - min(total, seen)
        }
        var events = packed.events(list, held, seen: seen, lowest: rows.last)
        let page = events.page(of: query.limit, after: rows)
        var end = events.end(isMore: events.hasMore() || later > 0)
        end.total += later
        if later > 0 { end.isComplete = false }
        leave(events, end)
        try sink.show(one: EventSink.page(page, end))
        return false
    }

    /// The last page of opsd, and what the compressed files have.
    private mutating func showPacked(
        _ list: PackedFiles, after rows: [[UInt8]]
    ) throws(ClientFault) {
        var events = packed.events(list, held, seen: total, lowest: rows.last)
        var rows = rows
        while true {
            let page = events.page(of: EventSink.pageRows, after: rows)
            rows = []
            let isMore = events.hasMore()
            let end = events.end(isMore: isMore)
            try sink.show(page, end)
            let isEnough =
                !wantsAll && sink.shown > 0
                && (events.seen >= events.total || events.seen >= Self.enough)
            if !isMore || sink.isFull || isEnough { return leave(events, end) }
        }
    }

    /// The rows of a page of opsd, without those that are held, and without those that have been
    /// shown before.
    private mutating func divide(
        _ reply: ReplyLine, _ list: PackedFiles
    ) throws(ClientFault) -> [[UInt8]] {
        var rows: [[UInt8]] = []
        try reply.forEachPlace(in: sink.member) { place throws(ClientFault) in
            let row = Array(reply.object[place])
            let id = EventLineFilter.id(row.span) ?? .max
            if id < list.lowestPlain ?? .max {
                held.append(
                    PackedEvents.Held(
                        id: id, time: EventLineFilter.time(row.span) ?? 0, bytes: row))
            } else if !packed.isBegun {
                rows.append(row)
            }
        }
        return rows
    }

    // MARK: What is not shown

    private mutating func leave(_ events: borrowing PackedEvents, _ end: EventPageEnd) {
        packed.faults = events.faults
        packed.isRead = true
        last = end.value
    }

    private func tell() {
        let count = last["compressed_files"]?.integer ?? 0
        let files = count == 1 ? "a compressed file" : "\(count.magnitude.grouped) compressed files"
        if words.has("limit") {
            // Where the page ends is in the page.
        } else if let next = last["next"], next != .null {
            Diagnostics.write(
                "older events are in the files: opsctl events --after \(next.plain), or --all for "
                    + "all")
        } else if count > 0 && packed.list != nil && !packed.isRead {
            Diagnostics.write("older events are in \(files): opsctl events --all reads them too")
        }
        if count > 0, let fault = packed.fault {
            Diagnostics.write("events in \(files) were not read: \(fault)")
        }
        if !packed.isRead, let fault = last["fault"]?.text {
            Diagnostics.write("not read: \(fault)")
        }
        for fault in packed.faults { Diagnostics.write("not read: \(fault)") }
    }
}

/// The compressed files as far as they are known.
struct PackedChoice {
    private let query: EventQuery
    /// nil: opsd has not said that there are some, or they cannot be read.
    private(set) var list: PackedFiles?
    /// Why they cannot be read; nil: they can.
    private(set) var fault: String?
    /// `--after` is a place in one of them: plain files have been shown before.
    private(set) var isBegun = false
    /// None was compressed between opsd's look at them and this one.
    private var isSettled = true
    /// They were read, but for these faults.
    var isRead = false
    var faults: [String] = []

    init(_ query: EventQuery) { self.query = query }

    /// Looks for them, once.
    /// - Parameter counted: how many opsd has found; nil: it was not asked.
    mutating func find(_ connection: inout Connection, counted: Int64?) {
        if list != nil || fault != nil { return }
        do throws(ClientFault) {
            let path = try Self.directory(&connection)
            let found = try Self.files(in: path, query.filter.since)
            let count = found.files.count + found.foreign.count
            isSettled = counted.map { $0 == count } ?? true
            if case .line(let place)? = query.after {
                isBegun = found.files.contains { $0.inode == place.inode }
            }
            if counted != nil || isBegun { list = found }
        } catch {
            fault = error.message
        }
    }

    private static func files(
        in path: String, _ since: Int64?
    ) throws(ClientFault) -> PackedFiles {
        do throws(PackedFiles.Fault) {
            return try PackedFiles(in: path, since: since)
        } catch {
            throw ClientFault(.refused, error.message)
        }
    }

    /// Where opsd writes its files.
    private static func directory(_ connection: inout Connection) throws(ClientFault) -> String {
        let reply = try connection.ask(Array("audit status".utf8))
        let value = try reply.value()
        guard reply.kind == .ok, let directory = value["directory"]?.text else {
            throw ClientFault(
                .refused, value["message"]?.text ?? "opsd does not say where its files are")
        }
        return directory
    }

    /// The walk through them.
    /// - Parameters:
    ///   - seen: events that opsd has told, those that are held included.
    ///   - lowest: the last of them that was shown.
    func events(
        _ list: PackedFiles, _ held: [PackedEvents.Held], seen: UInt64, lowest: [UInt8]?
    ) -> PackedEvents {
        var place = query.after
        if !isSettled, let lowest, let id = EventLineFilter.id(lowest.span) { place = .id(id) }
        var before = seen - min(seen, UInt64(held.count))
        if isBegun, case .line(let line)? = place { before = line.seen }
        return PackedEvents(list, query.filter, after: place, seen: before, held: held)
    }
}
