// Made-up objectives and gates.

import OpsTestKit

@testable import OpsCore

extension SeededGenerator {
    mutating func objective() -> ObjectiveName {
        pick(["a", "default", "api-v2_X", String(repeating: "z", count: 32)])
            .withName
    }

    mutating func bins() -> [BinCount] {
        var bins: [BinCount] = []
        for _ in 0..<Int(next() % 5) {
            bins.append(
                BinCount(
                    bin: UInt16(next() % UInt64(LatencyBins.count)), count: pick([1, 300, .max])))
        }
        return bins
    }

    mutating func size() -> Int64 { pick([0, 1, 1 << 50, Int64(next() >> 14)]) }

    mutating func counts() -> Counts {
        Counts(good: next(), bad: pick([0, .max]), overP95: next() % 9, overP99: 0)
    }

    mutating func hold() -> GateHold {
        GateHold(
            isClosed: next() % 2 == 0, since: pick([nil, wall()]),
            pendingSince: pick([nil, wall()]))
    }

    mutating func gateOverride() -> GateOverride {
        GateOverride(
            isClosed: next() % 2 == 0, since: wall(), until: wall(),
            reason: text(upTo: Bounds.reasonBytes), uid: pick([0, .max]))
    }

    mutating func observedDelta() -> ObservedDelta {
        ObservedDelta(
            name: objective(), number: next(), minute: size(), counts: counts(), bins: bins())
    }

    mutating func alertChange() -> AlertChange {
        AlertChange(
            name: objective(), kind: pick(AlertKind.allCases), phase: pick(AlertPhase.allCases),
            started: wall(), startedWall: wall(), peak: size(), durationSeconds: size())
    }

    mutating func rebaseline() -> Rebaseline {
        Rebaseline(
            name: objective(), number: next(), at: wall(), summary: text(upTo: 900),
            reason: text(upTo: Bounds.reasonBytes), uid: 5)
    }

    mutating func gateChange() -> GateChange {
        GateChange(
            name: objective(), hold: hold(), isTurn: next() % 2 == 0, details: text(upTo: 900))
    }

    mutating func head() -> ServiceLevelPart {
        var alerts: [AlertKind: ActiveAlert] = [:]
        for _ in 0..<Int(next() % 3) {
            alerts[pick(AlertKind.allCases)] = ActiveAlert(started: wall(), peak: size())
        }
        return .head(objective(), number: next(), baseline: wall(), alerts: alerts, gate: hold())
    }

    mutating func minutes() -> ServiceLevelPart {
        var entries: [MinuteEntry] = []
        for _ in 0..<Int(next() % 4) {
            entries.append(MinuteEntry(minute: Int64(next() % (1 << 40)), counts: counts()))
        }
        return .minutes(objective(), entries)
    }

    mutating func hourSketch() -> ServiceLevelPart {
        .hourSketch(
            objective(), PeriodSketch(period: Int64(next() % (1 << 40)), bins: bins()))
    }

    mutating func minuteSketch() -> ServiceLevelPart {
        .minuteSketch(objective(), PeriodSketch(period: 0, bins: bins()))
    }

    /// What an event of this kind may be about.  Without a `default:`, so that the kinds of a new
    /// domain do not compile before they have their subject here: nothing else sees that it comes
    /// back.
    mutating func subject(_ kind: EventKind) -> EventSubject? {
        switch kind {
        case .listCommitted, .listDropped, .listExpired: .list(listName())
        case .sloFiring, .sloResolved, .sloUnknown, .sloRebaselined, .gateClosed, .gateOpened,
            .gateOverride, .gateOverrideEnded:
            pick([nil, .objective(objectiveSubject())])
        case .incidentOpened, .incidentAgain, .incidentWorse, .incidentAcknowledged,
            .incidentResolved, .incidentFlood, .silenceAdded, .silenceEnded:
            pick([nil, .incident(incidentSubject())])
        case .costWarning, .costCritical, .costFine, .costCapSet, .costCorrected:
            pick([nil, .cost(CostSubject(model: modelName()))])
        case .endpointDown, .endpointUp, .endpointUnknown:
            pick([nil, .endpoint(EndpointSubject(name: "shop"))])
        case .queueBad, .queueWell, .queueSilent, .queueBack:
            pick([nil, .queue(QueueSubject(queueName()))])
        case .started, .stopped, .reload, .reloadRefused, .health, .healthCheck, .ban, .unban,
            .banExpired, .bansExpired, .banConfirmed, .strikesCleared, .enforceFailed,
            .enforceRecovered, .enforceRestored, .degraded, .recovered, .rebased, .clockStep,
            .logCut, .sourceSilent, .sourceBack, .sourceMissing, .logLost, .filterSlow,
            .filterWell, .filterFailed, .sourceDenied, .clockOffset, .oneAddress, .canary:
            nil
        case .workParked, .workResumed, .workUnsure, .workFailed:
            .work(WorkSubject(workKind(), item: pick([nil, 1, UInt64(Int64.max)])))
        }
    }

    private mutating func objectiveSubject() -> ObjectiveSubject {
        ObjectiveSubject(
            objective: objective(), alert: pick([nil, "1h"]), since: pick([nil, number()]),
            peakBurn: pick([nil, number()]), durationSeconds: pick([nil, number()]))
    }
}

extension String {
    /// As a name, which it is.
    var withName: ObjectiveName { ObjectiveName(self) ?? .standard }
}
