// Bans that are to be confirmed (rule 16 of State+Ban.swift).

import Testing

@testable import OpsCore

private func cidr(_ text: String) -> Target {
    Target(network: Network(parsing: text) ?? .ipv4Loopback, isBare: false)
}

@Suite struct ConfirmTests {
    let network = cidr("203.0.113.0/24")

    private func banned(_ world: inout World, _ lifetime: Lifetime) throws -> BanView {
        let terms = BanTerms(lifetime: lifetime, confirmMilliseconds: 60_000)
        guard case .banned(let view)? = try world.ask(.ban(Targets(network), terms)) else {
            throw Wrong()
        }
        return view
    }

    @Test func rule16LiftsItselfUnconfirmed() throws {
        var world = World()
        let ban = try banned(&world, .permanent)
        #expect(ban.ttlSeconds == 60 && ban.isUnconfirmed && ban.confirmedExpires == nil)
        world.advance(milliseconds: 59_999)
        world.expire()
        #expect(try world.check(network) != nil)
        world.advance(milliseconds: 1)
        world.expire()
        #expect(try world.check(network) == nil)
        #expect(world.state.events.all.last?.details == "lifted: it was not confirmed in time")
        #expect(world.refusal(.confirm(Targets(network)))?.code == .notFound)
    }

    @Test func rule16ConfirmedItHasItsFullTime() throws {
        var world = World()
        _ = try banned(&world, .milliseconds(3_600_000))
        world.advance(milliseconds: 10_000)
        guard case .confirmed(let ban)? = try world.ask(.confirm(Targets(network))) else {
            throw Wrong()
        }
        #expect(ban.ttlSeconds == 3_590 && !ban.isUnconfirmed)
        world.advance(milliseconds: 3_589_999)
        world.expire()
        #expect(try world.check(network) != nil)
        #expect(
            world.refusal(.confirm(Targets(network)))?.message.contains("is not waiting") == true)
        #expect(world.replayed().image(at: world.now) == world.state.image(at: world.now))
    }

    @Test func aShortBanNeedsNoConfirmation() throws {
        var world = World()
        let ban = try banned(&world, .milliseconds(30_000))
        #expect(ban.ttlSeconds == 30 && !ban.isUnconfirmed)
    }

    @Test func anotherBanReplacesTheWait() throws {
        var world = World()
        _ = try banned(&world, .permanent)
        try world.ban(network, .permanent)
        #expect(try world.check(network)?.isUnconfirmed == false)
        world.advance(milliseconds: 120_000)
        world.expire()
        #expect(try world.check(network) != nil)
    }

    @Test func theyAreBounded() throws {
        var world = World()
        let terms = BanTerms(confirmMilliseconds: 60_000)
        let all = (0..<UInt32(Bounds.unconfirmed + 2)).map {
            Target(network: Network(ipv4: 0x0a00_0000 + $0), isBare: true)
        }
        guard
            case .bannedEach(let each)? = try world.ask(
                .ban(Targets(all[0], Array(all[1...])), terms))
        else { throw Wrong() }
        let refused = each.filter { if case .refused = $0 { true } else { false } }
        #expect(refused.count == 2)
        #expect(world.state.bans.unconfirmed.count == Bounds.unconfirmed)
    }
}
