// The guard's rules, numbered as in Guard/State+Strike.swift and Guard/State+Ban.swift.

import Testing

@testable import OpsCore

@Suite struct GuardRulesTests {
    let abuser = Target(203, 0, 113, 9)

    @Test func rule1EachStrikeAgesOutAlone() throws {
        var world = World()
        #expect(try world.strike(abuser).strikes == 1)
        world.advance(milliseconds: 200_000)
        #expect(try world.strike(abuser).strikes == 2)
        world.advance(milliseconds: 100_000)  // the first is 300 s old
        world.expire()
        let third = try world.strike(abuser)
        #expect(third.strikes == 2)
        #expect(third.ban == nil)
        world.advance(milliseconds: 300_000)
        world.expire()
        #expect(world.state.guardStats.ipsWithStrikes == 0)
    }

    @Test func rule2StrikesThatReachTheLimitBanAndAreConsumed() throws {
        var world = World()
        _ = try world.strike(abuser)
        _ = try world.strike(abuser)
        let third = try world.strike(abuser, StrikeTerms(reason: "login", source: "sshd"))
        #expect(third.strikes == 0)
        let ban = try #require(third.ban)
        #expect(ban.ttlSeconds == 600)
        #expect(ban.expires == 1_761_069_966 as Int64)
        #expect(ban.isAutomatic)
        #expect(ban.reason == "login")
        #expect(world.state.guardStats.ipsWithStrikes == 0)
        world.advance(milliseconds: 599_999)
        #expect(try world.check(abuser) != nil)
        world.advance(milliseconds: 1)
        #expect(try world.check(abuser) == nil)
        #expect(try world.strike(abuser).strikes == 1)
    }

    @Test func rule2WeightsAddUp() throws {
        var world = World()
        #expect(try world.strike(abuser, StrikeTerms(weight: 2)).strikes == 2)
        #expect(try world.strike(abuser, StrikeTerms(weight: 2)).ban != nil)
    }

    @Test func rule3AStrikeWhileBannedChangesNothing() throws {
        var world = World()
        let ban = try world.ban(abuser, .milliseconds(60_000))
        let before = world.log.count
        world.advance(milliseconds: 1_000)
        let answer = try world.strike(abuser)
        #expect(answer.strikes == 0)
        #expect(answer.ban?.expires == ban.expires)
        #expect(world.log.count == before)
    }

    @Test func rule4AllowedIsLimitedButNeverStruckOrBanned() throws {
        var rules = GuardRules()
        rules.rateLimit = 2
        var world = World(rules)
        let local = Target(127, 0, 0, 1)
        #expect(try world.strike(local).isAllowed)
        for _ in 0..<2 { _ = try world.hit(local) }
        for _ in 0..<10 {
            guard case .limited = try world.hit(local).outcome else { throw Wrong() }
        }
        #expect(world.state.guardStats.totalTrackedIPs == 0)
    }

