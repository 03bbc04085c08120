// The last hour by seconds and the last 30 days by minutes, in memory that grows as they fill.
//
// Points are kept in the order they happened.  Those of this run carry seconds of boot time, and
// get their wall time when they are asked for: when somebody sets the clock, the whole run moves
// with it, and moves back when it is set right.  So a step in either direction loses nothing and
// puts nothing out of order.  Minutes restored from the ring file carry wall time; ones that a
// wrong clock put after the first point of this run are not shown, one in its very minute is added
// to it.  A second or minute without a sample is absent, never filled in.

/// Two series of points; bounded at 3,600 and 43,200.
package struct History: Sendable {
    /// A change of the difference between the clocks by less than this is not a step: one clock is
    /// read after the other, and that takes time.
    private static let stepNanoseconds: UInt64 = 500_000_000

    private(set) var seconds = HistorySeries(width: 1, capacity: 3_600)
    private(set) var minutes = HistorySeries(width: 60, capacity: MinuteRecord.slots)
    /// How many of the oldest minutes are restored ones, with wall time.
    private(set) var restored = 0
    /// Wall clock less boot clock in nanoseconds, as of the last step; nil before any sample.
    private var offset: Int64?

    /// Nothing measured yet.
    package init() {}

    /// Adds a sample.  Returns the minute that it ended, for the ring file.
    package mutating func insert(_ sample: Sample) -> MinuteRecord? {
        let (difference, overflow) = sample.at.wall.subtractingReportingOverflow(sample.at.boot)
        guard !overflow else { return nil }
        var ended: MinuteRecord?
        if difference.distance(from: offset ?? difference) >= History.stepNanoseconds {
            ended = flush()
            offset = nil
        }
        offset = offset ?? difference
        let second = wallSecond(of: sample.at)
        if seconds.isOver(at: second) { seconds.close() }
        if minutes.isOver(at: second) { ended = closeMinute() }
        seconds.add(sample, second: second, base: baseSecond)
        minutes.add(sample, second: second, base: baseSecond)
        return ended
    }

    /// Ends the open second and minute, as a stop does.  Returns the minute, if one was open.
    package mutating func flush() -> MinuteRecord? {
        seconds.close()
        return closeMinute()
    }

    /// Takes the minutes out of the ring file's bytes, oldest first, and passes over slots that
    /// hold none.  Only into a history that holds nothing yet.  Returns how many there were.
    package mutating func restore(_ image: Span<UInt8>) -> Int {
        guard offset == nil, minutes.ring.count == 0 else { return 0 }
        var found: [UInt32] = []
        for slot in 0..<min(image.count / MinuteRecord.byteCount, MinuteRecord.slots) {
            let record = MinuteRecord(image, at: slot * MinuteRecord.byteCount)
            if let record, record.slot == slot { found.append(record.minute) }
        }
        found.sort()
        for minute in found {
            // Checked above; one slot holds one minute.
            let slot = Int(minute) % MinuteRecord.slots
            let figures = HistoryFigures(image, at: MinuteRecord.figuresOffset(ofSlot: slot))
            minutes.restore(HistoryPoint(second: Int64(minute) * 60, figures: figures))
        }
        restored = minutes.ring.count
        return restored
    }

    private mutating func closeMinute() -> MinuteRecord? {
        guard let point = minutes.openPoint else { return nil }
        if minutes.close() { restored = max(restored - 1, 0) }
        let minute = (point.second &+ baseSecond).flooredQuotient(60)
        return UInt32(exactly: minute).map { MinuteRecord(minute: $0, figures: point.figures) }
    }

    /// A moment of this run in seconds since 1970, by the offset that is held.
    func wallSecond(of moment: Moment) -> Int64 {
        let held = offset ?? (moment.wall &- moment.boot)
        return (moment.boot &+ held).flooredQuotient(1_000_000_000)
    }

    /// What turns a boot second of this run into seconds since 1970.
    var baseSecond: Int64 { (offset ?? 0).flooredQuotient(1_000_000_000) }
}

extension Int64 {
    /// The quotient rounded down; `divisor` is positive.
    func flooredQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// How far apart the two are, over the whole range.
    fileprivate func distance(from other: Int64) -> UInt64 {
        UInt64(bitPattern: self > other ? self &- other : other &- self)
    }
}
