// Silences: how they are added, ended and shown.

extension State {
    func addSilence(
        _ terms: SilenceTerms, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        if terms.severity == nil, terms.source == nil, terms.fingerprint == nil {
            throw Refusal(
                .badArgument, "a silence needs severity=, source= or fingerprint=",
                hint: "source=\"*\" silences all sources")
        }
        if terms.milliseconds > IncidentBounds.silenceMilliseconds {
            throw Refusal(.badArgument, "ttl: must be at most 30d")
        }
        if domains.incidents.silences.count >= IncidentBounds.silences {
            throw Refusal(
                .tooMany, "there are \(IncidentBounds.silences) silences already",
                hint: "end one: silence end ID")
        }
        let silence = Silence(
            id: domains.incidents.numbers.silence + 1, severity: terms.severity,
            source: terms.source, fingerprint: terms.fingerprint, reason: terms.reason,
            uid: caller.uid, created: Self.wallSeconds(now),
            deadline: now.bootMilliseconds + terms.milliseconds)
        let event = EventDraft(
            .silenceAdded, .info, "silence \(silence.id): \(silence.summary)",
            reason: silence.reason, uid: caller.person, expires: expires(silence.deadline),
            subject: .incident(IncidentSubject(silence: silence.id)))
        let holds = openIncidents.count { silence.holds($0) }
        return Decision(
            .incident(.silence(view(silence, at: now, holds: holds))),
            .one(.incident(.silence(.put(silence, event: event)))))
    }

    func endSilence(
        _ id: UInt64, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        guard let silence = domains.incidents.silences[id] else {
            throw Refusal(.notFound, "there is no silence \(id)", hint: "`silence list` names them")
        }
        let holds = openIncidents.count { $0.silence == id }
        return Decision(
            .incident(.silence(view(silence, at: now, holds: holds))),
            .one(.incident(.silence(.drop(id, event: silence.end(by: caller.person))))))
    }

    func silenceViews(at now: Moment) -> [SilenceView] {
        let open = openIncidents
        return domains.incidents.silences.sorted.map { silence in
            view(silence, at: now, holds: open.count { $0.silence == silence.id })
        }
    }

    private func view(_ silence: Silence, at now: Moment, holds: Int) -> SilenceView {
        SilenceView(
            silence: silence, expires: expires(silence.deadline),
            ttlSeconds: max(0, Self.seconds(silence.deadline - now.bootMilliseconds)),
            holds: holds)
    }
}

extension Silence {
    /// What it silences, in words.
    package var summary: String {
        var words: [String] = []
        if let severity { words.append("\(severity.rawValue.uppercased()) and below") }
        if let source { words.append("source \(source)") }
        if let fingerprint { words.append("fingerprint \(fingerprint)") }
        return words.isEmpty ? "everything" : words.joined(separator: ", ")
    }

    /// The event of its end.
    func end(by uid: UInt32?) -> EventDraft {
        EventDraft(
            .silenceEnded, .info,
            "silence \(id): \(uid == nil ? "its time is over" : "ended by command"), "
                + "it silenced \(silenced) raises of \(summary)",
            uid: uid, subject: .incident(IncidentSubject(silence: id)))
    }
}
