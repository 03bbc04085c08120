// What recovery hands over, applied to a state as the daemon's start does it.

import OpsCore
import OpsStore
import OpsTestKit

extension RecordingSink {
    /// The state it comes to, as the daemon's start makes it.
    var state: State {
        var state = State(hashKey: (7, 9), eventCapacity: 20)
        if let header {
            state.restore(
                lastEventID: header.lastEventID, clockOffset: header.clockOffset,
                bootID: header.bootID, serviceOffset: header.serviceOffset)
        }
        for item in items {
            switch item {
            case .header: break
            case .ban(let ban): state.restore(ban)
            case .claim(let claim): state.restore(claim)
            case .strikes(let strikes): for strike in strikes { state.restore(strike) }
            case .offense(let offense): state.restore(offense)
            case .event(let event): state.restore(event)
            case .entry(let entry): state.restore(entry)
            case .record(let entry): state.apply(entry.change, entry.stamp)
            }
        }
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
                .ban(Targets(target), BanTerms()), .events(EventQuery(limit: 5)),
            ] as [Command] {
                guard let decision = try? decide(command, by: caller, at: now) else { continue }
                for change in decision.changes.all { apply(change, stamp) }
            }
            _ = nextDeadline
            for _ in 0..<1_000 {
                guard let change = dueBan(at: now) ?? dueClaim(at: now) ?? dueStrikes(at: now)
                else { break }
                apply(change, stamp)
            }
            if let change = expirySummary(at: now) { apply(change, stamp) }
        }
    }
}
