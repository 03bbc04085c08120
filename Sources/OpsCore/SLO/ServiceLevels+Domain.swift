// Objectives and the gate as a domain: their records applied, what a snapshot takes of them, the
// service clock over a reboot.

extension Change {
    /// A record of objectives and of the gate.
    package static func service(_ record: ServiceRecord) -> Change { .domain(.service(record)) }
}

extension ServiceLevels: Domain {
    /// Applies a record; observations and objectives that go make no event.
    package mutating func apply(_ record: ServiceRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .observed(let delta):
            apply(delta, at: instant)
            return nil
        case .alerted(let change): return apply(change)
        case .rebaselined(let change): return apply(change)
        case .gateHeld(let change): return apply(change)
        case .gateOverridden(let override): return apply(override)
        case .gateOverrideEnded(let uid):
            gateOverride = nil
            return EventDraft(
                .gateOverrideEnded, .info, uid == nil ? "the override expired" : "ended by command",
                uid: uid)
        case .objectiveDropped(let name):
            levels[name] = nil
            return nil
        }
    }

    private mutating func apply(_ delta: ObservedDelta, at instant: Instant) {
        // Out of reach of any clock: never made by this daemon.
        let boot = instant.stamp.moment.bootMilliseconds
        let now = (boot &+ (offset ?? instant.clockOffset)) / 60_000
        if delta.minute > now &+ 60 { return }
        add(delta)
    }

    private mutating func apply(_ change: AlertChange) -> EventDraft? {
        switch change.phase {
        case .firing, .higher:
            levels[change.name]?.alerts[change.kind] = ActiveAlert(
                started: change.started, peak: change.peak)
        case .resolved, .unknown:
            levels[change.name]?.alerts[change.kind] = nil
        }
        guard let (kind, severity) = change.event else { return nil }
        return EventDraft(
            kind, severity, change.text,
            subject: .objective(
                ObjectiveSubject(
                    objective: change.name, alert: change.kind.name, since: change.startedWall,
                    peakBurn: change.kind == .silence ? nil : change.peak,
                    durationSeconds: change.phase == .firing ? nil : change.durationSeconds)))
    }

    private mutating func apply(_ change: Rebaseline) -> EventDraft? {
        levels[change.name, default: ServiceLevel(change.name, baseline: 0)]
            .restart(at: change.at, number: change.number)
        return EventDraft(
            .sloRebaselined, .info, change.summary,
            reason: change.reason.isEmpty ? nil : change.reason, uid: change.uid,
            subject: .objective(ObjectiveSubject(objective: change.name)))
    }

    private mutating func apply(_ change: GateChange) -> EventDraft? {
        levels[change.name]?.gate = change.hold
        if !change.isTurn { return nil }
        return EventDraft(
            change.hold.isClosed ? .gateClosed : .gateOpened,
            change.hold.isClosed ? .critical : .info, change.details,
            subject: .objective(ObjectiveSubject(objective: change.name)))
    }

    private mutating func apply(_ override: GateOverride) -> EventDraft? {
        gateOverride = override
        let word = override.isClosed ? "closed" : "open"
        return EventDraft(
            .gateOverride, .warning,
            "the gate is \(word) by command for "
                + "\((override.until - override.since) / 1_000) s",
            reason: override.reason, uid: override.uid)
    }

    /// Takes each objective with the part that its name falls into, whole and with its number:
    /// replay skips the deltas up to that number, so it counts none twice.  Taken at the beginning,
    /// all objectives would be held at once.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> ServiceImage? {
        guard case .part(let part) = portion else { return nil }
        let levels = levels.values.filter { $0.name.place(among: State.snapshotParts) == part }
        let override = part == 0 ? gateOverride : nil
        if levels.isEmpty && override == nil { return nil }
        return ServiceImage(levels: levels.sorted { $0.name < $1.name }, override: override)
    }

    /// Any reader understands objectives.
    package var minReader: Int { 1 }

    /// The service clock goes on from the last moment recorded, by what passed on the wall clock.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) {
        let last = rebase.lastBoot &+ (offset ?? instant.clockOffset)
        let passed = max(0, rebase.wall &- (rebase.lastBoot &+ rebase.earlierOffset))
        // Clocks that jump by centuries at every boot must not lead to an offset that is refused
        // when it is read from a file.
        offset = min(
            max(last &+ passed &- rebase.boot, Bounds.wallMilliseconds.lowerBound),
            Bounds.wallMilliseconds.upperBound)
    }

    /// Nothing is under way in the log.
    package mutating func recoveryEnded() {}

    /// `State.serviceChanges` ends what is due, once a second, with alerts and gate.
    package var nextDeadline: Int64 { .max }

    /// Returns no changes: see `nextDeadline`.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] { [] }
}

/// Some objectives of a snapshot.
package struct ServiceImage: DomainImage {
    fileprivate let levels: [ServiceLevel]
    fileprivate let override: GateOverride?

    /// Calls `body` with the override, then each objective: its head before its parts.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        if let override { try body(.service(.override(override))) }
        for level in levels {
            for part in level.parts { try body(.service(part)) }
        }
    }
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

    fileprivate var text: String {
        if let target = kind.target { return text(target) }
        guard let tier = kind.tier else {
            return phase == .firing
                ? "\(name): no data: cannot tell whether it meets its objective"
                : "\(name): there is data again"
        }
        let what = "\(name): \(tier.isPage ? "page" : "ticket"): the budget burns too fast"
        let windows = "(\(tier.longMinutes) and \(tier.shortMinutes) minutes)"
        let peak = "\(peak / 1_000).\(peak % 1_000 / 100)"
        return switch phase {
        case .firing, .higher: "\(what) \(windows): \(peak) times the allowed pace"
        case .resolved:
            "\(what) \(windows): ended after \(durationSeconds) s; at most \(peak) times the allowed pace"
        case .unknown:
            "\(what) \(windows): no data to tell whether it ended; at most \(peak) times the allowed pace"
        }
    }
    private func text(_ target: LatencyTarget) -> String {
        let what =
            "\(name): ticket: more than \(100 - target.perMille / 10) of 100 events take longer "
            + "than the \(target.name) target"
        let peak = "\(peak / 1_000).\(peak % 1_000 / 100)"
        return switch phase {
        case .firing, .higher: "\(what): \(peak) times as many as allowed"
        case .resolved:
            "\(what): ended after \(durationSeconds) s; at most \(peak) times as many as allowed"
        case .unknown:
            "\(what): no data to tell whether it ended; at most \(peak) times as many as allowed"
        }
    }
}
