// The rules of lists, by their numbers (State+Lists.swift).

import OpsTestKit
import Testing

@testable import OpsCore

private func network(_ text: String) -> Network { Network(parsing: text) ?? .ipv4Loopback }

extension World {
    /// Makes a list of networks as the daemon does, in chunks of at most the bound.
    mutating func load(
        _ name: String, _ networks: [Network], _ lifetime: Lifetime = .permanent
    ) throws {
        var draft = ListDraft(token: 1, name: name, lifetime: lifetime, rules: state.rules)
        _ = try draft.add(networks.map { .network($0) }, to: state)
        commit(draft)
    }

    mutating func commit(_ draft: ListDraft) {
        let token = UInt64(log.count) + 1
        for place in 0..<draft.runs.chunkCount {
            let runs = draft.runs.chunk(place)
            commit(.list(.chunk(ListChunk(token: token, index: UInt32(place), runs: runs))))
        }
        let change = state.listCommit(
            of: draft, token: token, kept: 0, replacing: nil,
            by: Caller(uid: 0, role: .admin), at: now)
        commit(.list(.committed(change)))
    }

}

@Suite struct ListRuleTests {
    private let listed = Target(192, 0, 2, 9)

    private func loaded(_ lifetime: Lifetime = .permanent) throws -> World {
        var world = World()
        try world.load("drop", [network("192.0.2.0/24"), network("2001:db8::/48")], lifetime)
        return world
    }

    @Test func ruleL1AListedAddressCountsAsBanned() throws {
        var world = try loaded()
        let held = try #require(try world.check(listed))
        #expect(held.list == "drop" && held.source == "list:drop" && held.expires == nil)
        #expect(held.network == network("192.0.2.0/24"))
        #expect(try world.hit(listed).outcome == .banned(retryAfterSeconds: nil))
        let before = world.log.count
        #expect(try world.strike(listed).ban?.list == "drop")
        #expect(world.log.count == before + 1, "a strike counts: the list may be dropped")
        #expect(try world.check(Target(192, 0, 3, 9)) == nil)
        #expect(try world.check(Target(high: 0x2001_0db8_0000_0001, low: 5)) != nil)
        #expect(try world.check(Target(high: 0x2001_0db8_0001_0000, low: 5)) == nil)
        #expect(try world.check(.network(network("192.0.0.0/16"))) == nil, "only a part of it")
    }

    @Test func ruleL1ABanIsToldBeforeAList() throws {
        var world = try loaded()
        try world.ban(listed, .milliseconds(60_000))
        #expect(try world.check(listed)?.list == nil)
        guard case .why(let why)? = try world.ask(.why(listed)) else { throw Wrong() }
        #expect(why.bans.map(\.list) == [nil, "drop"])
        try world.ask(.unban(Targets(listed)))
        #expect(try world.check(listed)?.list == "drop")
        guard case .why(let why)? = try world.ask(.why(listed)) else { throw Wrong() }
        #expect(why.verdict == "banned: 192.0.2.0/24 is in the list drop; hits answer 403")
    }

    @Test func ruleL2WhatIsAllowedNoListHolds() throws {
        var world = try loaded()
        var rules = world.state.rules
        rules.allow = [network("192.0.2.8/30")]
        world.state.adopt(rules, eventCapacity: 1_000)
        #expect(try world.check(listed) == nil)
        guard case .admitted = try world.hit(listed).outcome else { throw Wrong() }
        guard case .why(let why)? = try world.ask(.why(listed)) else { throw Wrong() }
        #expect(why.bans.isEmpty)
        #expect(try world.check(Target(192, 0, 2, 12)) != nil, "the rest stays")
        rules.allow = [network("2001:db8::7/128")]
        world.state.adopt(rules, eventCapacity: 1_000)
        #expect(try world.check(Target(high: 0x2001_0db8_0000_0000, low: 7)) == nil)
        #expect(try world.check(Target(high: 0x2001_0db8_0000_0000, low: 8)) != nil)
    }

    @Test(arguments: [
        "0.0.0.0/0", "0.0.0.0/7", "127.0.0.1", "127.0.0.0/8", "10.1.2.3", "10.0.0.0/8",
        "10.1.0.0/16", "::/0", "2001::/31", "::1/128", "::/64",
    ])
    func ruleL3SomeNetworksAreRefusedOneByOne(_ text: String) throws {
        var world = World()
        world.state.adopt(
            {
                var rules = GuardRules()
                rules.allow += [network("10.1.0.0/16"), network("10.1.2.0/24")]
                return rules
            }(), eventCapacity: 10)
        let wrong = network(text)
        var all = [wrong, network("9.0.0.0/8"), network("192.0.2.1"), network("2001:db8::/32")]
        all.sort { $0.isIPv4 != $1.isIPv4 ? $0.isIPv4 : $0 < $1 }
        var draft = ListDraft(
            token: 1, name: "a", lifetime: .permanent, rules: world.state.rules)
        let answer = try draft.add(all.map { .network($0) }, to: world.state)
        #expect(answer.refused.map(\.network) == [wrong])
        #expect(answer.refused.allSatisfy { $0.refusal.code == .refused })
        #expect(answer.staged == 3 && draft.count == 3)
    }

