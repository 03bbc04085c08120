// The rules about who is never banned, who is banned for longer, and who with his neighbours;
// numbered as in State+Protection.swift, State+Escalation.swift and State+Ban.swift.

import OpsTestKit
import Testing

@testable import OpsCore

private func cidr(_ text: String) -> Target {
    Target(network: Network(parsing: text) ?? .ipv4Loopback, isBare: false)
}

private func bare(_ text: String) -> Target {
    Target(network: Network(parsing: text) ?? .ipv4Loopback, isBare: true)
}

@Suite struct ProtectionTests {
    private func world() -> World {
        var world = World()
        world.state.hostNetworks = HostNetworks([
            .init(bare("192.0.2.10").network, .own), .init(bare("2001:db8:5::10").network, .own),
            .init(bare("192.0.2.1").network, .gateway),
            .init(bare("198.51.100.7").network, .session),
        ])
        return world
    }

    @Test(arguments: [
        ("0.0.0.0/0", "a whole address family"), ("::/0", "a whole address family"),
        ("10.0.0.0/7", "broader than /8"), ("2a00::/24", "broader than /32"),
        ("127.0.0.0/30", "guard.allow"), ("192.0.2.10", "192.0.2.10, an address of this host"),
        ("192.0.2.8/29", "an address of this host"), ("192.0.2.1", "a gateway of this host"),
        ("192.0.2.0/24", "192.0.2.1, a gateway"),
        ("2001:db8:5::/48", "2001:db8:5::10, an address of this host"),
        ("198.51.100.0/24", "198.51.100.7, an address that somebody is logged in from"),
    ])
    func rule10RefusesInWords(network: String, words: String) {
        let refusal = world().refusal(.ban(Targets(cidr(network)), BanTerms()))
        #expect(refusal?.code == .refused)
        #expect(refusal?.message.contains(words) == true, "\(refusal?.message ?? "banned")")
    }

    @Test func rule10aForceIsForBreadthAlone() throws {
        var world = world()
        let forced = BanTerms(isForced: true)
        #expect(try world.ask(.ban(Targets(cidr("10.0.0.0/7")), forced)) != nil)
        #expect(world.refusal(.ban(Targets(cidr("0.0.0.0/0")), forced))?.code == .refused)
        #expect(world.refusal(.ban(Targets(cidr("192.0.0.0/7")), forced))?.code == .refused)
    }

    @Test func rule10bLoopbackStaysWithoutAllow() {
        var rules = GuardRules()
        rules.allow = []
        let world = World(rules)
        #expect(world.refusal(.ban(Targets(bare("127.0.0.1")), BanTerms()))?.code == .refused)
        #expect(world.refusal(.ban(Targets(bare("::1")), BanTerms()))?.code == .refused)
    }

    @Test func rule10dSessionsCanBeLeftUnprotected() throws {
        var rules = GuardRules()
        rules.protectSessions = false
        var world = World(rules)
        world.state.hostNetworks = HostNetworks([.init(bare("198.51.100.7").network, .session)])
        try world.ban(bare("198.51.100.7"))
    }

