// To unban a network that is not itself banned: how many bans lie inside, counted in one look that
// has a bound; and to lift page after page, as a client does that undoes thousands of bans.

import OpsTestKit
import Testing

@testable import OpsCore

private func cidr(_ text: String) -> Target {
    Target(network: Network(parsing: text) ?? .ipv4Loopback, isBare: false)
}

@Suite struct UnbanTests {
    /// Bans as many addresses of 198.18.0.0/15, every third by a source of its own.
    private func world(_ count: Int) throws -> World {
        var world = World()
        for number in 0..<count {
            let target = Target.network(Network(ipv4: 0xc612_0000 + UInt32(number)))
            let source = number % 3 == 0 ? "third" : "sshd"
            try world.ask(
                .ban(Targets(target), BanTerms(lifetime: .permanent, source: source)))
        }
        return world
    }

    private func refusal(
        _ world: World, _ network: String, source: String? = nil
    ) -> Refusal? {
        world.refusal(.unban(Targets(cidr(network)), source: source))
    }

    @Test(arguments: [
        ("198.18.0.0/16", 2_500, "2,500 bans lie inside it", "lifts them"),
        ("198.18.0.0/24", 2_500, "256 bans lie inside it", "lifts them"),
        ("198.18.0.0/31", 2_500, "2 bans lie inside it", "lifts them"),
        ("198.18.0.0/31", 1, "1 ban lies inside it", "lifts it"),
    ])
    func theRefusalCountsTheBansInside(
        _ network: String, _ count: Int, _ words: String, _ end: String
    ) throws {
        let world = try world(count)
        let told = try #require(refusal(world, network))
        #expect(told.code == .notFound)
        #expect(told.message == "\(network) is not banned; \(words)")
        #expect(told.hint == "opsctl unban --under \(network) \(end)")
    }

    @Test func ofASourceItsOwnAreCounted() throws {
        let world = try world(300)
        let one = try #require(refusal(world, "198.18.0.0/16", source: "third"))
        #expect(one.message == "198.18.0.0/16 is not banned; 100 bans lie inside it")
        #expect(one.hint == "opsctl unban --under 198.18.0.0/16 --source third lifts them")
        let nobody = try #require(refusal(world, "198.18.0.0/16", source: "nobody"))
        #expect(nobody.message == "198.18.0.0/16 is not banned" && nobody.hint == nil)
    }

    @Test func whereNothingLiesInsideNothingIsSaid() throws {
        var world = try world(10)
        let outside = try #require(refusal(world, "203.0.113.0/24"))
        #expect(outside.message == "203.0.113.0/24 is not banned" && outside.hint == nil)
        // A ban that has ended is none, although it is still in the table.
        try world.ban(cidr("203.0.113.9/32"), .milliseconds(1_000))
        world.advance(milliseconds: 1_000)
        #expect(refusal(world, "203.0.113.0/24") == outside)
    }

    /// One of several targets is not counted: a thousand of them would look at millions of entries.
    @Test func ofSeveralTargetsNoneIsCounted() throws {
        var world = try world(10)
        let targets = Targets(cidr("198.18.0.0/16"), [cidr("198.18.0.0/17")])
        guard case .unbannedEach(let results)? = try world.ask(.unban(targets, source: nil))
        else { throw Wrong() }
        for result in results {
            guard case .refused(let network, let refusal) = result else { throw Wrong() }
            #expect(refusal.message == "\(network) is not banned")
            #expect(refusal.hint == "`bans under=\(network)` shows the bans inside it")
        }
    }

    /// The look has a bound: what is not seen is said to be missing.
    @Test func aLargeTableIsCountedInPart() throws {
        let count = 2 * Bounds.pageScan
        let world = try world(count)
        let longest = world.state.bans.table.shards.map(\.entries.count).max() ?? 0
        var looked = 0
        #expect(!world.state.bans.table.scan(atMost: Bounds.pageScan) { _ in looked += 1 })
        #expect((Bounds.pageScan...Bounds.pageScan + longest).contains(looked))
        #expect(world.state.bans.table.scan(atMost: count) { _ in })

        let inside = world.state.bansInside(
            cidr("198.18.0.0/15").network, of: nil, at: world.now)
        #expect(inside == BansInside(count: looked, isWhole: false))
        let some = try #require(refusal(world, "198.18.0.0/15"))
        #expect(some.message.contains("is not banned; at least 16,"))
        #expect(some.hint == "opsctl unban --under 198.18.0.0/15 lifts them")
        let perhaps = try #require(refusal(world, "203.0.113.0/24"))
        #expect(perhaps.message == "203.0.113.0/24 is not banned")
        #expect(perhaps.hint?.hasSuffix("if there are any") == true)
    }

