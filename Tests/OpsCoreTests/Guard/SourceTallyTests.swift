// Totals by source since opsd started: what counts, where it goes, and that a replay counts
// nothing.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct SourceTallyTests {
    private func world() -> World {
        var rules = GuardRules()
        rules.sources["sshd"] = rules.libraryPolicy(of: "sshd")
        rules.sources["trial"] = SourcePolicy(rules)
        rules.sources["trial"]?.dryRun = true
        return World(rules)
    }

    private func tallies(_ world: World) -> [String: [UInt64]] {
        var all: [String: [UInt64]] = [:]
        for tally in world.state.guardStats.bySource {
            all[tally.source ?? "others"] = [tally.strikes, tally.weight, tally.bans]
        }
        return all
    }

    /// As the engine does it.
    private func strike(
        _ world: inout World, _ host: UInt8, _ source: String?, weight: Int? = nil,
        place: UInt64? = nil
    ) throws {
        let terms = StrikeTerms(
            source: source, weight: weight, place: place.map { Place(stream: "a", number: $0) })
        let decision = try world.state.decide(
            .strike(Target(203, 0, 113, host), terms), by: Caller(uid: 0, role: .admin),
            at: world.now)
        for change in decision.changes.all { world.commit(change) }
        if let tally = decision.tally { world.state.count(tally) }
    }

    @Test func strikesWeightsAndBans() throws {
        var world = world()
        try strike(&world, 1, "sshd")
        try strike(&world, 1, "sshd", weight: 4)
        try strike(&world, 2, "shop", weight: 2)
        try strike(&world, 3, nil, weight: 3)
        try strike(&world, 4, "trial", weight: 3)
        #expect(
            tallies(world) == ["sshd": [2, 5, 1], "trial": [1, 3, 0], "others": [2, 5, 1]])
    }

    /// What does not count is not counted: repeated places, the banned, the spared.
    @Test func onlyWhatCounts() throws {
        var world = world()
        try strike(&world, 1, "sshd", place: 7)
        try strike(&world, 1, "sshd", place: 7)
        try strike(&world, 2, "sshd", weight: 5)
        try strike(&world, 2, "sshd")
        let loopback = StrikeTerms(source: "sshd")
        let decision = try world.state.decide(
            .strike(Target(127, 0, 0, 1), loopback), by: Caller(uid: 0, role: .admin),
            at: world.now)
        #expect(decision.tally == nil)
        #expect(tallies(world)["sshd"] == [2, 6, 1])
    }

    /// Strikes by the rate limit are among the others.
    @Test func strikesByTheRateLimit() throws {
        var rules = GuardRules()
        rules.rateLimit = 1
        var world = World(rules)
        _ = try world.ask(.hit(Target(203, 0, 113, 1), route: nil))
        let decision = try world.state.decide(
            .hit(Target(203, 0, 113, 1), route: nil), by: Caller(uid: 0, role: .admin),
            at: world.now)
        #expect(decision.tally == TalliedStrike(place: nil, weight: 1, isBan: false))
    }

    @Test func aReplayCountsNothing() throws {
        var world = world()
        try strike(&world, 1, "sshd", weight: 5)
        let replayed = world.replayed().guardStats.bySource
        #expect(replayed.allSatisfy { $0.strikes == 0 && $0.bans == 0 })
        #expect(replayed.map(\.source) == ["sshd", "trial", nil])
    }

    /// New settings: each keeps its own, and what has no section any more is among the others.
    @Test func newSettings() throws {
        var world = world()
        try strike(&world, 1, "sshd")
        try strike(&world, 2, "trial")
        try strike(&world, 3, "shop")
        var rules = world.state.rules
        rules.sources["trial"] = nil
        rules.sources["a"] = SourcePolicy(rules)
        world.state.adopt(rules, eventCapacity: 1_000)
        #expect(
            tallies(world) == ["a": [0, 0, 0], "sshd": [1, 1, 0], "others": [2, 2, 0]])
    }

    /// A name is found by its bytes, whatever else there is.
    @Test func sourcesAreFoundByTheirBytes() {
        var sources: [String: SourcePolicy] = [:]
        for number in 0..<Bounds.sourcePolicies {
            var policy = SourcePolicy(GuardRules())
            policy.strikes = number + 1
            sources[number == 9 ? "\u{e9}-a-name-longer-than-fifteen-bytes" : "s\(number)"] = policy
        }
        let index = SourceIndex(sources)
        for (name, policy) in sources {
            #expect(index.place(of: name).map { index.policies[$0] } == policy)
        }
        for name in ["", "s", "s99", "S1", "e\u{301}-a-name-longer-than-fifteen-bytes"] {
            #expect(index.place(of: name) == nil)
        }
    }
}
