// Made-up queues.

import OpsTestKit

@testable import OpsCore

extension SeededGenerator {
    mutating func queueName() -> QueueName {
        let text = pick([
            "mail", "celery:high", "q", String(repeating: "n", count: QueueName.limitBytes),
        ])
        guard let name = QueueName(text) else { preconditionFailure("not a name") }
        return name
    }

    private mutating func counter() -> QueueCounter? {
        pick([nil, QueueCounter(0), QueueCounter(reported: next(), total: .max)])
    }

    private mutating func time() -> Int64 { pick([0, -5, 1 << 40, Int64(next() % 1 << 42)]) }

    mutating func queue() -> Queue {
        var queue = Queue(id: queueName(), uid: pick([0, .max]), at: time())
        queue.depth = pick([0, 61, .max])
        queue.head = pick([nil, time()])
        queue.processed = counter()
        queue.failed = counter()
        queue.stored = time()
        queue.progress = time()
        queue.busy = pick([nil, time()])
        queue.isSilent = next() % 2 == 0
        for _ in 0..<next() % UInt64(QueueBounds.points + 1) {
            queue.points.append(
                QueuePoint(at: time(), processed: pick([nil, next()]), failed: pick([nil, .max])))
        }
        for promise in QueuePromise.allCases where next() % 2 == 0 {
            queue[promise] = QueueVerdict(
                pick([.good, .bad]), other: pick([nil, .unknown, .bad]), since: time())
        }
        return queue
    }

    mutating func queueEvent() -> EventDraft? {
        let name = queueName()
        return pick([
            nil,
            EventDraft(
                .queueBad, .critical, text(upTo: 90), subject: .queue(QueueSubject(name))),
        ])
    }
}
