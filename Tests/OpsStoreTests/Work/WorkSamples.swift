// Random work, as a file may hold it.

import OpsCore
import OpsTestKit

extension SeededGenerator {
    mutating func flag() -> Bool { next() % 2 == 0 }

    mutating func workID() -> UInt64 { pick([1, 2, 3, 17, next() >> 1]) }

    mutating func workKind() -> String { pick(["page/mail", "page/tg", "restart"]) }

    mutating func workLease() -> WorkLease {
        WorkLease(
            token: pick([0, 1, next(), .max]), uid: pick([0, 7, .max]),
            milliseconds: pick([0, 60_000, 3_600_000]))
    }

    mutating func workPut() -> WorkPut {
        WorkPut(
            id: workID(), kind: workKind(), key: pick(["incident/17/raise/1", "é"]),
            payload: pick(["{}", #"{"page":1,"text":"\"é\""}"#]), isUrgent: flag(),
            created: pick([0, 1_795_252_290]), notBefore: deadline(), expires: deadline(),
            supersedes: pick([0, 0, workID()]))
    }

    mutating func workKindState() -> WorkKindState {
        var state = WorkKindState(workKind())
        state.isHeld = flag()
        state.parkedSince = pick([nil, 1_795_252_290])
        state.nextProbe = pick([0, deadline()])
        state.limitedUntil = pick([0, deadline()])
        state.failures = pick([0, 5, .max])
        state.lastSuccess = pick([nil, 1_795_252_290])
        state.lastFailure = pick([nil, 1_795_252_290])
        state.lastError = pick(["", "421 é"])
        return state
    }

    mutating func workItem() -> WorkItem {
        let stage: WorkStage = pick([
            .ready(notBefore: deadline()), .leased, .begun, .unsure(since: 1_795_252_290),
            .ended(pick(WorkEnd.allCases), at: 1_795_252_290),
        ])
        var item = WorkItem(
            id: workID(), kind: workKind(), key: pick(["incident/17/raise/1", "test/1", "é"]),
            payload: stage.isOpen ? #"{"page":1,"text":"\"é\""}"# : "", isUrgent: flag(),
            created: pick([0, 1_795_252_290]), deadline: deadline(), stage: stage)
        if !stage.isOpen { item.endNumber = 1 + next() >> 2 }
        item.taken = pick([0, 3, .max])
        item.failures = pick([0, 3, .max])
        item.mayRepeat = flag()
        item.lease = pick([nil, workLease()])
        item.receipt = pick(["", "<1@a>"])
        item.error = pick(["", "421 é"])
        for number in 0..<UInt32(next() % 4) {
            var attempt = WorkAttempt(number: number + 1, uid: pick([0, .max]), taken: 5)
            attempt.begun = pick([nil, 6])
            attempt.ended = pick([nil, 7])
            attempt.outcome = pick([nil] + WorkOutcome.allCases)
            attempt.error = pick(["", "421 é"])
            item.attempts.append(attempt)
        }
        return item
    }

    /// A record of one of the kinds of work.
    mutating func workRecord(_ kind: ChangeKind) -> WorkRecord {
        switch kind {
        case .workPut: .put(workPut())
        case .workTaken:
            .taken(WorkTaken(id: workID(), lease: workLease(), number: pick([1, 2, .max])))
        case .workBegun: .begun(id: workID())
        case .workReleased:
            .released(
                WorkRelease(
                    id: workID(), notBefore: deadline(), outcome: pick([nil, .released, .lost]),
                    mayRepeat: flag()))
        case .workRetried:
            .retried(
                WorkRetry(
                    id: workID(), kind: workKind(), outcome: pick(WorkOutcome.allCases),
                    notBefore: deadline(), failures: pick([0, 5, .max]), kindFailures: 3,
                    mayRepeat: flag(), limitedUntil: pick([0, deadline()]), parks: flag(),
                    error: pick(["", "421 too busy"])))
        case .workEnded:
            .ended(
                WorkEnding(
                    id: workID(), kind: workKind(), pick(WorkEnd.allCases),
                    outcome: pick([nil] + WorkOutcome.allCases), uid: pick([nil, 0, .max]),
                    receipt: pick(["", "<1@a>"]), error: pick(["", "é"]), resumes: flag()))
        case .workUnsure:
            .unsure(
                WorkDoubt(
                    id: workID(), kind: workKind(), outcome: pick(WorkOutcome.allCases),
                    error: pick(["", "gone"])))
        case .workKind: .kind(WorkKindChange(workKind(), isHeld: flag(), uid: pick([0, .max])))
        case .workDoubted: .doubted(through: workID())
        default: .forgotten(through: workID())
        }
    }
}
