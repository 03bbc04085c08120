import Testing

@testable import OpsCore

/// Numbered as the rules in State+Observe, and the service clock.
struct ObserveTests {
    let objective = Objective.of()

    func observation(_ world: World, age: Int64) -> Command {
        .service(
            .observe(
                objective.name, Observation(latencyMilliseconds: 1, isGood: true),
                at: world.now.bootMilliseconds + world.state.clockOffset - age))
    }

    @Test("1: an event counts in its minute")
    func itsMinute() throws {
        var traffic = Traffic([objective])
        try traffic.observe(objective.name, good: 3)
        traffic.world.advance(milliseconds: 59_999)
        try traffic.observe(objective.name, good: 4)
        traffic.world.advance(milliseconds: 1)
        try traffic.observe(objective.name, good: 5)
        traffic.keep()
        let entries = try #require(traffic.world.state.services.levels[objective.name]).entries
        #expect(entries.map(\.counts.good) == [7, 5])
        let first = try #require(entries.first)
        #expect(entries.map(\.minute) == [first.minute, first.minute + 1])
    }

    @Test(
        "2: an hour late is taken, more is refused, and so is the future",
        arguments: [
            (3_600_000, nil), (0, nil), (-1_000, nil), (3_600_001, RefusalCode.badArgument),
            (-1_001, .badArgument), (Int64.max / 2, .badArgument), (Int64.min / 2, .badArgument),
        ] as [(Int64, RefusalCode?)])
    func lateness(_ age: Int64, _ code: RefusalCode?) {
        let traffic = Traffic([objective])
        #expect(traffic.world.refusal(observation(traffic.world, age: age))?.code == code)
    }

    @Test("3: from before a baseline is refused, and from behind it is taken")
    func beforeBaseline() throws {
        var traffic = Traffic([objective])
        try traffic.observe(objective.name, good: 3)
        traffic.keep()
        traffic.world.advance(milliseconds: 600_000)
        try traffic.world.ask(.service(.rebaseline(objective.name, reason: "new database")))
        #expect(traffic.world.refusal(observation(traffic.world, age: 1))?.code == .refused)
        traffic.world.advance(milliseconds: 120_000)
        try traffic.world.ask(observation(traffic.world, age: 110_000))
        traffic.keep()
        #expect(try traffic.budget(objective.name).counts.good == 1)
    }

    @Test("4: what is late is a change of its own; what is not waits for the second")
    func telemetry() throws {
        var traffic = Traffic([objective])
        let before = traffic.world.log.count
        try traffic.observe(objective.name, good: 1)
        #expect(traffic.world.log.count == before)
        try traffic.world.ask(observation(traffic.world, age: 120_000))
        #expect(traffic.world.log.count == before + 1)
        traffic.keep()
        #expect(traffic.world.log.count == before + 2)
        traffic.keep()
        #expect(traffic.world.log.count == before + 2)
        #expect(try traffic.budget(objective.name).counts.good == 2)
    }

    @Test("5: an unknown objective is not found, by every command")
    func unknown() {
        let traffic = Traffic([objective])
        let stranger = ObjectiveName.named("nobody")
        let one = Observation(latencyMilliseconds: nil, isGood: true)
        for command in [
            Command.service(.observe(stranger, one, at: nil)),
            .service(.observeMany(stranger, ObservationBatch(one), at: nil)),
            .service(.budget([stranger])),
            .service(.status([stranger], windowSeconds: nil)),
            .service(.rebaseline(stranger, reason: "x")),
        ] {
            #expect(traffic.world.refusal(command)?.code == .notFound)
        }
    }

