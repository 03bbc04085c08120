// Whether the dates of a source are off by a constant: its zone is not the one that was assumed, or
// the clock of the machine that wrote it is wrong by hours.
//
// The rule:
//   1. Only lines that were just written say something: the caller feeds the date of a line and the
//      time at which it was read, and nothing while it reads what piled up.
//   2. A line votes for the multiple of 15 minutes that its date is nearest to, if it is at most
//      45 s from it (zones are such multiples; lines come a little late).  0 is a vote as well.
//      Farther than 26 hours is not a zone.  Any other line is a late one, and says nothing.
//   3. Eight votes for the same multiple in a row, with at least 60 s between the first and the
//      last, make it the offset.  A batch of old lines that comes at once cannot do that.
//   4. What was learned holds until another multiple is learned by the same rule (summer time).
// A source of one line an hour learns it after a day; until then its lines count at their own time.

/// The offset of a source's dates.
package struct ClockOffset: Hashable, Sendable {
    /// Votes that it takes.
    static let votesNeeded = 8
    /// The least time between the first and the last of them, in milliseconds.
    static let spanMilliseconds: Int64 = 60_000
    /// Zones are multiples of this, in milliseconds.
    static let step: Int64 = 15 * 60_000
    /// How far from a multiple a line may be, in milliseconds.
    static let tolerance: Int64 = 45_000
    /// The farthest offset, in milliseconds.
    static let farthest: Int64 = 26 * 3_600_000

    /// How far the source's dates are ahead, in milliseconds: what `FilterRun.clockOffset` takes.
    package private(set) var milliseconds: Int64 = 0
    private var candidate: Int64 = 0
    private var votes = 0
    private var firstVote: Int64 = 0

    /// Nothing is learned: the dates are right.
    package init() {}

    /// Feeds the date of a line as it stands there (`FilterRun.lineTime`) and the time at which it
    /// was read, both in milliseconds since 1970.  Returns the new offset when one is learned by
    /// it.
    package mutating func observe(lineTime: Int64, readAt now: Int64) -> Int64? {
        let (ahead, isOver) = lineTime.subtractingReportingOverflow(now)
        guard !isOver, ahead >= -Self.farthest, ahead <= Self.farthest else { return nil }
        let half = ahead >= 0 ? Self.step / 2 : -Self.step / 2
        let multiple = (ahead + half) / Self.step * Self.step
        guard abs(ahead - multiple) <= Self.tolerance else { return nil }
        guard votes > 0, multiple == candidate, now >= firstVote else {
            candidate = multiple
            votes = 1
            firstVote = now
            return nil
        }
        votes = min(votes + 1, Self.votesNeeded)
        guard votes == Self.votesNeeded, now - firstVote >= Self.spanMilliseconds,
            candidate != milliseconds
        else { return nil }
        milliseconds = candidate
        return milliseconds
    }
}
