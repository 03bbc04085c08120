// `opsctl import FILE|-`: an ip_bans.json into the daemon, one request per entry, several hundred
// of them under way at once.  The file is read as a whole before the first request: one that is not
// in this form changes nothing.

import OpsCore
import OpsLinux
import OpsProtocol

struct Importing {
    /// The largest file.
    static let fileLimitBytes = 256 << 20
    /// Requests sent ahead of their replies.
    static let window = 512

    private struct Tally {
        var bans = 0
        var strikes = 0
        var expired = 0
        /// Strikes that do not count: of an address that is allowed, or banned already.
        var uncounted = 0
        var refused = 0
    }

    private let bytes: [UInt8]
    private let nowMilliseconds: Int64
    private var tally = Tally()
    private var counter = LineCounter()
    private var code = ExitCode.done
    private var isDurable = true

    static func run(
        _ words: [String], _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        guard words.count == 1, let name = words.first else {
            throw .usage("import: expected one file, or - for standard input")
        }
        let bytes = try InputFile.bytes(name, limitBytes: fileLimitBytes)
        let file: ImportFile
        do throws(ImportFile.Fault) {
            file = try ImportFile(bytes.span)
        } catch {
            let shown = name == "-" ? "standard input" : name
            throw .usage(
                "\(shown):\(error.line):\(error.column): \(error.reason)",
                hint: "expected {\"bans\": {IP: STAMP}, \"strikes\": {IP: [STAMP, ...]}}")
        }
        for other in file.others {
            Diagnostics.write("\(other): ignored, neither bans nor strikes")
        }
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        var work = Importing(bytes: bytes, nowMilliseconds: output.view.nowMilliseconds)
        try work.send(file.entries, &connection)
        return try work.finish(output)
    }

    private func report() -> String {
        "imported \(tally.bans) ban\(tally.bans == 1 ? "" : "s"), "
            + "\(tally.strikes) strike\(tally.strikes == 1 ? "" : "s"); refused \(tally.refused)"
            + (tally.expired > 0 ? "; \(tally.expired) had expired" : "")
            + (tally.uncounted > 0 ? "; \(tally.uncounted) did not count" : "") + "\n"
    }

    private mutating func finish(_ output: Output) throws(ClientFault) -> ExitCode {
        if output.isJSON {
            var json = JSONWriter()
            json.object { [tally] json in
                json.key("bans")
                json.integer(tally.bans)
                json.key("strikes")
                json.integer(tally.strikes)
                json.key("expired")
                json.integer(tally.expired)
                json.key("uncounted")
                json.integer(tally.uncounted)
                json.key("refused")
                json.integer(tally.refused)
            }
            try output.write(json.bytes)
        } else {
            try output.write(report())
        }
        if !isDurable {
            Output.warnIfNotDurable(.object([.init(name: "durable", value: .bool(false))]))
            code = max(code, .trouble)
        }
        return code
    }

    private mutating func send(
        _ entries: [ImportFile.Entry], _ connection: inout Connection
    ) throws(ClientFault) {
        var sent: [ImportFile.Entry] = []
        var answered = 0
        for entry in entries {
            guard let line = request(entry) else { continue }
            connection.queue(line)
            sent.append(entry)
            if sent.count - answered < Self.window { continue }
            try receive(sent[answered], &connection)
            answered += 1
            if answered == Self.window {
                sent.removeFirst(answered)
                answered = 0
            }
        }
        for entry in sent[answered...] { try receive(entry, &connection) }
    }

    /// The request for an entry; nil: it is refused here, or has expired.
    private mutating func request(_ entry: ImportFile.Entry) -> [UInt8]? {
        let key = ImportFile.text(bytes.span, entry.key)
        switch Self.request(key, entry, nowMilliseconds: nowMilliseconds) {
        case .request(let line): return line
        case .expired: tally.expired += 1
        case .refused(let message): refuse(entry, message, .refused)
        }
        return nil
    }

    /// What becomes of an entry.
    enum Outcome {
        case request([UInt8])
        /// A ban that has ended.
        case expired
        case refused(String)
    }

    /// What becomes of an entry with this key at this time.
    static func request(
        _ key: String, _ entry: ImportFile.Entry, nowMilliseconds: Int64
    ) -> Outcome {
        let network: String
        do throws(AddressFault) {
            network = try address(key, entry.kind)
        } catch {
            return .refused(error.message)
        }
        let line: String
        switch entry.stamp {
        case .bad:
            return .refused("the stamp is not a time: expected seconds since 1970 or ISO 8601")
        case .never: line = "ban \(network) ttl=permanent source=import"
        case .milliseconds(let time) where entry.kind == .ban:
            if time <= nowMilliseconds { return .expired }
            line = "ban \(network) until=\(seconds(time)) source=import"
        case .milliseconds(let time):
            line = "strike \(network) at=\(seconds(time)) source=import"
        }
        return .request(Array(line.utf8))
    }

    /// The key as a request takes it.  `strike` takes no prefix, but export writes the network by
    /// which an IPv6 address is counted: the prefix length is left off here.
    private static func address(
        _ key: String, _ kind: ImportFile.Kind
    ) throws(AddressFault) -> String {
        let target = try Target(parsing: Array(key.utf8).span)
        if target.isBare || kind == .ban { return key }
        guard !target.network.isIPv4, let slash = key.firstIndex(of: "/") else {
            throw AddressFault(message: "a network cannot be struck, only an address")
        }
        return String(key[..<slash])
    }

    /// Seconds since 1970, as requests take them; earlier times count as 1970.
    private static func seconds(_ milliseconds: Int64) -> String {
        let milliseconds = max(0, milliseconds)
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }

    private mutating func receive(
        _ entry: ImportFile.Entry, _ connection: inout Connection
    ) throws(ClientFault) {
        let reply = try connection.next()
        let value = try reply.value()
        guard reply.kind == .ok else {
            let code = value["code"]?.text ?? ""
            let message = value["message"]?.text ?? code
            // Every other entry would be refused too: say so once, and end.
            if code == RefusalCode.forbidden.rawValue {
                throw ClientFault(.refused, message, hint: value["hint"]?.text)
            }
            return refuse(entry, message, max(.refused, ExitCode(code: code)))
        }
        if value["durable"]?.bool == false { isDurable = false }
        switch entry.kind {
        case .ban: tally.bans += 1
        case .strike:
            // What does not count is accepted too: of an address that is allowed, or that is banned
            // already, or a strike that is too old, whatever other strikes the address has.
            let isBanned = value["banned"]?.bool == true || value["dry_run"]?.bool == true
            let isCounted = value["counted"]?.bool ?? (isBanned || value["strikes"]?.integer != 0)
            if value["allowed_by_rule"]?.bool == true || !isCounted && isBanned {
                tally.uncounted += 1
            } else if !isCounted {
                tally.expired += 1
            } else {
                tally.strikes += 1
            }
        }
    }

    private mutating func refuse(
        _ entry: ImportFile.Entry, _ message: String, _ code: ExitCode
    ) {
        let bytes = bytes
        let key = ImportFile.text(bytes.span, entry.key)
        let line = counter.place(of: entry.offset, in: bytes.span).line
        Diagnostics.write(
            "line \(line): \(entry.kind.rawValue): \(key.cut(toBytes: 80)): \(message)")
        tally.refused += 1
        self.code = max(self.code, code)
    }
}
