// The daemon without its descriptors: bytes of connections in, bytes out, changes to the log,
// events to the sinks.  One thread runs it; time comes in as an argument; tests run it with a clock
// and a disk of their own.
//
// A request's way: `receive` frames lines; `serve` parses one by the command table and checks the
// role; `State.decide` answers with changes and a reply; `commit` applies and logs the changes; the
// reply joins the session's output behind a gate that opens when the log is safe up to here.

import OpsConfig
import OpsCore
import OpsProtocol

/// What only the daemon can do for a request.
protocol EngineHost: AnyObject {
    /// Reads the configuration file again, whole or not at all.
    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal>
    /// Begins a snapshot; `Engine.snapshotEnded` answers those who wait.
    func beginSnapshot() throws(Refusal)
    /// What the daemon knows of itself now.
    func vitals() -> Vitals
}

/// Sessions, state and log, and the order between them.
final class Engine {
    var state: State
    var log: LogBook
    var monitor: Monitor
    private(set) var configuration: Configuration
    weak var host: (any EngineHost)?
    /// This turn's time.
    private(set) var now: Moment
    private var sessions: [Session?] = []
    private(set) var sessionCount = 0
    private var sessionsPerUser: [UInt32: Int] = [:]
    /// Slots whose session has something to send or to be told.
    private(set) var touched: Set<Int> = []
    /// Slots with requests left over from an earlier turn.
    private var unserved: Set<Int> = []
    /// Slots with output that waits for the log.
    private var held: Set<Int> = []
    /// Slots of watchers.
    private var watchers: Set<Int> = []
    /// Events that were made and not announced, with the sequence number each waits for.
    private var outbox: [(event: Event, sequence: UInt64)] = []
    private(set) var lostEvents: UInt64 = 0
    /// The next time a session's deadline may be due; nanoseconds of boot time.
    private var sweepAt = Int64.max

    init(state: State, log: LogBook, configuration: Configuration, now: Moment) {
        self.state = state
        self.log = log
        self.configuration = configuration
        self.now = now
        monitor = Monitor(configuration)
    }

    /// A turn begins.
    func begin(at now: Moment) { self.now = now }

    /// New settings: rules and thresholds count from here on.
    func adopt(_ configuration: Configuration) {
        self.configuration = configuration
        state.adopt(configuration.guard, eventCapacity: configuration.events.tail)
        monitor.adopt(configuration)
        for lift in state.bansToLift() { commit(lift) }
    }
}

// MARK: - Changes

extension Engine {
    /// Events that wait for a sink, at most; more are lost to the sinks (not to the tail) and
    /// counted.
    static let outboxLimit = 65_536

    /// Applies a change and logs it.
    func commit(_ change: Change) {
        let stamp = Stamp(moment: now, gauges: monitor.gauges)
        let before = state.events.lastID
        state.apply(change, stamp)
        let sequence = log.record(change, stamp)
        if state.events.lastID == before { return }
        if outbox.count >= Self.outboxLimit {
            lostEvents += 1
        } else if let event = state.events.newest {
            outbox.append((event, sequence))
        }
    }

    private func commit(_ changes: Changes) {
        switch changes {
        case .none: return
        case .one(let change): commit(change)
        case .several(let changes): for change in changes { commit(change) }
        }
    }

    /// Removes what has ended, up to a slice; true when there is more.
    @discardableResult
    func expire() -> Bool {
        var silent: Change?
        var slice = Bounds.expirySlice
        while slice > 0, let change = state.dueBan(at: now) {
            slice -= 1
            if case .bansExpired(_, announce: true) = change {
                commit(change)
            } else {
                // Silent marks are cumulative: the last one says it all.
                state.apply(change, Stamp(moment: now))
                silent = change
            }
        }
        if let silent { log.record(silent, Stamp(moment: now, gauges: monitor.gauges)) }
        var struck: Change?
        while slice > 0, let change = state.dueStrikes(at: now) {
            slice -= 1
            state.apply(change, Stamp(moment: now))
            struck = change
        }
        if let struck { log.record(struck, Stamp(moment: now, gauges: monitor.gauges)) }
        if let summary = state.expirySummary(at: now) { commit(summary) }
        return slice == 0
    }

    /// Notes where the wall clock stands, if it was set.
    func watchClock() {
        if let change = state.clockChange(at: now) { commit(change) }
    }

    /// Takes a sample; the minute of history it ends.
    func observe(_ sample: Sample) -> MinuteRecord? {
        let (change, minute) = monitor.observe(sample)
        if let change { commit(change) }
        return minute
    }

