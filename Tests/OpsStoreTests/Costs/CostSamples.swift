// Made-up spending: records, and lines of a snapshot.

import OpsTestKit

@testable import OpsCore

extension SeededGenerator {
    mutating func modelName() -> ModelName {
        ModelName(
            pick([
                "gpt-4o", "anthropic/claude-3.5:beta", "a",
                String(repeating: "m", count: ModelName.limitBytes),
            ])) ?? .others
    }

    private mutating func money() -> MicroUSD {
        MicroUSD(pick([0, 1, 12_500, MicroUSD.most.micros, 1 << 60]))
    }

    private mutating func minute() -> Int64 { pick([0, 29_700_000, (1 << 40) - 1]) }

    mutating func costEntry(isOpen: Bool? = nil) -> CostEntry {
        CostEntry(
            id: pick([1, 2, 300, next() >> 1]), model: modelName(),
            state: isOpen == true ? .open : pick(CostState.allCases), amount: money(),
            minute: minute(), deadline: deadline(),
            key: pick(["", "job-17", text(upTo: CostBounds.keyBytes)]), uid: pick([0, .max]),
            isExempt: next() % 2 == 0)
    }

    private mutating func spendDelta(_ model: ModelName? = nil) -> SpendDelta {
        SpendDelta(
            model: model ?? modelName(), number: pick([1, 2, next()]), minute: minute(),
            amount: MicroUSD(pick([0, 1, -12_500, 1 << 60, -(1 << 60)])))
    }

    mutating func costRecord(_ kind: ChangeKind) -> CostRecord {
        switch kind {
        case .costReserved: return .reserved(costEntry(isOpen: true))
        case .costClosed:
            let entry = costEntry()
            return .closed(entry, spendDelta(entry.model))
        case .costCorrected:
            let entry = costEntry()
            return .corrected(
                CostCorrection(
                    entry: entry, was: money(), delta: spendDelta(entry.model), uid: 7))
        case .costForgotten:
            return .forgotten(CostMark(deadline: deadline(), id: pick([0, 7, .max])))
        case .costCapSet:
            return .capSet(
                CapChange(
                    model: pick([nil, modelName()]),
                    choice: pick([.none, .configured, .amount(money())]), summary: text(upTo: 90),
                    uid: pick([0, .max])))
        case .costAlerted:
            return .alerted(
                CostAlert(
                    model: pick([nil, modelName(), .others]), level: pick(CostLevel.allCases),
                    details: text(upTo: 90)))
        case .costModelDropped: return .modelDropped(modelName())
        default: return .spent(spendDelta())
        }
    }

    /// Amounts of periods that a ring of this length can hold together.
    private mutating func periods(_ length: Int64) -> [PeriodSpend] {
        var period: Int64 = pick([2_000, 29_700_000, (1 << 40) - 2_000])
        let end = period + length - 1
        var entries: [PeriodSpend] = []
        while period <= end, entries.count < 40 {
            entries.append(
                PeriodSpend(period: period, amount: MicroUSD(pick([1, 12_500, 1 << 50]))))
            period += Int64(next() % 60) + 1
        }
        return entries
    }

    mutating func costPart(_ kind: SnapshotEntryKind) -> CostPart {
        switch kind {
        case .costSummary: .summary(lastID: pick([1, 17, next() >> 1]), pick(CostLevel.allCases))
        case .costCap: .cap(pick([nil, modelName()]), pick([nil, money()]))
        case .costModel: .model(modelName(), number: pick([0, 9, .max]), pick(CostLevel.allCases))
        case .costMinutes: .minutes(modelName(), periods(SpendRing.minutes))
        case .costHours: .hours(modelName(), periods(SpendRing.hours))
        default: .entry(costEntry())
        }
    }
}
