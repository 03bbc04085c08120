// How far one user may fill a table: nobody shuts out administrators, rules, or other reporters.

import OpsTestKit
import Testing

@testable import OpsCore

private func address(_ number: Int) -> Target {
    Target(network: Network(ipv4: 0x0a00_0000 + UInt32(number)), isBare: true)
}

extension World {
    fileprivate mutating func decide(_ command: Command, _ caller: Caller) -> Refusal? {
        do throws(Refusal) {
            let decision = try state.decide(command, by: caller, at: now)
            for change in decision.changes.all { commit(change) }
            if let telemetry = decision.telemetry { state.apply(telemetry) }
            return nil
        } catch {
            return error
        }
    }

    /// Strikes addresses from `first` on until it is refused; how many were taken, and why.
    fileprivate mutating func flood(
        _ caller: Caller, from first: Int, weight: Int = 1_000, most: Int = 2_000,
        source: (Int) -> String? = { _ in nil }, stream: ((Int) -> String)? = nil
    ) -> (Int, Refusal?) {
        for number in 0..<most {
            let terms = StrikeTerms(
                source: source(number), weight: weight,
                place: stream.map { Place(stream: $0(number), number: 1) })
            if let refusal = decide(.strike(address(first + number), terms), caller) {
                return (number, refusal)
            }
        }
        return (most, nil)
    }
}

private func reporter(_ uid: UInt32) -> Caller { Caller(uid: uid, role: .report) }
private let detector = Caller(uid: 90, role: .watch)
private let root = Caller(uid: 0, role: .admin)

@Suite struct TableShareTests {
    private var rules: GuardRules {
        var rules = GuardRules()
        rules.maxTracked = 1_000
        return rules
    }

