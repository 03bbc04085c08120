// How long a line may occupy the thread, over all patterns and dates of all rules that look at it.
//
// 1. Steps do not bound time: one step may look at all the bytes that are left, and PCRE2 counts
//    steps anew at each place where a match may begin.  So whoever looks at bytes says how many
//    (`spend`), and after so many of them the clock is looked at.  Lines that are quick never ask.
// 2. What counts is CPU time: on a busy host a thread stands still for longer than a line may
//    take, and no line must be missed for that.  But asking for CPU time is a system call, and
//    asking what time it is is none.  So the monotonic clock is asked, and CPU time only
//      - when more than the limit has passed: if the thread had less of it, the line goes on;
//      - before a line when the last answer is older than 200 us: what a line took is told from
//        there.
//    A line may therefore have up to 200 us less than the limit, for what the lines before it took.

/// The clocks of a thread, in nanoseconds.
package struct LineClock {
    /// Time that passes: CLOCK_MONOTONIC or CLOCK_BOOTTIME.
    let monotonic: () -> Int64
    /// Time that the thread was running: CLOCK_THREAD_CPUTIME_ID.
    let threadCPU: () -> Int64

    /// These clocks.
    package init(monotonic: @escaping () -> Int64, threadCPU: @escaping () -> Int64) {
        self.monotonic = monotonic
        self.threadCPU = threadCPU
    }
}

/// What is left of the time for a line.  One for all lines of a thread, one after the other; every
/// search in a line is given it.
package final class LineBudget {
    /// How old an answer for CPU time may be when a line begins.
    static let markNanoseconds: Int64 = 200_000
    /// Bytes that may be looked at, at most, before the clock is.
    static let bytesPerClock = 65_536

    private let clock: LineClock
    private let limit: Int64
    /// When the line has to be done, unless the thread stood still.
    private var deadline: Int64 = 0
    private var lapBegan: Int64 = 0
    /// CPU time, and when it was that.
    private var mark: Int64 = 0
    private var markedAt: Int64?
    private var lapMark: Int64 = 0
    private var bytesToClock = LineBudget.bytesPerClock
    /// The time is over: a search ends before it begins.
    package private(set) var isOver = false

    /// A budget of so many nanoseconds a line.
    package init(_ clock: LineClock, limit: Int64 = PatternLimits.lineNanoseconds) {
        self.clock = clock
        self.limit = limit
    }

    /// A line begins, and its first lap.
    package func begin() {
        let now = clock.monotonic()
        lapBegan = now
        deadline = now &+ limit
        bytesToClock = Self.bytesPerClock
        isOver = false
        if let markedAt, now &- markedAt < Self.markNanoseconds {
            lapMark = mark
            return
        }
        mark = clock.threadCPU()
        lapMark = mark
        markedAt = now
    }

    /// What the line took since it began or since the last call, in nanoseconds.
    package func lap() -> Int64 {
        let now = clock.monotonic()
        let passed = now &- lapBegan
        lapBegan = now
        guard passed >= limit else { return passed }
        let used = clock.threadCPU()
        defer { lapMark = used }
        return min(passed, used &- lapMark)
    }

    /// Takes in that up to so many bytes are looked at.  Whether the time is over.
    @inline(__always)
    func spend(bytes: Int) -> Bool {
        bytesToClock &-= bytes
        if bytesToClock < 0 { check() }
        return isOver
    }

    /// Looks at the clock.
    func check() {
        bytesToClock = Self.bytesPerClock
        if isOver { return }
        let now = clock.monotonic()
        if now < deadline { return }
        let used = clock.threadCPU() &- mark
        if used >= limit {
            isOver = true
        } else {
            deadline = now &+ (limit &- max(used, 0))
        }
    }
}
