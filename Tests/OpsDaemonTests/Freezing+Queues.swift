// The part of the frozen story about queues and forecasts: every kind of their records, and every
// member of their lines.

import Testing

@testable import OpsCore
@testable import OpsDaemon

extension Story {
    /// Queues that are reported, one that is silent, one that is forgotten; what fills up.
    func queues(_ number: Int) throws {
        try ask(
            "queue report mail depth=\(number) processed=\(10 * number) failed=1 oldest_seconds=5",
            "queue report gone depth=1")
        let engine = try store.engine
        var silent = Queue(
            id: try #require(QueueName("celery:high")), uid: 7, at: now.bootMilliseconds)
        silent.depth = 61
        silent.head = now.bootMilliseconds - 125_000
        silent.busy = now.bootMilliseconds - 180_000
        silent.processed = QueueCounter(reported: 5, total: UInt64(81_250 * number))
        silent.failed = QueueCounter(reported: 0, total: 17)
        silent.isSilent = true
        silent.points = [
            QueuePoint(at: silent.reported - 60_000, processed: nil, failed: nil),
            QueuePoint(at: silent.reported, processed: 81_250, failed: 17),
        ]
        silent[.depth] = QueueVerdict(.bad, other: .good, since: silent.reported)
        silent[.stuck] = QueueVerdict(.good, other: nil, since: 0)
        engine.commit(
            .domain(
                .queue(
                    .queue(
                        .put(
                            silent,
                            event: EventDraft(
                                .queueSilent, .warning, "queue celery:high silent",
                                subject: .queue(QueueSubject(silent.id))))))))
        engine.commit(
            .domain(.queue(.queue(.drop(try #require(QueueName("gone")), event: nil)))))
        var trend = Trend(id: try #require(TrendID(mount: "/var")), size: 1 << 30)
        trend.used = try #require(TrendSeries(first: 489_000, [5, nil, Int64(number) << 20]))
        trend.misses = try #require(TrendSeries(first: 489_001, [-7]))
        trend.guesses = [TrendGuess(hour: 489_026, used: 9)]
        engine.commit(.domain(.trend(.put(trend, event: nil))))
        engine.commit(.domain(.trend(.put(Trend(id: .swap, size: 5), event: nil))))
        engine.commit(.domain(.trend(.drop(.swap, event: nil))))
        try pass(1)
    }
}
