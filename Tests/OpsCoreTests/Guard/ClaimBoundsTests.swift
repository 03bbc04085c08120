// What somebody who may report or ban can make of claims: their bounds, who goes when there is no
// room, and what a dry run must not do to others.

import OpsTestKit
import Testing

@testable import OpsCore

private let abuser = Target(203, 0, 113, 9)

extension World {
    /// A ban by a source for this many seconds.
    @discardableResult
    fileprivate mutating func claim(
        _ source: String, _ seconds: Int64, on target: Target = abuser, isExact: Bool = false
    ) -> RefusalCode? {
        var terms = BanTerms(lifetime: .milliseconds(seconds * 1_000), source: source)
        terms.isExact = isExact
        do throws(Refusal) {
            try ask(.ban(Targets(target), terms))
            return nil
        } catch { return error.code }
    }

    fileprivate func sources(on target: Target = abuser) -> [String] {
        state.bans.claims(on: state.key(target)).map { state.bans.texts(of: $0).source }
    }
}

@Suite struct ClaimBoundsTests {
    private func world(_ change: (inout GuardRules) -> Void = { _ in }) -> World {
        var rules = GuardRules()
        rules.dryRunSources = ["dry", "dry2"]
        change(&rules)
        return World(rules)
    }

    @Test func ofTooManyTheShortestGoesOrIsRefused() {
        var world = world()
        for number in 1...Bounds.claims { world.claim("s\(number)", Int64(100 * number)) }
        #expect(world.claim("late", 50) == .tooMany)
        #expect(world.claim("late", 100) == .tooMany, "as long as the shortest is not longer")
        #expect(world.claim("dry", 9_000) == .tooMany, "a dry run takes nobody's place")
        #expect(world.sources().count == Bounds.claims && world.sources().last == "s1")
        #expect(world.claim("late", 150) == nil)
        #expect(world.sources().suffix(2) == ["s2", "late"])
        #expect(world.claim("s3", 1) == nil, "one's own can always be replaced")
        #expect(world.sources().count == Bounds.claims)
    }

    @Test func anEnforcedClaimTakesThePlaceOfADryRun() {
        var world = world()
        for number in 2...Bounds.claims { world.claim("s\(number)", 100) }
        world.claim("dry", 9_000)
        #expect(world.sources().last == "dry")
        #expect(world.claim("late", 1) == nil)
        #expect(!world.sources().contains("dry") && world.sources().contains("late"))
    }

    /// A reporter whose ban finds no room is told so, and nothing of it is kept.
    @Test func aStrikeWithoutRoomIsRefused() {
        var world = world { rules in
            var own = SourcePolicy(rules)
            own.strikes = 1
            own.banMilliseconds = 1_000
            rules.sources["web"] = own
        }
        for number in 1...Bounds.claims { world.claim("s\(number)", 100) }
        let before = world.state.image(at: world.now)
        let refusal = world.refusal(.strike(abuser, StrikeTerms(source: "web")))
        #expect(refusal?.code == .tooMany)
        #expect(world.state.image(at: world.now) == before)
    }

    @Test func theSideTableIsBounded() {
        var world = world { $0.subnetThreshold = 0 }
        var last = Network.ipv4Loopback
        for number in 0..<UInt32(Bounds.otherClaims) {
            last = Network(ipv4: 0x0a00_0000 + number)
            for (place, source) in ["a", "b"].enumerated() {
                let ban = Ban(
                    network: last, deadline: world.now.bootMilliseconds + 100_000,
                    created: UInt32(place), reason: "", source: source, uid: 0, traits: [])
                world.state.bans.insert(ban)
            }
        }
        #expect(world.state.bans.others.count == Bounds.otherClaims)
        world.claim("a", 100)
        #expect(world.claim("b", 99) == .tooMany, "the one that is there lasts longer")
        #expect(world.claim("dry", 1_000) == .tooMany)
        #expect(world.claim("b", 101) == nil)
        #expect(world.sources() == ["b"], "the shorter one made room")
        #expect(world.claim("c", 50, on: .network(last)) == .tooMany)
        #expect(world.state.bans.others.count == Bounds.otherClaims)
        world.advance(milliseconds: 200_000)
        world.expire()
        #expect(world.state.bans.others.isEmpty && world.state.bans.count == 0)
    }

