// Example replies about queues.

@testable import OpsCore
@testable import OpsProtocol

extension Example {
    private static func name(_ text: String) -> QueueName {
        guard let name = QueueName(text) else { preconditionFailure("not a name: \(text)") }
        return name
    }

    private static func view(
        _ text: String, _ depth: UInt64, perMinute: UInt64, failed: UInt64,
        bad: [QueuePromise] = [], age: Int64 = 12
    ) -> QueueView {
        var queue = Queue(id: name(text), uid: 0, at: 300_000)
        queue.depth = depth
        queue.head = depth == 0 ? nil : 175_000
        queue.processed = QueueCounter(reported: 5, total: 1_081_250)
        queue.failed = QueueCounter(reported: 5, total: 17 + failed)
        queue.points = [QueuePoint(at: 0, processed: 1_081_250 - 5 * perMinute, failed: 17)]
        for promise in QueuePromise.allCases {
            queue[promise] = QueueVerdict(
                bad.contains(promise) ? .bad : .good, other: nil, since: 0)
        }
        return QueueView(
            queue.id, QueueRules(), isConfigured: true, queue, reported: noon - age,
            ageSeconds: age, isSilent: false)
    }

    private static let silent: QueueView = {
        var view = Self.view("payments:reconciliation", 3, perMinute: 0, failed: 0, age: 7_260)
        view.queue?.isSilent = true
        view.isSilent = true
        return view
    }()

    private static let awaited = QueueView(
        name("webhooks"), QueueRules(), isConfigured: true, nil, reported: nil, ageSeconds: nil,
        isSilent: true)

    static let queues: [Example] = [
        Example("queue report", .queue(.noted(name("mail"), .good))),
        Example(
            "queue status",
            .queue(
                .status([
                    view("celery:high", 1_061, perMinute: 4, failed: 8, bad: QueuePromise.allCases),
                    view("mail", 3, perMinute: 260, failed: 2),
                    silent, awaited,
                ]))),
        Example(
            "queue status", "all good",
            .queue(.status([view("mail", 0, perMinute: 260, failed: 2)]))),
        Example("queue status", "none", .queue(.status([]))),
    ]
}
