// The counted texts under bans and strikes: what a live caller may add, and what recovery may.

import Testing

@testable import OpsCore

struct NamesTests {
    @Test("A live caller is told there is no room; recovery has some beyond")
    func liveLimit() {
        var names = TextTable(hasher: KeyedHash(key: (1, 2)), limit: 2, capacity: 3)
        let first = names.retain(text: "a", by: 0)
        _ = names.retain(text: "b", by: 0)
        #expect(names.bound(for: "c", Caller.daemon.share) == .full)
        #expect(names.bound(for: "a", Caller.daemon.share) == nil)
        let third = names.retain(text: "c", by: 0)
        #expect(names[third] == "c")
        let none = names.retain(text: "d", by: 0)
        #expect(none == 0)
        names.release(first)
        names.release(0)
        #expect(names.count == 2)
        let fourth = names.retain(text: "d", by: 0)
        #expect(names[fourth] == "d")
    }

    /// FNV-1a, by which names went to their shards once: anybody could compute it.
    private func unkeyed(_ text: String) -> UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (value ^ value >> 32) & 0xff
    }

    @Test("Names chosen for one shard by anything but the key are spread over all")
    func chosenNames() {
        let chosen = (0..<200_000).lazy.map { "reason \($0)" }.filter { self.unkeyed($0) == 0 }
        #expect(chosen.count > 600)
        for key in [(1, 2), (3, 4)] as [(UInt64, UInt64)] {
            var names = TextTable(
                hasher: KeyedHash(key: key), limit: .max, capacity: 1_000_000)
            for name in chosen { _ = names.retain(text: name, by: 0) }
            #expect(names.fullestShard < 20)
        }
    }

    @Test("The key decides where a name goes, each of its bytes too")
    func keyed() {
        let one = KeyedHash(key: (1, 2))
        let names =
            (0..<100).map { "name \($0)" } + ["", "a", "aaaaaaaa", "aaaaaaaab", "aaaaaaaaa"]
        #expect(Set(names.map { one.hash($0) }).count == names.count)
        #expect(names.allSatisfy { one.hash($0) == one.hash($0) })
        let other = KeyedHash(key: (1, 3))
        #expect(
            names.count { KeyedHash.shard(one.hash($0)) == KeyedHash.shard(other.hash($0)) } < 10)
    }

    @Test("A snapshot with more sources than may live at once is loaded, not a trap")
    func snapshotAhead() {
        var state = State(hashKey: (1, 2))
        let count = UInt64(UInt16.max) + 10
        for number in 0..<count {
            let network = Network(high: 0x2001_0db8_0000_0000 + number, low: 0, length: 64)
            state.restore(
                Ban(
                    network: network, deadline: Ban.never, created: 0, reason: "",
                    source: "s\(number)", uid: 0, traits: []))
            state.restore(
                Strike(
                    network: network, deadline: 1_000, at: 0, weight: 1, reason: "",
                    source: "s\(number)", uid: 0))
        }
        #expect(state.bans.count == Int(count))
        #expect(state.strikes.count == Int(count))
    }
}