    @Test func rule10StrikesAndHitsDoNotBanEither() throws {
        var rules = GuardRules()
        rules.rateLimit = 1
        var world = World(rules)
        world.state.hostNetworks = HostNetworks([
            .init(bare("198.51.100.7").network, .session),
            .init(bare("2001:db8:5::10").network, .own),
        ])
        for target in [bare("198.51.100.7"), bare("2001:db8:5::99")] {
            for _ in 0..<5 { #expect(try world.strike(target).isAllowed) }
            _ = try world.hit(target)
            for _ in 0..<5 {
                guard case .limited = try world.hit(target).outcome else { throw Wrong() }
            }
        }
        #expect(world.state.guardStats.totalTrackedIPs == 0)
        guard case .why(let why)? = try world.ask(.why(bare("198.51.100.7"))) else { throw Wrong() }
        #expect(why.verdict.contains("an address that somebody is logged in from"))
    }

    /// Held against a search through all of them.
    @Test func hostNetworksAreFoundByAnyNetwork() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let all = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                let isIPv4 = random.next() % 2 == 0
                let network =
                    isIPv4
                    ? Network(ipv4: UInt32.random(in: 0..<64, using: &random))
                    : Network(
                        high: 0, low: random.next() % 4 << 45 | random.next() % 64, length: 128)
                return HostNetworks.Entry(network, .own)
            }
            let networks = HostNetworks(all)
            for _ in 0..<50 {
                let base = all.randomElement(using: &random)?.network ?? .ipv6Loopback
                let length = UInt8.random(in: 0...128, using: &random)
                let network = Network(high: base.high, low: base.low ^ 1, length: length)
                let expected = all.contains { network.contains($0.network) }
                #expect((networks.held(by: network) != nil) == expected)
            }
        }
    }

    /// A resolver is known, and not protected, unless it is something else too.
    @Test func resolversAreKnownAndNotProtected() throws {
        let (gateway, server) = (bare("192.0.2.1").network, bare("198.51.100.53").network)
        var world = World()
        world.state.hostNetworks = HostNetworks([
            .init(gateway, .resolver), .init(server, .resolver), .init(gateway, .gateway),
            .init(bare("2001:db8:5::53").network, .resolver),
            .init(cidr("203.0.113.0/24").network, .resolver),
        ])
        #expect(world.state.hostNetworks.count == 1)
        #expect(world.state.resolver(in: cidr("198.51.100.0/24").network) == server)
        #expect(world.state.resolver(in: cidr("2001:db8:5::/64").network)?.isAddress == true)
        #expect(world.state.resolver(in: gateway) == gateway)
        for other in ["198.51.100.54", "203.0.113.0/24", "2001:db8:6::/64"] {
            #expect(world.state.resolver(in: cidr(other).network) == nil)
        }
        #expect(!world.state.isProtected(server) && world.state.protection(of: server) == nil)
        #expect(world.state.isProtected(gateway))
        #expect(world.state.exempt.contains(gateway) && !world.state.exempt.contains(server))
        try world.ban(bare("198.51.100.53"))
        #expect(world.refusal(.ban(Targets(bare("192.0.2.1")), BanTerms()))?.code == .refused)
        #expect(try world.strike(bare("198.51.100.53")).isAllowed == false)
    }

    @Test func hostNetworksAreBounded() {
        let many = (0..<6_000 as Range<UInt32>).map {
            HostNetworks.Entry(Network(ipv4: $0), $0 < 5_990 ? .own : .session)
        }
        let kept = HostNetworks(many)
        #expect(kept.count == Bounds.hostNetworks)
        #expect(kept.held(by: Network(ipv4: 5_995))?.kind == .session)
        let resolvers = HostNetworks(
            (0..<6_000 as Range<UInt32>).map { .init(Network(ipv4: $0), .resolver) })
        let last = UInt32(Bounds.resolvers)
        #expect(resolvers.count == 0 && resolvers.resolver(in: Network(ipv4: last)) == nil)
        #expect(resolvers.resolver(in: Network(ipv4: last - 1)) != nil)
    }
}

@Suite struct EscalationTests {
    let abuser = bare("203.0.113.9")

    /// Strikes until the ban; its length in seconds.
    private func offend(_ world: inout World, _ target: Target) throws -> Int64 {
        let answer = try world.strike(target, StrikeTerms(source: "sshd", weight: 3))
        return try #require(answer.ban?.ttlSeconds)
    }

    private func serve(_ world: inout World, seconds: Int64) {
        world.advance(milliseconds: seconds * 1_000)
        world.expire()
    }

    /// Each further ban is twice as long.
    private var twice: GuardRules {
        var rules = GuardRules()
        rules.banFactor = 2
        return rules
    }

    @Test func rule12EachBanInARowIsTwiceAsLong() throws {
        var world = World(twice)
        var lengths: [Int64] = []
        for _ in 0..<13 {
            lengths.append(try offend(&world, abuser))
            serve(&world, seconds: lengths[lengths.count - 1])
        }
        let week: Int64 = 7 * 86_400
        #expect(lengths == (0..<13).map { min(600 << Int64($0), week) })
    }

    @Test func rule12WithoutAFactorAllAreAlikeAndNothingIsRemembered() throws {
        var rules = GuardRules()
        rules.banFactor = 1
        var world = World(rules)
        for _ in 0..<3 {
            #expect(try offend(&world, abuser) == 600)
            serve(&world, seconds: 600)
        }
        #expect(world.state.offenses.count == 0)
    }

    @Test func rule13ARowEndsWithItsMemory() throws {
        var rules = twice
        rules.banMemoryMilliseconds = 3_600_000
        var world = World(rules)
        #expect(try offend(&world, abuser) == 600)
        serve(&world, seconds: 600 + 3_599)
        #expect(try offend(&world, abuser) == 1_200)
        serve(&world, seconds: 1_200 + 3_600)
        #expect(world.state.offenses.count == 0)
        #expect(try offend(&world, abuser) == 600)
    }

    @Test func rule13UnbanForgives() throws {
        var world = World(twice)
        _ = try offend(&world, abuser)
        serve(&world, seconds: 600)
        #expect(try offend(&world, abuser) == 1_200)
        try world.ask(.unban(Targets(abuser)))
        #expect(try offend(&world, abuser) == 600)
    }

    @Test func anAdministratorsBanIsNoOffense() throws {
        var world = World()
        try world.ban(abuser, .milliseconds(5_000))
        serve(&world, seconds: 5)
        #expect(try offend(&world, abuser) == 600)
    }

    @Test func whyTellsTheRow() throws {
        var world = World(twice)
        _ = try offend(&world, abuser)
        guard case .why(let why)? = try world.ask(.why(abuser)) else { throw Wrong() }
        #expect(why.offenses == 1 && why.offensesUntil != nil)
    }

