// What a raise does.  The rules, numbered as their tests:
//  I1. A group (source, and key or the first 50 code points of the message) has at most one
//      incident that is not over.  Its first raise opens one, and is told.
//  I2. A raise at most as severe as the highest so far, inside the window that began with the raise
//      told last, is counted and not told (S2-11).
//  I3. A more severe one is always told: the incident is open again, whoever had acknowledged it,
//      and a new window begins.
//  I4. After the window the next raise is told and begins another; of an acknowledged incident it
//      is only counted.
//  I5. After `resolve` the next raise opens a new incident.
//  I6. A source that opened 100 groups in a minute gets one incident for those beyond: its flood.
//  I7. Where there is no room, evidence goes, of the oldest first, then the oldest that are over,
//      and never one that is not.  Where there is none then, the raise counts in its source's
//      flood, and where even that finds no place, in the one flood of all sources.
//  I8. A text is kept as it was given, and cut where it is too long; only a source or key that is
//      too long, and an empty text, are refused.
//  I9. A group that began or ended five times in ten minutes goes on in its newest incident: it is
//      told once that it comes and goes.

/// What a raise came to.
package enum RaiseOutcome: String, Hashable, Sendable, CaseIterable {
    /// A new incident.
    case opened
    /// Counted, not told.
    case repeated
    /// More severe than before: told.
    case worse
    /// The window was over: told again.
    case again
    /// It comes and goes: the incident that was over goes on.
    case reopened

    /// Whether it is only counted.
    package var isSuppressed: Bool { self == .repeated }
}

/// What a raise came to, and where.
package struct Raised: Hashable, Sendable {
    /// What it came to.
    package var outcome: RaiseOutcome
    /// The incident as it is from now on.
    package var incident: Incident
    /// It found no place of its own.
    package var isFlooded: Bool
}

extension State {
    /// The incident of a number.
    package func incident(_ id: UInt64) -> Incident? { domains.incidents[id] }

    /// Those that are not over, by number.
    package var openIncidents: [Incident] {
        domains.incidents.activeIDs.compactMap { domains.incidents[$0] }
    }