    /// The cursor stays valid when all rows of a page are gone, its own among them.
    @Test(arguments: [1_000, 97], [nil, "third"])
    func pagesThatAreLiftedAsTheyCome(limit: Int, source: String?) throws {
        var world = try world(5_000)
        var seen: [Network] = []
        var after: Network?
        var pages = 0
        repeat {
            let query = PageQuery(
                limit: limit, after: after, source: source, under: cidr("198.18.0.0/16"))
            guard case .bans(let page)? = try world.ask(.bans(query)) else { throw Wrong() }
            seen += page.rows.map(\.network)
            if let first = page.rows.first {
                let targets = Targets(
                    .network(first.network), page.rows.dropFirst().map { .network($0.network) })
                guard
                    case .unbannedEach(let results)? = try world.ask(
                        .unban(targets, source: source))
                else { throw Wrong() }
                for result in results { if case .refused = result { throw Wrong() } }
            }
            // Others are made meanwhile: the pages end all the same.
            let other = Target.network(Network(ipv4: 0xc612_8000 + UInt32(pages)))
            try world.ask(.ban(Targets(other), BanTerms(source: source)))
            after = page.next
            pages += 1
        } while after != nil && pages < 1_000
        let lifted = (0..<5_000).filter { source == nil || $0 % 3 == 0 }
        #expect(Set(seen).isSuperset(of: lifted.map { Network(ipv4: 0xc612_0000 + UInt32($0)) }))
        #expect(Set(seen).count == seen.count && pages < 1_000)
        let left = 5_000 - lifted.count
        #expect((left...left + pages).contains(world.state.bans.count))
    }
}

@Suite struct WhyTests {
    private let address = Target(203, 0, 113, 9)

    private func why(_ world: inout World, _ target: Target) throws -> WhyReport {
        guard case .why(let report)? = try world.ask(.why(target)) else { throw Wrong() }
        return report
    }

    /// Whatever is held against an address: what `why` says that decides is what `check` shows.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func whatDecidesIsWhatCheckShows(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var rules = GuardRules()
        rules.dryRunSources = ["dry", "trial"]
        var world = World(rules)
        for _ in 0..<Int.random(in: 0...5, using: &generator) {
            let length = [32, 32, 28, 24].randomElement(using: &generator) ?? 32
            let network = address.network.widened(to: UInt8(96 + length))
            let source = ["", "sshd", "web", "dry", "trial"].randomElement(using: &generator)
            let time = Int64.random(in: 1_000...9_000, using: &generator)
            _ = try? world.ask(
                .ban(
                    Targets(.network(network)),
                    BanTerms(lifetime: .milliseconds(time), source: source)))
        }
        if Bool.random(using: &generator) {
            // The settings change after the bans: a hole in those of networks.
            rules.allow.append(address.network)
            world.state.rules = rules
        }
        world.advance(milliseconds: Int64.random(in: 0...5_000, using: &generator))
        let report = try why(&world, address)
        #expect(try world.check(address) == report.decides.map { report.bans[$0] })
        #expect(report.bans.allSatisfy { $0.network.contains(address.network) })
    }

    /// An enforced list decides where bans are only dry runs.
    @Test func aListDecidesOverADryRun() throws {
        var rules = GuardRules()
        rules.dryRunSources = ["trial"]
        var world = World(rules)
        try world.ask(.ban(Targets(address), BanTerms(source: "trial")))
        #expect(try why(&world, address).decides == 0)
        try world.load("drop", [cidr("203.0.113.0/24").network])
        let report = try why(&world, address)
        #expect(report.decides == 1 && report.bans[1].list == "drop")
        #expect(report.verdict == "banned: 203.0.113.0/24 is in the list drop; hits answer 403")
        #expect(try world.check(address) == report.bans[1])
    }

    /// `guard.allow` makes a hole in a ban that was there before: `why` said that it is banned.
    @Test func aHoleIsNotBanned() throws {
        var world = World()
        try world.ban(cidr("203.0.113.0/24"))
        world.state.rules.allow.append(address.network)
        #expect(try world.check(address) == nil)
        let report = try why(&world, address)
        #expect(report.decides == nil && report.bans.count == 1)
        #expect(report.verdict.hasPrefix("admitted; never struck or banned: "))
    }

    @Test func allClaimsOfAnAddressAndTheStrikesThatCountTogether() throws {
        var rules = GuardRules()
        var own = SourcePolicy(rules)
        own.strikes = 5
        rules.sources["sshd"] = own
        rules.dryRunSources = ["trial"]
        var world = World(rules)
        for (source, seconds) in [("web", 60), ("trial", 900), ("ids", 600)] as [(String, Int64)] {
            try world.ask(
                .ban(
                    Targets(address),
                    BanTerms(
                        lifetime: .milliseconds(seconds * 1_000), reason: "by \(source)",
                        source: source, confirmMilliseconds: source == "ids" ? 500_000 : nil)))
        }
        var report = try why(&world, address)
        #expect(report.bans.map(\.source) == ["ids", "web", "trial"] && report.decides == 0)
        #expect(report.bans.map(\.isDryRun) == [false, false, true])
        #expect(report.bans.map(\.isUnconfirmed) == [true, false, false])
        #expect(report.bans.map(\.reason) == ["by ids", "by web", "by trial"])

        let other = Target(203, 0, 113, 10)
        for source in ["sshd", "sshd", "mail", "sshd"] {
            _ = try world.strike(other, StrikeTerms(source: source))
        }
        report = try why(&world, other)
        #expect(report.strikes.strikes == 4)
        #expect(
            report.counts == [
                StrikeCount(source: nil, strikes: 1, bansAt: 3),
                StrikeCount(source: "sshd", strikes: 3, bansAt: 5),
            ])
        // The ones that are nearest to a ban.
        #expect(report.verdict == "admitted; 3 of 5 strikes of sshd")
        _ = try world.strike(other, StrikeTerms(source: "web"))
        #expect(try why(&world, other).verdict == "admitted; 2 of 3 strikes")
    }
}
