// Answers as values, one case a reply shape; OpsProtocol writes them as JSON.  Times are wall clock
// seconds since 1970, durations seconds, so that two replies about one ban never differ.

/// One page of a list; `next` is what to pass as `after` for the following one.
package struct Page<Row: Hashable & Sendable>: Hashable, Sendable {
    /// The rows, in the table's order.
    package var rows: [Row]
    package var next: Network?
}

/// The answer about one of several targets.
package enum TargetResult<Answer: Hashable & Sendable>: Hashable, Sendable {
    case done(Answer)
    case refused(Network, Refusal)
}

/// One answer.  Large ones are indirect, so that passing on a small one copies little.
package enum Reply: Sendable {
    case pong
    case version(String)
    case commands

    case check(CheckAnswer)
    case checks([CheckAnswer])
    case hit(HitAnswer)
    case strike(StrikeAnswer)
    /// How many strikes were taken away.
    case cleared(Network, Int)
    case banned(BanView)
    case bannedEach([TargetResult<BanView>])
    case confirmed(BanView)
    case confirmedEach([TargetResult<BanView>])
    case unbanned(UnbanAnswer)
    case unbannedEach([TargetResult<UnbanAnswer>])
    case bans(Page<BanView>)
    case strikes(Page<StrikeView>)
    case places(PlacesPage)
    indirect case why(WhyReport)
    case guardStats(GuardStats)
    case removed(Int)
    case audited(AuditReport)

    indirect case status(HostReport)
    indirect case health(HostReport)
    indirect case metrics(HostReport)
    indirect case systemStats(HostReport)
    indirect case history(HistoryPage, hours: Int)
    /// nil before the first scan.
    indirect case processes(ProcessScan?, top: Int, now: Moment)
    case disks([Mount], now: Moment)

    case events(EventPage)
    /// `run`: which start of opsd this is.
    case watching([Topic], run: UInt64 = 0)
    indirect case auditStatus(AuditChainReport)
    /// The log sequence number the snapshot holds.
    case snapshot(lsn: UInt64)
    indirect case olderSnapshot(OlderSnapshot)
    case reloaded(applied: [String], restartRequired: [String])
    /// Already JSON: the configuration in force.
    case config(json: String)
    /// A satellite, the version of opsd, and which start of it this is.
    indirect case hello(Satellite, version: String, run: UInt64)
    indirect case detector(DetectorReply)

    indirect case list(ListReply)
    indirect case service(ServiceReply)
    indirect case work(WorkReply)
    indirect case incident(IncidentReply)
    indirect case pager(PagerReply)
    indirect case cost(CostReply)
    indirect case endpoint(EndpointReply)
    indirect case queue(QueueReply)
    case forecasts([ForecastView])
}
