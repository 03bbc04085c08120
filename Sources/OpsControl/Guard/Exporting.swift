// `opsctl export [FILE]`: bans and strikes as an ip_bans.json (S1-08), sorted by address, one entry
// per line.  A file is written under another name and then renamed, so a reader sees either the old
// file or the new one.

import OpsCore
import OpsLinux
import OpsProtocol

/// What an export holds.
struct ExportFile: Sendable {
    /// The bans; `expires` is in seconds since 1970, nil for a permanent ban.
    private var bans: [(network: Network, expires: Int64?)] = []
    private var strikes: [(network: Network, at: [Int64])] = []

    /// Creates an export without entries.
    init() {}

    /// Number of bans without an end, which the format cannot express.
    var permanentCount: Int { bans.count { $0.expires == nil } }

    /// Adds a row of `bans`; returns false if the row cannot be understood.
    mutating func add(ban row: JSONValue) -> Bool {
        guard let network = Network(parsing: row["ip"]?.text ?? "") else { return false }
        // The format cannot mark a ban as not enforced, so dry-run bans are left out.
        if row["dry_run"]?.bool == true { return true }
        if row["permanent"]?.bool == true {
            bans.append((network, nil))
            return true
        }
        guard let time = row["expires"]?.text.flatMap({ Timestamp.parse($0) }) else { return false }
        bans.append((network, time / 1_000))
        return true
    }

    /// Adds a row of `strikes`; returns false if the row cannot be understood.
    mutating func add(strikes row: JSONValue) -> Bool {
        guard let network = Network(parsing: row["ip"]?.text ?? "") else { return false }
        var stamps: [Int64] = []
        for item in row["items"]?.elements ?? [] {
            guard let time = item["at"]?.text.flatMap({ Timestamp.parse($0) }) else { return false }
            let weight = min(max(item["weight"]?.integer ?? 1, 1), 1_000)
            stamps.append(contentsOf: repeatElement(time / 1_000, count: Int(weight)))
        }
        strikes.append((network, stamps.sorted()))
        return true
    }

    /// The file's text.
    mutating func text() -> [UInt8] {
        bans.sort { $0.network < $1.network }
        strikes.sort { $0.network < $1.network }
        var text: [UInt8] = []
        text.append(contentsOf: "{\n  \"bans\": {".utf8)
        for (index, ban) in bans.enumerated() {
            Self.key(ban.network, isFirst: index == 0, &text)
            text.append(contentsOf: (ban.expires.map { String($0) } ?? "null").utf8)
        }
        text.append(contentsOf: (bans.isEmpty ? "},\n" : "\n  },\n").utf8)
        text.append(contentsOf: "  \"strikes\": {".utf8)
        for (index, strike) in strikes.enumerated() {
            Self.key(strike.network, isFirst: index == 0, &text)
            let stamps = strike.at.map { String($0) }.joined(separator: ", ")
            text.append(contentsOf: "[\(stamps)]".utf8)
        }
        text.append(contentsOf: (strikes.isEmpty ? "}\n}\n" : "\n  }\n}\n").utf8)
        return text
    }

    private static func key(_ network: Network, isFirst: Bool, _ text: inout [UInt8]) {
        text.append(contentsOf: (isFirst ? "\n    \"" : ",\n    \"").utf8)
        network.write(to: &text)
        text.append(contentsOf: "\": ".utf8)
    }
}

enum Exporting {
    static func run(
        _ words: [String], _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        guard words.count <= 1 else { throw .usage("export: expected at most one file") }
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        var file = ExportFile()
        for verb in ["bans", "strikes"] { try collect(verb, &connection, &file) }
        let permanent = file.permanentCount
        let text = file.text()
        if let name = words.first, name != "-" {
            try write(text, to: name)
        } else {
            try output.write(String(decoding: text, as: UTF8.self))
        }
        if permanent > 0 {
            Diagnostics.write(
                "note: \(permanent) permanent ban\(permanent == 1 ? " is" : "s are") written as null",
                hint: "the format cannot express them; opsctl import reads null as permanent")
        }
        return .done
    }

    private static func collect(
        _ verb: String, _ connection: inout Connection, _ file: inout ExportFile
    ) throws(ClientFault) {
        guard let row = CommandTable.row(verb) else { throw .usage("there is no command \(verb)") }
        let words = CommandWords(row, [])
        try Paging.walk(rowsIn: verb, words, &connection) { reply, value throws(ClientFault) in
            guard reply.kind == .ok else {
                throw ClientFault(
                    ExitCode(code: value["code"]?.text ?? ""),
                    value["message"]?.text ?? "\(verb) was refused", hint: value["hint"]?.text)
            }
            try reply.forEach(in: verb) { row throws(ClientFault) in
                let isAdded = verb == "bans" ? file.add(ban: row) : file.add(strikes: row)
                if !isAdded {
                    throw .daemonFailed(
                        "cannot read a row of \(verb): \(row.plain.cut(toBytes: 200))")
                }
            }
        }
    }

    private static func write(_ text: [UInt8], to name: String) throws(ClientFault) {
        let slash = name.lastIndex(of: "/")
        let folder = slash.map { String(name[...$0]) } ?? "."
        let last = slash.map { String(name[name.index(after: $0)...]) } ?? name
        do throws(Errno) {
            let directory = try Directory(path: folder)
            var file = try AtomicFile(replacing: last, in: directory)
            try file.write(text.span.bytes)
            try file.commit()
        } catch {
            throw ClientFault(.trouble, "cannot write \(name): \(error.text)")
        }
    }
}
