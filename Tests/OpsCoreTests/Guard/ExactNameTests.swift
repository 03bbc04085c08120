// Names of sources and streams are bytes: two ways to write the same characters are two names.

import OpsTestKit
import Testing

@testable import OpsCore

private let abuser = Target(203, 0, 113, 9)
private let composed = "caf\u{e9}"
private let decomposed = "cafe\u{301}"

@Suite struct ExactNameTests {
    private func ban(_ world: inout World, _ source: String, _ seconds: Int64) throws {
        try world.ask(
            .ban(
                Targets(abuser),
                BanTerms(lifetime: .milliseconds(seconds * 1_000), source: source)))
    }

    @Test func eachSourceHasAClaimOfItsOwn() throws {
        var world = World()
        try ban(&world, composed, 3_600)
        #expect(
            world.refusal(.unban(Targets(abuser), source: decomposed))?.code == .notFound)
        #expect(
            world.refusal(.confirm(Targets(abuser), source: decomposed))?.code == .notFound)
        try ban(&world, decomposed, 5)
        #expect(world.state.bans.claims(on: abuser.network).count == 2)
        try world.ask(.unban(Targets(abuser), source: decomposed))
        let rest = world.state.bans.claims(on: abuser.network)
        #expect(rest.count == 1)
        let source = rest.first.map { world.state.bans.texts(of: $0).source }
        #expect(source?.utf8.elementsEqual(composed.utf8) == true)
    }

    /// U+212A, the Kelvin sign, is "K" to a Swift string; the numbers met lately must not say so.
    @Test func aTableOfTextsComparesBytes() {
        var table = TextTable(hasher: KeyedHash(key: (1, 2)), limit: 100, capacity: 200)
        let names = ["pdayxKvl", "pdayx\u{212a}vl", composed, decomposed]
        var numbers: [UInt32] = []
        for name in names + names { numbers.append(table.retain(text: name, by: 0)) }
        #expect(Set(numbers).count == names.count)
        #expect(Array(numbers.prefix(4)) == Array(numbers.suffix(4)))
        for (name, number) in zip(names, numbers) {
            #expect(table[number].utf8.elementsEqual(name.utf8) && table.find(name) == number)
        }
    }

    @Test func aSectionIsThatOfItsBytes() {
        var rules = GuardRules()
        rules.sources[composed] = SourcePolicy(rules)
        #expect(rules.counter(of: composed) == .own(composed))
        #expect(rules.counter(of: decomposed) == .shared)
    }

    private func strike(
        _ world: inout World, _ stream: String, _ number: UInt64, uid: UInt32 = 0
    ) throws -> StrikeAnswer {
        let terms = StrikeTerms(place: Place(stream: stream, number: number))
        let decision = try world.state.decide(
            .strike(abuser, terms), by: Caller(uid: uid, role: .report), at: world.now)
        guard case .strike(let answer)? = decision.reply else { throw Wrong() }
        switch decision.changes {
        case .none: break
        case .one(let change): world.commit(change)
        case .several(let changes): for change in changes { world.commit(change) }
        }
        return answer
    }

    @Test func streamsAreTheirUsersAndBytes() throws {
        var rules = GuardRules()
        rules.strikes = 100
        var world = World(rules)
        #expect(try !strike(&world, composed, .max).isRepeated)
        #expect(try !strike(&world, decomposed, 1).isRepeated)
        #expect(try strike(&world, composed, 7).isRepeated)
        #expect(try !strike(&world, composed, 7, uid: 65_534).isRepeated)
        #expect(try strike(&world, composed, 7, uid: 65_534).isRepeated)
        #expect(world.state.domains.places.count == 3)
    }

    /// A user with many streams pushes out none of another's, and what is repeated is in use.
    @Test func nobodyPushesOutAnothersStreams() throws {
        var places = Places()
        places.note(Place(stream: "auth", number: 9, uid: 5))
        for number in 0..<2_000 as Range<UInt64> {
            places.note(Place(stream: "s\(number)", number: number, uid: 6))
        }
        #expect(places.count == Bounds.streams)
        #expect(places.last(of: Place(stream: "auth", number: 0, uid: 5))?.number == 9)
        var world = World()
        _ = try strike(&world, "log", 5)
        let before = world.state.domains.places.all[0].use
        #expect(try strike(&world, "log", 3).isRepeated)
        let after = world.state.domains.places.all[0]
        #expect(after.place.number == 5 && after.use > before)
    }

    /// What does not count when it is reported does not count when it is repeated.
    @Test func aStrikeThatDoesNotCountMovesItsPlace() throws {
        var world = World()
        try ban(&world, "", 3_600)
        let answer = try strike(&world, "log", 4)
        #expect(!answer.isCounted && !answer.isRepeated)
        try world.ask(.unban(Targets(abuser)))
        #expect(try strike(&world, "log", 4).isRepeated)
        #expect(
            world.replayed().domains.places.all.map(\.place.number)
                == world.state.domains.places.all.map(\.place.number))
    }

    /// Made-up names leave room for those that count by themselves, and for the rules.
    @Test func madeUpSourcesSilenceNoSection() throws {
        var rules = GuardRules()
        rules.sources["sshd"] = SourcePolicy(rules)
        var world = World(rules)
        for number in 0..<Bounds.sources {
            let target = Target(network: Network(ipv4: 0x0a00_0000 + UInt32(number)), isBare: true)
            _ = try world.ask(.strike(target, StrikeTerms(source: "made up \(number)")))
        }
        #expect(
            world.refusal(.strike(abuser, StrikeTerms(source: "another")))?.code == .tooMany)
        #expect(world.refusal(.strike(abuser, StrikeTerms(source: "sshd"))) == nil)
        #expect(world.refusal(.strike(abuser, StrikeTerms(source: "rate"))) == nil)
    }

    /// The end that a strike tells is the one that counts.
    @Test func aStrikeTellsTheLastEnd() throws {
        var rules = GuardRules()
        rules.sources["sshd"] = SourcePolicy(rules)
        var world = World(rules)
        try ban(&world, "feed", 86_400)
        let terms = StrikeTerms(source: "sshd", weight: 3)
        guard case .strike(let answer)? = try world.ask(.strike(abuser, terms)) else {
            throw Wrong()
        }
        #expect(answer.ban?.ttlSeconds == 86_400 && answer.ban?.source == "feed")
    }
}