    @Test func ruleL4UnbanNamesTheList() throws {
        let world = try loaded()
        let refusal = try #require(world.refusal(.unban(Targets(listed))))
        #expect(refusal.code == .refused && refusal.message.contains("in the list drop"))
        #expect(refusal.hint?.contains("list drop drop") == true)
        #expect(world.refusal(.unban(Targets(Target(1, 1, 1, 1))))?.code == .notFound)
    }

    @Test func ruleL4UnbanOfABanBesideAListSaysSo() throws {
        var world = try loaded()
        try world.ban(listed)
        guard case .unbanned(let lifted)? = try world.ask(.unban(Targets(listed))) else {
            throw Wrong()
        }
        #expect(lifted.holder == network("192.0.2.0/24") && lifted.list == "drop")
    }

    @Test func ruleL7ADryRunHoldsNobody() throws {
        var world = try loaded()
        for sources in [["list:drop"], []] {
            var rules = world.state.rules
            let before = world.state.protections
            rules.dryRunSources = sources
            rules.dryRun = sources.isEmpty
            world.state.adopt(rules, eventCapacity: 1_000)
            #expect(world.state.protections != before, "who keeps a copy is told")
            #expect(try world.check(listed) == nil)
            #expect(try world.hit(listed).outcome != .banned(retryAfterSeconds: nil))
            guard case .why(let why)? = try world.ask(.why(listed)) else { throw Wrong() }
            #expect(why.bans.map(\.isDryRun) == [true])
            guard case .list(.all(let lists))? = try world.ask(.list(.show(name: nil, PageQuery())))
            else { throw Wrong() }
            #expect(lists.map(\.isDryRun) == [true])
        }
        var rules = world.state.rules
        rules.dryRunSources = ["list:other"]
        rules.dryRun = false
        world.state.adopt(rules, eventCapacity: 1_000)
        #expect(try world.check(listed)?.list == "drop")
        // A section of its own decides, here as for the kernel.
        for isDryRun in [true, false] {
            rules.dryRun = !isDryRun
            rules.sources["list:drop"] = SourcePolicy(rules)
            rules.sources["list:drop"]?.dryRun = isDryRun
            world.state.adopt(rules, eventCapacity: 1_000)
            let list = try #require(world.state.lists["drop"])
            #expect(world.state.isDryRun(list) == isDryRun)
            #expect(try world.check(listed)?.list == (isDryRun ? nil : "drop"))
        }
    }

    @Test func ruleL5AListIsReplacedAsAWhole() throws {
        var world = try loaded()
        try world.load("drop", [network("198.51.100.7")])
        #expect(try world.check(listed) == nil)
        #expect(try world.check(Target(198, 51, 100, 7))?.list == "drop")
        #expect(world.state.guardStats.lists == 1 && world.state.guardStats.listed == 1)
        // Chunks alone are nothing.
        world.commit(
            .list(
                .chunk(
                    ListChunk(token: 99, index: 0, runs: .ipv4([.init(first: 7, last: 7)])))))
        #expect(world.state.guardStats.listed == 1)
        try world.ask(.list(.drop(name: "drop")))
        #expect(world.state.guardStats.lists == 0)
        #expect(world.refusal(.list(.drop(name: "drop")))?.code == .notFound)
        #expect(world.refusal(.list(.show(name: "drop", PageQuery())))?.code == .notFound)
    }

    @Test func ruleL6ListsAndNetworksAreBounded() throws {
        var rules = GuardRules()
        rules.maxListed = 70
        var world = World(rules)
        for number in 0..<ListBounds.lists {
            try world.load("l\(number)", [Network(ipv4: 0x0a00_0000 + UInt32(number))])
        }
        #expect(throws: Refusal.self) { try world.state.requireRoom(forList: "new", entries: 0) }
        try world.state.requireRoom(forList: "l1", entries: 6)
        #expect(throws: Refusal.self) { try world.state.requireRoom(forList: "l1", entries: 7) }
        #expect(world.state.listRoom(underWay: 4) == 2)
        #expect(world.state.listRoom(underWay: 400) == 0)
    }

