// A crash at every record of a list that is being logged, and what the next start holds: the whole
// old list until the commit record is there, and the whole new one from then on.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct ListCrashTests {
    private static let now = Moment(boot: 100_000_000_000_000, wall: FakeLoop.newYear)

    private func draft(_ store: RealStore, _ name: String, _ first: UInt32, _ count: Int) throws
        -> ListDraft
    {
        var draft = ListDraft(
            token: 1, name: name, lifetime: .permanent, rules: store.engine.state.rules)
        _ = try draft.add(
            (0..<count).map {
                Target(network: Network(ipv4: first + UInt32($0)), isBare: true)
            }, to: store.engine.state)
        return draft
    }

    /// Commits a draft through the engine, a step at a time; `body` after each.
    private func commit(
        _ store: RealStore, _ draft: ListDraft, _ body: () throws -> Void = {}
    ) rethrows {
        store.engine.begin(at: Self.now)
        store.engine.lists.queue(
            0, draft, by: Caller(uid: 0, role: .admin),
            store.engine.state.lists[draft.name]?.networks)
        while store.engine.lists.isWriting {
            _ = store.engine.advanceLists()
            store.flush()
            try body()
        }
    }

    /// What a start would find; in a copy, since a store may still hold the directory.
    private func recover(_ scratch: ScratchDirectory) throws -> State {
        let copy = try ScratchDirectory()
        try scratch.copy("state", to: copy)
        return try StateDirectory(path: copy.state).recover(isForced: false) {
            State(rules: RealStore.rules, hashKey: (9, 9), eventCapacity: 1_000)
        }.state
    }

    @Test func everyRecordOfAListIsABoundaryThatHolds() throws {
        let scratch = try ScratchDirectory()
        var bytes: [UInt8] = []
        var name = ""
        do {
            let store = try RealStore(scratch, now: Self.now)
            try commit(store, try draft(store, "a", 0x0a00_0000, 5_000))
            try commit(store, try draft(store, "a", 0x0b00_0000, 7_000))
            name = "state/" + store.segment
            bytes = Array(try scratch.bytes(name).prefix(store.length))
        }
        // Where each record ends.
        var ends: [Int] = []
        var at = SegmentHeader.bytes
        while at < bytes.count {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
            at += RecordFormat.frameBytes + length
            ends.append(at)
        }
        #expect(at == bytes.count && ends.count > 8)
        var seen: [Int] = []
        for end in ends {
            for cut in [end - 1, end] {
                try scratch.write(Array(bytes[..<cut]), to: name)
                let state = try recover(scratch)
                let listed = state.guardStats.listed
                #expect([0, 5_000, 7_000].contains(listed), "cut at \(cut): \(listed)")
                if seen.last != listed { seen.append(listed) }
            }
        }
        #expect(seen == [0, 5_000, 7_000])
    }

    /// Half a list, a restart, other work, a snapshot: nothing of the half is left.
    @Test func halfAListIsForgottenByTheNextStart() throws {
        let scratch = try ScratchDirectory()
        do {
            let store = try RealStore(scratch, now: Self.now)
            try commit(store, try draft(store, "a", 0x0a00_0000, 3_000))
            let half = try draft(store, "a", 0x0b00_0000, 40_000)
            store.engine.begin(at: Self.now)
            store.engine.commit(
                .list(
                    .chunk(
                        ListChunk(
                            token: store.engine.log.sequence + 1, index: 0, runs: half.runs.chunk(0)
                        ))))
            store.flush()
        }
        let store = try RealStore(scratch, now: Self.now)
        #expect(store.engine.state.guardStats.listed == 3_000)
        store.perform("ban 203.0.113.9", at: Self.now)
        store.flush()
        try store.snapshot(at: Self.now)
        try commit(store, try draft(store, "b", 0x0c00_0000, 10))
        let state = try recover(scratch)
        #expect(state.guardStats.listed == 3_010 && state.guardStats.activeBans == 1)
        #expect(
            state.image(at: Self.now).lists == store.engine.state.image(at: Self.now).lists)
    }

    /// Snapshots between lists, and lists replaced after snapshots, with both families.
    @Test func snapshotsAndTheLogTogetherHoldTheLists() throws {
        let scratch = try ScratchDirectory()
        var live: [AddressList] = []
        do {
            let store = try RealStore(scratch, now: Self.now)
            try commit(store, try draft(store, "a", 0x0a00_0000, 5_000))
            var mixed = try draft(store, "m", 0x0a00_0000, 2_500)
            _ = try mixed.add(
                (0..<2_500).map {
                    Target(
                        network: Network(high: 0x2001_0db8_0000_0000 + $0, low: 0, length: 64),
                        isBare: false)
                }, to: store.engine.state)
            try commit(store, mixed)
            try store.snapshot(at: Self.now)
            try commit(store, try draft(store, "a", 0x0b00_0000, 10))
            store.perform("list drop m", at: Self.now)
            try commit(store, mixed)
            store.flush()
            live = store.engine.state.image(at: Self.now).lists
            #expect(live.map(\.count) == [10, 5_000])
        }
        #expect(try recover(scratch).image(at: Self.now).lists == live)
        let again = try RealStore(scratch, now: Self.now)
        try again.snapshot(at: Self.now)
        #expect(try recover(scratch).image(at: Self.now).lists == live)
    }
}
