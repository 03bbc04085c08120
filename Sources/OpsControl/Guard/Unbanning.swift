// `opsctl unban --under CIDR`, `--source S`, `--all`: lifts the bans that they select.  First all
// pages of `bans` are read, which ends however many are made meanwhile, and nothing is changed
// before somebody has agreed to what was found.  Then exactly that is lifted, one request after
// another, each as long as the daemon takes it at one time.  A ban that has ended meanwhile is no
// failure, so that the same command, run again, does the rest.

import OpsCore
import OpsLinux
import OpsProtocol

struct Unbanning {
    /// The most bans in a request: as of a list of addresses, a turn's work and no more.
    static let batch = 500
    /// The most holders that the report names.
    static let holdersShown = 5

    private let selection: UnbanSelection
    private let output: Output
    private let unban: CommandWords
    /// What is to be lifted.
    private var networks: [Network] = []
    /// What has been lifted so far.
    private var done = LiftedBans()

    static func run(
        _ selection: UnbanSelection, _ options: ControlOptions, _ output: Output
    ) throws(ClientFault) -> ExitCode {
        let canAsk = StandardStream.input.isTerminal && StandardStream.error.isTerminal
        guard selection.isConfirmed || canAsk else {
            throw ClientFault(
                .usage, "nothing was lifted: there is no terminal to ask on",
                hint: "--yes lifts the bans without asking")
        }
        var work = try Unbanning(selection, output)
        var connection = try Connection(
            path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
        let size = try work.batchSize(&connection)
        try work.find(&connection)
        if work.networks.isEmpty {
            try output.isJSON
                ? output.write(Array(#"{"results":[]}"#.utf8))
                : output.write(PlainText.escaped(selection.nothing) + "\n")
            return .done
        }
        if !selection.isConfirmed, try !work.isAgreed() {
            Diagnostics.write("nothing was lifted")
            return .no
        }
        return try work.lift(size, &connection)
    }

    private init(_ selection: UnbanSelection, _ output: Output) throws(ClientFault) {
        self.selection = selection
        self.output = output
        unban = CommandWords(try Self.row("unban"), selection.lifting)
    }

    private static func row(_ verb: String) throws(ClientFault) -> CommandRow {
        guard let row = CommandTable.row(verb) else { throw .usage("there is no command \(verb)") }
        return row
    }

    /// How many bans fit into a request.  `config`, which tells it, needs the role that `unban`
    /// needs: who may not lift bans is told so before anything else.
    private func batchSize(_ connection: inout Connection) throws(ClientFault) -> Int {
        let reply = try connection.ask(try CommandWords(Self.row("config"), []).line())
        let value = try reply.value()
        guard reply.kind == .ok else {
            var fault = Self.fault(value)
            if value["code"]?.text == RefusalCode.forbidden.rawValue {
                fault.message = fault.message.replacing("config needs", with: "unban needs")
            }
            throw fault
        }
        let lineBytes = value["limits"]?["line_bytes"]?.integer ?? 1_024
        let room = Int(clamping: lineBytes) - (try unban.line(positionals: []).count)
        return min(max(room / (Network.longestText + 1), 1), Self.batch)
    }

    private static func fault(_ refusal: JSONValue) -> ClientFault {
        let code = refusal["code"]?.text ?? ""
        return ClientFault(
            ExitCode(code: code), refusal["message"]?.text ?? code, hint: refusal["hint"]?.text)
    }

    // MARK: Finding

    private mutating func find(_ connection: inout Connection) throws(ClientFault) {
        let words = CommandWords(try Self.row("bans"), selection.listing)
        var networks: [Network] = []
        try Paging.walk(rowsIn: "bans", words, &connection) { reply, value throws(ClientFault) in
            guard reply.kind == .ok else { throw Self.fault(value) }
            try reply.forEach(in: "bans") { row throws(ClientFault) in
                guard let network = row["ip"]?.text.flatMap({ Network(parsing: $0) }) else {
                    throw .daemonFailed(
                        "cannot read a row of bans: \(row.plain.cut(toBytes: 200))")
                }
                networks.append(network)
            }
        }
        self.networks = networks
    }

    /// Asks on the terminal; the end of input is no.
    private func isAgreed() throws(ClientFault) -> Bool {
        // Rows of `bans` tell the claim that decides, and others go too.
        let whose = selection.source == nil ? ", of all sources" : ""
        let what = PlainText.escaped(selection.text(networks.count, of: []) + whose)
        let them = networks.count == 1 ? "it" : "them"
        try? StandardStream.error.write("\(what): lift \(them)? [y/N] ")
        var input = LineInput()
        guard let answer = try input.next() else {
            try? StandardStream.error.write("\n")
            return false
        }
        return ["y", "yes"].contains(answer.lowercased())
    }

    // MARK: Lifting

    private mutating func lift(
        _ size: Int, _ connection: inout Connection
    ) throws(ClientFault) -> ExitCode {
        let showsProgress = networks.count > size && StandardStream.error.isTerminal
        var place = 0
        do throws(ClientFault) {
            while place < networks.count {
                let batch = networks[place..<min(place + size, networks.count)]
                let line = try unban.line(positionals: batch.map(\.description))
                try note(try connection.ask(line), batch.count)
                place += batch.count
                if showsProgress { Self.showProgress(place, networks.count) }
            }
        } catch {
            if showsProgress { Self.clearProgress() }
            try report()
            Diagnostics.write(error)
            let asked = error.exit == .unreachable ? min(size, networks.count - place) : 0
            Diagnostics.write(interrupted(unanswered: asked))
            return max(error.exit, done.code)
        }
        if showsProgress { Self.clearProgress() }
        try report()
        return done.code
    }

    /// Notes what became of the bans of one request.
    private mutating func note(_ reply: ReplyLine, _ count: Int) throws(ClientFault) {
        let value = try reply.value()
        if reply.kind == .err {
            // A request for one ban is answered without `results`.
            guard count == 1, done.note(value) else { throw Self.fault(value) }
        } else {
            let results = value["results"]?.elements ?? [value]
            for result in results where !done.note(result) { throw Self.fault(result) }
        }
        if output.isJSON { try output.write(reply) }
        done.note(durable: value["durable"]?.bool, enforced: value["enforced"]?.bool)
    }

    private static func showProgress(_ count: Int, _ all: Int) {
        let text = "\(Figures.count(Int64(count))) of \(Figures.count(Int64(all)))"
        try? StandardStream.error.write("\r\(text)")
    }

    /// Source: ECMA-48, 8.3.41 (EL).
    private static func clearProgress() { try? StandardStream.error.write("\r\u{1b}[K") }

    private func interrupted(unanswered: Int) -> String {
        if done.lifted == 0 && unanswered == 0 { return "nothing was lifted" }
        var text = "\(Figures.count(Int64(done.lifted))) of "
        text += "\(Figures.count(Int64(networks.count))) bans were lifted"
        if unanswered > 0 {
            text += "; the answer for \(Figures.count(Int64(unanswered))) more did not come"
        }
        return text + "; the same command lifts the rest"
    }

    /// Tells what was done; with --json the replies have told it.
    private func report() throws(ClientFault) {
        if !output.isJSON && done.lifted + done.gone > 0 { try output.write(text()) }
        Output.warnIfNotDurable(.object([.init(name: "durable", value: .bool(done.isDurable))]))
        if !done.isEnforced {
            Diagnostics.write(
                "warning: the kernel may still drop some of them",
                hint: "opsctl enforce verify compares it with the bans")
        }
    }

    private func text() -> String {
        var sheet = Sheet(output.view)
        sheet.line("lifted \(selection.text(done.lifted, of: done.sources))")
        if !done.holders.isEmpty {
            let sorted = done.holders.sorted {
                $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
            }
            var parts = sorted.prefix(Self.holdersShown).map {
                "\(Figures.count(Int64($0.value))) \($0.key)"
            }
            let rest = sorted.dropFirst(Self.holdersShown).reduce(0) { $0 + $1.value }
            if rest > 0 { parts.append("\(Figures.count(Int64(rest))) by others") }
            sheet.line("still banned: " + parts.joined(separator: ", "), .yellow)
        }
        if done.gone > 0 { sheet.line("gone before: \(Figures.count(Int64(done.gone)))") }
        return sheet.text
    }
}

/// What has become of the bans so far.
struct LiftedBans {
    private(set) var lifted = 0
    /// Those that had ended, or were lifted by others.
    private(set) var gone = 0
    /// Whose bans were lifted.
    private(set) var sources: Set<String> = []
    /// What still bans addresses whose bans were lifted, in words, and how many.
    private(set) var holders: [String: Int] = [:]
    private(set) var isDurable = true
    private(set) var isEnforced = true

    var code: ExitCode { isDurable && isEnforced ? .done : .trouble }

    /// Notes one result; false: it is a refusal that means that the ban was not lifted.
    mutating func note(_ result: JSONValue) -> Bool {
        guard let code = result["code"]?.text else {
            lifted += 1
            sources.formUnion(result["sources"]?.elements.map(\.plain) ?? [])
            if let holder = holder(result) { holders[holder, default: 0] += 1 }
            return true
        }
        switch RefusalCode(rawValue: code) {
        case .notFound: break
        // The ban itself is gone, and something wider holds the network.
        case .refused: holders["by a wider ban or a list", default: 0] += 1
        default: return false
        }
        gone += 1
        return true
    }

    private func holder(_ result: JSONValue) -> String? {
        guard let network = result["still_held_by"]?.text else { return nil }
        if let source = result["held_by"]?.text {
            return "by " + Rendering.named(source)
        }
        return result["list"]?.text.map { "in the list \($0)" } ?? "by the ban of \(network)"
    }

    /// Notes whether a change is safe, and done by the kernel; nil: yes, or nobody asked it to.
    mutating func note(durable: Bool?, enforced: Bool?) {
        if durable == false { isDurable = false }
        if enforced == false { isEnforced = false }
    }
}
