// The deploy gate (S2-06, X-16).  The rules, numbered as their tests:
//  1. Burn of the daily budget over the last 24 hours, above `close_above` for `close_after`,
//     closes the gate; below `open_below` for `open_after` opens it.  Exactly on the edge is
//     neither, and starts the time anew.
//  2. Without data nothing is above or below: the gate stays as it is, and the time starts anew.
//  3. Each objective with `gate = true` has a part in the gate.  A new baseline opens its part.
//  4. The gate is closed while any part is closed.  If none is, but one has no data, or if there
//     are no parts, it is unknown; `GateRules.unknown` may say what that is taken for.
//  5. An override holds until its time is over, whatever the burn says; it leaves rule 1 alone, and
//     it is nobody's: no objective decides then.
//  6. With `latencyGates`, a latency alert that fires is as good as a burn above `close_above`, and
//     the gate does not open before it has ended.

/// What the gate says.
package enum GateWord: String, Hashable, Sendable, CaseIterable {
    case open, closed, unknown
}

/// The gate as it is now.
package struct GateView: Hashable, Sendable {
    /// The part of one objective.
    package struct Part: Hashable, Sendable {
        /// Which objective.
        package var name: ObjectiveName
        /// Whether this objective opens or closes the gate.
        package var word: GateWord
        /// Wall clock seconds since 1970; nil: it has always been so.
        package var since: Int64?
        /// When `word` changes if the burn stays as it is.
        package var turns: Int64?
        /// Burn of its daily budget, per cent; nil: no events.
        package var burnPercent: Double?
    }

    /// What the gate says as a whole.
    package var word: GateWord
    /// Why, for people.
    package var reason: String
    /// The objective that decides, if one does.
    package var objective: ObjectiveName?
    /// Since when, wall clock seconds since 1970; nil: always.
    package var since: Int64?
    /// Burn of the daily budget of `objective`, or else the highest; nil: no events.
    package var burnPercent: Double?
    package var override: OverrideView?
    /// The objectives that control the gate, in the configuration's order.
    package var parts: [Part]

    /// An override as replies show it; times in wall clock seconds.
    package struct OverrideView: Hashable, Sendable {
        /// Whether it closes the gate; otherwise it opens it.
        package var isClosed: Bool
        /// When it was made.
        package var since: Int64
        /// When it ends.
        package var expires: Int64
        /// What is left of it, seconds, rounded up.
        package var ttlSeconds: Int64
        /// Why, for people.
        package var reason: String
        /// Who asked for it.
        package var uid: UInt32
    }
}

extension State {
    /// How an objective's part in the gate changes now; nil: it does not.
    func gateChange(
        _ level: ServiceLevel, _ objective: Objective, at now: Moment
    ) -> GateChange? {
        let rules = domains.services.gateRules
        let clock = serviceMilliseconds(at: now)
        let day = level.counts(1_440, endingWith: clock / 60_000)
        let burn = objective.dailyBurnPercent(day)
        var hold = level.gate
        let target = level.missedGatingTarget(objective)
        let asks =
            burn.map {
                hold.isClosed
                    ? $0 < Double(rules.openBelowPercent) && target == nil
                    : $0 > Double(rules.closeAbovePercent) || target != nil
            } ?? false
        if !asks {
            if hold.pendingSince == nil { return nil }
            hold.pendingSince = nil
            return GateChange(name: level.name, hold: hold, isTurn: false, details: "")
        }
        let began = hold.pendingSince ?? clock
        let wait =
            hold.isClosed ? rules.openAfterMilliseconds : rules.closeAfterMilliseconds
        if clock - began < wait {
            if hold.pendingSince != nil { return nil }
            hold.pendingSince = began
            return GateChange(name: level.name, hold: hold, isTurn: false, details: "")
        }
        let wasClosed = hold.isClosed
        hold = GateHold(isClosed: !wasClosed, since: clock, pendingSince: nil)
        let edge = wasClosed ? rules.openBelowPercent : rules.closeAbovePercent
        var details =
            "\(level.name): \(Self.percent(burn)) of the daily error budget burnt in 24 hours, "
            + "\(wasClosed ? "below" : "above") \(edge) % for \(wait / 60_000) minutes"
        if let target, (burn ?? 0) <= Double(edge) {
            details =
                "\(level.name): the \(target.name) latency target has been missed for "
                + "\(wait / 60_000) minutes"
        }
        return GateChange(name: level.name, hold: hold, isTurn: true, details: details)
    }

