// A reply about queues, or forecasts, for every form that its members can have.

@testable import OpsCore
@testable import OpsProtocol

/// Every case of `QueueReply`, and forecasts.
func queueShapes(_ text: String) -> [Shape] {
    guard let name = QueueName("mail") else { preconditionFailure("not a name") }
    var queue = Queue(id: name, uid: 0, at: 90_000)
    queue.processed = QueueCounter(reported: 5, total: .max)
    queue.failed = QueueCounter(0)
    queue.points = [QueuePoint(at: 0, processed: 1, failed: 0)]
    queue.head = 5
    let full = QueueView(
        name, QueueRules(), isConfigured: true, queue, reported: 9, ageSeconds: 3,
        isSilent: false)
    let bare = QueueView(
        name, QueueRules(), isConfigured: false, nil, reported: nil, ageSeconds: nil,
        isSilent: true)
    return [
        Shape("queue report", .queue(.noted(name, .bad))),
        Shape("queue status", .queue(.status([full, bare])), without: ["cut"]),
        Shape(
            "forecast",
            .forecasts([
                ForecastView(
                    id: .memory, used: 5, size: 9,
                    day: ForecastView.Slope(bytesPerDay: -5, fullAt: 9, fullIn: 3), week: nil,
                    error: 3, hours: 24, unknown: text)
            ]), without: ["cut"]),
    ]
}
