// The time zone in which a log's dates are written: UTC from local time, and back.
//
// 1. A zone is a list of periods, each with one offset from UTC: those of a table, then those that
//    a rule gives for ever.  It is made from the bytes of a file of the zone database, from a rule
//    as in TZ, or from fixed minutes.  This room opens no file.
// 2. A local time that was twice (the hour after summer time) has two instants, and `LocalInstants`
//    has both.  The detector takes the later one if it is at most a minute ahead of now, else the
//    earlier: right for both passes of a log that is read as it is written.  mktime(3) with
//    tm_isdst = -1 takes the one whose offset it used last.
// 3. A local time that never was (the hour before summer time) is read with the offset before the
//    gap: 02:30 is half an hour after the clock went forward, as mktime(3) has it when its last
//    answer was in winter time.
//
// Source: tzfile(5), RFC 9636, tzset(3), mktime(3).

/// How a log's local time becomes UTC.
package struct LogZone: Hashable, Sendable {
    /// A change of the offset.
    struct Transition: Hashable, Sendable {
        /// From this second on, UTC.
        var at: Int64
        /// Seconds east of UTC.
        var offset: Int64
    }

    /// The largest offset that is taken, in seconds: what RFC 9636 allows.
    static let offsetLimit: Int64 = 26 * 3_600 - 1
    /// The most changes that a table may have.
    static let transitionLimit = 4_096

    private let transitions: [Transition]
    /// The offset before the first transition.
    private let first: Int64
    /// What holds after the last transition, if not its offset for ever.
    private let rule: ZoneRule?
    /// Whether the zone has one offset for ever, as `logtimezone` gives it.
    package var isFixed: Bool { transitions.isEmpty && rule == nil }

    /// UTC.
    package static let utc = LogZone(minutes: 0)

    /// The same offset for ever: minutes east of UTC, bounded to 26 hours.
    package init(minutes: Int) {
        let limit = Int(Self.offsetLimit) / 60
        self.init(first: Int64(min(max(minutes, -limit), limit)) * 60, transitions: [], rule: nil)
    }

    /// A table whose transitions ascend, and what holds after it.
    init(first: Int64, transitions: [Transition], rule: ZoneRule?) {
        self.first = first
        self.transitions = transitions
        self.rule = rule
    }

    /// A rule as in the environment variable TZ, such as `CET-1CEST,M3.5.0,M10.5.0/3`; not a name
    /// of the zone database.
    package init(rule text: String) throws(DateFault) {
        guard let rule = ZoneRule(Array(text.utf8)) else {
            throw DateFault(
                message: "zone \"\(text)\": not a rule such as CET-1CEST,M3.5.0,M10.5.0/3")
        }
        self.init(first: rule.standard, transitions: [], rule: rule)
    }

    /// fail2ban's `logtimezone`: `UTC+0200`, `-05:00`, or an abbreviation such as `CET`, which has
    /// no summer time.
    package init(logTimeZone text: String) throws(DateFault) {
        guard let minutes = ZoneName.minutes(of: text) else {
            throw DateFault(
                message: "zone \"\(text)\": expected an offset such as UTC+0200 or -05:00,"
                    + " or an abbreviation such as CET")
        }
        self.init(minutes: minutes)
    }

    // MARK: Asking

    /// The period in which a second of UTC lies.
    func period(at utc: Int64) -> ZonePeriod {
        let count = transitions.count
        guard count > 0, utc >= transitions[0].at else {
            if count == 0, let rule { return rule.period(at: utc) }
            return ZonePeriod(
                from: .min, until: count > 0 ? transitions[0].at : .max, offset: first)
        }
        var low = 0
        var high = count
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle].at <= utc { low = middle } else { high = middle }
        }
        let from = transitions[low].at
        if low + 1 < count {
            return ZonePeriod(
                from: from, until: transitions[low + 1].at, offset: transitions[low].offset)
        }
        guard let rule else {
            return ZonePeriod(from: from, until: .max, offset: transitions[low].offset)
        }
        var period = rule.period(at: utc)
        period.from = max(period.from, from)
        return period
    }

    /// Seconds east of UTC at a second of UTC.
    package func offset(at utc: Int64) -> Int64 { period(at: utc).offset }

    /// The instants at which clocks show this local second.
    func instants(ofLocal local: Int64) -> LocalInstants {
        let margin = Self.offsetLimit + 1
        let bounded = min(max(local, -1 << 50), 1 << 50)
        var period = period(at: bounded - margin)
        var found: LocalInstants?
        // No zone changes its offset more than a few times in two days.
        for _ in 0..<16 {
            let instant = bounded - period.offset
            if instant >= period.from, instant < period.until {
                found = LocalInstants(earlier: found?.earlier ?? instant, later: instant)
            }
            guard period.until <= bounded + margin else { break }
            let next = self.period(at: period.until)
            if found == nil, bounded >= next.from &+ period.offset,
                bounded < next.from &+ next.offset
            {
                return LocalInstants(earlier: instant, later: instant)
            }
            guard next.until > period.until else { break }
            period = next
        }
        let instant = bounded - period.offset
        return found ?? LocalInstants(earlier: instant, later: instant)
    }
}

/// A stretch of time with one offset.
struct ZonePeriod: Hashable, Sendable {
    /// First second, UTC.
    var from: Int64
    /// The second after its last, UTC.
    var until: Int64
    /// Seconds east of UTC.
    var offset: Int64

    /// Farther from a period's ends than this, a local time has one instant.
    private static let margin: Int64 = 200_000

    /// The instant of a local second, where no other offset can give one too.
    func instant(ofLocal local: Int64) -> Int64? {
        let instant = local &- offset
        let isAfterStart = from == .min || instant >= from &+ Self.margin
        let isBeforeEnd = until == .max || instant < until &- Self.margin
        return isAfterStart && isBeforeEnd ? instant : nil
    }
}

/// The instants of a local second: two where the clock went back, else the same one twice.
struct LocalInstants: Hashable, Sendable {
    var earlier: Int64
    var later: Int64

    /// How far ahead of now a line's time may be and still be taken for the later one, in seconds.
    static let allowanceSeconds: Int64 = 60

    /// The later one, unless that is still to come.
    func choice(now: Int64) -> Int64 {
        later <= now + Self.allowanceSeconds ? later : earlier
    }
}