    /// Puts the state of the host on record, changed or not (S1-13).
    func checkDaily() {
        let status = status
        let severity: Severity =
            switch status {
            case .healthy: .info
            case .stressed: .warning
            case .critical: .critical
            }
        commit(.noted(Note(.healthCheck, severity, "Status: \(status.name)")))
    }

    /// The log broke: nothing waits any more, and acknowledgements say so.
    func degrade(_ words: String) {
        let wasDegraded = log.isDegraded
        log.degrade(words, at: now.boot)
        if wasDegraded { return }
        for slot in held {
            guard let session = sessions[slot] else { continue }
            session.output.releaseUndurable()
            touched.insert(slot)
        }
        held = []
        commit(.noted(Note(.degraded, .critical, words)))
    }

    /// The log is whole again.
    func noteRecovered() {
        commit(.noted(Note(.recovered, .info, "state is durable again")))
    }

    /// The log got safe further on: output that waited may go.
    func releaseHeld() {
        touched.formUnion(held)
    }

    /// Events that are safe to tell, in order; they are handed out once.  Watchers have them then.
    func takeEvents() -> [Event] {
        let safe = log.safe
        var count = 0
        while count < outbox.count && outbox[count].sequence <= safe { count += 1 }
        if count == 0 { return [] }
        let events = outbox[..<count].map(\.event)
        outbox.removeFirst(count)
        for slot in watchers { tell(events, slot) }
        return events
    }

    private func tell(_ events: [Event], _ slot: Int) {
        guard let session = sessions[slot], !session.isClosing, var watch = session.watch
        else { return }
        for event in events where watch.topics.contains(event.kind.topic) {
            if session.output.count > SessionBounds.watchBytes {
                watch.lost += 1
            } else {
                session.output.append { event.writeLine(to: &$0) }
            }
        }
        if watch.lost > 0 {
            let lost = watch.lost
            session.output.append { Event.writeLostLine(lost, to: &$0) }
            session.isClosing = true
        }
        session.watch = watch
        touched.insert(slot)
    }
}

// MARK: - Sessions

extension Engine {
    /// Why a newcomer is turned away.
    enum Admission {
        case admitted
        /// Told this, then closed.
        case refused(Refusal)
    }

    /// A connection in `slot`.  `isTrusted`: root or the daemon's own user, for whom room is kept.
    func open(_ slot: Int, _ caller: Caller, isTrusted: Bool) -> Admission {
        let limits = configuration.limits
        if sessionCount >= limits.connections
            && !(isTrusted && sessionCount < limits.connections + Self.reservedConnections)
        {
            return .refused(
                Refusal(.tooMany, "\(limits.connections) connections are open already"))
        }
        let ofUser = sessionsPerUser[caller.uid] ?? 0
        if ofUser >= limits.connectionsPerUser && caller.uid != 0 {
            return .refused(
                Refusal(
                    .tooMany, "user \(caller.uid) has \(ofUser) connections open already"))
        }
        if caller.role == .none {
            return .refused(
                Refusal(
                    .forbidden, "user \(caller.uid) has no role here",
                    hint: "an administrator gives roles in [access] of opsd.toml"))
        }
        while sessions.count <= slot { sessions.append(nil) }
        sessions[slot] = Session(caller: caller, lineLimitBytes: limits.lineBytes)
        sessionCount += 1
        sessionsPerUser[caller.uid] = ofUser + 1
        return .admitted
    }

    /// Connections beyond the bound that root and the daemon's own user may have.
    static let reservedConnections = 16

    /// The connection is gone.
    func close(_ slot: Int) {
        guard let session = sessions[slot] else { return }
        sessions[slot] = nil
        sessionCount -= 1
        let left = (sessionsPerUser[session.caller.uid] ?? 1) - 1
        sessionsPerUser[session.caller.uid] = left > 0 ? left : nil
        touched.remove(slot)
        unserved.remove(slot)
        held.remove(slot)
        watchers.remove(slot)
    }

    /// The session in a slot.
    func session(_ slot: Int) -> Session? { slot < sessions.count ? sessions[slot] : nil }

    /// Bytes from a connection.
    func receive(_ slot: Int, _ bytes: Span<UInt8>) {
        guard let session = session(slot), !session.isClosing else { return }
        session.framer.feed(bytes)
        serve(slot, session)
    }

    /// The peer has finished sending: what it asked is answered, then it is closed.
    func finish(_ slot: Int) {
        guard let session = session(slot) else { return }
        session.hasEnded = true
        if session.framer.hasLine { unserved.insert(slot) } else { session.closeIfServed() }
        touched.insert(slot)
    }

    /// The daemon should look at this slot.
    func touch(_ slot: Int) { touched.insert(slot) }

