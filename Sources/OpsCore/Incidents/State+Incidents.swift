// The requests about incidents: what people do with one once it is there.

extension State {
    /// The decision on a request about incidents or silences.
    func decide(
        _ command: IncidentCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .raise(let terms):
            let (raised, changes) = try raise(terms, by: caller, at: now)
            return Decision(.incident(.raised(raised)), .several(changes))
        case .acknowledge(let name, let note):
            let (incident, changes) = try acknowledge(
                try find(name), note: note, by: caller, at: now)
            return Decision(.incident(.changed(incident)), .several(changes))
        case .resolve(let name, let note):
            let (incident, changes) = try resolve(try find(name), note: note, by: caller, at: now)
            return Decision(.incident(.changed(incident)), .several(changes))
        case .note(let name, let text):
            let incident = try find(name)
            let note = try note(text, on: incident, by: caller, at: now)
            return Decision(
                .incident(.noted(incident.id, number: note.id.number)),
                .one(.incident(.note(.put(note, event: nil)))))
        case .show(let name): return Decision(.incident(.shown(view(try find(name)))))
        case .list(let query): return Decision(.incident(.page(incidents(query))))
        case .summary(let hours):
            return Decision(.incident(.summary(incidentSummary(hours: hours, at: now))))
        case .silence(let terms): return try addSilence(terms, by: caller, at: now)
        case .endSilence(let id): return try endSilence(id, by: caller, at: now)
        case .silences: return Decision(.incident(.silences(silenceViews(at: now))))
        }
    }

    /// The incident that a request names.
    func find(_ name: IncidentName) throws(Refusal) -> Incident {
        switch name {
        case .id(let id):
            if let incident = domains.incidents[id] { return incident }
            throw Refusal(
                .notFound, "there is no incident \(id)",
                hint: "`incidents state=all` lists those that are kept")
        case .fingerprint(let text):
            if let incident = domains.incidents.incident(fingerprint: text) { return incident }
            throw Refusal(
                .notFound, "there is no incident with fingerprint \(text)",
                hint: "an incident's fingerprint is that of its highest severity so far")
        }
    }

    /// Somebody takes an incident on: it is silent until it is worse or resolved.  Once more by
    /// whoever, it changes nothing.
    package func acknowledge(
        _ incident: Incident, note text: String? = nil, by caller: Caller, at now: Moment
    ) throws(Refusal) -> (incident: Incident, changes: [Change]) {
        if !incident.stage.isActive {
            throw Refusal(
                .refused, "incident \(incident.id) is resolved",
                hint: "raised again it is a new incident; `incidents` lists what is not resolved")
        }
        let notes = try self.notes(text, on: incident, by: caller, at: now)
        if incident.stage == .acknowledged { return (incident, notes) }
        var taken = incident
        taken.stage = .acknowledged
        taken.acknowledgedSeverity = incident.highest
        taken.since = now.bootMilliseconds
        taken.add(
            IncidentStep(.acknowledged, at: Self.wallSeconds(now), uid: caller.person))
        let event = taken.event(.incidentAcknowledged, .info, by: caller, reason: text)
        return (taken, [.incident(put: taken, event)] + notes)
    }

    /// An incident is over.  Once more, it changes nothing.
    package func resolve(
        _ incident: Incident, note text: String? = nil, by caller: Caller, at now: Moment
    ) throws(Refusal) -> (incident: Incident, changes: [Change]) {
        let notes = try self.notes(text, on: incident, by: caller, at: now)
        if !incident.stage.isActive { return (incident, notes) }
        let wall = Self.wallSeconds(now)
        var over = incident
        over.stage = .resolved
        over.resolved = wall
        over.since = now.bootMilliseconds
        over.deadline = now.bootMilliseconds + domains.incidents.settings.keepMilliseconds
        over.add(change: wall)
        over.add(IncidentStep(.resolved, at: wall, uid: caller.person))
        let event = over.event(.incidentResolved, .info, by: caller, reason: text)
        return (over, [.incident(put: over, event)] + notes)
    }

    /// The same of the incident of a source and key, which opsd raises by itself; none: it is not
    /// there, or is over.
    package func resolve(source: String, key: String, at now: Moment) -> [Change] {
        let group = IncidentGroup(source: source, key: key, message: "")
        guard let incident = domains.incidents.active(group),
            let (_, changes) = try? resolve(incident, by: .daemon, at: now)
        else { return [] }
        return changes
    }

    private func notes(
        _ text: String?, on incident: Incident, by caller: Caller, at now: Moment
    ) throws(Refusal) -> [Change] {
        guard let text else { return [] }
        let note = try note(text, on: incident, by: caller, at: now)
        return [.incident(.note(.put(note, event: nil)))]
    }

    private func note(
        _ text: String, on incident: Incident, by caller: Caller, at now: Moment
    ) throws(Refusal) -> IncidentNote {
        let count = domains.incidents.noteCount(incident.id)
        if count >= IncidentBounds.notes {
            throw Refusal(
                .tooMany, "incident \(incident.id) has \(count) notes, and that is the limit")
        }
        return IncidentNote(
            id: IncidentNote.ID(incident: incident.id, number: count + 1),
            text: text.shortened(toWrittenBytes: IncidentBounds.noteBytes), uid: caller.person,
            at: Self.wallSeconds(now))
    }
}
