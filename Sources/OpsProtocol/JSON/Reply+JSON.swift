// Replies, refusals and events as lines: `ok {...}`, `err {...}`, `event {...}`.  One arm per
// reply; those with more than a few members have files of their own.  The names of the members are
// those in the command table; a test compares the two.

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
            members(&json, PageBudget(start: start, limitBytes: limitBytes))
            json.endObject()
        }
        output.append(0x0a)
    }

    /// Appends the line of `.pong`.
    package static func writePong(to output: inout [UInt8]) {
        output.append(addingCapacity: 17) { $0.append("ok {\"pong\":true}\n") }
    }

    private func members(_ json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .pong:
            json.key("pong")
            json.bool(true)
        case .version(let version):
            json.key("version")
            json.string(version)
            json.key("protocol")
            json.integer(1)
        case .commands:
            json.key("commands")
            json.raw(CommandTable.json)
        case .check(let answer): json.members(answer)
        case .checks(let answers):
            json.results(answers, budget) { json, answer, isBrief in
                if isBrief { json.briefMembers(answer) } else { json.members(answer) }
            }
        case .hit(let answer): json.members(answer)
        case .strike(let answer): json.members(answer)
        case .cleared(let network, let count):
            json.member("ip", network)
            json.key("cleared")
            json.integer(count)
        case .banned(let view): json.members(BannedAnswer(view))
        case .bannedEach(let results):
            json.targetResults(results, budget) { $0.members(BannedAnswer($1, isBrief: $2)) }
        case .confirmed(let view): json.members(BannedAnswer(view))
        case .confirmedEach(let results):
            json.targetResults(results, budget) { $0.members(BannedAnswer($1, isBrief: $2)) }
        case .unbanned(let lifted): lifted.members(&json)
        case .unbannedEach(let results):
            json.targetResults(results, budget) { json, lifted, _ in lifted.members(&json) }
        case .bans(let page):
            json.page("bans", page, budget, after: \.network) { $1.rowMembers(&$0) }
        case .strikes(let page):
            json.page("strikes", page, budget, after: \.network) { $1.members(&$0, budget) }
        case .why(let report): report.members(&json, budget)
        case .guardStats(let stats): stats.members(&json)
        case .removed(let count):
            json.key("removed")
            json.integer(count)
        case .audited(let report): report.members(&json)
        case .status(let report): report.statusMembers(&json, budget)
        case .health(let report): report.healthMembers(&json, budget)
        case .metrics(let report): report.metricsMembers(&json, budget)
        case .systemStats(let report): report.systemStatsMembers(&json)
        case .history(let page, let hours): page.members(&json, hours: hours, budget)
        case .processes(let scan, let top, let now):
            scan.members(&json, top: top, now: now, budget)
        case .disks(let mounts, let now): mounts.members(&json, now: now, budget)
        case .events(let page): page.members(&json, budget)
        case .watching(let topics):
            json.key("watching")
            json.array { json in
                for topic in topics.isEmpty ? Topic.allCases : topics {
                    json.string(topic.rawValue)
                }
            }
        case .snapshot(let lsn):
            json.key("lsn")
            json.integer(lsn)
        case .reloaded(let applied, let restart):
            json.key("applied")
            json.array { json in for key in applied { json.string(key) } }
            json.key("restart_required")
            json.array { json in for key in restart { json.string(key) } }
        case .config(let members): json.raw(members)
        case .list(let reply): reply.members(&json, budget)
        case .service(let reply): reply.members(&json, budget)
        }
    }
}

extension Refusal {
    /// Appends `err {...}` and LF.
    package func writeLine(to output: inout [UInt8]) {
        output.append(contentsOf: "err ".utf8)
        JSONWriter.append(to: &output) { json in json.object { members(&$0) } }
        output.append(0x0a)
    }

    func members(_ json: inout JSONWriter) {
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