    /// Goes on with connections that had more requests than their share of a turn, or had no room;
    /// true when some are left for the next turn.
    func serveLeftovers() -> Bool {
        let slots = unserved
        unserved = []
        for slot in slots {
            if let session = sessions[slot] { serve(slot, session) }
        }
        return hasLeftovers
    }

    /// Requests are left that could be served now: another turn should follow at once.
    var hasLeftovers: Bool { unserved.contains { sessions[$0]?.hasRoom ?? false } }

    /// The slots the daemon should look at now.
    func takeTouched() -> Set<Int> {
        defer { touched = [] }
        return touched
    }

    /// Output moved or was found to be held; keeps the deadlines.
    func noteOutput(_ slot: Int, moved: Bool, isBlocked: Bool) {
        guard let session = session(slot) else { return }
        if session.output.held > 0 { held.insert(slot) } else { held.remove(slot) }
        if !isBlocked {
            session.stallDeadline = nil
        } else if moved || session.stallDeadline == nil {
            session.stallDeadline = deadline(in: SessionBounds.stallNanoseconds)
        }
        // A pause may have begun or ended here.
        timeLine(session)
        if session.framer.hasLine && session.hasRoom { unserved.insert(slot) }
    }

    private func deadline(in nanoseconds: Int64) -> Int64 {
        let grain = SessionBounds.deadlineGrain
        let due = (now.boot + nanoseconds + grain - 1) / grain * grain
        sweepAt = min(sweepAt, due)
        return due
    }
}

extension Engine {
    /// At the end: sessions whose requests are answered are closed, the rest are awaited.  With
    /// `patient`, those that have not been answered at all may still send their first request.
    func closeServed(patient: Bool) {
        for (slot, session) in sessions.enumerated() {
            guard let session, !session.isClosing else { continue }
            if patient && !session.wasServed { continue }
            session.hasEnded = true
            if session.watch != nil {
                // A watcher hears of the stop itself.
                if hasUntold { continue }
                session.watch = nil
                session.isClosing = true
            } else if session.framer.hasLine {
                unserved.insert(slot)
            } else {
                session.closeIfServed()
            }
            touched.insert(slot)
        }
    }

    /// Events that no sink has been told.
    var hasUntold: Bool { !outbox.isEmpty }
}

// MARK: - Requests

extension Engine {
    private func serve(_ slot: Int, _ session: Session) {
        var share = SessionBounds.requestsPerTurn
        while session.hasRoom {
            if share == 0 {
                unserved.insert(slot)
                break
            }
            share -= 1
            let outcome = session.framer.next { line in answer(line, slot, session) }
            guard let outcome else { break }
            session.wasServed = true
            if outcome == .tooLong {
                refuse(
                    Refusal(
                        .tooLong,
                        "the request has more than \(configuration.limits.lineBytes) bytes"),
                    session)
                session.isClosing = true
            }
        }
        timeLine(session)
        session.closeIfServed()
        touched.insert(slot)
        if session.output.held > 0 { held.insert(slot) }
    }

    /// Keeps the deadline of a line that has begun; its time stands still while nothing is read.
    private func timeLine(_ session: Session) {
        if !session.framer.isPartial {
            session.lineDeadline = nil
            session.lineTimeLeft = nil
        } else if !session.hasRoom {
            if let due = session.lineDeadline { session.lineTimeLeft = max(0, due - now.boot) }
            session.lineDeadline = nil
        } else if session.lineDeadline == nil {
            let left =
                session.lineTimeLeft ?? configuration.limits.lineTimeoutMilliseconds * 1_000_000
            session.lineTimeLeft = nil
            session.lineDeadline = deadline(in: left)
        }
    }

    private func answer(_ line: Span<UInt8>, _ slot: Int, _ session: Session) {
        var showsState = false
        do throws(Refusal) {
            let (command, row) = try RequestParser.parse(line)
            if session.caller.role < row.role {
                throw Refusal(
                    .forbidden,
                    "\(row.verb) needs the role \(row.role.name), and yours is "
                        + session.caller.role.name)
            }
            showsState = command.showsState
            try perform(command, slot, session)
        } catch {
            refuse(error, session, isGated: showsState)
        }
    }

    private func perform(
        _ command: Command, _ slot: Int, _ session: Session
    ) throws(Refusal) {
        let decision = try state.decide(command, by: session.caller, at: now)
        commit(decision.changes)
        if let telemetry = decision.telemetry { state.apply(telemetry) }
        var acknowledges = false
        if case .none = decision.changes {} else { acknowledges = true }
        if let reply = decision.reply {
            send(reply, session, isGated: command.showsState, acknowledges: acknowledges)
        }
        try perform(decision.effect, of: command, slot, session)
    }

