// Every request as a value.  The parser makes these from lines by the command table, `decide`
// answers them; nothing here knows of bytes.

/// Which page of a table: up to `limit` rows after `after`.
package struct PageQuery: Hashable, Sendable {
    /// 1...1000.
    package var limit: Int
    /// Begin after this network, in the table's order; nil: at the start.
    package var after: Network?
    /// Only bans of this source.
    package var source: String?
    /// Only networks inside this one.
    package var under: Target?

    package init(
        limit: Int = 100, after: Network? = nil, source: String? = nil, under: Target? = nil
    ) {
        self.limit = limit
        self.after = after
        self.source = source
        self.under = under
    }
}

/// One request.
package enum Command: Hashable, Sendable {
    case ping
    case version
    case commands

    case status
    case health
    case metrics
    /// `hours` 1...8760; `stepSeconds` nil lets the daemon choose; only points after `after`,
    /// seconds since 1970.
    case metricsHistory(hours: Int, stepSeconds: Int?, after: Int64? = nil)
    /// `top` 1...100.
    case processes(top: Int)
    case disks
    case systemStats

    case check(Targets)
    /// `route` is a label for people; all routes of an address share its window.
    case hit(Target, route: Route?)
    case strike(Target, StrikeTerms)
    /// `source`: whose strikes it clears; nil: those of no source with a section of its own.
    case success(Target, source: String? = nil)
    case clear(Target)
    case ban(Targets, BanTerms)
    /// `source`: only its claims; nil: all.
    case confirm(Targets, source: String? = nil)
    case unban(Targets, source: String? = nil)
    case bans(PageQuery)
    case strikes(PageQuery)
    case places(PlacesQuery)
    case why(Target)
    case guardStats
    case guardCleanup
    /// Compare the kernel with the state; `repairs`: and put right what differs.
    case enforceAudit(repairs: Bool)

    indirect case events(EventQuery)
    /// Without topics, all of them.  `after` first replays kept events after that one.
    case watch(topics: [Topic], after: EventMark?)

    /// How the chain of events.ndjson stands.
    case auditStatus

    case snapshot
    /// A snapshot that an older release can read.
    case olderSnapshot(OlderRelease)
    case reload
    case config

    /// The connection is this satellite's.
    indirect case hello(Satellite, version: String?)
    indirect case detector(DetectorCommand)

    // The domains.  Indirect, so that the cases of the hot path stay small.
    indirect case list(ListCommand)
    indirect case service(ServiceCommand)
    indirect case work(WorkCommand)
    indirect case incident(IncidentCommand)
    indirect case pager(PagerCommand)
    indirect case cost(CostCommand)
    indirect case endpoint(EndpointCommand)
    indirect case queue(QueueCommand)
    /// When what fills up is full.
    case forecast
}

extension Command {
    /// How many addresses and networks it names.
    package var targetCount: Int {
        switch self {
        case .check(let targets), .ban(let targets, _), .confirm(let targets, _),
            .unban(let targets, _):
            targets.count
        case .list(.add(_, let targets)): targets.count
        default: 1
        }
    }
}
