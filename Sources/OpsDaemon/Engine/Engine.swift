// The daemon without its descriptors: bytes of connections in, bytes out, changes to the log,
// events to the sinks.  One thread runs it; time comes in as an argument; tests run it with a clock
// and a disk of their own.
//
// A request's way: `receive` frames lines; `serve` parses one by the command table and checks the
// role; `State.decide` returns changes and a reply; `commit` applies and logs the changes; the
// reply joins the session's output with a gate that opens when the log is safe up to here.

import OpsConfig
import OpsCore
import OpsProtocol

/// What only the daemon can do for a request.
protocol EngineHost: AnyObject {
    /// Reads the configuration file again; all of it counts, or nothing changes.
    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal>
    /// Begins a snapshot; its end ends the wait for it (`Engine.end`).
    func beginSnapshot() throws(Refusal)
    /// The same for a snapshot that an older release can read.
    func beginSnapshot(for release: OlderRelease) throws(Refusal)
    /// Begins a comparison of the kernel with the state; its end ends the wait for it.  `repairs`:
    /// what differs is repaired.
    func beginAudit(repairs: Bool) throws(Refusal)
    /// What the daemon knows of itself now.
    func vitals() -> Vitals
    /// Why bans are not enforced although they should be; nil: all is well.
    var enforcementFault: String? { get }
    /// Whether there is a thread that reads files of events.
    var readsEventFiles: Bool { get }
}

/// Sessions, state and log, and the order between them.
final class Engine {
    /// Changed by `commit`, and by `update` where nothing is logged.
    private(set) var state: State
    var log: LogBook
    private(set) var monitor: Monitor
    /// What the kernel was asked to drop; nil: bans are not enforced.
    var kernel: KernelBook?
    /// Whether `kernel` is not nil.  Each request asks this, since looking at the book would copy
    /// it.
    private(set) var isEnforcing = false
    /// What the kernel's sets have dropped, as of a few seconds ago.
    var dropped: [DroppedBy] = []
    /// What every log record says of the host: the gauges of the last sample.
    var gauges = Gauges()
    var configuration: Configuration
    weak var host: (any EngineHost)?
    /// This turn's time.
    var now: Moment
    var sessions: [Session?] = []
    var sessionCount = 0
    /// The most connections that there are descriptors for, after those that opsd itself needs.
    var descriptorRoom = Int.max
    var sessionsPerUser: [UInt32: Int] = [:]
    let buffers = BufferPool()
    /// Slots whose session received bytes that are not served yet.
    var arrived = SlotSet()
    /// Slots that the loop should look at: there is output, or the session is to be closed.
    var touched = SlotSet()
    /// Slots with requests beyond those served at once.
    var unserved = SlotLine()
    /// Slots whose session has a heavy request waiting.
    var heavy = SlotLine()
    /// The last turn had no time for a heavy request.
    var hasPutOffHeavy = false
    /// How far the search for bans that `guard.allow` lifts has come; nil: it is over.
    var allowWalk: AllowWalk?
    /// Requests served in this turn.
    var served = 0
    /// Nanoseconds of boot time, to see how long a turn has gone on; decisions use `now` instead.
    /// The daemon sets a real clock; with this default a turn takes no time.
    var clock: () -> Int64 = { 0 }
    /// The share of the turn for the work being done.
    var share = TurnShare(until: .max)
    /// A sum of what prefetching has read, kept so that the reads are not optimised away.
    var prefetchSum: UInt64 = 0
    /// The number of the newest change when `expire` last ran.
    var sequenceOfExpiry: UInt64
    /// Slots with output that waits for the log.
    var held = SlotSet()
    /// Slots whose session waits for its reply, except those in the line of heavy requests.
    var waiting = SlotSet()
    /// The slots in `waiting` whose session waits for a change of the state.
    var retries = Retries()
    /// Waits that have ended in this turn; `serveWaits` answers them.
    var endedWaits: [EndedWait] = []
    /// A stop has begun: a session may begin to wait only for what the stop itself completes.
    var isStopping = false
    /// Slots with output that may have become free to go, in the order in which they are looked
    /// at; those in `touched` come first.
    var late = SlotLine()
    /// Events that are safe are told once these replies have gone: `safe`, the log's number;
    /// `ticket`, the last in `late` then.
    var eventGate: (safe: UInt64, ticket: UInt64)?
    /// How many sessions watch.
    var watchers = 0
    /// Events as watchers are sent them.
    var ring = EventRing()
    /// Watchers that can be sent something.
    var watchLine = WatchLine()
    /// What a watcher is being sent.
    var run = EventRun()
    /// The memory that sessions hold.
    var ledger = Ledger()
    /// Sessions closed for what they held, since the start.
    var shedConnections: UInt64 = 0
    /// The same by user, since it was last reported.
    var shedding: [UInt32: Shedding] = [:]
    /// Events that were made and not announced.
    var outbox = Outbox()
    /// Lists that clients draft, and those being written.
    var lists = ListDesk()
    /// Which satellites are connected.
    var satellites = SatelliteDesk()
    /// Who waits for events that are in files.
    var reads = ReadDesk()
    /// Somebody does, or a search is under way.  Each turn asks this: looking at the desk would
    /// copy it.
    var hasReads = false
    /// Who waits for work, and has it.
    let work = WorkDesk()
    /// 64 random bits for a lease; tests have their own.
    var drawToken: () -> UInt64 = { UInt64.random(in: .min ... .max) }
    /// Which start this is: 64 random bits.
    var runID: UInt64 = 0
    /// Lines for `incidents.ndjson`.
    var incidentTrail = IncidentTrail()
    /// How the chain of events stands.
    private(set) var audit = AuditChainReport(directory: "")
    /// A head of it was asked for that is newer than the one on the disk.
    var wantsAuditHead = false
    /// Which conditions of the host have lasted.
    var conditionClock = ConditionClock()
    /// The name of this host, for pages.
    var hostName = "localhost" { didSet { adoptPager() } }
    /// What opswatch has told.
    var detector = DetectorBoard()
    /// What opspager has told.
    var channels = ChannelBoard()
    /// The next time a session's deadline may be due; nanoseconds of boot time.
    var sweepAt = Int64.max
    /// The slot at which the search for deadlines that are due goes on; 0: it is over.
    var sweepSlot = 0
    /// The slot at which a stop goes on to close sessions; 0: it has seen all of them.
    var stopSlot = 0

