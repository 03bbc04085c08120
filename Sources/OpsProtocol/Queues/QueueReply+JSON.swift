// The replies about queues.

import OpsCore

extension QueueReply {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .noted(let name, let state):
            json.member("queue", text: name.description)
            json.member("state", text: state.rawValue)
        case .status(let views):
            let isCut = json.list("queues", views, limitBytes: budget.share(1)) { json, view in
                view.writeMembers(to: &json)
            }
            json.cutMember(isCut)
        }
    }
}

extension QueueView {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("queue", text: name.description)
        json.member("state", text: state.rawValue)
        json.member("silent", isSilent)
        json.member("configured", isConfigured)
        json.member("depth", integer: queue?.depth)
        json.member("oldest_seconds", integer: oldestSeconds)
        json.member("processed_per_minute", queue?.recent?.perMinute, decimals: 1)
        json.member(
            "failed_pct", queue?.recent?.failedShare(sample: 1), decimals: 1)
        json.member("processed_total", integer: queue?.processed?.total)
        json.member("failed_total", integer: queue?.failed?.total)
        json.member("reported", seconds: reported)
        json.member("age_seconds", integer: ageSeconds)
        json.key("verdicts")
        json.object { json in
            for promise in QueuePromise.allCases {
                json.key(text: promise.rawValue)
                json.string(verdict(promise).rawValue)
            }
        }
        json.key("limits")
        json.object { json in
            json.member("depth", integer: rules.depth)
            json.member("rate", integer: rules.rate)
            json.member("failed", integer: rules.failed)
            json.member("sample", integer: rules.sample)
            json.member("stuck_seconds", integer: rules.stuckMilliseconds / 1_000)
            json.member("silent_seconds", integer: rules.silentMilliseconds / 1_000)
        }
    }

    /// Nothing is known of a queue that is silent.
    private func verdict(_ promise: QueuePromise) -> QueueState {
        guard let queue, !isSilent else { return .unknown }
        return queue[promise].state
    }

    /// How long the oldest has waited, as of the last report.
    private var oldestSeconds: Int64? {
        queue.flatMap { queue in queue.head.map { max(0, queue.reported - $0) / 1_000 } }
    }
}