    @Test("A reporter has a quarter of the bans; reporters leave a tenth to administrators")
    func bans() {
        var world = World(rules)
        var (count, refusal) = world.flood(reporter(33), from: 0)
        #expect(count == 250 && refusal?.code == .tooMany)
        #expect(
            refusal?.message == "user 33 has 250 of 1000 bans, and no user of the role report may "
                + "have more than a quarter")
        for (uid, expected) in [(34, 250), (35, 250), (36, 150)] as [(UInt32, Int)] {
            (count, refusal) = world.flood(reporter(uid), from: Int(uid) * 10_000)
            #expect(count == expected)
        }
        #expect(
            refusal?.message == "there are 900 bans already, and the last tenth of 1000 is kept "
                + "for administrators and the rules of opsd")
        #expect(world.flood(detector, from: 1_000_000).0 == 0)
        (count, refusal) = world.flood(root, from: 2_000_000)
        #expect(count == 100 && refusal?.message == "there are 1000 bans already")
    }

    @Test("A satellite may have nine tenths")
    func satellite() {
        var world = World(rules)
        #expect(world.flood(detector, from: 0).0 == 900)
    }

    @Test("What has ended, or was lifted, is held no more; a restart changes nothing")
    func decay() {
        var world = World(rules)
        #expect(world.flood(reporter(33), from: 0).0 == 250)
        var again = State(rules: rules, hashKey: (5, 6))
        for (change, stamp) in world.log { again.apply(change, stamp) }
        #expect(again.bans.count(of: 33) == 250)
        #expect(world.decide(.unban(Targets(address(7)), source: nil), root) == nil)
        #expect(world.flood(reporter(33), from: 5_000).0 == 1)
        world.advance(milliseconds: 11 * 60_000)
        world.expire()
        #expect(world.state.bans.count(of: 33) == 0)
        #expect(world.flood(reporter(33), from: 0).0 == 250)
    }

    @Test("The rate limit may use the last tenth, for a reporter that has less than a quarter")
    func rateRule() {
        var rules = rules
        rules.rateLimit = 1
        rules.strikes = 1
        var world = World(rules)
        #expect(world.flood(detector, from: 0).0 == 900)
        func hit(_ number: Int, _ world: inout World) {
            for _ in 0..<2 {
                #expect(world.decide(.hit(address(number), route: nil), reporter(33)) == nil)
            }
        }
        for number in 5_000..<5_200 { hit(number, &world) }
        #expect(world.state.bans.count == 1_000)
        #expect(world.decide(.strike(address(9), StrikeTerms(source: "rate")), reporter(33)) == nil)
        var other = World(rules)
        for number in 0..<400 { hit(number, &other) }
        #expect(other.state.bans.count == 250)
    }

    @Test("A reporter has a quarter of the struck addresses, and pushes none of others' out")
    func struckAddresses() {
        var world = World(rules)
        #expect(world.flood(detector, from: 0, weight: 1, most: 700).0 == 700)
        let (count, refusal) = world.flood(reporter(33), from: 10_000, weight: 1)
        #expect(count == 250 && refusal?.message.contains("struck addresses") == true)
        // At nine tenths the first to end make room.
        #expect(world.state.strikes.count == 900)
        #expect(world.state.strikes.owners.count(of: 90) == 650)
        // What is struck already is no more than it was.
        let again = world.decide(.strike(address(10_001), StrikeTerms(weight: 1)), reporter(33))
        #expect(again == nil)
        #expect(world.flood(root, from: 20_000, weight: 1, most: 100).0 == 100)
        #expect(world.state.strikes.count == 1_000)
    }

    @Test("A reporter brings in a quarter of the sources")
    func sources() {
        var world = World()
        let (count, refusal) = world.flood(
            reporter(33), from: 0, weight: 1, most: 9_000, source: { "s\($0)" })
        #expect(count == Bounds.sources / 4)
        #expect(refusal?.message.hasPrefix("source: user 33 has 8192 of 32768") == true)
        #expect(refusal?.hint?.hasPrefix("use one source per program") == true)
        for caller in [reporter(34), detector, root] {
            let terms = StrikeTerms(source: "of \(caller.uid)", weight: 1)
            #expect(world.decide(.strike(address(1), terms), caller) == nil)
        }
        // A source that is there is there for all.
        let known = StrikeTerms(source: "s7", weight: 1)
        #expect(world.decide(.strike(address(2), known), reporter(33)) == nil)
    }

    @Test("A reporter has a quarter of the claims beside longer ones")
    func otherClaims() {
        var rules = GuardRules()
        rules.sources["own"] = SourcePolicy(rules)
        var world = World(rules)
        #expect(world.flood(detector, from: 0, most: 17_000).0 == 17_000)
        let (count, refusal) = world.flood(
            reporter(33), from: 0, most: 17_000, source: { _ in "own" })
        #expect(count == Bounds.otherClaims / 4)
        #expect(refusal?.message.contains("that others ban for longer") == true)
        let more = StrikeTerms(source: "own", weight: 1_000)
        #expect(world.decide(.strike(address(16_999), more), reporter(34)) == nil)
    }

    @Test("A flood of hits pushes out the reporter's own windows")
    func rateWindows() {
        var world = World(rules)
        for number in 0..<300 {
            #expect(world.decide(.hit(address(number), route: nil), reporter(7)) == nil)
        }
        for number in 10_000..<15_000 {
            #expect(world.decide(.hit(address(number), route: nil), reporter(33)) == nil)
        }
        #expect(world.state.rates.count == 1_000)
        #expect(world.state.rates.owners.count(of: 7) == 300)
        // And whoever has less than a quarter finds room.
        for number in 20_000..<20_100 {
            #expect(world.decide(.hit(address(number), route: nil), reporter(8)) == nil)
        }
        #expect(world.state.rates.owners.count(of: 8) > 80)
    }

    @Test("Streams of others are not pushed out by a reporter with a quarter of all")
    func streams() {
        var world = World()
        let first = world.flood(
            detector, from: 0, weight: 1, most: 700, stream: { "log \($0)" })
        #expect(first.0 == 700)
        let (count, refusal) = world.flood(
            reporter(33), from: 1_000, weight: 1, stream: { "made up \($0)" })
        #expect(count == 324 && refusal?.message.hasPrefix("place: ") == true)
        #expect(world.state.domains.places.count == Bounds.streams)
    }

    @Test("Offenders of others are not pushed out by a reporter with a quarter of all")
    func offenders() {
        var rules = rules
        rules.banFactor = 2
        var world = World(rules)
        #expect(world.flood(detector, from: 0, most: 800).0 == 800)
        for round in 1...6 {
            world.advance(milliseconds: 11 * 60_000)
            world.expire()
            _ = world.flood(reporter(33), from: round * 10_000, most: 100)
        }
        #expect(world.state.offenses.count == 1_000)
        #expect(world.state.offenses.owners.count(of: 33) == 250)
        #expect(world.state.offenses.owners.count(of: 90) == 750)
    }

    @Test("From nine tenths on `health` names the table")
    func findings() {
        var world = World(rules)
        #expect(world.flood(detector, from: 0, most: 899).0 == 899)
        #expect(world.state.fullTables.isEmpty)
        #expect(world.flood(detector, from: 899, most: 1).0 == 1)
        #expect(
            world.state.fullTables == [
                HealthFinding(
                    .tableFull,
                    "the table of bans is nearly full: 900 of 1,000 (guard.max_tracked); the rest "
                        + "is kept for administrators and rules",
                    thing: "bans")
            ])
        #expect(world.state.fullTables.first?.level == .issue)
    }
}

@Suite struct OwnersTests {
    @Test("Users come, share numbers in turn, and go")
    func turns() {
        var owners = Owners()
        var numbers: [UInt16] = []
        for uid in [5, 6, 5, 7] as [UInt32] { numbers.append(owners.add(uid)) }
        #expect(numbers[0] == numbers[2] && Set(numbers).count == 3)
        #expect(owners.count(of: 5) == 2 && owners.count(of: 8) == 0)
        owners.remove(number: numbers[1])
        owners.remove(5)
        owners.remove(5)
        owners.remove(5)
        #expect(owners.count == 1 && owners.count(of: 5) == 0)
        #expect(owners.add(9) != numbers[3])
        #expect(owners.count(of: 9) == 1 && owners.count(of: 7) == 1 && owners.count(of: 6) == 0)
    }

    @Test("More users than numbers: the rest are nobody")
    func many() {
        var owners = Owners()
        for uid in 0..<UInt32(70_000) { owners.add(uid) }
        #expect(owners.count == 65_535)
        #expect(owners.add(69_999) == Owners.nobody)
        owners.remove(number: Owners.nobody)
        owners.remove(3)
        #expect(owners.add(69_999) != Owners.nobody)
    }
}
