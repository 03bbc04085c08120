// What may have been told already says so, whichever item tells it at last; and clocks that are set
// repeat nothing.

import Testing

@testable import OpsCore

@Suite struct PagingDoubtTests {
    /// The world after a crash of which so many records are left.
    private func crashed(_ paged: PagedWorld, after count: Int) -> PagedWorld {
        var after = PagedWorld()
        after.world.state = State(hashKey: (7, 9))
        for (change, stamp) in paged.world.log.prefix(count) {
            after.world.state.apply(change, stamp)
        }
        after.world.state.recoveryEnded()
        after.world.now = paged.world.now
        after.world.state.workKinds = ["page/chat", "page/mail"]
        after.world.state.adopt(paged.world.state.paging.settings, host: "db1")
        if let doubt = after.world.state.doubtAfterCrash { after.world.commit(doubt) }
        after.world.state.doubtPages()
        after.settle()
        return after
    }

    /// An attempt of which nobody knows whether it arrived.
    private func fail(_ item: WorkItem, _ paged: inout PagedWorld, parks: Bool = false) {
        paged.world.commit(
            .work(
                .retried(
                    WorkRetry(
                        id: item.id, kind: item.kind, outcome: .maybeSent,
                        notBefore: paged.world.now.bootMilliseconds + 2_000, failures: 1,
                        kindFailures: 1, mayRepeat: true, parks: parks, error: "no answer"))))
        paged.settle()
    }

    /// The page went out before its item was on the disk: the one that is made anew may repeat it.
    @Test func whatACrashTookBackMayRepeat() throws {
        var paged = PagedWorld()
        try paged.raise("lost")
        let item = try #require(paged.items("chat").first)
        #expect(!item.mayRepeat)
        var cuts = 0
        for count in 1...paged.world.log.count {
            let after = crashed(paged, after: count)
            if after.world.state.incident(1) == nil { continue }
            #expect(after.items("chat").map(\.mayRepeat) == [true], "after \(count) records")
            cuts += 1
        }
        #expect(cuts > 2)
        // What begins after the start is told for the first time.
        var after = crashed(paged, after: paged.world.log.count)
        try after.raise("lost again")
        #expect(after.items("chat").map(\.mayRepeat) == [true, false])
    }

    @Test func anItemThatStandsForAnotherRepeatsIt() {
        let world = WorkWorld()
        let first = world.put(world.draft("k"))[0]
        if let item = world.take("page/mail") {
            world.begin(item)
            world.fail(item, .maybeSent)
        }
        #expect(world.state.work(first)?.mayRepeat == true)
        let second = world.put(world.draft("k"))[0]
        #expect(world.stage(first) == "superseded")
        #expect(world.state.work(second)?.mayRepeat == true)
        let third = world.put(world.draft("another"))[0]
        #expect(world.state.work(third)?.mayRepeat == false)
    }

    @Test func aDigestOfWhatMayHaveArrivedMayRepeat() throws {
        var paged = PagedWorld()
        for number in 1...3 { try paged.raise("lost \(number)") }
        fail(paged.items("chat")[1], &paged)
        paged.park(paged.items("chat")[0])
        #expect(paged.keys("chat") == ["incident/1/raise/1"])
        var ending = WorkEnding(
            id: paged.items("chat")[0].id, kind: "page/chat", .done, outcome: .done)
        ending.resumes = true
        paged.world.commit(.work(.ended(ending)))
        paged.settle()
        #expect(paged.keys("chat") == ["digest/chat"])
        #expect(paged.items("chat").map(\.mayRepeat) == [true])
        paged.end(paged.items("chat")[0])
        try paged.raise("lost 4")
        #expect(paged.items("chat").map(\.mayRepeat) == [false])
    }

    @Test func whatASilenceTookBackMayRepeat() throws {
        var paged = PagedWorld()
        try paged.raise("lost")
        fail(paged.items("chat")[0], &paged)
        let terms = SilenceTerms(severity: .critical, reason: "no", milliseconds: 60_000)
        let decision = try paged.world.state.decide(
            .incident(.silence(terms)), by: Caller(uid: 0, role: .admin), at: paged.world.now)
        if case .one(let change) = decision.changes { paged.world.commit(change) }
        paged.settle()
        #expect(paged.items("chat").isEmpty)
        paged.advance(seconds: 61)
        #expect(paged.keys("chat") == ["incident/1/raise/1"])
        #expect(paged.items("chat").map(\.mayRepeat) == [true])
    }

    // MARK: Clocks that are set

    @Test(arguments: [-7_200, 7_200] as [Int64]) func aClockThatIsSetRepeatsNoReminder(
        step: Int64
    ) throws {
        var paged = PagedWorld { $0.critical.repeatMilliseconds = 600_000 }
        try paged.raise("lost")
        paged.end(paged.items("chat")[0])
        paged.advance(seconds: 601)
        #expect(paged.keys("chat") == ["incident/1/remind/1"])
        paged.end(paged.items("chat")[0])
        paged.world.now.wall += step * 1_000_000_000
        paged.advance(seconds: 1)
        #expect(paged.keys("chat") == [])
        paged.advance(seconds: 600)
        #expect(paged.keys("chat") == ["incident/1/remind/2"])
    }

    /// Reminders count from when it became worse.
    @Test func whatBecameWorseIsRemindedOfAnew() throws {
        var paged = PagedWorld {
            $0.critical.repeatMilliseconds = 600_000
            $0.warning.repeatMilliseconds = 600_000
            $0.warning.moment = .now
        }
        try paged.raise("lost", .warning)
        paged.end(paged.items("chat")[0])
        paged.advance(seconds: 601)
        #expect(paged.keys("chat") == ["incident/1/remind/1"])
        paged.end(paged.items("chat")[0])
        try paged.raise("lost", .critical)
        #expect(paged.keys("chat") == ["incident/1/raise/2"])
        paged.end(paged.items("chat")[0])
        paged.advance(seconds: 601)
        #expect(paged.keys("chat") == ["incident/1/remind/1"])
    }

    /// Five changes in some hours are not flapping, though the clock says they are yet to come.
    @Test func aClockThatIsSetBackMakesNothingFlap() throws {
        var paged = PagedWorld()
        for number in 1...3 as ClosedRange<UInt64> {
            try paged.raise("lost")
            try paged.resolve(number)
            paged.advance(seconds: 3_600)
        }
        paged.world.now.wall -= 36_000 * 1_000_000_000
        try paged.raise("lost")
        #expect(paged.world.state.incident(4) != nil)
        #expect(paged.marks(4) == "chat:raise/1")
    }
}
