// Dry runs: decided and recorded as any ban, and nobody is refused for them (docs/banning.md,
// "Trying a rule you are not sure about").

import Testing

@testable import OpsCore

private func cidr(_ text: String) -> Target {
    Target(network: Network(parsing: text) ?? .ipv4Loopback, isBare: false)
}

private func bare(_ text: String) -> Target {
    Target(network: Network(parsing: text) ?? .ipv4Loopback, isBare: true)
}

@Suite struct DryRunTests {
    let abuser = bare("203.0.113.9")

    @Test func aDryRunIsRecordedAndRefusesNobody() throws {
        var rules = GuardRules()
        rules.dryRun = true
        var world = World(rules)
        let ban = try world.ban(abuser)
        #expect(ban.isDryRun)
        #expect(try world.check(abuser)?.isDryRun == true)
        guard case .admitted = try world.hit(abuser).outcome else { throw Wrong() }
        #expect(world.state.events.all.last?.details == "dry run: would be banned by command")
        let strikes = try world.strike(abuser)
        #expect(strikes.strikes == 1 && strikes.isCounted, "a dry run shields nobody")
    }

    @Test func overTheLimitItIsLimitedNotForbidden() throws {
        var rules = GuardRules()
        rules.dryRun = true
        rules.rateLimit = 1
        rules.strikes = 1
        var world = World(rules)
        _ = try world.hit(abuser)
        for _ in 0..<3 {
            guard case .limited = try world.hit(abuser).outcome else { throw Wrong() }
        }
        #expect(try world.check(abuser)?.isDryRun == true)
    }

    @Test func bySource() throws {
        var rules = GuardRules()
        rules.dryRunSources = ["trial"]
        var world = World(rules)
        let trial = try world.strike(abuser, StrikeTerms(source: "trial", weight: 3))
        #expect(trial.ban?.isDryRun == true)
        let real = try world.strike(bare("203.0.113.10"), StrikeTerms(source: "sshd", weight: 3))
        #expect(real.ban?.isDryRun == false)
    }

    @Test func anEnforcedBanGoesBeforeADryOne() throws {
        var rules = GuardRules()
        rules.dryRunSources = ["trial"]
        var world = World(rules)
        let terms = BanTerms(source: "trial")
        try world.ask(.ban(Targets(abuser), terms))
        try world.ask(.ban(Targets(cidr("203.0.113.0/24")), BanTerms()))
        let held = try #require(try world.check(abuser))
        #expect(!held.isDryRun && held.network.description == "203.0.113.0/24")
        guard case .banned = try world.hit(abuser).outcome else { throw Wrong() }
        try world.ask(.unban(Targets(abuser)))
        #expect(world.refusal(.unban(Targets(abuser)))?.code == .refused)
    }

    @Test func aStrikeThatEndsInADryRunTellsWhatIsEnforced() throws {
        var rules = GuardRules()
        rules.dryRunSources = ["trial"]
        rules.sources["sshd"] = SourcePolicy(rules)
        var world = World(rules)
        try world.ask(.ban(Targets(abuser), BanTerms(source: "sshd")))
        let answer = try world.strike(abuser, StrikeTerms(source: "trial", weight: 3))
        #expect(answer.ban?.isDryRun == false && answer.ban?.source == "sshd")
        let other = try world.strike(
            bare("203.0.113.10"), StrikeTerms(source: "trial", weight: 3))
        #expect(other.ban?.isDryRun == true)
    }

    // MARK: What still holds an address

