// Random bans, unbans, strikes, confirmations and dry runs of six sources against a model that
// keeps a plain list of claims; and replay against the live run, from any point with any part
// ahead.

import OpsTestKit
import Testing

@testable import OpsCore

/// What a list of claims says, without any table.
private struct ClaimModel {
    struct Claim: Equatable {
        var source: String
        var deadline: Int64
        var isDryRun: Bool
        /// What the deadline becomes once it is confirmed.
        var confirmed: Int64?
    }

    struct Hit: Equatable {
        var source: String
        var counter: StrikeCounter
        var deadline: Int64
    }

    let rules: GuardRules
    var claims: [Network: [Claim]] = [:]
    var strikes: [Network: [Hit]] = [:]

    mutating func forget(at boot: Int64) {
        claims = claims.mapValues { $0.filter { $0.deadline > boot } }
        strikes = strikes.mapValues { $0.filter { $0.deadline > boot } }
    }

    /// When the ban that is enforced ends.
    func enforced(_ network: Network) -> Int64? {
        claims[network, default: []].filter { !$0.isDryRun }.map(\.deadline).max()
    }

    /// A dry run takes the place of no claim that is enforced.
    func isRefused(_ claim: Claim, on network: Network, isExact: Bool) -> Bool {
        claim.isDryRun
            && claims[network, default: []].contains {
                !$0.isDryRun && (isExact || $0.source == claim.source)
            }
    }

    mutating func ban(_ claim: Claim, on network: Network, isExact: Bool = false) {
        if isExact { claims[network] = [] }
        claims[network, default: []].removeAll { $0.source == claim.source }
        claims[network, default: []].append(claim)
        let counter = isExact ? nil : rules.counter(of: claim.source)
        strikes[network, default: []].removeAll { counter == nil || $0.counter == counter }
    }

    /// One strike; whether it counts.
    mutating func strike(_ network: Network, _ source: String, at boot: Int64) -> Bool {
        let counter = rules.counter(of: source)
        let holds = claims[network, default: []].contains {
            !$0.isDryRun && rules.counter(of: $0.source) == counter
        }
        if holds { return false }
        let policy = rules.policy(of: source)
        let held = strikes[network, default: []].count { $0.counter == counter }
        if held + 1 >= policy.strikes {
            ban(
                Claim(
                    source: source, deadline: boot + policy.banMilliseconds,
                    isDryRun: policy.dryRun), on: network)
        } else {
            strikes[network, default: []].append(
                Hit(source: source, counter: counter, deadline: boot + policy.windowMilliseconds))
        }
        return true
    }
}

@Suite struct ClaimPropertyTests {
    private static let sources = ["", "a", "b", "sshd", "dry", "fleet"]
    private static let targets = [
        Target(203, 0, 113, 1), Target(203, 0, 113, 2), Target(high: 0x2001_0db8_0000_0001, low: 5),
        Target.network(Network(ipv4: 0xc633_6400).widened(to: 96 + 24)),
    ]

    private static var rules: GuardRules {
        var rules = GuardRules()
        rules.strikes = 3
        rules.windowMilliseconds = 20_000
        rules.banMilliseconds = 30_000
        rules.subnetThresholdIPv6 = 0
        rules.dryRunSources = ["dry"]
        var own = SourcePolicy(rules)
        own.strikes = 2
        own.banMilliseconds = 12_000
        rules.sources = ["sshd": own]
        return rules
    }

