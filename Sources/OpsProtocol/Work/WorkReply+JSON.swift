// The replies about work.

import OpsCore

extension WorkReply {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .taken(let item):
            json.key("item")
            if let item { json.object { item.writeTaken(to: &$0) } } else { json.null() }
        case .stage(let id, let stage, let retrySeconds):
            json.key("id")
            json.integer(id)
            json.member("stage", text: stage)
            if let retrySeconds { json.member("retry_seconds", integer: retrySeconds) }
        case .page(let page): page.writeMembers(to: &json, budget)
        case .item(let view):
            view.writeMembers(to: &json)
            view.item.writeAttempts(to: &json)
            json.key("payload")
            if view.item.payload.isEmpty { json.null() } else { json.raw(view.item.payload) }
        case .why(let view, let why):
            view.writeMembers(to: &json)
            view.item.writeAttempts(to: &json)
            json.member("why", text: why)
        case .kind(let view): view.writeMembers(to: &json)
        }
    }
}

extension WorkItem {
    fileprivate func writeTaken(to json: inout JSONWriter) {
        json.key("id")
        json.integer(id)
        json.member("kind", text: kind)
        json.member("key", text: key)
        json.member("token", text: WorkToken.text(lease?.token ?? 0))
        json.key("payload")
        if payload.isEmpty { json.null() } else { json.raw(payload) }
        json.key("attempt")
        json.integer(taken)
        json.member("may_repeat", mayRepeat)
        json.member("created", seconds: created)
        json.member("lease_seconds", integer: (lease?.milliseconds ?? 0) / 1_000)
    }

    fileprivate func writeAttempts(to json: inout JSONWriter) {
        json.key("attempts")
        json.array { json in
            for attempt in attempts { json.object { attempt.writeMembers(to: &$0) } }
        }
    }
}

extension WorkAttempt {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.key("number")
        json.integer(number)
        json.key("uid")
        json.integer(uid)
        json.member("taken", seconds: taken)
        json.member("begun", seconds: begun)
        json.member("ended", seconds: ended)
        json.text("outcome", outcome?.rawValue)
        json.text("error", error.isEmpty ? nil : error)
    }
}

extension WorkView {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.key("id")
        json.integer(item.id)
        json.member("kind", text: item.kind)
        json.member("key", text: item.key)
        json.member("stage", text: item.stage.name)
        json.member("urgent", item.isUrgent)
        json.member("created", seconds: item.created)
        var ended: Int64?
        if case .ended(_, let at) = item.stage { ended = at }
        json.member("ended", seconds: ended)
        json.member("not_before", seconds: notBefore)
        json.member("expires", seconds: expires)
        json.member("lease_until", seconds: leaseUntil)
        json.text("progress", progress)
        json.key("taken")
        json.integer(item.taken)
        json.key("failures")
        json.integer(item.failures)
        json.member("may_repeat", item.mayRepeat)
        json.text("receipt", item.receipt.isEmpty ? nil : item.receipt)
        json.text("error", item.error.isEmpty ? nil : item.error)
    }
}

extension WorkKindView {
    /// The members of a kind, also for what shows kinds by another name.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("kind", text: state.id)
        json.member("waiting", integer: state.waiting)
        json.member("in_flight", integer: state.inFlight)
        json.member("held", state.isHeld)
        json.member("parked_since", seconds: state.parkedSince)
        json.member("next_probe", seconds: nextProbe)
        json.member("limited_until", seconds: limitedUntil)
        json.member("last_success", seconds: state.lastSuccess)
        json.member("last_failure", seconds: state.lastFailure)
        json.text("last_error", state.lastError.isEmpty ? nil : state.lastError)
    }
}

extension WorkPage {
    fileprivate func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.key("kinds")
        json.array { json in
            for kind in kinds { json.object { kind.writeMembers(to: &$0) } }
        }
        let last = json.pageRows("items", items, budget) { $1.writeMembers(to: &$0) }
        json.key("next")
        if let next = last?.item.id ?? next { json.integer(next) } else { json.null() }
    }
}

extension JSONWriter {
    fileprivate mutating func text(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }
}
