// How far one search may go.  Lines are written by strangers, and a pattern that backtracks is a
// way to stop whoever reads them.

/// Bounds of a search and of a pattern.
package enum PatternLimits {
    /// Steps of a search: calls of PCRE2's matching function at one starting point, about 11 ns
    /// each.  fail2ban's filters need 2,500 for their own samples.
    package static let steps = 50_000
    /// CPU time of a line over all its patterns, dates and rules.
    package static let lineNanoseconds: Int64 = 1_000_000
    /// The longest subject that is searched without a look at the clock.
    static let freeBytes = 256
    /// Steps of a search without a look at the clock, over all places where a match may begin.
    static let freeSteps = 65_536
    /// How deep a search may nest: positions to go back to at one time.  Those samples need 250.
    package static let depth: UInt32 = 10_000
    /// Memory of a search for positions to go back to, in KiB, kept for the next search.  Those
    /// samples need 32.
    package static let heapKiB: UInt32 = 1_024
    /// Nested parentheses in a pattern: the compiler recurses for each.
    package static let nesting: UInt32 = 250
}
