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
    /// In place of what all sources claim, shorter too.
    package var isExact: Bool

    package init(
        lifetime: Lifetime? = nil, reason: String? = nil, source: String? = nil,
        confirmMilliseconds: Int64? = nil, isForced: Bool = false, isExact: Bool = false
    ) {
        self.isExact = isExact
        self.lifetime = lifetime
        self.reason = reason
        self.source = source
        self.confirmMilliseconds = confirmMilliseconds
        self.isForced = isForced
    }
}

/// What was asked for with a `hit`: a label, as a stranger wrote it.
package struct Route: Hashable, Sendable {
    /// At most `Bounds.routeBytes`.
    package var text: String
    /// It was cut or repaired to be taken.
    package var isCut: Bool

    package init(_ text: String, isCut: Bool = false) {
        self.text = text
        self.isCut = isCut
    }
}

/// A place behind a reference: most strikes have none, and a command is copied on the hot path.
private indirect enum PlaceBox: Hashable, Sendable {
    case nowhere
    case at(Place)
}

/// The words after `strike IP`.
package struct StrikeTerms: Hashable, Sendable {
    /// For people; at most `Bounds.reasonBytes`; nil: empty.
    package var reason: String?
    /// The program that reports; at most `Bounds.sourceBytes`; nil: empty.
    package var source: String?
    /// How many strikes this one counts for, 1...1000; nil: what its source's section says, or 1.
    package var weight: Int?
    /// When it happened, wall clock milliseconds since 1970; nil is now.
    package var at: Int64?
    /// The reason was cut or repaired to be taken.
    package var isCut = false
    /// Where the reporter read of it; one that was counted already counts nothing.
    package var place: Place? {
        get { if case .at(let place) = boxed { place } else { nil } }
        set { boxed = newValue.map { .at($0) } ?? .nowhere }
    }
    private var boxed = PlaceBox.nowhere

    package init(
        reason: String? = nil, source: String? = nil, weight: Int? = nil, at: Int64? = nil,
        place: Place? = nil, isCut: Bool = false
    ) {
        self.place = place
        self.isCut = isCut
        self.reason = reason
        self.source = source
        self.weight = weight
        self.at = at
    }
}
