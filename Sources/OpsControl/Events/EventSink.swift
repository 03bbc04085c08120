// Where pages of events go: rows of one table, or with --json an object for each page.  On a
// terminal the newest comes last, so all rows are kept until the end, as text and up to a bound.

import OpsCore
import OpsProtocol

/// The end of a page that opsctl has made.
struct EventPageEnd {
    var total: UInt64
    var isComplete = false
    /// What to pass as --after; nil: there are no more.
    var next: String?
    var compressedFiles = 0
    var fault: String?

    /// As opsd would say it.
    var value: JSONValue {
        var members = [JSONValue.Member(name: "next", value: next.map { .string($0) } ?? .null)]
        if let fault { members.append(JSONValue.Member(name: "fault", value: .string(fault))) }
        return .object(members)
    }
}

/// The pages of one command.
struct EventSink {
    /// Rows of a page, and their bytes, where opsctl makes it.
    static let pageRows = 1_000
    static let pageBytes = 4 << 20
    /// Rows that are kept for a terminal.
    private static let terminalRows = 100_000

    private let layout: RowTable
    private let display: ReplyDisplay
    private let output: Output
    private var table: Table
    /// For a terminal: newest first.
    private var rows: [[UInt8]] = []
    /// How many were shown.
    private(set) var shown = 0

    init(_ layout: RowTable, _ display: ReplyDisplay, _ output: Output) {
        self.layout = layout
        self.display = display
        self.output = output
        table = layout.empty(output.view)
    }

    /// The member of a reply that has the rows.
    var member: String { layout.member }

    /// Nobody reads more on a terminal.
    var isFull: Bool { rows.count >= Self.terminalRows }

    /// Shows a refusal; what was shown before stays.
    mutating func refuse(_ reply: ReplyLine) throws(ClientFault) -> ExitCode {
        try flush()
        return try output.show(reply, as: display)
    }

    /// Shows a page as opsd has sent it.
    mutating func show(page reply: ReplyLine) throws(ClientFault) {
        var rows: [[UInt8]] = []
        try reply.forEachPlace(in: member) { place throws(ClientFault) in
            rows.append(Array(reply.object[place]))
        }
        try show(rows, as: reply)
    }

    /// Shows a page that opsctl has made.
    mutating func show(_ rows: [[UInt8]], _ end: EventPageEnd) throws(ClientFault) {
        try show(rows, as: Self.page(rows, end))
    }

    private mutating func show(_ new: [[UInt8]], as reply: ReplyLine) throws(ClientFault) {
        shown += new.count
        if output.isJSON {
            _ = try output.show(reply, as: display)
        } else if output.view.columns != nil {
            rows += new
        } else {
            for row in new { try add(row) }
            try Paging.flush(&table, output)
        }
    }

    /// Shows the only page.
    mutating func show(one reply: ReplyLine) throws(ClientFault) {
        _ = try Paging.show(reply, layout, as: display, output)
        isOne = true
    }

    private var isOne = false

    private mutating func add(_ row: [UInt8]) throws(ClientFault) {
        layout.add(try ReplyLine.row(row).value(), &table)
        if table.waiting >= Paging.rowsAtOnce { try Paging.flush(&table, output) }
    }

    private mutating func flush() throws(ClientFault) {
        for row in rows.reversed() { try add(row) }
        rows = []
        try Paging.flush(&table, output)
    }

    /// All pages were shown.
    mutating func finish() throws(ClientFault) {
        if isOne { return }
        try flush()
        if table.isEmpty && !output.isJSON { try output.write(layout.nothing + "\n") }
    }

    /// A page as opsd would send it.
    static func page(_ rows: [[UInt8]], _ end: EventPageEnd) -> ReplyLine {
        var json = JSONWriter()
        json.beginObject()
        json.key("total")
        json.integer(end.total)
        json.key("total_complete")
        json.bool(end.isComplete)
        json.key("events")
        json.beginArray()
        var object = json.bytes
        for (index, row) in rows.enumerated() {
            if index > 0 { object.append(UInt8(ascii: ",")) }
            object += row
        }
        json = JSONWriter(object)
        json.endArray()
        json.key("next")
        if let next = end.next { json.string(next) } else { json.null() }
        if end.compressedFiles > 0 {
            json.key("compressed_files")
            json.integer(end.compressedFiles)
        }
        if let fault = end.fault {
            json.key("fault")
            json.string(fault)
        }
        json.endObject()
        return .row(json.bytes)
    }
}
