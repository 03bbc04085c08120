// A world with objectives, and traffic through it: what a daemon's seconds do, without a daemon.

@testable import OpsCore

struct Traffic {
    var world = World()
    /// Events that were made, in order.
    var told: [Event] { world.state.events.all.filter { $0.kind.topic == .slo } }
    var gates: [Event] { world.state.events.all.filter { $0.kind.topic == .gate } }

    init(_ objectives: [Objective], gate: GateRules = GateRules()) {
        world.state.adopt(objectives, gate)
        // The middle of a minute boundary is not a place to begin an exact test.
        let past = world.now.wallMilliseconds % 60_000
        world.advance(milliseconds: 60_000 - past)
    }

    /// What the daemon does once a second.
    mutating func keep() {
        for change in world.state.drainObservations() { world.commit(change) }
        for change in world.state.serviceChanges(at: world.now) { world.commit(change) }
        world.state.keptServices(at: world.now)
    }

    mutating func observe(_ name: ObjectiveName, good: UInt64, bad: UInt64 = 0) throws {
        try world.ask(
            .service(
                .observeMany(
                    name, ObservationBatch(good: good, bad: bad, latencies: []), at: nil)))
    }

    /// This many seconds of this many events a second, `badEvery`th of them bad (0: none); stops
    /// where `until` holds, and says after how many seconds.
    @discardableResult
    mutating func run(
        _ name: ObjectiveName, seconds: Int, perSecond: UInt64, badPerThousand: UInt64 = 0,
        step: Int = 1, until: (Traffic) -> Bool = { _ in false }
    ) throws -> Int? {
        var carried: UInt64 = 0
        for passed in stride(from: step, through: seconds, by: step) {
            let events = perSecond * UInt64(step)
            carried += events * badPerThousand
            let bad = carried / 1_000
            carried %= 1_000
            if events > 0 { try observe(name, good: events - bad, bad: bad) }
            world.advance(milliseconds: Int64(step) * 1_000)
            keep()
            if until(self) { return passed }
        }
        return nil
    }

    /// Nothing happens for this long.
    mutating func wait(seconds: Int, step: Int = 10) throws {
        try run(.standard, seconds: seconds, perSecond: 0, step: step)
    }

    func isFiring(_ name: ObjectiveName, _ kind: AlertKind) -> Bool {
        world.state.services.levels[name]?.alerts[kind] != nil
    }

    var gate: GateView { world.state.gate(at: world.now) }

    func budget(_ name: ObjectiveName) throws -> BudgetReport {
        var copy = world
        guard case .service(.budgets(let reports))? = try copy.ask(.service(.budget([name]))),
            let only = reports.first
        else { throw Wrong() }
        return only
    }

    func status(_ name: ObjectiveName, windowSeconds: Int? = nil) throws -> ServiceReport {
        var copy = world
        let command = Command.service(.status([name], windowSeconds: windowSeconds))
        guard case .service(.status(let reports, _))? = try copy.ask(command),
            let only = reports.first
        else { throw Wrong() }
        return only
    }
}

extension ObjectiveName {
    /// A name that is one.
    static func named(_ text: String) -> ObjectiveName { ObjectiveName(text) ?? .standard }
}

extension Objective {
    /// An objective for tests.
    static func of(
        _ name: String = "api", availability: Int = 999_000, windowDays: Int64 = 30,
        change: (inout Objective) -> Void = { _ in }
    ) -> Objective {
        var objective = Objective(.named(name))
        objective.availabilityPPM = availability
        objective.windowMinutes = windowDays * 1_440
        change(&objective)
        return objective
    }
}

extension Event {
    /// The objective that it is about.
    var objective: ObjectiveSubject? {
        if case .objective(let subject) = subject { subject } else { nil }
    }
}
