// How often everything may be looked at: with thousands of files a look takes a second, and whoever
// can have directories made can ask for one with each.

/// The part of the time that looks at everything may take.
struct ScanShare: Sendable {
    /// One part in so many.
    static let oneIn: Int64 = 10
    /// What may be used at once, in nanoseconds.
    static let mostNanoseconds: Int64 = 500_000_000

    private var left = Self.mostNanoseconds
    private var seenAt: Int64?

    /// Whether one may begin at `now`, in nanoseconds of a clock that only goes forward.
    mutating func allows(at now: Int64) -> Bool {
        if let seenAt { left = min(Self.mostNanoseconds, left + (now - seenAt) / Self.oneIn) }
        seenAt = now
        return left > 0
    }

    /// One went on from `start` to `end`.
    mutating func took(from start: Int64, to end: Int64) { left -= max(0, end - start) }
}
