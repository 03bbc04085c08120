// Everything that opsd knows.  Durable: bans, strikes, the event tail, the clock offset; it changes
// by `apply(Change)` alone, live and in replay.  Telemetry: rate windows, samples; it changes by
// `apply(Telemetry)`, is never logged, and no durable table depends on it.  Reads no clock.

/// The state of the daemon.
package struct State: Sendable {
    /// The guard's settings in force; not part of the durable state.
    package internal(set) var rules: GuardRules { didSet { protections &+= 1 } }
    var bans: Bans
    var strikes: Strikes
    var rates: RateWindows
    /// What is remembered of addresses that the rules banned.
    var offenses: Offenses
    /// Derived: which networks had addresses banned lately.
    var subnets = SubnetWatch()
    /// Telemetry: what must never be banned, as last measured.
    package var hostNetworks = HostNetworks() {
        didSet { if hostNetworks != oldValue { protections &+= 1 } }
    }
    /// Telemetry: totals by source since opsd started.
    var tallies = SourceTallies()
    /// Counts what may have changed `exempt`, for those who keep a copy of it.
    package private(set) var protections: UInt64 = 0
    /// The tables of the domains.
    package internal(set) var domains = Domains()
    /// Derived: what paging remembers between two looks.
    package internal(set) var paging = PagingBoard()
    /// The newest events; durable.
    package internal(set) var events: EventTail
    /// Wall clock less boot time, milliseconds: turns deadlines into dates.  Moves only by a
    /// `clockSet` change, so that a date does not jitter between two replies.
    package internal(set) var clockOffset: Int64 = 0
    /// The boot that deadlines belong to.
    package internal(set) var bootID = BootID(high: 0, low: 0)
    /// How many bans ended in this second, and how many without an event since the last summary.
    var expiries = ExpiryCount()
    /// Nothing; it makes a state one that stays where it is.  Of a large struct that could be held
    /// in registers the compiler copies all bytes before it calls a method that only reads, 2.6 KB
    /// twice for a `check`; one with an existential it passes by its address.
    private let anchor: any Sendable = ()

    /// - Parameter hashKey: 128 random bits, new each start.
    package init(
        rules: GuardRules = GuardRules(), hashKey: (UInt64, UInt64), eventCapacity: Int = 1_000
    ) {
        let hasher = KeyedHash(key: hashKey)
        self.rules = rules
        bans = Bans(hasher: hasher)
        strikes = Strikes(hasher: hasher)
        rates = RateWindows(hasher: hasher, rules: rules)
        offenses = Offenses(hasher: hasher)
        events = EventTail(capacity: eventCapacity)
        tallies.adopt(rules.index)
    }

    /// New settings; rate windows of another length start anew.
    package mutating func adopt(_ rules: GuardRules, eventCapacity: Int) {
        self.rules = rules
        tallies.adopt(rules.index)
        rates.adopt(rules)
        if eventCapacity != events.capacity { events.resize(to: eventCapacity) }
    }
}

extension State {
    /// Named lists of networks, for reading.
    package var lists: Lists { domains.lists }
    /// Objectives and the deploy gate, for reading.
    package var services: ServiceLevels { domains.services }

    /// New objectives; what has gathered under the old ones is taken first.
    package mutating func adopt(_ objectives: [Objective], _ gate: GateRules) {
        domains.services.adopt(objectives, gate)
    }

    /// The inbox, for reading.
    package var incidents: Incidents { domains.incidents }

    /// New settings of the inbox.
    package mutating func adopt(_ settings: IncidentSettings) {
        domains.incidents.settings = settings
    }

    /// What was observed since the last time, as changes to apply in this order.
    package mutating func drainObservations() -> [Change] {
        domains.services.drainPending() + domains.costs.drainPending()
            + domains.endpoints.drainPending()
    }
}

/// Changes of a decision; one alone costs no allocation.
package enum Changes: Sendable {
    case none
    case one(Change)
    case several([Change])

    /// Whether nothing changes.
    package var isEmpty: Bool {
        switch self {
        case .none: true
        case .one: false
        case .several(let changes): changes.isEmpty
        }
    }
}

/// What is not logged.
package enum Telemetry: Sendable {
    /// An admitted hit; `boot` in nanoseconds.
    case hit(Network, by: Caller, boot: Int64)
    /// A hit over the limit; `boot` in nanoseconds.
    case refused(Network, boot: Int64)
    /// An event of the objective at `place`; `minute` on the service clock.
    case observed(index: Int, Observation, minute: Int64)
    case observedMany(index: Int, ObservationBatch, minute: Int64)
    /// What was spent on a model; `minute` on the service clock.
    indirect case spent(ModelName, MicroUSD, minute: Int64)
    /// A check of the endpoint at `place`.
    indirect case checked(EndpointReport, place: Int, CheckInstant)
    /// A queue as it was reported.
    indirect case queued(Queue)
}