    /// What a raise comes to, and the changes that make it so: all of them, in this order.
    package func raise(
        _ given: RaiseTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> (raised: Raised, changes: [Change]) {
        let terms = try checked(given)
        let group = IncidentGroup(source: terms.source, key: terms.key, message: terms.message)
        if let incident = domains.incidents.active(group) {
            return counted(terms, in: incident, by: caller, at: now)
        }
        if let over = domains.incidents.newestOver(group), over.flaps(at: Self.wallSeconds(now)) {
            return reopened(over, terms, by: caller, at: now)
        }
        let inbox = domains.incidents
        let lately = inbox.opened(terms.source, at: now.bootMilliseconds)
        if lately < IncidentBounds.newPerMinute,
            inbox.mayHavePlace(keeping: IncidentBounds.keptForFloods)
        {
            let incident = opened(terms, group, by: caller, at: now)
            if let room = inbox.room(
                for: incident.memoryBytes, keeping: IncidentBounds.keptForFloods)
            {
                return told(.opened, incident, .incidentOpened, room, by: caller)
            }
        }
        return flooded(terms, by: caller, at: now)
    }

    /// Refuses what cannot be an incident, and cuts what is too long (I8).
    private func checked(_ given: RaiseTerms) throws(Refusal) -> RaiseTerms {
        guard !given.source.isEmpty, given.source.writtenBytes <= IncidentBounds.sourceBytes else {
            throw Refusal(
                .badArgument,
                "source: must be text of 1 to \(IncidentBounds.sourceBytes) bytes")
        }
        if given.message.isEmpty {
            throw Refusal(.badArgument, "msg: is empty, expected what is wrong")
        }
        guard (1...IncidentBounds.countLimit).contains(given.count) else {
            throw Refusal(.badArgument, "count: must be 1 to \(IncidentBounds.countLimit)")
        }
        if let key = given.key,
            key.isEmpty || key.writtenBytes > IncidentBounds.keyBytes
        {
            throw Refusal(
                .badArgument, "key: must be text of 1 to \(IncidentBounds.keyBytes) bytes")
        }
        var terms = given
        terms.message = given.message.shortened(toWrittenBytes: IncidentBounds.messageBytes)
        terms.details = given.details.shortened(toWrittenBytes: IncidentBounds.detailsBytes)
        terms.links = Array(
            given.links.filter { $0.writtenBytes <= IncidentBounds.linkBytes }
                .prefix(IncidentBounds.links))
        terms.rule = given.rule?.cut(toWrittenBytes: IncidentBounds.ruleBytes)
        return terms
    }

    /// A new incident (I1, I5).
    private func opened(
        _ terms: RaiseTerms, _ group: IncidentGroup, by caller: Caller, at now: Moment
    ) -> Incident {
        let wall = Self.wallSeconds(now)
        var incident = Incident(
            id: domains.incidents.numbers.incident + 1, group: group, severity: terms.severity,
            message: terms.message, uid: caller.uid, opened: wall, since: now.bootMilliseconds,
            windowEnds: now.bootMilliseconds + domains.incidents.settings.dedupMilliseconds)
        incident.raises = terms.count
        incident.repeats = terms.count - 1
        incident.details = terms.details
        incident.links = terms.links
        incident.rule = terms.rule
        incident.changes = domains.incidents.newestOver(group)?.changes ?? []
        incident.add(change: wall)
        incident.add(
            IncidentStep(.raised, at: wall, uid: caller.person, text: terms.severity.rawValue))
        return incident
    }

    /// A raise of a group that comes and goes: the incident that was over goes on (I9).
    private func reopened(
        _ over: Incident, _ terms: RaiseTerms, by caller: Caller, at now: Moment
    ) -> (raised: Raised, changes: [Change]) {
        var incident = over
        incident.stage = .open
        incident.resolved = nil
        incident.deadline = Ban.never
        incident.acknowledgedSeverity = nil
        incident.raises += terms.count
        incident.updated = Self.wallSeconds(now)
        incident.severity = terms.severity
        incident.begin(since: now.bootMilliseconds)
        if terms.severity.rank > incident.highest.rank {
            incident.highest = terms.severity
            incident.message = terms.message
            incident.details = terms.details
            incident.links = terms.links
        }
        incident.add(change: incident.updated)
        incident.add(
            IncidentStep(
                .reopened, at: incident.updated, uid: caller.person,
                text: "it comes and goes"))
        return told(.reopened, incident, .incidentOpened, [], by: caller)
    }

    /// A raise of a group that has an incident (I2, I3, I4).
    private func counted(
        _ terms: RaiseTerms, in before: Incident, by caller: Caller, at now: Moment
    ) -> (raised: Raised, changes: [Change]) {
        var incident = before
        incident.raises += terms.count
        incident.updated = Self.wallSeconds(now)
        incident.severity = terms.severity
        let isWorse = terms.severity.rank > before.highest.rank
        let isOver = now.bootMilliseconds >= before.windowEnds && before.stage == .open
        guard isWorse || isOver else {
            incident.repeats += terms.count
            return repeated(incident)
        }
        incident.earlierRepeats = before.repeats
        incident.repeats = terms.count - 1
        incident.window += 1
        incident.windowEnds =
            now.bootMilliseconds + domains.incidents.settings.dedupMilliseconds
        if !before.isFlood, terms.severity.rank >= before.highest.rank {
            incident.message = terms.message
            incident.details = terms.details
            incident.links = terms.links
        }
        if isWorse {
            incident.highest = terms.severity
            incident.stage = .open
            incident.acknowledgedSeverity = nil
            incident.begin(since: now.bootMilliseconds)
        }
        incident.add(
            IncidentStep(
                isWorse ? .worse : .raised, at: incident.updated, uid: caller.person,
                text: isWorse
                    ? "\(before.highest.rawValue) to \(terms.severity.rawValue)"
                    : "again, \(before.repeats) more since it was told"))
        return told(
            isWorse ? .worse : .again, incident, isWorse ? .incidentWorse : .incidentAgain, [],
            by: caller)
    }

    /// A raise that is only counted.
    private func repeated(_ incident: Incident) -> (raised: Raised, changes: [Change]) {
        var changes = [
            Change.incident(
                .repeated(
                    IncidentRepeat(
                        id: incident.id, severity: incident.severity, raises: incident.raises,
                        repeats: incident.repeats, updated: incident.updated)))
        ]
        if let silence = incident.silence.flatMap({ domains.incidents.silences[$0] }) {
            changes.append(.incident(.silenced(id: silence.id, count: silence.silenced + 1)))
        }
        let raised = Raised(outcome: .repeated, incident: incident, isFlooded: incident.isFlood)
        return (raised, changes)
    }

    /// A raise that is told, if no silence holds it.
    private func told(
        _ outcome: RaiseOutcome, _ given: Incident, _ kind: EventKind, _ room: [Change],
        by caller: Caller
    ) -> (raised: Raised, changes: [Change]) {
        var incident = given
        let silence = domains.incidents.silence(holding: incident)
        incident.silence = silence?.id
        if let silence {
            incident.add(
                IncidentStep(.silenced, at: incident.updated, text: "by silence \(silence.id)"))
        }
        incident = incident.fitted
        let event = incident.event(kind, by: caller)
        var changes = room + [.incident(put: incident, event)]
        if let silence {
            changes.append(.incident(.silenced(id: silence.id, count: silence.silenced + 1)))
        }
        let raised = Raised(outcome: outcome, incident: incident, isFlooded: incident.isFlood)
        return (raised, changes)
    }

    /// A raise that finds no place of its own (I6, I7).
    private func flooded(
        _ terms: RaiseTerms, by caller: Caller, at now: Moment
    ) -> (raised: Raised, changes: [Change]) {
        let inbox = domains.incidents
        if let flood = inbox.active(.flood(terms.source)) {
            return sampled(terms, in: flood, by: caller, at: now)
        }
        if inbox.mayHavePlace(keeping: 1) {
            let flood = newFlood(terms, source: terms.source, by: caller, at: now)
            if let room = inbox.room(for: flood.memoryBytes, keeping: 1) {
                return told(.opened, flood, .incidentFlood, room, by: caller)
            }
        }
        if let all = inbox.active(.flood(IncidentBounds.daemonSource)) {
            return sampled(terms, in: all, by: caller, at: now)
        }
        // The last place is kept for it, and what it takes beyond the bound is one incident.
        let all = newFlood(terms, source: IncidentBounds.daemonSource, by: caller, at: now)
        return told(.opened, all, .incidentFlood, [], by: caller)
    }

    private func newFlood(
        _ terms: RaiseTerms, source: String, by caller: Caller, at now: Moment
    ) -> Incident {
        let group = IncidentGroup.flood(source)
        var flood = opened(terms, group, by: caller, at: now)
        let isFull = source != terms.source || terms.source == IncidentBounds.daemonSource
        flood.message =
            isFull
            ? "flood: the inbox is full, further incidents are counted here"
            : "flood: this source opens more incidents than are kept apart"
        flood.details = terms.sample
        flood.links = []
        flood.isFlood = true
        return flood
    }

    /// Counts a raise in a flood, which quotes the first few.
    private func sampled(
        _ terms: RaiseTerms, in flood: Incident, by caller: Caller, at now: Moment
    ) -> (raised: Raised, changes: [Change]) {
        var (raised, changes) = counted(terms, in: flood, by: caller, at: now)
        let lines = flood.details.utf8.count { $0 == 0x0a } + 1
        if lines < IncidentBounds.samples {
            raised.incident.details += "\n" + terms.sample
            let event: EventDraft? =
                raised.outcome.isSuppressed
                ? nil : raised.incident.event(raised.outcome.eventKind, by: caller)
            changes[0] = .incident(put: raised.incident, event)
        }
        return (raised, changes)
    }

    static func wallSeconds(_ now: Moment) -> Int64 { now.wallMilliseconds / 1_000 }
}

extension RaiseOutcome {
    fileprivate var eventKind: EventKind { self == .worse ? .incidentWorse : .incidentAgain }
}

extension RaiseTerms {
    /// A line of a flood's details.
    fileprivate var sample: String {
        let line = "\(severity.rawValue.uppercased()) \(source): \(message)"
        return String(String.UnicodeScalarView(line.unicodeScalars.filter { !$0.isWrittenEscaped }))
            .shortened(toWrittenBytes: IncidentBounds.sampleBytes)
    }
}

extension Caller {
    /// The user; nil: opsd itself.
    package var person: UInt32? { Self.person(uid) }

