// The part of the frozen story about endpoints: both kinds of their records, and every member of
// their lines.

@testable import OpsCore
@testable import OpsDaemon

extension Story {
    /// An endpoint that is down and one that nobody can tell of; one that is forgotten.
    func endpoints(_ number: Int) throws {
        let engine = try store.engine
        let second = now.wallMilliseconds / 1_000
        var down = Endpoint(
            id: "shop", state: .down, since: second - 60, checked: second,
            deadline: now.bootMilliseconds + EndpointBounds.keptMilliseconds)
        down.reason = "status: 503, expected 200"
        down.certificateDays = Int64(10 * number)
        for hour in 0..<30 {
            down.hours.add(isDown: hour % 7 == 0, at: 489_000 + Int64(hour))
            down.days.add(isDown: hour % 7 == 0, at: 20_375 + Int64(hour) / 24)
        }
        engine.commit(
            .endpoint(
                .put(
                    down,
                    event: EventDraft(
                        .endpointDown, .critical, "shop is down: status: 503, expected 200",
                        subject: .endpoint(EndpointSubject(name: "shop"))))))
        var gone = down
        gone.id = "gone"
        engine.commit(.endpoint(.put(gone, event: nil)))
        engine.commit(.endpoint(.drop("gone", event: nil)))
        try pass(1)
    }
}
