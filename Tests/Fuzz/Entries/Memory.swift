// What recovery hands over, kept as it came and applied to a state at the same time.

import OpsCore
import OpsStore

/// A record of the log.
struct LogEntry: Hashable {
    var sequence: UInt64
    var stamp: Stamp
    var change: Change
}

/// A sink that keeps all.
struct Memory: RecoverySink {
    var header: SnapshotHeader?
    var bans: [Ban] = []
    var strikes: [Strike] = []
    var offenses: [Offense] = []
    var entries: [DomainEntry] = []
    var events: [Event] = []
    var log: [LogEntry] = []
    private var texts = NumberedTexts()

    mutating func reset() { self = Memory() }
    mutating func load(_ header: SnapshotHeader) { self.header = header }
    mutating func load(_ ban: Ban) { bans.append(ban) }
    mutating func number(ofReason text: String) -> UInt32 { UInt32(texts.number(of: text)) }
    mutating func number(ofSource text: String) -> UInt16 { UInt16(texts.number(of: text)) }
    mutating func load(_ entry: BanEntry) { load(texts.ban(entry)) }
    mutating func loaded() {}
    mutating func load(_ strikes: [Strike]) { self.strikes += strikes }
    mutating func load(_ offense: Offense) { offenses.append(offense) }
    mutating func load(_ entry: DomainEntry) { entries.append(entry) }
    mutating func load(_ event: Event) { events.append(event) }
    mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp) {
        log.append(LogEntry(sequence: sequence, stamp: stamp, change: change))
    }
}

extension Memory {
    /// Whether the two were handed the same.
    func equals(_ other: Memory) -> Bool {
        header == other.header && bans == other.bans && strikes == other.strikes
            && offenses == other.offenses && entries == other.entries && events == other.events
            && log == other.log
    }

    /// The state it comes to, as the daemon's start makes it.
    var state: State {
        var state = State(hashKey: (7, 9), eventCapacity: 20)
        if let header {
            state.restore(
                lastEventID: header.lastEventID, clockOffset: header.clockOffset,
                bootID: header.bootID, serviceOffset: header.serviceOffset)
        }
        for ban in bans { state.restore(ban) }
        for strike in strikes { state.restore(strike) }
        for offense in offenses { state.restore(offense) }
        for event in events { state.restore(event) }
        for entry in entries { state.restore(entry) }
        for entry in log { state.apply(entry.change, entry.stamp) }
        return state
    }
}

extension State {
    /// Asks everything that reads the state, and lets time pass: whatever a file brought in, the
    /// daemon must go on with it.
    mutating func exercise() {
        let caller = Caller(uid: 0, role: .admin)
        let target = Target(network: Network(ipv4: 0xcb00_7109), isBare: true)
        for boot: Int64 in [0, 1_000_000_000_000, .max] {
            let now = Moment(boot: boot, wall: 1_767_225_600_000_000_000)
            let stamp = Stamp(moment: now)
            if let change = clockChange(at: now) { apply(change, stamp) }
            for command in [
                .check(Targets(target)), .bans(PageQuery()), .strikes(PageQuery()), .why(target),
                .hit(target, route: nil), .strike(target, StrikeTerms()), .success(target),
                .ban(Targets(target), BanTerms()), .events(limit: 5, severity: nil, after: nil),
            ] as [Command] {
                guard let decision = try? decide(command, by: caller, at: now) else { continue }
                switch decision.changes {
                case .none: break
                case .one(let change): apply(change, stamp)
                case .several(let changes): for change in changes { apply(change, stamp) }
                }
            }
            _ = nextDeadline
            for _ in 0..<1_000 {
                guard let change = dueBan(at: now) ?? dueStrikes(at: now) else { break }
                apply(change, stamp)
            }
            if let change = expirySummary(at: now) { apply(change, stamp) }
        }
    }
}
