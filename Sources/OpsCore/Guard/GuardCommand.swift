// What the requests to the guard say besides their targets.

/// How long a ban is to last.
package enum Lifetime: Hashable, Sendable {
    /// This long from now; 1 s ... 3650 d.
    case milliseconds(Int64)
    /// Until a wall clock time, milliseconds since 1970.
    case until(Int64)
    case permanent
}

/// The words after `ban IP...`.
package struct BanTerms: Hashable, Sendable {
    /// nil: `guard.ban`.
    package var lifetime: Lifetime?
    /// For people; at most `Bounds.reasonBytes`; nil: empty.
    package var reason: String?
    /// The program that asks; at most `Bounds.sourceBytes`; nil: empty.
    package var source: String?
    /// The ban ends after this long unless it is confirmed.
    package var confirmMilliseconds: Int64?
    /// Whether to ban even a network that is broader than is allowed without `force`.
    package var isForced: Bool

    package init(
        lifetime: Lifetime? = nil, reason: String? = nil, source: String? = nil,
        confirmMilliseconds: Int64? = nil, isForced: Bool = false
    ) {
        self.lifetime = lifetime
        self.reason = reason
        self.source = source
        self.confirmMilliseconds = confirmMilliseconds
        self.isForced = isForced
    }
}

/// The words after `strike IP`.
package struct StrikeTerms: Hashable, Sendable {
    /// For people; at most `Bounds.reasonBytes`; nil: empty.
    package var reason: String?
    /// The program that reports; at most `Bounds.sourceBytes`; nil: empty.
    package var source: String?
    /// How many strikes this one counts for; 1...1000.
    package var weight: Int
    /// When it happened, wall clock milliseconds since 1970; nil is now.
    package var at: Int64?

    package init(reason: String? = nil, source: String? = nil, weight: Int = 1, at: Int64? = nil) {
        self.reason = reason
        self.source = source
        self.weight = weight
        self.at = at
    }
}
