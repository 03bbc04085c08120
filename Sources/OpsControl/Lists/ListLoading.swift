// `opsctl list load NAME FILE|-`: replaces a list with the addresses in a file.  The file is read
// as a whole before the first request, and the list takes effect at its commit: if anything goes
// wrong before the commit, the old list stays.

import OpsCore
import OpsLinux
import OpsProtocol

/// What was asked for: the words after `list load`.
struct ListLoadRequest: Equatable {
    var name = ""
    var file = ""
    var ttl: String?
    /// `--strict`: one refused line refuses the whole list.
    var isStrict = false
    /// `--verbose`: every refused line is reported.
    var isVerbose = false

    init(_ words: [String]) throws(ClientFault) {
        var positionals: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--ttl" || word.hasPrefix("--ttl=") || word.hasPrefix("ttl=") {
                let given = word.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard let value = given.count > 1 ? String(given[1]) : rest.popFirst() else {
                    throw .usage("--ttl needs a duration")
                }
                ttl = value
            } else if word == "--strict" {
                isStrict = true
            } else if word == "--verbose" {
                isVerbose = true
            } else if word.hasPrefix("-") && word != "-" {
                throw .usage(
                    "list load has no option \(word)",
                    hint: "its options are --ttl, --strict and --verbose")
            } else {
                positionals.append(word)
            }
        }
        guard positionals.count == 2 else {
            throw .usage("list load takes a name and one file, or - for standard input")
        }
        (name, file) = (positionals[0], positionals[1])
        guard ListBounds.isName(name) else {
            throw .usage(
                "'\(name)' is not a list name: expected 1 to \(ListBounds.nameBytes) characters: "
                    + "a-z, 0-9, dot, _ and -")
        }
    }

    /// The request that begins the list.
    func beginLine() throws(ClientFault) -> [UInt8] {
        guard let row = CommandTable.row("list begin") else {
            preconditionFailure("the command table has no list begin")
        }
        return try CommandWords(row, [name] + (ttl.map { ["--ttl=" + $0] } ?? [])).line()
    }
}

/// One run of the command.
struct ListLoading {
    /// The most requests that are sent ahead of their replies.
    static let window = 4

    private let request: ListLoadRequest
    private var list: ListFile
    private var refused: RefusedLines
    private var token: Int64 = 0
    /// Number of entries that lie inside other entries, as the daemon counted them.
    private var contained = 0

    static func run(
        _ words: [String], _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let request = try ListLoadRequest(words)
        let bytes = try InputFile.bytes(request.file, limitBytes: ListFile.limitBytes)
        var refused = RefusedLines(keepsAll: request.isVerbose)
        let list = ListFile(bytes.span) { refused.add($0, $1) }
        var loading = ListLoading(request: request, list: list, refused: refused)
        if let fault = loading.reasonNotToLoad() {
            loading.reportRefused()
            throw fault
        }
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        return try loading.load(&connection, output)
    }

    private init(request: ListLoadRequest, list: ListFile, refused: RefusedLines) {
        self.request = request
        self.list = list
        self.refused = refused
    }

    /// The reason not to send the list at all; nil if there is none.
    private func reasonNotToLoad() -> ClientFault? {
        let shown = request.file == "-" ? "standard input" : request.file
        if request.isStrict && refused.count > 0 {
            return ClientFault(
                .usage, "\(shown): \(Self.lines(refused.count)) refused; nothing was changed")
        }
        if list.entries.isEmpty {
            // A failed download must not lift bans.
            return ClientFault(
                .usage, "\(shown): there is no address in it; nothing was changed",
                hint: "to remove the list: opsctl list drop \(request.name)")
        }
        return nil
    }

    private mutating func load(
        _ connection: inout Connection, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let begun = try Self.value(of: try connection.ask(try request.beginLine()))
        token = begun["token"]?.integer ?? 0
        list.arrange(ipv6Prefix: UInt8(clamping: begun["ipv6_prefix"]?.integer ?? 64))
        try add(&connection, lineBytes: Int(begun["line_bytes"]?.integer ?? 1_024))
        if request.isStrict && refused.count > 0 {
            reportRefused()
            throw ClientFault(
                .refused, "\(Self.lines(refused.count)) refused; nothing was changed")
        }
        let line = try connection.ask(Array("list commit \(token)".utf8))
        let reply = try Self.value(of: line)
        reportRefused()
        try show(reply, line, output)
        Output.warnIfNotDurable(reply)
        return reply["durable"]?.bool == false ? .trouble : .done
    }