    init(state: State, log: LogBook, configuration: Configuration, now: Moment) {
        self.state = state
        self.log = log
        self.configuration = configuration
        self.now = now
        sequenceOfExpiry = log.sequence
        monitor = Monitor(configuration)
        self.state.adopt(configuration.objectives, configuration.gate)
        self.state.adopt(configuration.incidents)
        adoptPager()
        adoptCosts()
        adoptEndpoints()
        adoptQueues()
    }

    /// Asks the state without copying it.  A value that is read from an object's property is copied
    /// before a method of it is called, and the state is hundreds of references; `inout` is not.
    @inline(__always)
    func ask<Answer, Failure: Error>(
        _ question: (inout State) throws(Failure) -> Answer
    ) throws(Failure) -> Answer {
        try question(&state)
    }

    /// Changes of the state that are not logged, or that the caller logs; the others go through
    /// `commit`.
    @inline(__always) @discardableResult
    func update<Answer>(_ change: (inout State) -> Answer) -> Answer { change(&state) }

    /// From now on bans are handed to the kernel.
    func beginEnforcing() {
        kernel = KernelBook()
        isEnforcing = true
    }

    /// A turn begins.
    func begin(at now: Moment) {
        self.now = now
        served = 0
        let length = hasPutOffHeavy ? TurnShare.leftovers : TurnShare.arrivals
        share = TurnShare(until: now.boot + length)
    }

    /// Takes the host's own addresses, its gateways, and those from where somebody is logged in:
    /// from here on they are never banned.
    func adopt(_ hostNetworks: HostNetworks) { state.hostNetworks = hostNetworks }

    /// Takes the list of the processes that used most.
    func adopt(_ processes: ProcessScan) { monitor.adopt(processes) }

    /// Takes a sample; returns the minute of history that it ends, if any.
    func observe(_ sample: Sample) -> MinuteRecord? {
        let (change, minute) = monitor.observe(sample)
        gauges = monitor.gauges
        if let change { commit(change) }
        return minute
    }

    /// Takes the minutes of an earlier run, as the file has them.
    func restoreHistory(_ bytes: [UInt8]) { monitor.restoreHistory(bytes) }

    /// Takes how the chain of events stands now.
    func adopt(_ report: AuditChainReport) {
        if report.durable != audit.durable {
            state.adopt(audit: report.durable)
            wantsAuditHead = false
        }
        audit = report
    }

    /// Returns the minute of history under way, cut short.
    func flushHistory() -> MinuteRecord? { monitor.flushHistory() }

    /// New settings: rules and thresholds count from here on.
    func adopt(_ configuration: Configuration) {
        self.configuration = configuration
        state.adopt(configuration.guard, eventCapacity: configuration.events.tail)
        monitor.adopt(configuration)
        flushObservations()
        state.adopt(configuration.objectives, configuration.gate)
        state.adopt(configuration.incidents)
        adoptPager()
        adoptCosts()
        adoptEndpoints()
        adoptQueues()
        applySettings()
    }
}