    /// The user of this number; nil: opsd itself.
    package static func person(_ uid: UInt32) -> UInt32? { uid == daemon.uid ? nil : uid }
}

extension Incident {
    /// Whether its group comes and goes, with a change now, wall clock seconds.
    func flaps(at wall: Int64) -> Bool {
        changes.count { PagingRules.isRecent($0, at: wall) } + 1
            >= PagingRules.flappingChanges
    }

    /// Reminders and escalation count anew from here: milliseconds of boot time.
    mutating func begin(since boot: Int64) {
        since = boot
        pages.removeAll { $0.reason == .remind && $0.end != nil }
    }

    /// Notes that it began or ended.
    mutating func add(change wall: Int64) {
        changes.append(wall)
        changes.removeFirst(max(0, changes.count - IncidentBounds.changes))
    }

    /// What is told of it.
    func event(
        _ kind: EventKind, _ severity: Severity? = nil, by caller: Caller, reason: String? = nil
    ) -> EventDraft {
        let text = "incident \(id): \(highest.rawValue.uppercased()) \(group.source): \(message)"
        return EventDraft(
            kind, severity ?? highest, text.cut(toWrittenBytes: Bounds.detailsBytes),
            reason: reason?.cut(toWrittenBytes: Bounds.reasonBytes), uid: caller.person,
            subject: .incident(IncidentSubject(self)))
    }
}
