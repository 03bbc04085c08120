// What is done for objectives once a second: alerts and the gate change, an override ends, numbers
// that are not needed any more go.

extension State {
    /// The changes that are due now, to be applied in this order.
    package func serviceChanges(at now: Moment) -> [Change] {
        var changes: [Change] = []
        for objective in domains.services.objectives {
            guard let level = domains.services.levels[objective.name] else { continue }
            changes += alertChanges(level, objective, at: now).map { .service(.alerted($0)) }
            if objective.gates, let change = gateChange(level, objective, at: now) {
                changes.append(.service(.gateHeld(change)))
            }
        }
        if domains.services.gateOverride != nil, override(at: now) == nil {
            changes.append(.service(.gateOverrideEnded(uid: nil)))
        }
        return changes + dormantToDrop(at: now)
    }

    /// The changes that drop objectives that the configuration does not name: those whose numbers
    /// are all out of any window, and the stalest beyond `dormantLimit`.
    private func dormantToDrop(at now: Moment) -> [Change] {
        if domains.services.levels.count <= domains.services.namedLevels { return [] }
        let minute = serviceMinute(at: now)
        let dormant = domains.services.levels.values.filter {
            domains.services.index(of: $0.name) == nil
        }
        .sorted { ($0.lastMinute ?? 0, $0.name) > ($1.lastMinute ?? 0, $1.name) }
        return dormant.enumerated().compactMap { index, level in
            let isOut = minute - (level.lastMinute ?? 0) > Objective.longestWindowMinutes
            return isOut || index >= ServiceLevels.dormantLimit
                ? .service(.objectiveDropped(level.name)) : nil
        }
    }

    /// The second is over: what is due once a minute has been looked at.
    package mutating func keptServices(at now: Moment) {
        domains.services.lastKept = serviceMinute(at: now)
    }
}

extension ServiceLevels {
    /// Kept objectives that the configuration names.
    var namedLevels: Int { objectives.count { levels[$0.name] != nil } }
}
