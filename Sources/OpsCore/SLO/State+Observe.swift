// Observations come in.  The rules, numbered as their tests:
//  1. An event counts in the minute in which it is reported or, with `at`, in the minute of that
//     time.
//  2. An event may be reported up to an hour late; a later one is refused, and so is one more than
//     a second (of jitter) in the future.
//  3. An event from before a baseline is refused.
//  4. An event in time is telemetry: acknowledged at once, logged with the others of its second.
//     One for an earlier minute is a change of its own, and durable when acknowledged.
//  5. An unknown objective is `not-found`.

extension State {
    /// The hot path: counts an event of now; false where there is no such objective.
    @inline(__always)
    package mutating func observe(
        _ event: Observation, of name: ObjectiveName, at now: Moment
    ) -> Bool {
        guard let index = domains.services.index(of: name) else { return false }
        domains.services.gather(event, index: index, minute: serviceMinute(at: now))
        return true
    }

    /// How late an observation may come.
    static let lateMilliseconds: Int64 = 3_600_000

    @inline(__always)
    func observe(
        _ name: ObjectiveName, _ observation: Observation, at: Int64?, now: Moment
    ) throws(Refusal) -> Decision {
        guard let index = domains.services.index(of: name) else { throw unknownObjective(name) }
        let minute = serviceMinute(at: now)
        if let at {
            let (then, isLate) = try self.minute(of: at, name, now)
            if isLate {
                return late(ObservationBatch(observation), domains.services.objectives[index], then)
            }
        }
        return Decision(
            .service(.counted(1)),
            telemetry: .observed(index: index, observation, minute: minute))
    }

    func observe(
        _ name: ObjectiveName, _ batch: ObservationBatch, at: Int64?, now: Moment
    ) throws(Refusal) -> Decision {
        guard let index = domains.services.index(of: name) else { throw unknownObjective(name) }
        let (events, overflow) = batch.good.addingReportingOverflow(batch.bad)
        let measured = batch.latencies.reduce(0 as UInt64) { $0 &+ $1.count }
        if overflow || measured > events {
            throw Refusal(
                .badArgument, "latencies: \(measured), for \(events) events (good and bad together)"
            )
        }
        var minute = serviceMinute(at: now)
        if let at {
            let (then, isLate) = try self.minute(of: at, name, now)
            if isLate { return late(batch, domains.services.objectives[index], then) }
            minute = then
        }
        return Decision(
            .service(.counted(events)),
            telemetry: .observedMany(index: index, batch, minute: minute))
    }

    /// Rules 2 and 3.
    private func minute(
        of at: Int64, _ name: ObjectiveName, _ now: Moment
    ) throws(Refusal) -> (minute: Int64, isLate: Bool) {
        let wall = now.bootMilliseconds + clockOffset
        let (age, overflow) = wall.subtractingReportingOverflow(at)
        if overflow || age < -1_000 { throw Refusal(.badArgument, "at: is in the future") }
        if age > Self.lateMilliseconds {
            throw Refusal(
                .badArgument, "at: more than an hour ago", hint: "events count up to an hour late")
        }
        let then = serviceMilliseconds(at: now) - max(0, age)
        if then < domains.services.levels[name]?.baseline ?? 0 {
            throw Refusal(.refused, "at: is before the baseline of \(name)")
        }
        let minute = then / 60_000
        return (minute, minute < serviceMinute(at: now))
    }

    /// Rule 4: a change by itself.
    private func late(
        _ batch: ObservationBatch, _ objective: Objective, _ minute: Int64
    ) -> Decision {
        var gathering = MinuteGathering()
        gathering.add(batch, objective)
        let number = (domains.services.levels[objective.name]?.number ?? 0) + 1
        let delta = ObservedDelta(
            name: objective.name, number: number, minute: minute, counts: gathering.counts,
            bins: gathering.bins)
        return Decision(
            .service(.counted(gathering.counts.total)), .one(.service(.observed(delta))))
    }

    func unknownObjective(_ name: ObjectiveName) -> Refusal {
        let names = domains.services.objectives.prefix(8).map(\.name.description)
        return Refusal(
            .notFound, "there is no objective \(name)",
            hint: names.isEmpty
                ? "the configuration defines none"
                : "the objectives are " + names.joined(separator: ", "))
    }
}