    @Test func rule5HitsChainIntoStrikesAndABan() throws {
        var world = World()
        for left in (0..<100).reversed() {
            #expect(try world.hit(abuser).outcome == .admitted(remaining: left))
        }
        let over = try world.hit(abuser)
        guard case .limited(let wait) = over.outcome else { throw Wrong() }
        #expect(wait >= 60 && wait <= 64)
        #expect(over.strikes == 1)
        // A page with a hundred images and more is one strike, a flood is banned after 300.
        for _ in 102...200 { #expect(try world.hit(abuser).strikes == 1) }
        for _ in 201...300 { #expect(try world.hit(abuser).strikes == 2) }
        #expect(try world.hit(abuser).outcome == .banned(retryAfterSeconds: 600))
        let before = world.log.count
        #expect(try world.hit(abuser).outcome == .banned(retryAfterSeconds: 600))
        #expect(world.log.count == before)
    }

    @Test func rule6SuccessClearsUnlessOverTheLimit() throws {
        var rules = GuardRules()
        rules.rateLimit = 1
        rules.strikes = 10
        var world = World(rules)
        _ = try world.strike(abuser)
        guard case .cleared(_, 1)? = try world.ask(.success(abuser)) else { throw Wrong() }
        _ = try world.hit(abuser)
        _ = try world.hit(abuser)
        guard case .cleared(_, 0)? = try world.ask(.success(abuser)) else { throw Wrong() }
        guard case .cleared(_, 1)? = try world.ask(.clear(abuser)) else { throw Wrong() }
        rules.successClears = false
        world.state.adopt(rules, eventCapacity: 10)
        _ = try world.strike(Target(198, 51, 100, 1))
        guard case .cleared(_, 0)? = try world.ask(.success(Target(198, 51, 100, 1))) else {
            throw Wrong()
        }
    }

    @Test func rule7AFullStrikeTableDropsWhatEndsFirst() throws {
        var rules = GuardRules()
        rules.maxTracked = 2
        var world = World(rules)
        for last in 1...3 as ClosedRange<UInt8> {
            _ = try world.strike(Target(198, 51, 100, last))
            world.advance(milliseconds: 1_000)
        }
        #expect(world.state.guardStats.ipsWithStrikes == 2)
        #expect(try world.strike(Target(198, 51, 100, 1)).strikes == 1)
        #expect(try world.strike(Target(198, 51, 100, 3)).strikes == 2)
    }

    @Test func rule8AnAdministratorsBanReplaces() throws {
        var world = World()
        try world.ban(abuser, .permanent)
        #expect(try world.check(abuser)?.expires == nil)
        let shorter = try world.ban(abuser, .milliseconds(5_000))
        #expect(shorter.ttlSeconds == 5)
        #expect(try world.check(abuser)?.ttlSeconds == 5)
        #expect(world.state.guardStats.activeBans == 1)
    }

    @Test func rule9Unban() throws {
        var world = World()
        let wide = Target.network(Network(ipv4: 0xcb00_7100, prefix: 24))
        #expect(world.refusal(.unban(Targets(abuser)))?.code == .notFound)
        _ = try world.strike(abuser)
        try world.ban(abuser)
        try world.ask(.unban(Targets(abuser)))
        #expect(try world.check(abuser) == nil)
        #expect(world.state.guardStats.ipsWithStrikes == 0)
        try world.ban(wide)
        let refusal = try #require(world.refusal(.unban(Targets(abuser))))
        #expect(refusal.code == .refused)
        #expect(refusal.hint?.contains("\(wide.network)") ?? false)
        #expect(try world.check(abuser)?.network == wide.network)
    }

    @Test func rule9UnbanSaysWhatStillHolds() throws {
        var world = World()
        let wide = Target.network(Network(ipv4: 0xcb00_7100, prefix: 24))
        let wider = Target.network(Network(ipv4: 0xcb00_0000, prefix: 16))
        for target in [abuser, wide, wider] { try world.ban(target) }
        guard case .unbanned(let one)? = try world.ask(.unban(Targets(abuser))) else {
            throw Wrong()
        }
        #expect(one == UnbanAnswer(network: abuser.network, sources: [""], holder: wide.network))
        try world.ban(abuser)
        guard case .unbannedEach(let each)? = try world.ask(.unban(Targets(abuser, [wide])))
        else { throw Wrong() }
        #expect(
            each == [
                .done(UnbanAnswer(network: abuser.network, sources: [""], holder: wider.network)),
                .done(UnbanAnswer(network: wide.network, sources: [""], holder: wider.network)),
            ], "what goes with the same request holds nobody")
        guard case .unbanned(let last)? = try world.ask(.unban(Targets(wider))) else {
            throw Wrong()
        }
        #expect(last == UnbanAnswer(network: wider.network, sources: [""]))
    }

    @Test func rule10AllowAndWholeFamiliesAreNotBanned() {
        let world = World()
        let wide = Target.network(Network(ipv4: 0x7000_0000, prefix: 4))
        #expect(world.refusal(.ban(Targets(wide), BanTerms()))?.code == .refused)
        for all in [Network(ipv4: 0, prefix: 0), Network(high: 0, low: 0, length: 0)] {
            #expect(world.refusal(.ban(Targets(.network(all)), BanTerms()))?.code == .refused)
        }
    }

    @Test func rule11AFullBanTableAnswersTooMany() throws {
        var rules = GuardRules()
        rules.maxTracked = 2
        rules.rateLimit = 1
        var world = World(rules)
        try world.ban(Target(198, 51, 100, 1))
        try world.ban(Target(198, 51, 100, 2))
        #expect(world.refusal(.ban(Targets(abuser), BanTerms()))?.code == .tooMany)
        try world.ban(Target(198, 51, 100, 2), .permanent)  // a replacement finds room
        for _ in 0..<2 { _ = try world.strike(abuser) }
        #expect(world.refusal(.strike(abuser, StrikeTerms()))?.code == .tooMany)
        _ = try world.hit(abuser)
        guard case .limited = try world.hit(abuser).outcome else { throw Wrong() }
        #expect(world.state.guardStats.activeBans == 2)
    }

    @Test func aBareIPv6AddressIsItsNetwork() throws {
        var world = World()
        let one = Target(high: 0x2001_0db8_0000_0001, low: 1)
        let neighbour = Target(high: 0x2001_0db8_0000_0001, low: 2)
        _ = try world.strike(one)
        _ = try world.strike(neighbour)
        #expect(try world.strike(one).ban?.network.length == 64)
        #expect(try world.check(neighbour) != nil)
        #expect(try world.check(Target(high: 0x2001_0db8_0000_0002, low: 1)) == nil)
    }

    @Test func anExactIPv6BanHoldsThatAddressAlone() throws {
        var world = World()
        let exact = Network(high: 0x2001_0db8_0000_0001, low: 1, length: 128)
        try world.ban(.network(exact))
        #expect(try world.check(Target(high: 0x2001_0db8_0000_0001, low: 1)) != nil)
        #expect(try world.check(Target(high: 0x2001_0db8_0000_0001, low: 2)) == nil)
        guard case .banned = try world.hit(Target(high: 0x2001_0db8_0000_0001, low: 1)).outcome
        else { throw Wrong() }
    }

    @Test func anIPv6NetworkNeverHoldsIPv4() throws {
        var rules = GuardRules()
        rules.allow = [.ipv4Loopback]
        var world = World(rules)
        // Around ::ffff:0:0/96, beside ::1.
        try world.ban(.network(Network(high: 0, low: 0xff00_0000_0000, length: 88)), .permanent)
        #expect(try world.check(abuser) == nil)
    }

    @Test func strikesMayBeReportedLateButNotEarly() throws {
        var world = World()
        let wall = World.start.wallMilliseconds
        #expect(try world.strike(abuser, StrikeTerms(at: wall - 299_000)).strikes == 1)
        let late = try world.strike(abuser, StrikeTerms(at: wall - 300_000))
        #expect(late.strikes == 1 && !late.isCounted)
        // Clocks differ: up to a minute ahead counts as now.
        #expect(try world.strike(Target(203, 0, 113, 2), StrikeTerms(at: wall + 60_000)).isCounted)
        let early = Command.strike(abuser, StrikeTerms(at: wall + 60_001))
        #expect(world.refusal(early)?.code == .badArgument)
    }

    @Test func untilTakesADate() throws {
        var world = World()
        let wall = World.start.wallMilliseconds
        #expect(try world.ban(abuser, .until(wall + 90_000)).expires == wall / 1_000 + 90)
        let past = Command.ban(Targets(abuser), BanTerms(lifetime: .until(wall)))
        #expect(world.refusal(past)?.code == .badArgument)
    }

    @Test func severalTargetsAnswerEach() throws {
        var rules = GuardRules()
        rules.maxTracked = 2
        var world = World(rules)
        let targets = Targets(
            Target(198, 51, 100, 1), [Target(127, 0, 0, 1), Target(198, 51, 100, 2), abuser])
        guard case .bannedEach(let each)? = try world.ask(.ban(targets, BanTerms())) else {
            throw Wrong()
        }
        let codes = each.map { each -> RefusalCode? in
            if case .refused(_, let refusal) = each { refusal.code } else { nil }
        }
        #expect(codes == [nil, .refused, nil, .tooMany])
    }
}
