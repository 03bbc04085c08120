// Example replies about work.

@testable import OpsControl
@testable import OpsCore
@testable import OpsProtocol

extension Example {
    private static func view(
        _ id: UInt64, _ key: String, _ stage: WorkStage, _ attempts: [WorkAttempt] = [],
        error: String = ""
    ) -> WorkView {
        var item = WorkItem(
            id: id, kind: "page/mail", key: key, payload: stage.isOpen ? #"{"page":1}"# : "",
            isUrgent: true, created: noon, deadline: 0, stage: stage)
        item.attempts = attempts
        item.taken = UInt32(attempts.count)
        item.failures = UInt32(attempts.filter { $0.outcome == .neverSent }.count)
        item.error = error
        if case .ended(.done, _) = stage { item.receipt = "<12.1795252290@db1>" }
        return WorkView(
            item: item, notBefore: stage.isReady ? noon + 62 : nil,
            expires: stage.isOpen ? noon + 86_400 : nil,
            leaseUntil: stage.isHeld ? noon + 60 : nil)
    }

    private static let refused: WorkAttempt = {
        var attempt = WorkAttempt(number: 1, uid: 990, taken: noon)
        attempt.begun = noon
        attempt.ended = noon + 1
        attempt.outcome = .neverSent
        attempt.error = "421 too many connections"
        return attempt
    }()

    private static let accepted: WorkAttempt = {
        var attempt = WorkAttempt(number: 2, uid: 990, taken: noon + 3)
        attempt.begun = noon + 3
        attempt.ended = noon + 4
        attempt.outcome = .done
        return attempt
    }()

    private static func kind(isHeld: Bool) -> WorkKindView {
        var state = WorkKindState("page/mail")
        state.isHeld = isHeld
        state.waiting = 3
        state.lastSuccess = noon
        return WorkKindView(state: state)
    }

    static let work = [
        Example(
            "work list",
            .work(
                .page(
                    WorkPage(
                        kinds: [kind(isHeld: false)],
                        items: [
                            view(14, "incident/18/raise/1", .ready(notBefore: 0)),
                            view(
                                13, "incident/17/remind/1", .ready(notBefore: 0), [refused],
                                error: "421 too many connections"),
                            view(12, "incident/17/raise/1", .ended(.done, at: noon + 4)),
                        ], next: nil)))),
        Example("work list", "none", .work(.page(WorkPage(kinds: [], items: [], next: nil)))),
        Example("work show", .work(.item(view(14, "test/1", .ready(notBefore: 0))))),
        Example(
            "work why",
            .work(
                .why(
                    view(
                        12, "incident/17/raise/1", .ended(.done, at: noon + 4),
                        [refused, accepted]), "it has ended: done"))),
        Example(
            "work why", "not taken",
            .work(
                .why(
                    view(14, "incident/18/raise/1", .ready(notBefore: 0)),
                    "it waits for somebody to take it"))),
        Example("work cancel", .work(.stage(id: 14, "cancelled", retrySeconds: nil))),
        Example("work retry", .work(.stage(id: 13, "ready", retrySeconds: 0))),
        Example("work hold", .work(.kind(kind(isHeld: true)))),
        Example("work resume", .work(.kind(kind(isHeld: false)))),
        Example("work take", .work(.taken(view(14, "test/1", .leased).item))),
        Example("work take", "nothing", .work(.taken(nil))),
        Example("work begun", .work(.stage(id: 14, "begun", retrySeconds: nil))),
        Example("work beat", .work(.stage(id: 14, "begun", retrySeconds: nil))),
        Example("work done", .work(.stage(id: 14, "done", retrySeconds: nil))),
        Example("work failed", .work(.stage(id: 14, "ready", retrySeconds: 2))),
    ]
}