    @Test func theMemoryIsBoundedAndSurvivesReplayAndAnotherBoot() throws {
        var rules = twice
        rules.maxTracked = 3
        var world = World(rules)
        for last in 1...5 as ClosedRange<UInt8> {
            _ = try offend(&world, Target(203, 0, 113, last))
            serve(&world, seconds: 600)
        }
        #expect(world.state.offenses.count == 3)
        #expect(world.replayed().image(at: world.now) == world.state.image(at: world.now))
        world.commit(
            .rebased(
                Rebase(
                    lastBoot: world.now.bootMilliseconds, earlierOffset: world.state.clockOffset,
                    boot: 5_000, wall: world.now.wallMilliseconds, bootID: BootID(high: 1, low: 2)))
        )
        world.now.boot = 5_000_000_000
        #expect(try offend(&world, Target(203, 0, 113, 5)) == 1_200)
        #expect(try offend(&world, Target(203, 0, 113, 1)) == 600)
    }

    @Test func rule14ManyOfASubnetBanIt() throws {
        var rules = GuardRules()
        rules.subnetThreshold = 3
        var world = World(rules)
        for last in 1...2 as ClosedRange<UInt8> {
            _ = try offend(&world, Target(203, 0, 113, last))
        }
        #expect(try world.check(bare("203.0.113.77")) == nil)
        _ = try offend(&world, Target(203, 0, 113, 3))
        let ban = try #require(try world.check(bare("203.0.113.77")))
        #expect(ban.network.description == "203.0.113.0/24")
        #expect(ban.reason == "3 of its addresses banned within 60 min" && ban.source == "subnet")
        let event = try #require(world.state.events.all.last)
        #expect(event.details == "banned for the addresses in it that were banned")
        #expect(event.network == ban.network && event.reason == ban.reason)
        #expect(try world.check(bare("203.0.114.1")) == nil)
    }

    @Test func rule14CountsDistinctAddressesWithinTheWindow() throws {
        var rules = GuardRules()
        rules.subnetThreshold = 2
        rules.banMilliseconds = 1_000
        rules.subnetWindowMilliseconds = 60_000
        rules.banFactor = 1
        var world = World(rules)
        for _ in 0..<4 {
            _ = try offend(&world, abuser)
            serve(&world, seconds: 1)
        }
        #expect(try world.check(bare("203.0.113.77")) == nil)
        serve(&world, seconds: 60)
        _ = try offend(&world, Target(203, 0, 113, 1))
        #expect(try world.check(bare("203.0.113.77")) == nil)
        _ = try offend(&world, Target(203, 0, 113, 2))
        #expect(try world.check(bare("203.0.113.77")) != nil)
    }

    @Test func rule14WhatWasUnbannedCountsForNothing() throws {
        var rules = GuardRules()
        rules.subnetThreshold = 2
        var world = World(rules)
        _ = try offend(&world, Target(203, 0, 113, 1))
        try world.ask(.unban(Targets(Target(203, 0, 113, 1))))
        _ = try offend(&world, Target(203, 0, 113, 2))
        #expect(try world.check(bare("203.0.113.77")) == nil)
    }

    @Test func rule14IPv6CountsNetworksOfA48() throws {
        var world = World()
        for subnet in 0..<8 as Range<UInt64> {
            #expect(try world.check(bare("2001:db8:7:ffff::1")) == nil)
            _ = try offend(&world, Target(high: 0x2001_0db8_0007_0000 | subnet, low: subnet))
        }
        let ban = try #require(try world.check(bare("2001:db8:7:ffff::1")))
        #expect(ban.network.description == "2001:db8:7::/48")
    }

    @Test func rule15ProtectedAndTooManySubnetsAreLeftAlone() throws {
        var rules = GuardRules()
        rules.subnetThreshold = 1
        rules.subnetBans = 2
        rules.allow.append(bare("198.51.100.200").network)
        var world = World(rules)
        _ = try offend(&world, Target(198, 51, 100, 1))
        #expect(try world.check(bare("198.51.100.2")) == nil)
        for third in 1...3 as ClosedRange<UInt8> { _ = try offend(&world, Target(10, 0, third, 1)) }
        #expect(try world.check(bare("10.0.2.9")) != nil)
        #expect(try world.check(bare("10.0.3.9")) == nil)
        #expect(try world.check(bare("10.0.3.1")) != nil)
    }

    @Test func theEvidenceIsBounded() {
        var watch = SubnetWatch()
        for number in 0..<UInt32(Bounds.subnets * 3) {
            let network = Network(ipv4: number << 8 | 1)
            if let subnet = SubnetWatch.subnet(of: network) {
                watch.note(
                    network, in: subnet, isDryRun: false, keep: 3, at: Int64(number))
            }
        }
        #expect(watch.count <= Bounds.subnets)
    }
}
