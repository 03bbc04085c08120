// A state with work, for tests.

import OpsTestKit
import Testing

@testable import OpsCore

/// A state with work, and a clock.
final class WorkWorld {
    var state = State(hashKey: (1, 2))
    var now = Moment(boot: 1_000_000_000_000, wall: 1_767_225_600_000_000_000)
    /// The events that were made.
    var events: [Event] = []
    private var token: UInt64 = 0

    init(kinds: Set<String> = ["page/mail", "page/tg", "restart"]) { state.workKinds = kinds }

    var boot: Int64 { now.bootMilliseconds }

    func advance(seconds: Int64) {
        now.boot += seconds * 1_000_000_000
        now.wall += seconds * 1_000_000_000
    }

    func apply(_ change: Change?) {
        guard let change else { return }
        if let event = state.apply(change, Stamp(moment: now)) { events.append(event) }
    }

    func draft(
        _ key: String, kind: String = "page/mail", urgent: Bool = false, seconds: Int64 = 86_400
    ) -> WorkDraft {
        WorkDraft(
            kind: kind, key: key, payload: #"{"page":1}"#, isUrgent: urgent,
            expires: boot + seconds * 1_000)
    }

    /// Puts items; the numbers they got.
    @discardableResult
    func put(_ drafts: WorkDraft...) -> [UInt64] {
        let changes = state.put(drafts, at: now)
        for change in changes { apply(change) }
        return changes.compactMap {
            if case .domain(.work(.put(let put))) = $0 { put.id } else { nil }
        }
    }

    /// Takes the next item.
    func take(
        _ kinds: String..., uid: UInt32 = 7, seconds: Int64 = 60
    ) -> WorkItem? {
        guard let item = state.nextWork(of: kinds, at: now) else { return nil }
        token += 1
        apply(
            state.take(
                item, as: WorkLease(token: token, uid: uid, milliseconds: seconds * 1_000)))
        return state.work(item.id)
    }

    func claim(_ item: WorkItem) -> WorkClaim {
        WorkClaim(id: item.id, token: item.lease?.token ?? 0)
    }

    func begin(_ item: WorkItem) { apply(state.begin(item)) }

    func fail(
        _ item: WorkItem, _ failure: WorkFailure, retry: Int64? = nil, error: String = "421"
    ) {
        let failed = WorkFailed(failure, retryMilliseconds: retry.map { $0 * 1_000 }, error: error)
        guard let held = state.work(item.id) else { return }
        apply(state.failed(held, failed, at: now))
    }

    func done(_ item: WorkItem, uid: UInt32 = 7) throws {
        apply(
            try state.done(
                claim(item), receipt: "r", by: Caller(uid: uid, role: .pager)
            ).change)
    }

    /// Does what is due.
    func expire() {
        while let due = state.nextDeadline, due <= boot {
            let changes = state.dueInDomains(at: now, atMost: 100)
            if changes.isEmpty { return }
            for change in changes { apply(change) }
        }
    }

    func stage(_ id: UInt64) -> String { state.work(id)?.stage.name ?? "forgotten" }
}
