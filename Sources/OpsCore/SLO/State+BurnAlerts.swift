// Whether the budget burns too fast, by the multi-window, multi-burn-rate method of the SRE
// Workbook, chapter 5.  The rules, numbered as their tests:
//  1. A tier holds when both its windows burn above its factor, and the long one has at least the
//     minimum of events and of bad ones.
//  2. It is over when either window is known to burn at the factor or below.  A window without
//     events says nothing: what was firing goes on, what was not does not start.
//  3. A tier that holds fires, unless a shorter one is firing, which says the same already.  It
//     fires when the shorter one has ended and it still holds.
//  4. When there was no event for `silenceMinutes`, the objective is unknown, and so is the end of
//     what was firing.  The first event ends that.
//  5. The peak is the highest burn of the long window; a higher one is logged once a minute.

/// One tier as it is now.
package struct TierReading: Hashable, Sendable {
    /// Which tier.
    package var tier: BurnTier
    /// The burn above which it fires.
    package var factor: Double
    /// Burn of the long window; nil: no events.
    package var burnLong: Double?
    /// Burn of the short window; nil: no events.
    package var burnShort: Double?
    /// Whether it holds; nil: that cannot be told (rule 2).
    package var holds: Bool?
}

/// What an alert is.
package enum AlertState: String, Hashable, Sendable, CaseIterable {
    case ok, firing, suppressed, unknown
}

extension ServiceLevel {
    /// A tier in the minute `last`.
    func reading(_ tier: BurnTier, _ objective: Objective, _ last: Int64) -> TierReading {
        let long = counts(tier.longMinutes, endingWith: last)
        let short = counts(tier.shortMinutes, endingWith: last)
        let factor = tier.factor(windowMinutes: objective.windowMinutes)
        var reading = TierReading(
            tier: tier, factor: factor, burnLong: objective.burn(long),
            burnShort: objective.burn(short), holds: nil)
        if let burn = reading.burnLong, burn <= factor { reading.holds = false }
        if let burn = reading.burnShort, burn <= factor { reading.holds = false }
        if reading.holds == nil, reading.burnLong != nil, reading.burnShort != nil,
            long.total >= UInt64(objective.minimumEvents), long.bad >= UInt64(objective.minimumBad)
        {
            reading.holds = true
        }
        return reading
    }

    /// Whether there was no event for long, or none at all.
    func isSilent(_ objective: Objective, _ last: Int64) -> Bool {
        guard let lastMinute else { return true }
        return last - lastMinute > objective.silenceMinutes
    }
}

extension State {
    /// The changes of an objective's alerts that are due now.
    func alertChanges(
        _ level: ServiceLevel, _ objective: Objective, at now: Moment
    ) -> [AlertChange] {
        let clock = serviceMilliseconds(at: now)
        let minute = clock / 60_000
        var changes: [AlertChange] = []
        func turn(_ kind: AlertKind, _ phase: AlertPhase, _ alert: ActiveAlert) {
            changes.append(
                AlertChange(
                    name: level.name, kind: kind, phase: phase, started: alert.started,
                    startedWall: wallSeconds(ofService: alert.started), peak: alert.peak,
                    durationSeconds: max(0, clock - alert.started) / 1_000))
        }

        // Rule 4.
        if let silence = level.alerts[.silence] {
            if level.isSilent(objective, minute) { return [] }
            turn(.silence, .resolved, silence)
        } else if level.lastMinute != nil, level.isSilent(objective, minute) {
            for kind in AlertKind.allCases {
                if let alert = level.alerts[kind] { turn(kind, .unknown, alert) }
            }
            turn(.silence, .firing, ActiveAlert(started: clock, peak: 0))
            return changes
        }

        var isShorterFiring = false
        let tiers = objective.tiers
        for tier in BurnTier.allCases {
            let kind = AlertKind(tier)
            let alert = level.alerts[kind]
            if !tiers.contains(tier) {
                if let alert { turn(kind, .resolved, alert) }
                continue
            }
            let reading = level.reading(tier, objective, minute)
            let peak = Self.thousandths(reading.burnLong ?? 0)
            if var alert {
                if reading.holds == false {
                    turn(kind, .resolved, alert)
                    continue
                }
                isShorterFiring = true
                // Rule 5: at the first look in a minute.
                if peak > alert.peak, domains.services.lastKept < minute {
                    alert.peak = peak
                    turn(kind, .higher, alert)
                }
            } else if reading.holds == true, !isShorterFiring {
                isShorterFiring = true
                turn(kind, .firing, ActiveAlert(started: clock, peak: peak))
            }
        }
        for target in LatencyTarget.allCases {
            let kind = AlertKind(target)
            if let (phase, alert) = latencyChange(level, objective, target, at: now) {
                turn(kind, phase, alert)
            }
        }
        return changes
    }

    /// What becomes of the alert of a latency target now; nil: nothing.
    private func latencyChange(
        _ level: ServiceLevel, _ objective: Objective, _ target: LatencyTarget, at now: Moment
    ) -> (AlertPhase, ActiveAlert)? {
        let clock = serviceMilliseconds(at: now)
        let minute = clock / 60_000
        let reading = level.reading(target, objective, minute)
        let peak = Self.thousandths(reading.burnLong ?? 0)
        guard var alert = level.alerts[AlertKind(target)] else {
            return reading.isMissed == true
                ? (.firing, ActiveAlert(started: clock, peak: peak)) : nil
        }
        if reading.isMissed == false { return (.resolved, alert) }
        if reading.burnLong == nil { return (.unknown, alert) }
        if peak <= alert.peak || domains.services.lastKept >= minute { return nil }
        alert.peak = peak
        return (.higher, alert)
    }

    static func thousandths(_ burn: Double) -> Int64 {
        Int64(min(max(0, burn), 1e12) * 1_000 + 0.5)
    }

    /// How a tier is to be shown.
    func alertState(
        _ reading: TierReading, _ level: ServiceLevel, isShorterFiring: Bool
    ) -> AlertState {
        if level.alerts[AlertKind(reading.tier)] != nil { return .firing }
        if level.alerts[.silence] != nil || reading.burnLong == nil { return .unknown }
        return reading.holds == true && isShorterFiring ? .suppressed : .ok
    }
}