    /// Two targets that are one address: one ban, and whoever has to make room does so once.
    @Test func twiceTheSameTargetIsOneBan() throws {
        var world = world()
        let twins = [1, 2].map { Target(high: 0x2001_0db8_0000_0001, low: $0) }
        for number in 1...Bounds.claims {
            world.claim("s\(number)", Int64(100 * number), on: twins[0])
        }
        let before = world.state.events.lastID
        let terms = BanTerms(lifetime: .permanent, source: "late")
        let command = Command.ban(Targets(twins[0], [twins[1]]), terms)
        guard case .bannedEach(let results)? = try world.ask(command) else { throw Wrong() }
        #expect(results.count == 2)
        #expect(world.state.events.lastID == before + 2, "one was lifted to make room, one made")
        #expect(world.sources(on: twins[0]).count == Bounds.claims)
        var waiting = BanTerms(lifetime: .permanent, source: "late")
        waiting.confirmMilliseconds = 1_000
        try world.ask(.ban(Targets(twins[0]), waiting))
        let last = world.state.events.lastID
        try world.ask(.confirm(Targets(twins[0], [twins[1]])))
        #expect(world.state.events.lastID == last + 1, "confirmed once")
    }

    @Test func asManySourcesAsThereAreNumbersFor() {
        var world = world()
        for number in 0..<Bounds.sources {
            let ban = Ban(
                network: Network(ipv4: 0x0a00_0000 + UInt32(number)), deadline: Ban.never,
                created: 0,
                reason: "", source: "s\(number)", uid: 0, traits: [])
            world.state.apply(.claimed(ban), Stamp(moment: world.now))
        }
        #expect(world.claim("s7", 10) == nil)
        #expect(world.claim("one more", 10) == .tooMany)
        world.state.apply(
            .unbanned(Network(ipv4: 0x0a00_0000), .command, uid: 0), Stamp(moment: world.now))
        #expect(world.claim("one more", 10) == nil)
        #expect(world.sources() == ["one more", "s7"] || world.sources() == ["s7", "one more"])
    }

    // MARK: Who decides

