// What a reload undoes, in slices: bans that are allowed now, strikes beyond a lower bound.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct SettingsTests {
    private let allowed = Network(ipv4: 0x0a00_0000, prefix: 8)

    private func loop(bans: Int) -> (FakeLoop, FakeClient) {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        var from = 0
        while from < bans {
            let targets = (from..<min(bans, from + 250)).map { "10.1.\($0 / 250).\($0 % 250)" }
            loop.send(client, "ban \(targets.joined(separator: " ")) ttl=1h\n")
            from += 250
        }
        loop.send(client, "ban 203.0.113.9 ttl=1h\n")
        loop.settle()
        _ = client.take()
        return (loop, client)
    }

    @Test func aBroadAllowLiftsInSlices() {
        let (loop, client) = loop(bans: 5_000)
        var configuration = loop.engine.configuration
        configuration.guard.allow = [allowed]
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        #expect(loop.engine.state.guardStats.activeBans == 5_001 - Bounds.expirySlice)
        loop.turn()
        #expect(loop.engine.state.guardStats.activeBans == 5_001 - 2 * Bounds.expirySlice)
        #expect(loop.wantsTurn)
        // New bans and an unban while it goes on disturb nothing.
        loop.send(client, "ban 198.51.100.1 ttl=1h\n")
        loop.send(client, "unban 203.0.113.9\n")
        loop.settle()
        #expect(loop.engine.state.guardStats.activeBans == 1)
        #expect(loop.engine.allowWalk == nil)
        #expect(!loop.wantsTurn)
    }

    /// The longest `allow` there may be: a slice is bounded by comparisons, not by bans.
    @Test func aLongAllowComparesLittleInATurn() {
        let (loop, _) = loop(bans: 2_000)
        var configuration = loop.engine.configuration
        configuration.guard.allow = (0..<Bounds.allowEntries).map {
            Network(ipv4: 0xc000_0200 + UInt32($0))
        }
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        var turns = 1
        while loop.engine.allowWalk != nil && turns < 1_000 {
            loop.turn()
            turns += 1
        }
        #expect(turns >= 2_000 * Bounds.allowEntries / Bounds.allowChecks)
        #expect(loop.engine.state.guardStats.activeBans == 2_001)
    }

    @Test func aSmallReloadIsDoneAtOnce() {
        let (loop, _) = loop(bans: 250)
        var configuration = loop.engine.configuration
        configuration.guard.allow = [allowed]
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        #expect(loop.engine.state.guardStats.activeBans == 1)
    }

    /// A lower bound: strikes go, those that end first before others; bans stay.
    @Test func aLowerBoundDropsStrikesAndKeepsBans() {
        let (loop, client) = loop(bans: 250)
        for number in 0..<2_500 {
            loop.deliver(client, Array("strike 198.51.\(number / 250).\(number % 250)\n".utf8))
            loop.advance(0.01)
            loop.turn()
        }
        loop.settle()
        #expect(loop.engine.state.guardStats.ipsWithStrikes == 2_500)
        var configuration = loop.engine.configuration
        configuration.guard.maxTracked = 100
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        #expect(
            loop.engine.state.guardStats.ipsWithStrikes == 2_500 - Bounds.expirySlice)
        loop.settle()
        #expect(loop.engine.state.guardStats.ipsWithStrikes == 100)
        #expect(loop.engine.state.guardStats.activeBans == 251)
        _ = client.take()
        #expect(loop.ask(client, "why 198.51.0.0").first?.contains("\"strikes\":0") == true)
        #expect(loop.ask(client, "why 198.51.9.249").first?.contains("\"strikes\":1") == true)
        #expect(loop.ask(client, "ban 192.0.2.1").first?.contains("too-many") == true)
        // The one that is there may be renewed.
        #expect(loop.ask(client, "ban 203.0.113.9").first?.hasPrefix("ok") == true)
    }

    @Test func aLowerBoundShrinksRateWindows() {
        let (loop, client) = loop(bans: 0)
        for number in 0..<500 {
            loop.deliver(client, Array("hit 198.51.\(number / 250).\(number % 250)\n".utf8))
        }
        loop.settle()
        #expect(loop.engine.state.guardStats.trackedRates == 500)
        var configuration = loop.engine.configuration
        configuration.guard.maxTracked = 100
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        loop.deliver(client, Array("hit 192.0.2.1\n".utf8))
        loop.settle()
        #expect(loop.engine.state.guardStats.trackedRates == 499)
        loop.engine.update { $0.sweepRates(1_000, at: loop.now) }
        #expect(loop.engine.state.guardStats.trackedRates == 100)
    }

    /// What was observed in the second of a reload counts for an objective that stays.
    @Test func aReloadOfObjectivesKeepsWhatWasJustObserved() throws {
        let (loop, client) = loop(bans: 0)
        for _ in 0..<3 {
            loop.send(client, "slo observe default latency_ms=5 status=200\n")
        }
        _ = client.take()
        var configuration = loop.engine.configuration
        configuration.objectives.append(Objective(try #require(ObjectiveName("web"))))
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        let reply = loop.ask(client, "slo status")[line: 0]
        #expect(reply.contains("\"slo\":\"default\"") && reply.contains("\"slo\":\"web\""))
        #expect(reply.contains("\"total\":3,\"good\":3"), "\(reply)")
    }
}