    @Test func unbanNamesNoDryRunAsTheHolder() throws {
        var rules = GuardRules()
        rules.dryRunSources = ["trial"]
        var world = World(rules)
        let (near, far) = (cidr("203.0.113.0/24"), cidr("203.0.0.0/16"))
        try world.ask(.ban(Targets(near), BanTerms(source: "trial")))
        try world.ban(abuser)
        guard case .unbanned(let free)? = try world.ask(.unban(Targets(abuser))) else {
            throw Wrong()
        }
        #expect(free == UnbanAnswer(network: abuser.network, sources: [""]))
        // A wider ban that is enforced does hold it.
        try world.ban(far)
        try world.ban(abuser)
        guard case .unbanned(let held)? = try world.ask(.unban(Targets(abuser))) else {
            throw Wrong()
        }
        #expect(held == UnbanAnswer(network: abuser.network, sources: [""], holder: far.network))
        // The same of several at once.
        let other = bare("203.0.113.10")
        for target in [abuser, other] { try world.ban(target) }
        guard case .unbannedEach(let each)? = try world.ask(.unban(Targets(abuser, [other, far])))
        else { throw Wrong() }
        #expect(
            each
                == [abuser, other, far].map {
                    .done(UnbanAnswer(network: $0.network, sources: [""]))
                })
    }

    // MARK: Bans of subnets

    private func offend(_ world: inout World, _ last: UInt8, _ source: String) throws {
        let terms = StrikeTerms(source: source, weight: 3)
        _ = try world.strike(Target(203, 0, 113, last), terms)
    }

    /// The ban that holds an address of 203.0.113.0/24 that did nothing, and whether it is refused.
    private func subnet(_ world: inout World) throws -> (ban: BanView?, refuses: Bool) {
        let neighbour = bare("203.0.113.77")
        let outcome = try world.hit(neighbour).outcome
        let refuses = if case .banned = outcome { true } else { false }
        return (try world.check(neighbour), refuses)
    }

    private func watchful() -> World {
        var rules = GuardRules()
        rules.subnetThreshold = 3
        rules.dryRunSources = ["trial"]
        return World(rules)
    }

    @Test func dryRunsBanTheirSubnetAsADryRun() throws {
        var world = watchful()
        for last in 1...3 as ClosedRange<UInt8> { try offend(&world, last, "trial") }
        let (ban, refuses) = try subnet(&world)
        let made = try #require(ban)
        #expect(made.network.description == "203.0.113.0/24" && made.source == "subnet")
        #expect(made.isDryRun && !refuses)
    }

    @Test func whereAllIsADryRunSoIsTheSubnet() throws {
        var rules = GuardRules()
        rules.subnetThreshold = 3
        rules.dryRun = true
        var world = World(rules)
        for last in 1...3 as ClosedRange<UInt8> { try offend(&world, last, "sshd") }
        let (ban, refuses) = try subnet(&world)
        #expect(try #require(ban).isDryRun && !refuses)
    }

    /// Who reports the strikes against one address after the other; whether the ban of the subnet
    /// is a dry run (nil: there is none).
    @Test(
        arguments: [
            (["trial", "trial", "sshd"], nil), (["trial", "sshd", "trial"], true),
            (["sshd", "trial", "trial"], true), (["sshd", "sshd", "trial"], true),
            (["sshd", "trial", "sshd"], nil), (["sshd", "sshd", "sshd"], false),
            (["trial", "trial", "sshd", "sshd", "sshd"], false),
        ] as [([String], Bool?)])
    func dryRunsCountForADryRunAlone(_ sources: [String], _ isDryRun: Bool?) throws {
        var world = watchful()
        for (place, source) in sources.enumerated() {
            try offend(&world, UInt8(place + 1), source)
        }
        let (ban, refuses) = try subnet(&world)
        #expect(ban?.isDryRun == isDryRun)
        #expect(refuses == (isDryRun == false))
    }
    @Test func dryRunsDoNotReplaceOtherEvidence() throws {
        var world = watchful()
        world.state.rules.banMilliseconds = 1_000
        for last in 1...2 as ClosedRange<UInt8> { try offend(&world, last, "sshd") }
        for last in 3...8 as ClosedRange<UInt8> {
            try offend(&world, last, "trial")
            #expect(try subnet(&world).refuses == false)
            // The subnet's dry run is over before the next.
            world.advance(milliseconds: 2_000)
            world.expire()
        }
        try offend(&world, 9, "sshd")
        let (ban, refuses) = try subnet(&world)
        #expect(ban?.isDryRun == false && refuses)
    }
}