    static func percent(_ value: Double?) -> String {
        guard let value else { return "an unknown share" }
        let tenths = Int64(min(max(0, value), 1e12) * 10 + 0.5)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// The override in force.
    func override(at now: Moment) -> GateOverride? {
        guard let override = domains.services.gateOverride else { return nil }
        return override.until > serviceMilliseconds(at: now) ? override : nil
    }

    /// The gate now.
    package func gate(at now: Moment) -> GateView {
        let gating = domains.services.objectives.filter(\.gates)
        let parts = gating.map { part($0, at: now) }
        var view = GateView(
            word: .open, reason: "no objective burns its budget too fast", objective: nil,
            since: nil, burnPercent: nil, override: nil, parts: parts)
        if let part = parts.first(where: { $0.word == .closed }) {
            view.word = .closed
            view.reason = reason(part)
            view.setDeciding(part)
        } else if parts.isEmpty {
            view.word = .unknown
            view.reason = "no objective controls the gate"
        } else if let part = parts.first(where: { $0.word == .unknown }) {
            view.word = .unknown
            view.reason = "\(part.name) has had no data for 24 hours"
            view.setDeciding(part)
        } else if let part = parts.max(by: { $0.burnPercent ?? 0 < $1.burnPercent ?? 0 }) {
            view.burnPercent = part.burnPercent
            view.since = parts.compactMap(\.since).max()
        }
        let rules = domains.services.gateRules
        if view.word == .unknown, rules.unknown != .unknown {
            view.word = rules.unknown
            view.reason += "; gate.unknown says \(rules.unknown.rawValue)"
        }
        if let override = override(at: now) {
            let clock = serviceMilliseconds(at: now)
            view.word = override.isClosed ? .closed : .open
            view.objective = nil
            view.burnPercent = nil
            view.reason = "override: \(override.reason)"
            view.since = wallSeconds(ofService: override.since)
            view.override = GateView.OverrideView(
                isClosed: override.isClosed, since: wallSeconds(ofService: override.since),
                expires: wallSeconds(ofService: override.until + 999),
                ttlSeconds: (override.until - clock + 999) / 1_000, reason: override.reason,
                uid: override.uid)
        }
        return view
    }

    /// Why a closed part is closed.
    private func reason(_ part: GateView.Part) -> String {
        if part.turns != nil { return "\(part.name) has recovered, but not for long enough yet" }
        let services = domains.services
        if let burn = part.burnPercent, burn < Double(services.gateRules.openBelowPercent),
            let level = services.levels[part.name], let index = services.index(of: part.name),
            let target = level.missedGatingTarget(services.objectives[index])
        {
            return "\(part.name) misses its \(target.name) latency target"
        }
        return "\(part.name) burns its daily error budget too fast"
    }

    private func part(_ objective: Objective, at now: Moment) -> GateView.Part {
        var part = GateView.Part(
            name: objective.name, word: .unknown, since: nil, turns: nil, burnPercent: nil)
        guard let level = domains.services.levels[objective.name] else { return part }
        let day = level.counts(1_440, endingWith: serviceMinute(at: now))
        part.burnPercent = objective.dailyBurnPercent(day)
        part.since = level.gate.since.map { wallSeconds(ofService: $0) }
        let rules = domains.services.gateRules
        let wait =
            level.gate.isClosed ? rules.openAfterMilliseconds : rules.closeAfterMilliseconds
        part.turns = level.gate.pendingSince.map { wallSeconds(ofService: $0 + wait) }
        part.word =
            level.gate.isClosed ? .closed : part.burnPercent == nil ? .unknown : .open
        return part
    }

    func overrideGate(
        to word: GateWord?, milliseconds: Int64?, reason: String, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        guard let word else {
            if override(at: now) == nil {
                throw Refusal(.notFound, "the gate has no override")
            }
            return Decision(
                .service(.gateOverrideEnded),
                .one(.service(.gateOverrideEnded(uid: caller.uid))))
        }
        guard let milliseconds else {
            throw Refusal(.badArgument, "ttl: missing; an override must end")
        }
        let clock = serviceMilliseconds(at: now)
        let override = GateOverride(
            isClosed: word == .closed, since: clock, until: clock + milliseconds, reason: reason,
            uid: caller.uid)
        return Decision(
            .service(
                .gateOverridden(
                    isClosed: override.isClosed,
                    expires: wallSeconds(ofService: override.until + 999))),
            .one(.service(.gateOverridden(override))))
    }
}

extension ServiceLevel {
    /// The latency target whose alert keeps the gate from being open (rule 6).
    fileprivate func missedGatingTarget(_ objective: Objective) -> LatencyTarget? {
        objective.latencyGates
            ? LatencyTarget.allCases.first { alerts[AlertKind($0)] != nil } : nil
    }
}

extension GateView {
    fileprivate mutating func setDeciding(_ part: Part) {
        objective = part.name
        since = part.since
        burnPercent = part.burnPercent
    }
}
