// Going back a release: what an older opsd cannot hold, and what was left out for it.
//
// Most of what a newer release keeps an older one would misread: it would take a strike that counts
// by itself for one of all, or carry a place along, older and older.  So a snapshot for an older
// release leaves these out, and whoever asks for one is told what, and how many of each.

/// An earlier release that a snapshot can be written for.
package enum OlderRelease: String, CaseIterable, Sendable {
    /// It knows no claims, no sources with rules of their own, no places, no detector, no alerts of
    /// latency targets, no incidents, no work, no spending, no endpoints, no queues,
    /// and no trends.
    case first = "0.1"

    /// The newest `min_reader` of a snapshot that it reads.
    package var snapshotReader: Int { 2 }

    /// Where its snapshot is written: a directory inside that of the state.
    package var directory: String { "for-\(rawValue)" }

    /// Whether it has events of this kind.  A kind that is not named here came later.
    package func knows(_ kind: EventKind) -> Bool { Self.firstKinds.contains(kind) }

    private static let firstKinds: Set<EventKind> = [
        .started, .stopped, .reload, .reloadRefused, .health, .healthCheck, .ban, .unban,
        .banExpired, .bansExpired, .banConfirmed, .strikesCleared, .enforceFailed,
        .enforceRecovered, .enforceRestored, .degraded, .recovered, .rebased, .clockStep, .logCut,
        .sloFiring, .sloResolved, .sloUnknown, .sloRebaselined, .gateClosed, .gateOpened,
        .gateOverride, .gateOverrideEnded, .listCommitted, .listDropped, .listExpired,
    ]
}

/// What a snapshot for an older release leaves out; the raw value is its member in the reply.
package enum LeftOut: String, CaseIterable, Sendable {
    /// Claims on networks over which another claim decides.
    case claims
    /// Strikes that count only with those of their source.
    case strikes
    /// The last places of reporters in their logs.
    case places
    /// Events of kinds that came later.
    case events
    /// Alerts of latency targets that are on.
    case alerts
    /// Incidents, with what was gathered for them.
    case incidents
    /// Their notes.
    case notes
    case silences
    /// What is to be done outside, and has not ended: pages.
    case work
    /// Models whose spending is known, with their minutes, hours and caps.
    case costs
    /// Reservations, and records with keys.
    case reservations
    /// Endpoints, with their uptime.
    case endpoints
    case queues
    /// What file systems, memory and swap were by the hour, for forecasts.
    case trends
}

/// A snapshot that was written for an older release.
package struct OlderSnapshot: Hashable, Sendable {
    /// For which.
    package var release: OlderRelease
    /// It holds everything up to this number of the log, and nothing after it.
    package var sequence: UInt64
    /// Where it is, as a path.
    package var directory: String
    /// How many of each kind were left out; kinds without any are not there.
    package var leftOut: [LeftOut: Int]

    package init(
        _ release: OlderRelease, sequence: UInt64, directory: String, leftOut: [LeftOut: Int]
    ) {
        self.release = release
        self.sequence = sequence
        self.directory = directory
        self.leftOut = leftOut
    }
}
