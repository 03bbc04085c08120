// What opsctl does with the reply of each command: ONE table, from a row's verb in the command
// table to the renderer of its text, the rule for the exit status, and how the reply arrives (at
// once, page by page, as a stream).  A test finds rows without an entry.

import OpsProtocol

/// How the reply of one command is shown, and what opsctl exits with after it.
struct ReplyDisplay: Sendable {
    /// Writes the text of an `ok` reply.
    typealias Renderer = @Sendable (JSONValue, inout Sheet) -> Void

    /// How the reply arrives.
    enum Delivery: Sendable {
        /// One reply holds everything.
        case whole
        /// Rows of a table, page after page unless `--limit` asks for one page.
        case pages(RowTable)
        /// Texts in the member of this name, one per line, page after page, if the command names
        /// one thing (such as one list); if it names none, the reply is whole.
        case linesOfOne(member: String)
        /// One reply, then events until somebody ends it.
        case stream
    }

    let render: Renderer
    let exit: ExitRule
    let delivery: Delivery

    init(_ render: @escaping Renderer, exit: ExitRule = .done, delivery: Delivery = .whole) {
        self.render = render
        self.exit = exit
        self.delivery = delivery
    }

    init(_ rows: RowTable) {
        self.init(rows.render, delivery: .pages(rows))
    }

    /// The member that holds the rows of a long list; nil: the reply is not a list.
    var rows: String? {
        switch delivery {
        case .pages(let rows): rows.member
        case .linesOfOne(let member): member
        case .whole, .stream: nil
        }
    }

    /// `name: value`, a line for each member: for small replies that need no more, and for commands
    /// that this opsctl does not know.
    static let general = ReplyDisplay(Rendering.general)

    /// The entry of a verb.
    static func of(_ verb: String) -> ReplyDisplay { table[verb] ?? general }

    /// By verb, in the order of the command table.
    static let table: [String: ReplyDisplay] = [
        "ping": ReplyDisplay(Rendering.pong),
        "version": ReplyDisplay(Rendering.version),
        "commands": ReplyDisplay(Rendering.commands),
        "config": ReplyDisplay(Rendering.config),
        "reload": ReplyDisplay(Rendering.reload),
        "snapshot": ReplyDisplay(Rendering.snapshot),
        "hello": .general,

        "status": ReplyDisplay(Rendering.status),
        "health": ReplyDisplay(Rendering.health, exit: .healthy),
        "metrics": ReplyDisplay(Rendering.metrics),
        "metrics history": ReplyDisplay(Rendering.history),
        "processes": ReplyDisplay(Rendering.processes),
        "disks": ReplyDisplay(Rendering.disks),
        "stats system": ReplyDisplay(Rendering.systemStats),

        "check": ReplyDisplay(Rendering.each(Rendering.checked), exit: .notBanned),
        "hit": ReplyDisplay(Rendering.each(Rendering.hit), exit: .allowed),
        "strike": ReplyDisplay(Rendering.each(Rendering.struck)),
        "success": ReplyDisplay(Rendering.each(Rendering.cleared)),
        "clear": ReplyDisplay(Rendering.each(Rendering.cleared)),
        "ban": ReplyDisplay(Rendering.each(Rendering.banned), exit: .enforced),
        "confirm": ReplyDisplay(Rendering.each(Rendering.banned)),
        "unban": ReplyDisplay(Rendering.each(Rendering.unbanned), exit: .enforced),
        "bans": ReplyDisplay(RowTable.bans),
        "strikes": ReplyDisplay(RowTable.strikes),
        "places": ReplyDisplay(RowTable.places),
        "why": ReplyDisplay(Rendering.why),
        "guard stats": ReplyDisplay(Rendering.guardStats),
        "guard cleanup": ReplyDisplay(Rendering.cleanup),

        "enforce verify": ReplyDisplay(Rendering.comparison, exit: .ok),
        "enforce repair": ReplyDisplay(Rendering.comparison, exit: .ok),

        "list begin": .general,
        "list add": .general,
        "list commit": ReplyDisplay(Rendering.listCommitted),
        "list drop": ReplyDisplay(Rendering.listDropped),
        "list show": ReplyDisplay(Rendering.listShow, delivery: .linesOfOne(member: "ips")),

        "detector sources": ReplyDisplay(RowTable.sources),
        "detector rules": ReplyDisplay(RowTable.rules),
        "detector source": .general,
        "detector rule": .general,
        "detector event": .general,

        "slo observe": .general,
        "slo add": .general,
        "slo budget": ReplyDisplay(Rendering.budgets),
        "slo status": ReplyDisplay(Rendering.services, exit: .nothingFires),
        "slo rebaseline": ReplyDisplay(Rendering.budgets),

        "gate status": ReplyDisplay(Rendering.gate),
        "gate check": ReplyDisplay(Rendering.gate, exit: .gateOpen),
        "gate override": ReplyDisplay(Rendering.gateOverride),

        "work list": ReplyDisplay(RowTable.work),
        "work show": ReplyDisplay(Rendering.workShow),
        "work why": ReplyDisplay(Rendering.workWhy),
        "work cancel": .general,
        "work retry": .general,
        "work hold": ReplyDisplay(Rendering.workKind),
        "work resume": ReplyDisplay(Rendering.workKind),
        "work take": .general,
        "work begun": .general,
        "work beat": .general,
        "work done": .general,
        "work failed": .general,
        "incident raise": ReplyDisplay(Rendering.raised),
        "incident ack": ReplyDisplay(Rendering.incidentLine),
        "incident resolve": ReplyDisplay(Rendering.incidentLine),
        "incident note": ReplyDisplay(Rendering.incidentNoted),
        "incident show": ReplyDisplay(Rendering.incident),
        "incident summary": ReplyDisplay(Rendering.incidentSummary),
        "incidents": ReplyDisplay(RowTable.incidents),
        "silence add": ReplyDisplay(Rendering.silence),
        "silence list": ReplyDisplay(Rendering.silences),
        "silence end": ReplyDisplay(Rendering.silence),

        "pager status": ReplyDisplay(Rendering.channels),
        "pager test": ReplyDisplay(Rendering.pagerTest),
        "pager report": .general,

        "cost record": .general,
        "cost reserve": ReplyDisplay(Rendering.costVerdict, exit: .notDenied),
        "cost settle": ReplyDisplay(Rendering.costEntry),
        "cost release": ReplyDisplay(Rendering.costEntry),
        "cost correct": ReplyDisplay(Rendering.costEntry),
        "cost check": ReplyDisplay(Rendering.costVerdict, exit: .notDenied),
        "cost status": ReplyDisplay(Rendering.costStatus),
        "cost days": ReplyDisplay(Rendering.costDays),
        "cost set-cap": ReplyDisplay(Rendering.costCap),
        "forecast": ReplyDisplay(Rendering.forecasts),
        "queue report": .general,
        "queue status": ReplyDisplay(Rendering.queues, exit: .noQueueBad),

        "endpoints": ReplyDisplay(RowTable.endpoints),
        "endpoint report": .general,

        "events": ReplyDisplay(RowTable.events),
        "audit status": ReplyDisplay(Rendering.auditStatus),
        "watch": ReplyDisplay(Rendering.general, delivery: .stream),
    ]
}

/// Replies as text for people.
enum Rendering {
    /// The text of an `ok` reply, ending in a line feed, or empty.
    static func text(verb: String, _ reply: JSONValue, _ view: View) -> String {
        var sheet = Sheet(view)
        ReplyDisplay.of(verb).render(reply, &sheet)
        return sheet.text
    }
}
