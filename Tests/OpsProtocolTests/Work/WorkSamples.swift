// Items and kinds as replies show them, for the shapes of replies.

@testable import OpsCore
@testable import OpsProtocol

/// An item with a failed attempt and one under way.
func workView(_ text: String, _ stage: WorkStage) -> WorkView {
    var item = WorkItem(
        id: 12, kind: "page/mail", key: text, payload: stage.isOpen ? #"{"page":1}"# : "",
        isUrgent: true, created: 1_795_252_290, deadline: 1, stage: stage)
    var first = WorkAttempt(number: 1, uid: 990, taken: 1_795_252_290)
    first.begun = 1_795_252_290
    first.ended = 1_795_252_291
    first.outcome = .neverSent
    first.error = text
    item.attempts = [first, WorkAttempt(number: 2, uid: 990, taken: 1_795_252_293)]
    item.taken = 2
    item.failures = 1
    item.mayRepeat = true
    item.lease = WorkLease(token: 0x9f8e_7d6c_5b4a_3921, uid: 990, milliseconds: 60_000)
    item.receipt = text
    item.error = text
    return WorkView(
        item: item, notBefore: 1_795_252_293, expires: 1_795_338_690, leaseUntil: 1_795_252_353,
        progress: text)
}

/// A kind that is parked.
func workKindView(_ text: String) -> WorkKindView {
    var state = WorkKindState("page/mail")
    state.parkedSince = 1_795_252_290
    state.lastFailure = 1_795_252_290
    state.lastSuccess = 1_795_252_000
    state.lastError = text
    state.waiting = 3
    state.inFlight = 1
    return WorkKindView(
        state: state, limitedUntil: 1_795_252_350, nextProbe: 1_795_252_350)
}

func workShapes(_ text: String) -> [Shape] {
    let open = workView(text, .leased)
    let page = WorkPage(
        kinds: [workKindView(text)], items: [open, workView(text, .ended(.done, at: 1))], next: 9)
    func stage(_ verb: String, _ stage: String) -> Shape {
        Shape(
            verb, .work(.stage(id: 12, stage, retrySeconds: stage == "ready" ? 2 : nil)),
            without: stage == "ready" ? [] : ["retry_seconds"])
    }
    return [
        Shape("work list", .work(.page(page))),
        Shape("work show", .work(.item(open))),
        Shape("work show", .work(.item(workView(text, .ended(.failed, at: 1))))),
        Shape("work why", .work(.why(open, text))),
        stage("work cancel", "cancelled"), stage("work retry", "ready"),
        Shape("work hold", .work(.kind(workKindView(text)))),
        Shape("work resume", .work(.kind(workKindView(text)))),
        Shape("work take", .work(.taken(open.item))), Shape("work take", .work(.taken(nil))),
        stage("work begun", "begun"), stage("work beat", "begun"), stage("work done", "done"),
        stage("work failed", "ready"),
    ]
}