    /// Sends all networks, as many per request line as fit.
    private mutating func add(
        _ connection: inout Connection, lineBytes: Int
    ) throws(ClientFault) {
        // A request must not be longer than the daemon accepts, which is never less than 1 KiB.
        let limit = min(max(lineBytes, 1_024), 65_536) - Network.longestText - 2
        var line: [UInt8] = []
        var count = 0
        var waiting = 0
        for entry in list.entries {
            if count == 0 {
                line.append(contentsOf: "list add \(token) ".utf8)
            } else {
                line.append(UInt8(ascii: ","))
            }
            entry.network.write(to: &line)
            count += 1
            if line.count < limit && count < ListBounds.entriesAtOnce { continue }
            connection.queue(line)
            line.removeAll(keepingCapacity: true)
            count = 0
            waiting += 1
            if waiting == Self.window {
                try receive(&connection)
                waiting -= 1
            }
        }
        if count > 0 {
            connection.queue(line)
            waiting += 1
        }
        for _ in 0..<waiting { try receive(&connection) }
    }

    private mutating func receive(_ connection: inout Connection) throws(ClientFault) {
        let reply = try Self.value(of: try connection.next())
        contained += Int(reply["duplicates"]?.integer ?? 0)
        var named = 0
        for row in reply["refused"]?.elements ?? [] {
            let network = row["ip"]?.text.flatMap { Network(parsing: $0) }
            let line = network.flatMap { list.line(of: $0) } ?? 0
            refused.add(line, row["message"]?.text ?? "refused")
            named += 1
        }
        refused.add(unnamed: max(0, Int(reply["refused_count"]?.integer ?? 0) - named))
    }

    /// The object of an `ok`; a refusal is thrown.
    private static func value(of reply: ReplyLine) throws(ClientFault) -> JSONValue {
        let value = try reply.value()
        if reply.kind == .ok { return value }
        let code = value["code"]?.text ?? ""
        throw ClientFault(
            ExitCode(code: code), value["message"]?.text ?? code, hint: value["hint"]?.text)
    }

    /// Writes the refused lines to standard error: the first ones, or all with --verbose.
    private mutating func reportRefused() {
        let first = refused.first()
        for (line, reason) in first { Diagnostics.write("line \(line): \(reason)") }
        let rest = refused.count - first.count
        if rest > 0 {
            Diagnostics.write(
                "and \(Self.lines(rest)) more refused",
                hint: request.isVerbose ? nil : "--verbose reports all of them")
        }
    }

    private mutating func show(
        _ reply: JSONValue, _ line: ReplyLine, _ output: Output
    ) throws(ClientFault) {
        let (lines, duplicates, count) = (list.lines, list.duplicates + contained, refused.count)
        if output.isJSON {
            let first = refused.first()
            // Reopens the object of the reply to append more members.
            var json = JSONWriter(
                Array(try line.printable().dropLast()) + [UInt8(ascii: ",")])
            let start = json.mark
            json.object { json in
                json.key("lines")
                json.integer(lines)
                json.key("duplicates")
                json.integer(duplicates)
                json.key("refused_count")
                json.integer(count)
                json.key("refused")
                json.array { json in
                    for row in first {
                        json.object { json in
                            json.key("line")
                            json.integer(row.line)
                            json.key("message")
                            json.string(row.reason)
                        }
                    }
                }
            }
            var bytes = json.bytes
            bytes.remove(at: bytes.count - json.count(since: start))
            return try output.write(bytes)
        }
        let entries = reply["entries"]?.integer ?? 0
        var text =
            "list \(request.name): \(Figures.count(entries)) network\(entries == 1 ? "" : "s")"
        if reply["replaced"]?.bool == true {
            text += ", \(Figures.count(reply["added"]?.integer ?? 0)) new"
            text += ", \(Figures.count(reply["removed"]?.integer ?? 0)) gone"
        }
        if let expires = reply["expires"]?.text { text += ", until \(Figures.time(expires))" }
        if duplicates > 0 { text += "; \(Figures.count(Int64(duplicates))) duplicates" }
        if count > 0 { text += "; \(Self.lines(count)) refused" }
        try output.write(PlainText.escaped(text) + "\n")
    }

    private static func lines(_ count: Int) -> String {
        "\(Figures.count(Int64(count))) line\(count == 1 ? "" : "s")"
    }
}