    @Test func aListEndsAsAWhole() throws {
        var world = try loaded(.milliseconds(60_000))
        #expect(try world.hit(listed).outcome == .banned(retryAfterSeconds: 60))
        world.advance(milliseconds: 59_999)
        #expect(try world.check(listed)?.ttlSeconds == 1)
        #expect(world.state.dueInDomains(at: world.now, atMost: 9).isEmpty)
        world.advance(milliseconds: 1)
        #expect(try world.check(listed) == nil, "before anything has noticed")
        #expect(world.state.image(at: world.now).lists.isEmpty)
        world.expireDomains()
        #expect(world.state.guardStats.lists == 0 && world.state.nextDeadline == nil)
        #expect(world.state.events.newest?.kind == .listExpired)
        #expect(world.replayed().image(at: world.now) == world.state.image(at: world.now))
    }

    @Test func anotherBootMovesTheDeadline() throws {
        var world = try loaded(.milliseconds(600_000))
        try world.load("stays", [network("198.51.100.7")])
        world.advance(milliseconds: 100_000)
        let last = world.now.bootMilliseconds
        let wall = world.now.wallMilliseconds
        world.now = Moment(boot: 5_000_000_000, wall: (wall + 200_000) * 1_000_000)
        world.commit(
            .rebased(
                Rebase(
                    lastBoot: last, earlierOffset: world.state.clockOffset, boot: 5_000,
                    wall: wall + 200_000, bootID: BootID(high: 1, low: 2))))
        #expect(try world.check(listed)?.ttlSeconds == 300)
        #expect(try world.check(Target(198, 51, 100, 7))?.expires == nil)
        #expect(world.state.nextDeadline == 305_000)
    }

    @Test(arguments: ["a", "a.b_c-9", String(repeating: "x", count: 64)])
    func names(_ name: String) { #expect(ListBounds.isName(name)) }

    @Test(arguments: ["", "A", "a b", "ä", "a/b", "a\n", String(repeating: "x", count: 65)])
    func noNames(_ name: String) { #expect(!ListBounds.isName(name)) }
}

@Suite struct ListDraftTests {
    private let state = World().state

    private func draft() -> ListDraft {
        ListDraft(token: 1, name: "a", lifetime: .permanent, rules: state.rules)
    }

    private func targets(_ texts: String...) -> [Target] {
        texts.compactMap { try? Target(parsing: Array($0.utf8).span) }
    }

    @Test func orderHoldsWithinAndAcrossRequests() throws {
        var draft = draft()
        let first = try draft.add(targets("1.0.0.0/24", "1.0.0.7", "1.0.1.0"), to: state)
        #expect(first.staged == 2 && first.duplicates == 1 && first.total == 2)
        for wrong in ["1.0.0.9", "0.255.255.255", "1.0.0.0/16", "1.0.0.0/23"] {
            #expect(throws: Refusal.self, "\(wrong)") {
                try draft.add(targets("1.0.5.0", wrong), to: state)
            }
            #expect(draft.count == 2, "nothing of a request out of order is taken")
        }
        #expect(try draft.add(targets("1.0.1.0", "2.0.0.0"), to: state).duplicates == 1)
        #expect(try draft.add(targets("::5:0:0:0/80"), to: state).staged == 1)
        let refusal = #expect(throws: Refusal.self) {
            try draft.add(targets("3.0.0.0"), to: state)
        }
        #expect(refusal?.message == "ip: 3.0.0.0 is out of order after ::5:0:0:0/80")
    }

    @Test func aBareIPv6AddressIsItsNetwork() throws {
        var draft = draft()
        let answer = try draft.add(
            targets("2001:db8::1", "2001:db8::2", "2001:db8:0:1::9/128", "2001:db8:0:2::"),
            to: state)
        #expect(answer.staged == 3 && answer.duplicates == 1)
        #expect(draft.runs.ipv6.last.map { Network($0) } == network("2001:db8:0:2::/64"))
    }

    @Test func theWholeAddressSpaceInTheEnds() throws {
        var runs = NetworkRuns()
        #expect(runs.append(network("0.0.0.0")) == .appended)
        #expect(runs.append(network("255.255.255.255")) == .appended)
        #expect(runs.append(network("255.255.255.255")) == .held)
        #expect(runs.append(network("::/128")) == .appended)
        let last = Network(high: .max, low: .max, length: 128)
        #expect(runs.append(last) == .appended && runs.append(last) == .held)
        #expect(runs.last == last && runs.count == 4)
    }
}
