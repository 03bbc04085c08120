// What must hold for every history: tables against plain dictionaries, the rate limit against an
// exact recount, replay against the live run.

import OpsCore
import OpsTestKit
import Testing

@Suite struct GuardPropertyTests {
    /// In no window more than the limit; nothing refused more than a sixteenth too long.
    @Test(arguments: [(1, 1_000), (3, 1_000), (5, 16_000), (100, 60_000), (7, 86_400_000)])
    func rateLimitAgainstARecount(limit: Int, window: Int64) throws {
        var rules = GuardRules()
        rules.rateLimit = limit
        rules.rateWindowMilliseconds = window
        rules.allow = [Network(ipv4: 0xcb00_7109)]
        var world = World(rules)
        let target = Target(203, 0, 113, 9)
        var random = SeededGenerator(seed: UInt64(limit) &* 31 &+ UInt64(window))
        var admitted: [Int64] = []
        let windowNanoseconds = window * 1_000_000
        for _ in 0..<4_000 {
            let scale = random.next() % 3 == 0 ? windowNanoseconds * 2 : windowNanoseconds / 40
            world.now.boot += Int64.random(in: 0...scale, using: &random)
            let now = world.now.boot
            let answer = try world.hit(target)
            switch answer.outcome {
            case .admitted:
                admitted.append(now)
                let inside = admitted.reversed().prefix { now - $0 < windowNanoseconds }.count
                #expect(inside <= limit)
            case .limited(let wait):
                let grace = windowNanoseconds + windowNanoseconds / 16
                let held = admitted.reversed().prefix { now - $0 < grace }.count
                #expect(held >= limit, "refused though fewer than the limit in 17/16 windows")
                #expect(wait >= 1 && wait * 1_000 <= window + window / 16 + 1_000)
            case .banned: throw Wrong()
            }
        }
        #expect(admitted.count > 50)
    }