    private func perform(
        _ effect: Effect, of command: Command, _ slot: Int, _ session: Session
    ) throws(Refusal) {
        switch effect {
        case .none: return
        case .report: send(try report(command), session, isGated: false, acknowledges: false)
        case .watch(let topics, let after):
            session.watch = Session.Watch(
                topics: Set(topics.isEmpty ? Topic.allCases : topics))
            watchers.insert(slot)
            if let after { replay(after, session) }
        case .cleanup:
            let before = state.guardStats.totalTrackedIPs
            expire()
            let removed = before - state.guardStats.totalTrackedIPs
            send(.removed(removed), session, isGated: true, acknowledges: removed > 0)
        case .reload:
            guard let host else { return }
            let (applied, restart) = try host.reload(by: session.caller).get()
            send(
                .reloaded(applied: applied, restartRequired: restart), session, isGated: true,
                acknowledges: false)
        case .snapshot:
            guard let host else { return }
            try host.beginSnapshot()
            session.awaitsSnapshot = true
        }
    }

    /// Kept events above an id, before those to come; ones still on their way are left to come.
    private func replay(_ after: UInt64, _ session: Session) {
        guard let topics = session.watch?.topics else { return }
        let waiting = outbox.first?.event.id ?? .max
        for event in state.events.since(after)
        where event.id < waiting && topics.contains(event.kind.topic) {
            session.output.append { event.writeLine(to: &$0) }
        }
    }

    /// A snapshot ended: those who asked for it are answered.
    func snapshotEnded(_ outcome: Result<UInt64, Refusal>) {
        for (slot, session) in sessions.enumerated() {
            guard let session, session.awaitsSnapshot else { continue }
            session.awaitsSnapshot = false
            switch outcome {
            case .success(let sequence):
                send(.snapshot(lsn: sequence), session, isGated: false, acknowledges: false)
            case .failure(let refusal): refuse(refusal, session)
            }
            unserved.insert(slot)
            touched.insert(slot)
        }
    }

    private func send(_ reply: Reply, _ session: Session, isGated: Bool, acknowledges: Bool) {
        let limit = configuration.limits.replyBytes
        if log.isDegraded && acknowledges {
            session.output.append(heldFor: .max, isAcknowledgement: true) {
                reply.writeLine(to: &$0, limitBytes: limit)
            }
            session.output.releaseUndurable()
        } else if isGated && log.sequence > log.safe {
            session.output.append(heldFor: log.sequence, isAcknowledgement: acknowledges) {
                reply.writeLine(to: &$0, limitBytes: limit)
            }
        } else {
            session.output.append { reply.writeLine(to: &$0, limitBytes: limit) }
        }
    }

    private func refuse(_ refusal: Refusal, _ session: Session, isGated: Bool = false) {
        if isGated && log.sequence > log.safe {
            session.output.append(heldFor: log.sequence, isAcknowledgement: false) {
                refusal.writeLine(to: &$0)
            }
        } else {
            session.output.append { refusal.writeLine(to: &$0) }
        }
    }
}

// MARK: - Deadlines

extension Engine {
    /// Closes sessions that kept somebody waiting too long.  Cheap until a deadline is due.
    func sweepSessions() {
        if now.boot < sweepAt { return }
        sweepAt = .max
        for (slot, session) in sessions.enumerated() {
            guard let session else { continue }
            if let due = session.lineDeadline {
                if due <= now.boot {
                    let seconds = configuration.limits.lineTimeoutMilliseconds / 1_000
                    refuse(
                        Refusal(.badRequest, "the line did not end within \(seconds) s"), session)
                    session.isClosing = true
                    session.lineDeadline = nil
                    touched.insert(slot)
                } else {
                    sweepAt = min(sweepAt, due)
                }
            }
            if let due = session.stallDeadline {
                if due <= now.boot {
                    session.isDead = true
                    touched.insert(slot)
                } else {
                    sweepAt = min(sweepAt, due)
                }
            }
        }
    }

    /// When the engine must be woken; nanoseconds of boot time, `Int64.max`: not at all.
    var nextDeadline: Int64 {
        var next = sweepAt
        if let due = state.nextDeadline {
            next = min(next, due.multipliedReportingOverflow(by: 1_000_000).partialValue)
        }
        return next
    }
}

extension Command {
    /// Whether its reply shows durable state, which a crash must not be able to take back.
    var showsState: Bool {
        switch self {
        case .ping, .version, .commands, .status, .health, .metrics, .metricsHistory, .processes,
            .disks, .systemStats, .config, .snapshot, .watch:
            false
        case .check, .hit, .strike, .success, .clear, .ban, .unban, .bans, .strikes, .why,
            .guardStats, .guardCleanup, .events, .reload:
            true
        }
    }
}