/// What a decision asks of the daemon besides its changes.
package enum Effect: Sendable {
    case none
    case watch(topics: [Topic], after: EventMark?)
    /// The reply comes when the files of events have been read.
    indirect case readEvents(EventSearch)
    /// The reply comes when the snapshot is on disk.
    case snapshot
    /// The same of one for an older release.
    case olderSnapshot(OlderRelease)
    case reload
    /// Part of a list that a client puts together: the daemon knows whose.
    case list(ListStep)
    /// Drop what has ended now instead of at the next turn.
    case cleanup
    /// The reply comes when the kernel has been asked, and with `repairs` put right.
    case audit(repairs: Bool)
    /// The request waits, and is decided again after a change of the state, until it has a reply;
    /// at `until`, milliseconds of boot time, the reply is `otherwise`.
    indirect case wait(until: Int64, otherwise: Reply)
    /// The reply comes from what the daemon alone knows.
    case report(HostQuestion)
    /// The connection is this satellite's.
    indirect case hello(Satellite, version: String?)
    /// What opswatch tells, or what is asked of it.
    indirect case detector(DetectorCommand)
    /// What whoever does work says: the daemon knows the connection, and draws the tokens.
    indirect case work(WorkCommand)
    /// About channels: the daemon knows what opspager told.
    indirect case pager(PagerCommand)
}

/// The outcome of `decide`: nothing has changed yet.
package struct Decision: Sendable {
    /// nil: the effect brings it.
    package var reply: Reply?
    /// What `apply` is to be given, in this order.
    package var changes: Changes
    /// What `apply(_: Telemetry)` is to be given.
    package var telemetry: Telemetry?
    /// What `count` is to be given.
    package var tally: TalliedStrike?
    /// What the daemon is to do besides.
    package var effect: Effect

    package init(
        _ reply: Reply?, _ changes: Changes = .none, telemetry: Telemetry? = nil,
        tally: TalliedStrike? = nil, effect: Effect = .none
    ) {
        self.reply = reply
        self.changes = changes
        self.telemetry = telemetry
        self.tally = tally
        self.effect = effect
    }
}

extension State {
    /// The wall clock second in which a deadline falls, rounded up; nil: never.
    func expires(_ deadline: Int64) -> Int64? {
        deadline == Ban.never ? nil : Self.seconds(deadline + clockOffset)
    }

    /// Milliseconds to whole seconds, rounded up.
    static func seconds(_ milliseconds: Int64) -> Int64 {
        let whole = milliseconds / 1_000
        return milliseconds % 1_000 > 0 ? whole + 1 : whole
    }

    /// A ban as replies show it.
    package func view(_ ban: Ban, at now: Moment) -> BanView {
        let isPermanent = ban.deadline == Ban.never
        var view = BanView(
            network: ban.network, expires: expires(ban.deadline),
            ttlSeconds: isPermanent ? nil : Self.seconds(ban.deadline - now.bootMilliseconds),
            created: Int64(ban.created), reason: ban.reason, source: ban.source, uid: ban.uid,
            isAutomatic: ban.isAutomatic)
        view.isDryRun = ban.isDryRun
        if let confirmed = ban.confirmedDeadline {
            view.isUnconfirmed = true
            view.confirmedExpires = expires(confirmed)
        }
        return view
    }

    /// A ban of the table as replies show it, without a `Ban` made on the way.
    func view(_ entry: BanEntry, at now: Moment) -> BanView {
        let isPermanent = entry.deadline == Ban.never
        let (reason, source) = bans.texts(of: entry)
        var view = BanView(
            network: entry.network, expires: expires(entry.deadline),
            ttlSeconds: isPermanent ? nil : Self.seconds(entry.deadline - now.bootMilliseconds),
            created: Int64(entry.created), reason: reason, source: source, uid: entry.uid,
            isAutomatic: entry.traits.contains(.automatic))
        view.isDryRun = entry.traits.contains(.dryRun)
        if let confirmed = bans.confirmedDeadline(of: entry) {
            view.isUnconfirmed = true
            view.confirmedExpires = expires(confirmed)
        }
        return view
    }

    /// The network a target counts as; see `Target.counted`.
    @inline(__always)
    package func key(_ target: Target) -> Network { target.counted(ipv6Prefix: rules.ipv6Prefix) }

    /// The allow entry that holds a network.
    func allowed(_ network: Network) -> Network? { rules.allow.first { $0.contains(network) } }
}
