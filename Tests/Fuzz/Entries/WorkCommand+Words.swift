// The words of a command about work.

import OpsCore
import OpsProtocol

extension WorkCommand {
    var words: [String] {
        switch self {
        case .take(let take):
            ["work", "take"] + take.kinds + [
                "wait=\(take.waitMilliseconds / 1_000)", "lease=\(take.leaseMilliseconds / 1_000)",
            ]
        case .begun(let claim): ["work", "begun"] + claim.words
        case .beat(let claim, let progress):
            ["work", "beat"] + claim.words + key("progress", progress)
        case .done(let claim, let receipt):
            ["work", "done"] + claim.words + key("receipt", receipt.isEmpty ? nil : receipt)
        case .failed(let claim, let failed):
            ["work", "failed"] + claim.words + ["class=\(failed.failure.rawValue)"]
                + key("retry_after", failed.retryMilliseconds.map { $0 / 1_000 })
                + key("error", failed.error.isEmpty ? nil : failed.error)
        case .list(let query):
            ["work", "list", "--limit", "\(query.limit)", "--stage", query.stages.rawValue]
                + key("after", query.after) + key("kind", query.kind)
        case .show(let id): ["work", "show", "\(id)"]
        case .why(let id): ["work", "why", "\(id)"]
        case .cancel(let id, let reason): ["work", "cancel", "\(id)"] + key("reason", reason)
        case .retry(let id): ["work", "retry", "\(id)"]
        case .hold(let kind): ["work", "hold", kind]
        case .resume(let kind): ["work", "resume", kind]
        }
    }
}

extension WorkClaim {
    fileprivate var words: [String] { ["\(id)", "token=\(WorkToken.text(token))"] }
}
