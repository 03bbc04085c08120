// Replies, refusals and events as lines: `ok {...}`, `err {...}`, `event {...}`.  Each reply has
// one case here; those with more than a few members are written in files of their own.  A test
// compares the names of the members with the command table.

package import OpsCore

extension Reply {
    /// Appends `ok {...}` and LF.  A list stops before `limitBytes` and says where to go on.
    package func writeLine(to output: inout [UInt8], limitBytes: Int) {
        switch self {
        case .check(let answer): return answer.writeLine(to: &output)
        case .hit(let answer): return answer.writeLine(to: &output)
        case .strike(let answer): return answer.writeLine(to: &output)
        case .banned(let view): return view.writeBanned(to: &output)
        default: break
        }
        output.append(contentsOf: [0x6f, 0x6b, 0x20])  // "ok "
        let start = output.count
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            writeMembers(to: &json, PageBudget(start: start, limitBytes: limitBytes))
            json.endObject()
        }
        output.append(0x0a)
    }

    /// Appends the line of `.pong`.
    package static func writePong(to output: inout [UInt8]) {
        output.append(addingCapacity: 17) { $0.append("ok {\"pong\":true}\n") }
    }

    private func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .pong: json.member("pong", true)
        case .version(let version):
            json.member("version", text: version)
            json.member("protocol", integer: 1)
        case .commands:
            json.key("commands")
            json.raw(CommandTable.json)
        case .check(let answer): json.appendMembers(answer)
        case .checks(let answers):
            json.results(answers, budget) { json, answer, isBrief in
                if isBrief { json.appendBriefMembers(answer) } else { json.appendMembers(answer) }
            }
        case .hit(let answer): json.appendMembers(answer)
        case .strike(let answer): json.appendMembers(answer)
        case .cleared(let network, let count):
            json.member("ip", network)
            json.key("cleared")
            json.integer(count)
        case .banned(let view): json.appendMembers(BannedAnswer(view))
        case .bannedEach(let results):
            json.targetResults(results, budget) { $0.appendMembers(BannedAnswer($1, isBrief: $2)) }
        case .confirmed(let view): json.appendMembers(BannedAnswer(view))
        case .confirmedEach(let results):
            json.targetResults(results, budget) { $0.appendMembers(BannedAnswer($1, isBrief: $2)) }
        case .unbanned(let lifted): lifted.writeMembers(to: &json)
        case .unbannedEach(let results):
            json.targetResults(results, budget) { $1.writeMembers(to: &$0, isBrief: $2) }
        case .bans(let page):
            json.page("bans", page, budget, after: \.network) { $1.writeRowMembers(to: &$0) }
        case .strikes(let page):
            json.page("strikes", page, budget, after: \.network) {
                $1.writeMembers(to: &$0, budget)
            }
        case .places(let page): page.writeMembers(to: &json, budget)
        case .why(let report): report.writeMembers(to: &json, budget)
        case .guardStats(let stats): stats.writeAllMembers(to: &json)
        case .removed(let count):
            json.member("removed", integer: count)
        case .audited(let report): report.writeMembers(to: &json)
        case .status(let report): report.writeStatusMembers(to: &json, budget)
        case .health(let report): report.writeHealthMembers(to: &json, budget)
        case .metrics(let report): report.writeMetricsMembers(to: &json, budget)
        case .systemStats(let report): report.writeSystemStatsMembers(to: &json)
        case .history(let page, let hours): page.writeMembers(to: &json, hours: hours, budget)
        case .processes(let scan, let top, let now):
            scan.writeMembers(to: &json, top: top, now: now, budget)
        case .disks(let mounts, let now): mounts.writeMembers(to: &json, now: now, budget)
        case .events(let page): page.writeMembers(to: &json, budget)
        case .watching(let topics, let run): json.watching(topics, run)
        case .auditStatus(let report): report.writeMembers(to: &json)
        case .snapshot(let lsn): json.member("lsn", integer: lsn)
        case .olderSnapshot(let snapshot): snapshot.writeMembers(to: &json)
        case .reloaded(let applied, let restart):
            json.member("applied", texts: applied)
            json.member("restart_required", texts: restart)
        case .config(let members): json.raw(members)
        case .hello(let name, let version, let run): name.writeHello(version, run, to: &json)
        case .detector(let reply): reply.writeMembers(to: &json, budget)
        case .list(let reply): reply.writeMembers(to: &json, budget)
        case .service(let reply): reply.writeMembers(to: &json, budget)
        case .work(let reply): reply.writeMembers(to: &json, budget)
        case .incident(let reply): reply.writeMembers(to: &json, budget)
        case .pager(let reply): reply.writeMembers(to: &json)
        case .cost(let reply): reply.writeMembers(to: &json, budget)
        case .endpoint(let reply): reply.writeMembers(to: &json, budget)
        case .queue(let reply): reply.writeMembers(to: &json, budget)
        case .forecasts(let views): ForecastView.write(views, to: &json, budget)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func watching(_ topics: [Topic], _ run: UInt64) {
        member("watching", texts: (topics.isEmpty ? Topic.allCases : topics).map(\.rawValue))
        member("run", text: WorkToken.text(run))
    }

    fileprivate mutating func member(_ name: StaticString, texts: [String]) {
        key(name)
        array { json in for text in texts { json.string(text) } }
    }
}

extension Refusal {
    /// Appends `err {...}` and LF.
    package func writeLine(to output: inout [UInt8]) {
        output.append(contentsOf: "err ".utf8)
        JSONWriter.append(to: &output) { json in json.object { writeMembers(to: &$0) } }
        output.append(0x0a)
    }

    func writeMembers(to json: inout JSONWriter) {
        json.key("code")
        json.string(code.rawValue)
        json.key("message")
        json.string(message)
        if let hint {
            json.key("hint")
            json.string(hint)
        }
    }
}

extension JSONWriter {
    /// `"name":"network"`.
    @inline(__always)
    mutating func member(_ name: StaticString, _ network: Network) {
        key(name)
        string { network.write(to: &$0) }
    }

    /// `"name":"time"`, or null.
    mutating func member(_ name: StaticString, seconds: Int64?) {
        key(name)
        guard let seconds else { return null() }
        string { Timestamp.write(seconds: seconds, to: &$0) }
    }

    /// `"name":"time"` with microseconds.
    mutating func member(_ name: StaticString, wall nanoseconds: Int64) {
        key(name)
        string { Timestamp.write(microseconds: nanoseconds / 1_000, to: &$0) }
    }

    /// `"name":n`, or null.
    mutating func member(_ name: StaticString, integer value: (some FixedWidthInteger)?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    /// `"name":n.n`, or null.
    mutating func member(_ name: StaticString, _ value: Double?, decimals: Int) {
        key(name)
        number(value, decimals: decimals)
    }

    /// `"name":true`.
    mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// `"name":"text"`.
    mutating func member(_ name: StaticString, text: String) {
        key(name)
        string(text)
    }
}
