// The tables of lists against plain searching, and live against replayed.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct ListPropertyTests {
    private static func networks(_ random: inout SeededGenerator, _ count: Int) -> [Network] {
        var all = (0..<count).map { _ in
            random.next() % 3 == 0
                ? Network(
                    high: 0x2001_0db8_0000_0000 | random.next() % 64,
                    low: random.next() % 3 << 62, length: [64, 66, 128][Int(random.next() % 3)])
                : Network(
                    ipv4: 0xc633_0000 + UInt32(truncatingIfNeeded: random.next() % 4_096),
                    prefix: [32, 32, 31, 28][Int(random.next() % 4)])
        }
        all.sort { $0.isIPv4 != $1.isIPv4 ? $0.isIPv4 : $0 < $1 }
        return all
    }

    /// Lookups, overlaps and pages against a search of the plain array.
    @Test(arguments: [0, 1, 7, 300, 6_000], [1, 2] as [UInt64])
    func tablesAgainstAModel(count: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var runs = NetworkRuns()
        var model: [Network] = []
        for network in Self.networks(&random, count) {
            let isHeld = model.last?.contains(network) ?? false
            #expect(runs.append(network) == (isHeld ? .held : .appended))
            if !isHeld { model.append(network) }
        }
        #expect(runs.count == model.count && runs.last == model.last)
        let list = AddressList(
            name: "a", deadline: Ban.never, committed: 0, uid: 0, networks: ListedNetworks(runs))
        var world = World()
        world.state.restore(.list(list))
        for probe in Self.networks(&random, 200) {
            let expected = model.first { $0.contains(probe) }
            #expect(try world.check(.network(probe))?.network == expected)
        }
        for limit in [1, 3, 1_000] where count < 1_000 || limit > 100 {
            var seen: [Network] = []
            var after: Network?
            repeat {
                let query = PageQuery(limit: limit, after: after)
                guard
                    case .list(.page(_, let page))? = try? world.ask(.list(.show(name: "a", query)))
                else { break }
                seen += page.rows
                after = page.next
                #expect(page.rows.count <= limit)
            } while after != nil
            #expect(seen == model)
        }
    }

    /// Random loads, drops, ends and bans; live state == replayed state, from the start and from a
    /// snapshot at any record that is not between a chunk and its commit.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func liveEqualsReplayed(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var world = World()
        var snapshots: [(images: [any DomainImage], state: State, at: Int)] = []
        for _ in 0..<150 {
            let name = "l\(random.next() % 5)"
            switch random.next() % 6 {
            case 0: _ = world.tryAsk(.list(.drop(name: name)))
            case 1:
                world.advance(milliseconds: Int64.random(in: 0...40_000, using: &random))
                world.expire()
                world.expireDomains()
            case 2:
                // Somebody died in the middle.
                let runs = ListChunk.Runs.ipv4([.init(first: 1, last: 1)])
                let token = UInt64(world.log.count) + 1
                world.commit(.list(.chunk(ListChunk(token: token, index: 0, runs: runs))))
            case 3: _ = world.tryAsk(GuardPropertyTests.command(&random))
            default:
                let count = [0, 5, 900, 5_000][Int(random.next() % 4)]
                let isForever = random.next() % 2 == 0
                try world.load(
                    name, Self.networks(&random, count),
                    isForever ? .permanent : .milliseconds(30_000))
            }
            if random.next() % 20 == 0 {
                snapshots.append(
                    (
                        world.state.domainImages(.beginning, at: world.now), world.state,
                        world.log.count
                    ))
            }
        }
        world.expire()
        let live = world.state.image(at: world.now)
        #expect(world.replayed().image(at: world.now) == live)
        #expect(!snapshots.isEmpty)
        for early in snapshots {
            var restored = State(rules: world.state.rules, hashKey: (5, 6))
            restored.restore(
                lastEventID: 0, clockOffset: early.state.clockOffset, bootID: early.state.bootID)
            for event in early.state.events.all { restored.restore(event) }
            for image in early.images { image.forEachEntry { restored.restore($0) } }
            for part in 0..<State.snapshotParts {
                let held = early.state.snapshotPart(part, at: World.start)
                held.bans { restored.restore($0) }
                held.strikes { for strike in $0 { restored.restore(strike) } }
            }
            #expect(world.replayed(from: early.at, onto: restored).image(at: world.now) == live)
        }
    }

    /// The same records twice, in order: no harm.
    @Test func appliedTwiceIsAppliedOnce() throws {
        var world = World()
        var random = SeededGenerator(seed: 9)
        try world.load("a", Self.networks(&random, 5_000))
        try world.load("b", Self.networks(&random, 10), .milliseconds(5_000))
        try world.load("a", Self.networks(&random, 5_000))
        let once = world.state.image(at: world.now).lists
        for (change, stamp) in world.log { world.state.apply(change, stamp) }
        #expect(world.state.image(at: world.now).lists == once)
    }

    /// A log that begins in the middle of a list (`--recover`) makes no part of it a list.
    @Test func aListWithoutAllItsChunksIsNone() throws {
        var world = World()
        var random = SeededGenerator(seed: 4)
        try world.load("a", Self.networks(&random, 5_000))
        let chunks = world.log.indices.filter {
            if case .domain(.list(.chunk)) = world.log[$0].0 { true } else { false }
        }
        #expect(chunks.count >= 2)
        for missing in chunks {
            var state = State(hashKey: (1, 2))
            for (place, entry) in world.log.enumerated() where place != missing {
                state.apply(entry.0, entry.1)
            }
            #expect(state.guardStats.lists == 0)
        }
    }
}
