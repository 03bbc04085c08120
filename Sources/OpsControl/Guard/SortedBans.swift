// `opsctl bans --sort ORDER`: all pages are fetched before the first row is shown.  Rows are held
// as the text that was received, about 250 bytes each, and made into cells a thousand at a time.

import OpsCore
import OpsProtocol

/// How `bans` may be sorted.
enum BanOrder: String, CaseIterable, Sendable {
    /// Those that end first come first; permanent ones last.
    case expires
    /// As the daemon sends them: IPv4 before IPv6, each ascending.
    case address
    /// The oldest first.
    case made

    /// All of them, for texts.
    static let names = "expires, address or made"

    /// The order of this name, which may be cut short.
    init(naming text: String) throws(ClientFault) {
        guard !text.isEmpty, let order = Self.allCases.first(where: { $0.rawValue.hasPrefix(text) })
        else {
            throw .usage("--sort: '\(text.prefix(40))' is not an order: expected \(Self.names)")
        }
        self = order
    }

    /// What a row is sorted by, milliseconds since 1970.
    fileprivate func key(_ row: JSONValue) -> Int64 {
        switch self {
        case .address: 0
        case .expires: row["expires"]?.text.flatMap { Timestamp.parse($0) } ?? .max
        case .made: row["created"]?.text.flatMap { Timestamp.parse($0) } ?? .max
        }
    }
}

/// All bans, in an order.
struct SortedBans {
    private var text: [UInt8] = []
    private var rows: [(key: Int64, number: Int, place: Range<Int>)] = []

    static func run(
        _ order: BanOrder, _ words: CommandWords, _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let limit = words.value("limit").flatMap { Int($0) }
        if words.has("after") {
            throw .usage("--sort sorts all bans: it cannot be combined with --after")
        }
        _ = try words.line()
        var bans = SortedBans()
        var code = ExitCode.done
        try Paging.walk(rowsIn: "bans", words, &connection) { reply, value throws(ClientFault) in
            if reply.kind == .err {
                code = max(code, try output.show(reply, as: words.display))
            } else {
                try bans.add(reply, order)
            }
        }
        if code != .done { return code }
        bans.rows.sort { ($0.key, $0.number) < ($1.key, $1.number) }
        if let limit { bans.rows.removeLast(max(0, bans.rows.count - limit)) }
        try bans.write(output)
        return code
    }

    private mutating func add(_ reply: ReplyLine, _ order: BanOrder) throws(ClientFault) {
        try reply.forEachPlace(in: "bans") { place throws(ClientFault) in
            let row = try reply.read { () throws(JSONFault) in
                try JSONValue(parsing: reply.object.span.extracting(place))
            }
            let start = text.count
            text += reply.object[place]
            rows.append((order.key(row), rows.count, start..<text.count))
        }
    }

    private func write(_ output: Output) throws(ClientFault) {
        var table = RowTable.bans.empty(output.view)
        var json = Array("{\"bans\":[".utf8)
        for (index, row) in rows.enumerated() {
            let line = ReplyLine.row(Array(text[row.place]))
            if output.isJSON {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                json += try line.printable()
                continue
            }
            RowTable.bans.add(try line.value(), &table)
            if table.waiting >= Paging.rowsAtOnce { try Paging.flush(&table, output) }
        }
        if output.isJSON {
            json += "],\"next\":null}".utf8
            return try output.write(json)
        }
        if rows.isEmpty { return try output.write(RowTable.bans.nothing + "\n") }
        try Paging.flush(&table, output)
    }
}