    @Test func retryAfterIsTrue() throws {
        var rules = GuardRules()
        rules.allow = [Network(ipv4: 0xcb00_7109)]
        rules.rateLimit = 4
        var world = World(rules)
        let target = Target(203, 0, 113, 9)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            world.advance(milliseconds: Int64.random(in: 0...9_000, using: &random))
            guard case .limited(let wait) = try world.hit(target).outcome else { continue }
            world.advance(milliseconds: wait * 1_000)
            guard case .admitted = try world.hit(target).outcome else { throw Wrong() }
        }
    }

    @Test func aFullRateTableStaysBounded() throws {
        var rules = GuardRules()
        rules.maxTracked = 50
        var world = World(rules)
        for number in 0..<2_000 as Range<UInt32> {
            let target = Target(network: Network(ipv4: 0x0a00_0000 + number), isBare: true)
            _ = try world.hit(target)
            world.advance(milliseconds: 7)
        }
        #expect(world.state.guardStats.trackedRates <= 50)
        world.advance(milliseconds: 200_000)
        world.state.sweepRates(1_000, at: world.now)
        #expect(world.state.guardStats.trackedRates == 0)
    }

    /// Random commands and times; live state == replayed state, from the start and from any point
    /// with any part of the tables ahead, as a snapshot taken part by part leaves them.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func liveEqualsReplayed(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rules = GuardRules()
        rules.maxTracked = 40
        rules.banMemoryMilliseconds = 60_000
        rules.subnetThreshold = 3
        rules.dryRunSources = ["d"]
        var world = World(rules)
        var snapshot: (state: State, at: Int)?
        for step in 0..<3_000 {
            if random.next() % 4 == 0 {
                world.advance(milliseconds: Int64.random(in: 0...40_000, using: &random))
                world.expire()
            }
            _ = world.tryAsk(Self.command(&random))
            if step == 1_500 { snapshot = (world.state, world.log.count) }
        }
        world.expire()
        let live = world.state.image(at: world.now)
        #expect(world.replayed().image(at: world.now) == live)

        let early = try #require(snapshot)
        for mix in 0..<8 {
            var restored = State(rules: rules, hashKey: world.key)
            let events = early.state.events
            restored.restore(
                lastEventID: 0, clockOffset: early.state.clockOffset, bootID: early.state.bootID)
            for event in events.all { restored.restore(event) }
            for part in 0..<State.snapshotParts {
                let ahead = (part &* 7 &+ mix) % 3 == 0
                let source = ahead ? world.state : early.state
                let held = source.snapshotPart(part, at: World.start)
                held.bans { restored.restore($0) }
                held.strikes { for strike in $0 { restored.restore(strike) } }
                held.offenses { restored.restore($0) }
            }
            let replayed = world.replayed(from: early.at, onto: restored)
            #expect(replayed.image(at: world.now) == live)
        }
    }

    /// `admit` is `decide` and `apply` without a detour: the same answers, and the same windows.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func theShortWayOfAHitIsTheLongOne(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var rules = GuardRules()
        rules.rateLimit = 5
        rules.maxTracked = 64
        var short = World(rules)
        var long = World(rules)
        for _ in 0..<3_000 {
            let step = Int64.random(in: 0...4_000, using: &random)
            short.advance(milliseconds: step)
            long.advance(milliseconds: step)
            short.expire()
            long.expire()
            let target = Target(203, 0, 113, UInt8.random(in: 1...20, using: &random))
            let answer = try long.hit(target)
            if let admitted = short.state.admit(target, by: .daemon, at: short.now) {
                #expect(admitted == answer)
            } else {
                #expect(try short.hit(target) == answer)
            }
            #expect(short.state.guardStats == long.state.guardStats)
        }
        #expect(short.log.count == long.log.count)
    }

    @Test func anotherBootNeverLengthensABan() throws {
        var world = World()
        let target = Target(203, 0, 113, 9)
        try world.ban(target, .milliseconds(600_000))
        try world.ban(Target(198, 51, 100, 1), .permanent)
        _ = try world.strike(Target(198, 51, 100, 2))
        world.advance(milliseconds: 100_000)
        let last = world.now.bootMilliseconds
        let wall = world.now.wallMilliseconds
        // (wall clock at the new boot, seconds of the ban left)
        for (shift, left) in [
            (0, 500), (200_000, 300), (500_000, nil), (-86_400_000, 500), (10_000_000_000, nil),
        ] as [(Int64, Int64?)] {
            var next = world
            next.now = Moment(boot: 5_000_000_000, wall: (wall + shift) * 1_000_000)
            next.commit(
                .rebased(
                    Rebase(
                        lastBoot: last, earlierOffset: world.state.clockOffset, boot: 5_000,
                        wall: wall + shift, bootID: BootID(high: 1, low: 2))))
            let ban = try next.check(target)
            #expect(ban?.ttlSeconds == left)
            if shift >= 0, let ban { #expect(ban.expires == 1_761_069_966 as Int64) }
            #expect(try next.check(Target(198, 51, 100, 1)) != nil)
        }
    }

    @Test func aMillionExpiriesAreOneEventASecond() throws {
        var world = World()
        for number in 0..<2_000 as Range<UInt32> {
            try world.ban(Target(network: Network(ipv4: 0x0a00_0000 + number), isBare: true))
        }
        let before = world.state.events.lastID
        world.advance(milliseconds: 600_000)
        world.expire()
        world.advance(milliseconds: 1_000)
        world.expire()
        #expect(world.state.guardStats.activeBans == 0)
        #expect(world.state.events.lastID - before == 101)
        #expect(world.state.events.all.last?.details == "1900 bans expired")
    }

    @Test func pagesWalkEveryBanOnce() throws {
        var world = World()
        var expected: Set<Network> = []
        for number in 0..<3_000 as Range<UInt32> {
            let target = Target(network: Network(ipv4: 0x0a00_0000 + number * 7), isBare: true)
            try world.ban(target)
            expected.insert(target.network)
        }
        for limit in [1, 7, 100, 1_000] {
            var seen: [Network] = []
            var after: Network?
            repeat {
                let query = PageQuery(limit: limit, after: after)
                guard case .bans(let page)? = try world.ask(.bans(query)) else { throw Wrong() }
                seen += page.rows.map(\.network)
                after = page.next
            } while after != nil
            #expect(seen.count == expected.count)
            #expect(Set(seen) == expected)
        }
    }

    static func command(_ random: inout SeededGenerator) -> Command {
        let last = UInt32.random(in: 0..<60, using: &random)
        let isWide = random.next() % 10 == 0
        let network = Network(ipv4: 0xc633_6400 + last, prefix: isWide ? 28 : 32)
        let target = Target(network: network, isBare: !isWide)
        let address = Target(network: Network(ipv4: 0xc633_6400 + last), isBare: true)
        switch random.next() % 16 {
        case 0: return .unban(Targets(target))
        case 1: return .clear(address)
        case 2: return .success(address)
        case 3, 4:
            let length = Int64.random(in: 1...100, using: &random) * 1_000
            return .ban(
                Targets(target),
                BanTerms(lifetime: .milliseconds(length), reason: "r\(last % 5)", source: "s"))
        case 5: return .ban(Targets(target), BanTerms(lifetime: .permanent))
        case 6: return .hit(address, route: "/x")
        case 7:
            let length = Int64.random(in: 10...100, using: &random) * 1_000
            return .ban(
                Targets(target),
                BanTerms(
                    lifetime: random.next() % 4 == 0 ? .permanent : .milliseconds(length),
                    source: random.next() % 2 == 0 ? "d" : nil, confirmMilliseconds: 20_000))
        case 8, 9: return .confirm(Targets(target))
        case 10: return .strike(address, StrikeTerms(source: "d", weight: 2))
        default: return .strike(address, StrikeTerms(reason: "r\(last)", source: "t"))
        }
    }
}

extension World {
    mutating func tryAsk(_ command: Command) -> Reply? {
        do throws(Refusal) { return try ask(command) } catch { return nil }
    }
}