    /// Claims that end together: the first that was made, then by name; in whatever order they
    /// came, and whatever numbers the names have.
    @Test func claimsThatEndTogether() throws {
        for order in [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]] {
            var world = world()
            for source in order { world.claim(source, 100) }
            #expect(world.sources() == ["a", "b", "c"], "\(order)")
            let copy = world.replayed()
            #expect(copy.image(at: world.now) == world.state.image(at: world.now))
            for source in order {
                try world.ask(.ban(Targets(abuser), BanTerms(lifetime: .permanent, source: source)))
            }
            #expect(world.sources() == ["a", "b", "c"])
        }
    }

    @Test func allThatEndTogetherIsGone() {
        var world = world()
        for source in ["a", "b", "dry"] { world.claim(source, 10) }
        world.claim("a", 20, on: Target(203, 0, 113, 10))
        world.claim("dry", 30, on: Target(203, 0, 113, 10))
        world.advance(milliseconds: 10_000)
        world.expire()
        #expect(world.sources() == [] && world.state.bans.count == 1)
        #expect(world.state.nextDeadline.map { $0 > world.now.bootMilliseconds } == true)
        world.advance(milliseconds: 10_000)
        world.expire()
        #expect(world.sources(on: Target(203, 0, 113, 10)) == ["dry"])
        #expect(world.state.enforcedDeadline(of: Target(203, 0, 113, 10).network) == nil)
        world.advance(milliseconds: 10_000)
        world.expire()
        #expect(world.state.bans.count == 0 && world.state.bans.others.isEmpty)
        #expect(world.state.bans.dryRunCount == 0 && world.state.nextDeadline == nil)
    }

    /// Another boot with the wall clock set back, or ahead: no claim gets longer, and the order
    /// stays.
    @Test(arguments: [-100_000, 0, 15_000, 500_000] as [Int64])
    func anotherBoot(wall: Int64) throws {
        var world = world()
        world.claim("a", 10)
        world.claim("b", 20)
        try world.ask(.ban(Targets(abuser), BanTerms(lifetime: .permanent, source: "dry")))
        var terms = BanTerms(lifetime: .permanent, source: "c")
        terms.confirmMilliseconds = 15_000
        try world.ask(.ban(Targets(abuser), terms))
        let old = world.now
        world.now.boot = 5_000_000_000
        world.now.wall += wall * 1_000_000
        world.commit(
            .rebased(
                Rebase(
                    lastBoot: old.bootMilliseconds,
                    earlierOffset: old.wallMilliseconds - old.bootMilliseconds,
                    boot: world.now.bootMilliseconds, wall: world.now.wallMilliseconds,
                    bootID: BootID(high: 1, low: 2))))
        world.expire()
        let passed = min(max(0, wall), 20_000)
        let left = [20_000, 15_000, 10_000].map { $0 - passed }.filter { $0 > 0 }
        let claims = world.state.bans.claims(on: abuser.network)
        #expect(
            claims.map { $0.deadline == Ban.never ? -1 : $0.deadline - world.now.bootMilliseconds }
                == left + [-1])
        #expect(world.replayed().image(at: world.now) == world.state.image(at: world.now))
        world.advance(milliseconds: 20_000)
        world.expire()
        #expect(world.sources() == ["dry"] && world.state.bans.unconfirmed.isEmpty)
    }

    @Test func whatIsConfirmedNeedNotDecide() throws {
        var world = world()
        world.claim("a", 100)
        for source in ["b", "c"] {
            var terms = BanTerms(lifetime: .permanent, source: source)
            terms.confirmMilliseconds = 50_000
            try world.ask(.ban(Targets(abuser), terms))
        }
        #expect(world.sources() == ["a", "b", "c"])
        #expect(world.refusal(.confirm(Targets(abuser), source: "a"))?.code == .notFound)
        try world.ask(.confirm(Targets(abuser), source: "c"))
        #expect(world.sources() == ["c", "a", "b"])
        world.advance(milliseconds: 50_000)
        world.expire()
        #expect(world.sources() == ["c", "a"], "b alone is taken back")
        #expect(world.refusal(.confirm(Targets(abuser)))?.code == .notFound)
    }

    // MARK: Dry runs do nothing

    @Test func aDryRunDoesNotDropWhatOthersEnforce() {
        var world = world()
        world.claim("a", 100)
        #expect(world.claim("dry", 10, isExact: true) == .refused)
        #expect(world.sources() == ["a"])
        world.claim("dry2", 10)
        world.state.rules.dryRun = true
        #expect(world.claim("b", 10, isExact: true) == .refused)
        world.claim("a", 1)
        #expect(world.sources().first == "a")
        _ = try? world.ask(.unban(Targets(abuser), source: "a"))
        #expect(world.claim("dry", 10, isExact: true) == nil)
        #expect(world.sources() == ["dry"], "dry runs may take the place of dry runs")
    }

    /// Strikes that are only tried out neither use up others' nor add to them.
    @Test func aDryRunLeavesTheStrikesOfOthers() throws {
        var world = world()
        for _ in 0..<4 {
            for source in ["sshd", "dry"] {
                _ = try world.strike(abuser, StrikeTerms(source: source))
            }
        }
        #expect(world.state.enforcedDeadline(of: abuser.network) != nil, "sshd struck four times")
        var other = self.world()
        for source in ["dry", "dry", "sshd"] {
            _ = try other.strike(abuser, StrikeTerms(source: source))
        }
        #expect(other.state.enforcedDeadline(of: abuser.network) == nil, "sshd struck once")
        other.claim("dry", 100)
        #expect(other.state.strikes.count == 1, "a dry run by command uses up nothing of sshd's")
    }

    /// An address that is banned in earnest counts against its network, whoever tries it too.
    @Test func aDryRunIsNoLessEvidence() throws {
        var world = world { rules in
            rules.subnetThreshold = 3
            rules.sources["trial"] = SourcePolicy(rules)
            rules.sources["trial"]?.dryRun = true
        }
        for last in 1...3 as ClosedRange<UInt8> {
            for source in ["sshd", "trial"] {
                let terms = StrikeTerms(source: source, weight: 3)
                _ = try world.strike(Target(203, 0, 113, last), terms)
            }
        }
        let subnet = Network(ipv4: 0xcb00_7100, prefix: 24)
        #expect(world.state.enforcedDeadline(of: subnet) != nil)
    }

    /// Lifting a dry run, or one of two bans by the rules, does not forgive what the other is for.
    @Test func whatAnotherClaimIsForIsRemembered() throws {
        var world = world { rules in
            rules.banFactor = 2
            rules.sources["web"] = SourcePolicy(rules)
            rules.sources["trial"] = SourcePolicy(rules)
            rules.sources["trial"]?.dryRun = true
        }
        let key = abuser.network
        for source in ["sshd", "trial"] {
            _ = try world.strike(abuser, StrikeTerms(source: source, weight: 3))
        }
        try world.ask(.unban(Targets(abuser), source: "trial"))
        #expect(world.state.offenses.table[key]?.count == 1)
        _ = try world.strike(abuser, StrikeTerms(source: "web", weight: 3))
        try world.ask(.unban(Targets(abuser), source: "web"))
        #expect(world.state.offenses.table[key] != nil, "sshd still bans it")
        try world.ask(.unban(Targets(abuser), source: "sshd"))
        #expect(world.state.offenses.table[key] == nil)
    }

    /// The ban of a network by the rules keeps to the bound as well.
    @Test func aSubnetsBanFindsRoomOrIsNotMade() throws {
        var world = world { rules in
            rules.subnetThreshold = 2
            rules.dryRunSources = (1...Bounds.claims).map { "d\($0)" }
        }
        let subnet = Target.network(Network(ipv4: 0xcb00_7100, prefix: 24))
        for number in 1...Bounds.claims { world.claim("d\(number)", 1_000, on: subnet) }
        for last in 1...2 as ClosedRange<UInt8> {
            _ = try world.strike(Target(203, 0, 113, last), StrikeTerms(source: "sshd", weight: 3))
        }
        #expect(world.sources(on: subnet).first == "subnet")
        #expect(world.sources(on: subnet).count == Bounds.claims)
    }

    // MARK: Any order

    /// More sources than a network has room for: at most eight claims, never an enforced one less
    /// because of a dry run, and never a longer one gone for a shorter.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func anyHistoryKeepsTheLongest(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var world = world()
        let sources = (0..<12).map { "s\($0)" } + ["dry", "dry2"]
        for _ in 0..<3_000 {
            if random.next() % 4 == 0 {
                world.advance(milliseconds: Int64.random(in: 1...4_000, using: &random))
                if random.next() % 2 == 0 { world.expire() }
            }
            let source = random.pick(sources)
            let boot = world.now.bootMilliseconds
            let before = world.state.bans.claims(on: abuser.network).filter { $0.deadline > boot }
            if random.next() % 8 == 0 {
                _ = try? world.ask(.unban(Targets(abuser), source: source))
                continue
            }
            let refused = world.claim(source, Int64.random(in: 1...60, using: &random))
            let after = world.state.bans.claims(on: abuser.network).filter { $0.deadline > boot }
            #expect(after.count <= Bounds.claims)
            let sorted = after.sorted(by: world.state.bans.precedes)
            #expect(sorted.map(\.source) == after.map(\.source))
            let names = Set(after.map { world.state.bans.texts(of: $0).source })
            #expect(names.contains(source) == (refused == nil) || before.count <= Bounds.claims)
            for gone in before where !after.contains(where: { $0.source == gone.source }) {
                let new = try #require(
                    after.first { one in !before.contains { $0.source == one.source } })
                #expect(world.state.bans.precedes(new, gone))
            }
        }
        for source in sources { _ = try? world.ask(.unban(Targets(abuser), source: source)) }
        world.advance(milliseconds: 100_000)
        world.expire()
        #expect(world.state.bans.count == 0 && world.state.bans.others.isEmpty)
        #expect(world.state.bans.dryRunCount == 0 && world.state.bans.ownCount == 0)
        #expect(world.replayed().image(at: world.now) == world.state.image(at: world.now))
    }
}
