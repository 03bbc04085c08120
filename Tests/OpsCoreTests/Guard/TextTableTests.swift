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
