// How much of a core a filter may take.
//
// An attacker can write lines that are slow to match, as many as he likes.  Switching a pattern off
// would be what he wants; so a filter that takes more than its share looks at a sample of its lines
// until it has earned the rest back, and it says so.
//
//   1. A filter earns `percent` of the time that passes, up to the burst, and pays for the time
//      that it takes.  The burst lets what piled up over a restart be read whole.
//   2. In debt it looks at one line of `oneIn` only; each account that finds the debt larger than
//      before doubles `oneIn`, up to 1024.
//   3. Each account that finds no debt halves it, down to every line.
// Which lines are looked at is random, so that nobody can write between them.

/// The share of one filter.
package struct FilterShare: Sendable {
    /// What an account changed.
    package enum Change: Hashable, Sendable {
        /// Sampling began: the event `filter_slow`.
        case slow
        /// Every line is looked at again.
        case recovered
    }

    /// The thinnest sample.
    static let thinnest = 1024

    /// One line of so many is looked at; 1: every line.
    package private(set) var oneIn = 1
    /// Lines that were not looked at, since it was made.
    package private(set) var passedOver = 0
    private let percent: Int64
    private let burst: Int64
    /// What it may take before it samples, in nanoseconds; below zero: debt.
    private var credit: Int64
    private var lastAccount: Int64?
    private var random: UInt64

    /// A share of `percent` of a core, 1...100, with so many nanoseconds at once.  `seed` decides
    /// which lines a sample has.
    package init(percent: Int, burstNanoseconds: Int64 = 10_000_000_000, seed: UInt64) {
        self.percent = Int64(min(max(percent, 1), 100))
        burst = max(burstNanoseconds, 0)
        credit = burst
        random = seed | 1
    }

    /// Whether the next line is looked at.  Asked once for each line.
    package mutating func admits() -> Bool {
        if oneIn == 1 { return true }
        // xorshift64: enough not to be guessed from outside.
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        if random % UInt64(oneIn) == 0 { return true }
        passedOver += 1
        return false
    }

    /// Settles what the filter took since the last account (nanoseconds of CPU time of its thread),
    /// at `now` on a monotonic clock in nanoseconds.  Called once a visit, not for each line.
    package mutating func account(tookNanoseconds took: Int64, now: Int64) -> Change? {
        let before = credit
        let passed = max(now &- (lastAccount ?? now), 0)
        lastAccount = now
        let earned = passed / 100 * percent
        let (balance, isOver) = credit.addingReportingOverflow(earned)
        credit = min(isOver ? burst : balance, burst)
        let (rest, isDeep) = credit.subtractingReportingOverflow(max(took, 0))
        // Debt is bounded too: a filter that was slow for an hour need not be blind for a day.
        credit = max(isDeep ? -burst : rest, -burst)
        if credit < 0 {
            let began = oneIn == 1
            if began || credit < before || credit == -burst {
                oneIn = min(oneIn * 2, Self.thinnest)
            }
            return began ? .slow : nil
        }
        guard oneIn > 1 else { return nil }
        oneIn /= 2
        return oneIn == 1 ? .recovered : nil
    }
}