    /// One random step of both; the model is asked what should come of it.
    private func step(
        _ world: inout World, _ model: inout ClaimModel, _ random: inout SeededGenerator
    ) throws {
        let target = random.pick(Self.targets)
        let key = world.state.key(target)
        let source = random.pick(Self.sources)
        let boot = world.now.bootMilliseconds
        let isDry = model.rules.policy(of: source).dryRun
        let length = Int64.random(in: 1...60, using: &random) * 1_000
        let lifetime: Lifetime = random.next() % 8 == 0 ? .permanent : .milliseconds(length)
        let deadline = lifetime == .permanent ? Ban.never : boot + length
        var terms = BanTerms(lifetime: lifetime, source: source)
        var claim = ClaimModel.Claim(source: source, deadline: deadline, isDryRun: isDry)
        let roll = random.next() % 12
        switch roll {
        case 0...4:
            terms.isExact = roll == 4
            if !terms.isExact && random.next() % 3 == 0 {
                let wait = Int64.random(in: 1...30, using: &random) * 1_000
                terms.confirmMilliseconds = wait
                if boot + wait < deadline {
                    claim.deadline = boot + wait
                    claim.confirmed = deadline
                }
            }
            if model.isRefused(claim, on: key, isExact: terms.isExact) {
                #expect(world.refusal(.ban(Targets(target), terms))?.code == .refused)
                return
            }
            try world.ask(.ban(Targets(target), terms))
            model.ban(claim, on: key, isExact: terms.isExact)
        case 5:
            if model.claims[key, default: []].isEmpty {
                #expect(world.refusal(.unban(Targets(target)))?.code == .notFound)
                return
            }
            try world.ask(.unban(Targets(target)))
            model.claims[key] = []
            model.strikes[key] = []
        case 6, 7:
            guard model.claims[key, default: []].contains(where: { $0.source == source }) else {
                let command = Command.unban(Targets(target), source: source)
                #expect(world.refusal(command)?.code == .notFound)
                return
            }
            try world.ask(.unban(Targets(target), source: source))
            model.claims[key, default: []].removeAll { $0.source == source }
            model.strikes[key, default: []].removeAll { $0.source == source }
        case 8:
            let waiting = model.claims[key, default: []].indices.filter {
                model.claims[key, default: []][$0].confirmed != nil
            }
            if waiting.isEmpty {
                #expect(world.refusal(.confirm(Targets(target)))?.code == .notFound)
                return
            }
            try world.ask(.confirm(Targets(target)))
            for place in waiting {
                guard let full = model.claims[key]?[place].confirmed else { continue }
                model.claims[key]?[place].deadline = full
                model.claims[key]?[place].confirmed = nil
            }
        default:
            guard target.network.isAddress else { return }
            let counts = model.strike(key, source, at: boot)
            let answer = try world.strike(target, StrikeTerms(source: source))
            #expect(answer.isCounted == counts)
        }
    }

    private func compare(_ world: World, _ model: ClaimModel, isLate: Bool) throws {
        let boot = world.now.bootMilliseconds
        for target in Self.targets {
            let key = world.state.key(target)
            let claims = model.claims[key, default: []]
            let enforced = world.state.enforcedDeadline(of: key).flatMap { $0 > boot ? $0 : nil }
            #expect(enforced == model.enforced(key))
            var copy = world
            let held = try copy.check(target)
            #expect((held.map { !$0.isDryRun } ?? false) == (model.enforced(key) != nil))
            // A dry run shows once the claim that decided before it has been removed.
            if isLate { continue }
            #expect((held == nil) == claims.isEmpty)
            guard case .why(let report)? = try copy.ask(.why(target)) else { throw Wrong() }
            #expect(Set(report.bans.map(\.source)) == Set(claims.map(\.source)))
            #expect(report.bans.count == claims.count)
            #expect(report.strikes.strikes == model.strikes[key, default: []].count)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func anyHistoryIsThatOfAListOfClaims(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rules = Self.rules
        var world = World(rules)
        var model = ClaimModel(rules: rules)
        var snapshot: (state: State, at: Int)?
        var isLate = false
        for number in 0..<2_500 {
            if random.next() % 3 == 0 {
                world.advance(milliseconds: Int64.random(in: 1...9_000, using: &random))
                // Sometimes the daemon is late with what has ended; nobody is banned for that.
                isLate = random.next() % 4 == 0
                if !isLate { world.expire() }
                model.forget(at: world.now.bootMilliseconds)
            }
            try step(&world, &model, &random)
            try compare(world, model, isLate: isLate)
            if number == 1_200 { snapshot = (world.state, world.log.count) }
        }
        world.expire()
        let live = world.state.image(at: world.now)
        #expect(world.replayed().image(at: world.now) == live)
        let early = try #require(snapshot)
        for mix in 0..<6 {
            var restored = State(rules: rules, hashKey: (3, UInt64(mix)))
            restored.restore(
                lastEventID: 0, clockOffset: early.state.clockOffset, bootID: early.state.bootID)
            for event in early.state.events.all { restored.restore(event) }
            for part in 0..<State.snapshotParts {
                let source = (part &* 5 &+ mix) % 3 == 0 ? world.state : early.state
                let held = source.snapshotPart(part, at: World.start)
                held.bans { restored.load($0) }
                held.claims { restored.load(claim: $0) }
            }
            restored.settle()
            for part in 0..<State.snapshotParts {
                let source = (part &* 5 &+ mix) % 3 == 0 ? world.state : early.state
                let held = source.snapshotPart(part, at: World.start)
                held.strikes { for strike in $0 { restored.restore(strike) } }
            }
            let replayed = world.replayed(from: early.at, onto: restored)
            #expect(replayed.image(at: world.now) == live)
        }
    }
}
