// What may happen to objectives and to the deploy gate, as log records.  Deltas and baselines carry
// a number of their objective's and are applied once; everything else is absolute ("is firing since
// T") and may be applied again.  Each carries all that its event says.

/// What became of an alert.
package enum AlertPhase: UInt8, Hashable, Sendable, CaseIterable {
    case firing
    /// It goes on, with a higher peak; no event.
    case higher
    case resolved
    /// There are no data any more: nobody can say whether it is over.
    case unknown
}

/// A turn of one alert of one objective.
package struct AlertChange: Hashable, Sendable {
    package var name: ObjectiveName
    package var kind: AlertKind
    package var phase: AlertPhase
    /// Milliseconds on the service clock.
    package var started: Int64
    /// The same as wall clock seconds since 1970, for the event.
    package var startedWall: Int64
    /// The highest burn of the long window, thousandths.
    package var peak: Int64
    /// How long it has lasted.
    package var durationSeconds: Int64

    package init(
        name: ObjectiveName, kind: AlertKind, phase: AlertPhase, started: Int64,
        startedWall: Int64, peak: Int64, durationSeconds: Int64
    ) {
        self.name = name
        self.kind = kind
        self.phase = phase
        self.started = started
        self.startedWall = startedWall
        self.peak = peak
        self.durationSeconds = durationSeconds
    }
}

/// A new baseline of an objective.
package struct Rebaseline: Hashable, Sendable {
    package var name: ObjectiveName
    /// As of a delta.
    package var number: UInt64
    /// Milliseconds on the service clock.
    package var at: Int64
    /// The old baseline's figures, for the event.
    package var summary: String
    package var reason: String
    package var uid: UInt32

    package init(
        name: ObjectiveName, number: UInt64, at: Int64, summary: String, reason: String,
        uid: UInt32
    ) {
        self.name = name
        self.number = number
        self.at = at
        self.summary = summary
        self.reason = reason
        self.uid = uid
    }
}

/// A turn of an objective's part in the gate.
package struct GateChange: Hashable, Sendable {
    package var name: ObjectiveName
    package var hold: GateHold
    /// The gate of this objective closed or opened: an event.
    package var isTurn: Bool
    /// Why, for the event.
    package var details: String

    package init(name: ObjectiveName, hold: GateHold, isTurn: Bool, details: String) {
        self.name = name
        self.hold = hold
        self.isTurn = isTurn
        self.details = details
    }
}

extension State {
    /// The part of `apply` that is about objectives and the gate.
    mutating func apply(_ delta: ObservedDelta, _ stamp: Stamp) {
        // Out of reach of any clock: never made by this daemon.
        let now = (stamp.moment.bootMilliseconds &+ serviceOffset) / 60_000
        if delta.minute > now &+ 60 { return }
        services.add(delta)
    }

    mutating func apply(_ change: AlertChange, _ stamp: Stamp) {
        switch change.phase {
        case .firing, .higher:
            services.levels[change.name]?.alerts[change.kind] = ActiveAlert(
                started: change.started, peak: change.peak)
        case .resolved, .unknown:
            services.levels[change.name]?.alerts[change.kind] = nil
        }
        guard let (kind, severity) = change.event else { return }
        note(
            kind, severity, stamp, details: change.words,
            subject: EventSubject(
                objective: change.name, alert: change.kind.name, since: change.startedWall,
                peakBurn: change.kind == .silence ? nil : change.peak,
                durationSeconds: change.phase == .firing ? nil : change.durationSeconds))
    }

    mutating func apply(_ change: Rebaseline, _ stamp: Stamp) {
        services.levels[change.name, default: ServiceLevel(change.name, baseline: 0)]
            .restart(at: change.at, number: change.number)
        note(
            .sloRebaselined, .info, stamp, details: change.summary, reason: change.reason,
            uid: change.uid, subject: EventSubject(objective: change.name))
    }

    mutating func apply(_ change: GateChange, _ stamp: Stamp) {
        services.levels[change.name]?.gate = change.hold
        if !change.isTurn { return }
        note(
            change.hold.isClosed ? .gateClosed : .gateOpened,
            change.hold.isClosed ? .critical : .info, stamp, details: change.details,
            subject: EventSubject(objective: change.name))
    }

    mutating func apply(_ override: GateOverride, _ stamp: Stamp) {
        services.gateOverride = override
        let word = override.isClosed ? "closed" : "open"
        note(
            .gateOverride, .warning, stamp,
            details: "the gate is \(word) by command for "
                + "\((override.until - override.since) / 1_000) s",
            reason: override.reason, uid: override.uid)
    }

    mutating func endOverride(uid: UInt32?, _ stamp: Stamp) {
        services.gateOverride = nil
        note(
            .gateOverrideEnded, .info, stamp,
            details: uid == nil ? "its time is over" : "ended by command", uid: uid)
    }

    mutating func drop(_ name: ObjectiveName) { services.levels[name] = nil }
}

extension AlertChange {
    fileprivate var event: (EventKind, Severity)? {
        let isPage = kind.tier?.isPage ?? false
        return switch phase {
        case .higher: nil
        case .firing:
            kind == .silence
                ? (.sloUnknown, .warning) : (.sloFiring, isPage ? .critical : .warning)
        case .unknown: (.sloUnknown, .warning)
        case .resolved: (.sloResolved, .info)
        }
    }

    fileprivate var words: String {
        guard let tier = kind.tier else {
            return phase == .firing
                ? "\(name): no data: whether it keeps its objective cannot be told"
                : "\(name): there are data again"
        }
        let what = "\(name): \(tier.isPage ? "page" : "ticket"): the budget burns too fast"
        let windows = "(\(tier.longMinutes) and \(tier.shortMinutes) minutes)"
        let peak = "\(peak / 1_000).\(peak % 1_000 / 100)"
        return switch phase {
        case .firing, .higher: "\(what) \(windows): \(peak) times the allowed pace"
        case .resolved:
            "\(what) \(windows): over after \(durationSeconds) s; at its worst \(peak) times"
        case .unknown:
            "\(what) \(windows): no data for the end of it; at its worst \(peak) times"
        }
    }
}
