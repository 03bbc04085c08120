// Room for claims, their default end, and addresses in holes: what an attacker and a newcomer
// found.

import Testing

@testable import OpsCore

private let abuser = Target(203, 0, 113, 9)

@Suite struct ClaimRoomTests {
    /// Targets that need no room beside others' claims count for none.
    @Test func newNetworksTakeNoRoomBesideOthers() throws {
        var world = World()
        let others = Bounds.otherClaims - 10
        for number in 0..<others / 7 {
            let network = Network(ipv4: 0x0a00_0000 + UInt32(number))
            for source in 0...7 {
                try world.ask(
                    .ban(
                        Targets(Target(network: network, isBare: true)),
                        BanTerms(
                            lifetime: .milliseconds(Int64(7_200_000 + source)),
                            source: "s\(source)")))
            }
        }
        let held = Target(9, 9, 9, 9)
        try world.ask(
            .ban(
                Targets(held), BanTerms(lifetime: .milliseconds(3_600_000), source: "feed")))
        let fresh = (0..<900).map {
            Target(network: Network(ipv4: 0x0b00_0000 + UInt32($0)), isBare: true)
        }
        try world.ask(
            .ban(
                Targets(fresh[0], Array(fresh[1...]) + [held]),
                BanTerms(lifetime: .milliseconds(60_000), source: "me")))
        #expect(world.state.bans.claims(on: held.network).count == 2)
    }

    /// A ban by hand lasts as long as the section of its source says.
    @Test func aBanWithoutATimeIsThatOfItsSection() throws {
        var rules = GuardRules()
        var policy = SourcePolicy(rules)
        policy.banMilliseconds = 3_600_000
        rules.sources["sshd"] = policy
        var world = World(rules)
        for (source, seconds) in [("sshd", 3_600 as Int64), ("web", 600), ("", 600)] {
            guard
                case .banned(let view)? = try world.ask(
                    .ban(Targets(abuser), BanTerms(source: source)))
            else { throw Wrong() }
            #expect(view.ttlSeconds == seconds)
        }
    }

    /// What `guard.allow` takes out of a wider ban is not banned, and `unban` says so.
    @Test func anAddressInAHoleIsNotHeld() throws {
        var world = World()
        let wide = Target(network: Network(ipv4: 0xcb00_7100, prefix: 24), isBare: false)
        try world.ask(.ban(Targets(wide), BanTerms()))
        var rules = GuardRules()
        rules.allow += [abuser.network]
        world.state.adopt(rules, eventCapacity: 1_000)
        #expect(try world.check(abuser) == nil)
        let refusal = world.refusal(.unban(Targets(abuser)))
        #expect(refusal?.code == .notFound && refusal?.message == "203.0.113.9 is not banned")
    }
}
