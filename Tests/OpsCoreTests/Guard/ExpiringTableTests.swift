// Filling a table from a snapshot comes to the same as putting the entries in one by one: the same
// are found, and they end in the same order.

import Testing

@testable import OpsCore

private struct Entry: Expiring, Hashable {
    var network: Network
    var deadline: Int64
}

private func entry(_ number: UInt64, deadline: Int64) -> Entry {
    Entry(network: Network(ipv4: UInt32(number)), deadline: deadline)
}

/// Pseudo-random entries; networks come again when `distinct` is less than `count`.
private func entries(_ count: Int, distinct: UInt64) -> [Entry] {
    var seed: UInt64 = 11
    return (0..<count).map { _ in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return entry(seed >> 33 % distinct, deadline: Int64(seed >> 40 % 1_000))
    }
}

private func table(_ key: UInt64 = 5) -> ExpiringTable<Entry> {
    ExpiringTable(hasher: KeyedHash(key: (key, 9)))
}

/// All of it, the one that ends first in front.
private func drained(_ table: ExpiringTable<Entry>) -> [Entry] {
    var table = table
    var all: [Entry] = []
    while let first = table.first {
        #expect(table.remove(first.network) == first)
        all.append(first)
    }
    #expect(table.count == 0)
    return all
}

@Suite struct ExpiringTableTests {
    @Test(arguments: [(0, 1), (1, 1), (5, 5), (3_000, 1 << 31), (3_000, 40)] as [(Int, UInt64)])
    func aFilledTableIsTheOneThatGrew(count: Int, distinct: UInt64) {
        let all = entries(count, distinct: distinct)
        var grown = table()
        for entry in all { grown.insert(entry) }
        var filled = table()
        filled.reserve(count)
        for entry in all { filled.load(entry) }
        var replaced = 0
        filled.settle { _ in replaced += 1 }
        #expect(filled.count == grown.count)
        #expect(replaced == count - grown.count)
        for entry in all { #expect(filled[entry.network] == grown[entry.network]) }
        #expect(filled[Network(ipv4: .max)] == nil)
        #expect(drained(filled) == drained(grown))
    }

    @Test func theLastOfANetworkStaysAndTheOthersAreGivenBack() {
        var table = table()
        for deadline in [7, 3, 5] as [Int64] { table.load(entry(1, deadline: deadline)) }
        table.load(entry(2, deadline: 4))
        var replaced: [Int64] = []
        table.settle { replaced.append($0.deadline) }
        #expect(replaced == [7, 3])
        #expect(drained(table).map(\.deadline) == [4, 5])
    }

    @Test func growsAndShrinksAfterwardsAsEver() {
        var filled = table()
        for number in 0..<1_000 as Range<UInt64> { filled.load(entry(number, deadline: 10)) }
        filled.settle { _ in }
        for number in 500..<2_000 as Range<UInt64> { filled.insert(entry(number, deadline: 5)) }
        for number in 0..<250 as Range<UInt64> {
            #expect(filled.remove(Network(ipv4: UInt32(number))) != nil)
        }
        #expect(filled.count == 1_750)
        #expect(
            drained(filled).map(\.deadline) == Array(repeating: 5, count: 1_500)
                + Array(repeating: 10, count: 250))
    }

    @Test(arguments: [-1, 0, .max] as [Int])
    func anyExpectationIsBounded(count: Int) {
        var table = table()
        table.reserve(min(count, 100_000))
        table.insert(entry(1, deadline: 1))
        #expect(table.count == 1)
    }
}

@Suite struct BansLoadingTests {
    private func ban(_ number: UInt32, reason: String) -> Ban {
        Ban(
            network: Network(ipv4: number), deadline: 60_000, created: 1, reason: reason,
            source: "s", uid: 0, traits: [])
    }

    @Test func textsAreCountedOnceForEachBanThatStays() {
        var state = State(hashKey: (3, 4))
        state.load(ban(1, reason: "first"))
        state.load(ban(1, reason: "second"))
        let entry = BanEntry(
            network: Network(ipv4: 2), traits: .automatic, source: state.number(ofSource: "other"),
            reason: state.number(ofReason: "second"), deadline: 60_000, created: 2, uid: 7)
        state.load(entry)
        state.settle()
        #expect(state.bans.count == 2)
        #expect(state.bans[Network(ipv4: 1)]?.reason == "second")
        #expect(state.bans[Network(ipv4: 2)]?.reason == "second")
        #expect(state.bans[Network(ipv4: 2)]?.source == "other")
        #expect(state.bans.holding(Network(ipv4: 2), at: 0)?.uid == 7)
        // Released as often as held: the number is free again, and nothing traps.
        for number in 1...2 as ClosedRange<UInt32> { state.bans.remove(Network(ipv4: number)) }
        #expect(state.bans.holding(Network(ipv4: 1), at: 0) == nil)
        let next = state.number(ofReason: "third")
        #expect(next == 1 || next == 2)
    }
}
