// Makes few events of a status every second: a change is announced once it has lasted `hold`, so
// that a spike is not an event.  What must last is the side, not the exact status: a host that
// swings between STRESSED and CRITICAL has been at least STRESSED all along, and is announced so.
//   1. Worse: the worst level that every observation of the last `hold` reached is announced.
//   2. Better: the mildest level that none of them exceeded is announced.
//   3. An observation on the other side restarts the wait; a missing one (nil) is ignored.
// Runs on boot time alone; equal observations give equal announcements.

/// A change of health status that has lasted.
package struct HealthTransition: Hashable, Sendable {
    /// The status announced before.
    package var from: HealthStatus
    /// The status announced now.
    package var to: HealthStatus
    /// When the change was first seen.
    package var since: Moment
    /// The observation that made it last long enough.
    package var at: Moment
}

/// Remembers what was announced and what is waiting.
package struct HealthTracker: Hashable, Sendable {
    /// How long a change lasts before it is announced; 0 announces at once.  May change any time.
    package var holdMilliseconds: Int64
    /// The status announced last; HEALTHY at first.
    package private(set) var status = HealthStatus.healthy
    /// When `status` began; nil until the first announcement.
    package private(set) var since: Moment?

    /// Since when every observation has been this bad or worse; by status.
    private var atLeast: [Moment?]
    /// Since when every observation has been this good or better; by status.
    private var atMost: [Moment?]

    /// HEALTHY, and nothing observed yet.
    package init(holdMilliseconds: Int64) {
        self.holdMilliseconds = holdMilliseconds
        atLeast = Array(repeating: nil, count: HealthStatus.allCases.count)
        atMost = atLeast
    }

    /// Takes one judgement, nil where a sample gave none; returns the change it completes.
    package mutating func observe(_ seen: HealthStatus?, at now: Moment) -> HealthTransition? {
        guard let seen else { return nil }
        for level in HealthStatus.allCases {
            mark(&atLeast[Int(level.rawValue)], seen >= level, now)
            mark(&atMost[Int(level.rawValue)], seen <= level, now)
        }
        let next =
            seen > status
            ? HealthStatus.allCases.last { $0 > status && lasted(atLeast, $0, now) }
            : HealthStatus.allCases.first { $0 < status && lasted(atMost, $0, now) }
        guard let next else { return nil }
        let began = (next > status ? atLeast : atMost)[Int(next.rawValue)] ?? now
        let transition = HealthTransition(from: status, to: next, since: began, at: now)
        status = next
        since = began
        return transition
    }

    private func mark(_ since: inout Moment?, _ holds: Bool, _ now: Moment) {
        if !holds {
            since = nil
        } else if since == nil || now.boot < (since?.boot ?? 0) {
            since = now
        }
    }

    private func lasted(_ since: [Moment?], _ level: HealthStatus, _ now: Moment) -> Bool {
        guard let began = since[Int(level.rawValue)] else { return false }
        return now.bootMilliseconds - began.bootMilliseconds >= holdMilliseconds
    }
}