    @Test("more latencies than events are refused")
    func tooManyLatencies() {
        let traffic = Traffic([objective])
        let batch = ObservationBatch(
            good: 1, bad: 1, latencies: [.init(milliseconds: 1, count: 3)])
        #expect(
            traffic.world.refusal(.service(.observeMany(objective.name, batch, at: nil)))?.code
                == .badArgument)
    }

    @Test(
        "a clock set ahead or back moves no minute",
        arguments: [-86_400, 86_400, -31_536_000, 31_536_000])
    func clockSteps(_ seconds: Int64) throws {
        var traffic = Traffic([objective])
        try traffic.run(objective.name, seconds: 600, perSecond: 10, badPerThousand: 100)
        let before = try traffic.status(objective.name, windowSeconds: 900)
        traffic.world.now.wall += seconds * 1_000_000_000
        let change = try #require(traffic.world.state.clockChange(at: traffic.world.now))
        traffic.world.commit(change)
        traffic.keep()
        let after = try traffic.status(objective.name, windowSeconds: 900)
        #expect(after.counts == before.counts)
        #expect(after.latency.p95 == before.latency.p95)
        // What is reported with a date of the new clock lands where it belongs.
        try traffic.world.ask(observation(traffic.world, age: 300_000))
        #expect(
            try traffic.status(objective.name, windowSeconds: 360).counts.total
                == before.counts.total * 300 / 600 + 1)
    }

    @Test(
        "over a reboot the windows go on by what passed on the wall clock, and never back",
        arguments: [(3_600, 3_600), (-7_200, 0), (0, 0)])
    func reboot(_ wallPassed: Int64, _ passed: Int64) throws {
        var traffic = Traffic([objective])
        try traffic.observe(objective.name, good: 1)
        traffic.keep()
        let before = traffic.world.state.serviceMilliseconds(at: traffic.world.now)
        let last = traffic.world.now
        traffic.world.now = Moment(
            boot: 5_000_000_000, wall: last.wall + wallPassed * 1_000_000_000)
        traffic.world.commit(
            .rebased(
                Rebase(
                    lastBoot: last.bootMilliseconds,
                    earlierOffset: last.wallMilliseconds - last.bootMilliseconds, boot: 5_000,
                    wall: traffic.world.now.wallMilliseconds, bootID: BootID(high: 3, low: 4))))
        let after = traffic.world.state.serviceMilliseconds(at: traffic.world.now)
        #expect(after - before == passed * 1_000)
        #expect(try traffic.budget(objective.name).counts.good == 1)
    }

    @Test("clocks that jump by centuries at every boot leave an offset that a snapshot may hold")
    func jumps() {
        var world = World()
        for round in 1...8 {
            let wall = (round % 2 == 0 ? -250 : 250) * Int64(31_536_000_000_000_000)
            let last = world.now
            world.now = Moment(boot: 5_000_000_000, wall: wall)
            world.commit(
                .rebased(
                    Rebase(
                        lastBoot: last.bootMilliseconds, earlierOffset: world.state.clockOffset,
                        boot: 5_000, wall: world.now.wallMilliseconds,
                        bootID: BootID(high: 3, low: UInt64(round)))))
            #expect(Bounds.wallMilliseconds.contains(world.state.serviceOffset))
        }
    }

    @Test("a record applied onto a state that has it already counts nothing twice")
    func appliedOnce() throws {
        var traffic = Traffic([objective])
        for round in 0..<50 {
            try traffic.run(objective.name, seconds: 3, perSecond: 5, badPerThousand: 300)
            try traffic.world.ask(observation(traffic.world, age: 120_000))
            if round == 30 {
                try traffic.world.ask(.service(.rebaseline(objective.name, reason: "x")))
            }
            traffic.world.advance(milliseconds: 180_000)
        }
        let image = traffic.world.state.image(at: traffic.world.now)
        for first in stride(from: 0, to: traffic.world.log.count, by: 37) {
            let again = traffic.world.replayed(from: first, onto: traffic.world.state)
            #expect(again.image(at: traffic.world.now).entries == image.entries)
        }
        #expect(traffic.world.replayed().image(at: traffic.world.now) == image)
    }

    @Test("a name that left the configuration comes back with its numbers, until they are stale")
    func dormant() throws {
        var traffic = Traffic([objective])
        try traffic.observe(objective.name, good: 9)
        traffic.keep()
        traffic.world.state.adopt([.of("other")], GateRules())
        try traffic.wait(seconds: 86_400, step: 3_600)
        traffic.world.state.adopt([objective], GateRules())
        #expect(try traffic.budget(objective.name).counts.good == 9)
        traffic.world.state.adopt([], GateRules())
        try traffic.wait(seconds: 30 * 86_400, step: 3_600)
        #expect(traffic.world.state.services.levels.isEmpty)
        #expect(traffic.world.replayed().services.levels.isEmpty)
    }

    @Test("snapshot parts hold each objective once, and bring it back whole")
    func parts() throws {
        let objectives = (0..<40).map { Objective.of("service-\($0)") }
        var traffic = Traffic(objectives)
        for objective in objectives {
            try traffic.run(objective.name, seconds: 70, perSecond: 3, step: 7)
        }
        var copy = State(hashKey: (1, 2))
        let state = traffic.world.state
        copy.restore(
            lastEventID: state.events.lastID, clockOffset: state.clockOffset,
            bootID: state.bootID, serviceOffset: state.serviceOffset)
        for part in 0..<State.snapshotParts {
            for image in state.domainImages(.part(part), at: traffic.world.now) {
                image.forEachEntry { copy.restore($0) }
            }
        }
        #expect(
            copy.image(at: traffic.world.now).entries
                == state.image(at: traffic.world.now).entries)
    }
}
