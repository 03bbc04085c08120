// From raise to page and back, over the whole state: work made of what incidents have to tell,
// marks made of what became of it, and the same after a crash at every record.

import Testing

@testable import OpsCore

/// A world with channels, and a pager that does what a test says.
struct PagedWorld {
    var world = World()

    init(_ change: (inout PagerSettings) -> Void = { _ in }) {
        var settings = PagerSettings()
        settings.channels = [
            PagerChannel(name: "chat", kind: .telegram), PagerChannel(name: "mail", kind: .smtp),
        ]
        settings.critical.channels = ["chat"]
        settings.critical.fallback = ["mail"]
        settings.warning.channels = ["chat"]
        change(&settings)
        world.state.workKinds = Set(settings.pageable.map(\.workKind))
        world.state.adopt(settings, host: "db1")
        settle()
    }

    /// What a turn does: pages until nothing is left.
    mutating func settle() {
        world.expireDomains()
        var steps = 0
        while true {
            let changes = world.state.page(at: world.now) { _ in "{}" }
            if changes.isEmpty { return }
            for change in changes { world.commit(change) }
            steps += 1
            precondition(steps < 100_000, "paging comes to no end")
        }
    }

    mutating func advance(seconds: Int64) {
        world.advance(milliseconds: seconds * 1_000)
        settle()
    }

    mutating func raise(
        _ message: String, _ severity: Severity = .critical, source: String = "db"
    ) throws {
        let terms = RaiseTerms(severity, source: source, message: message)
        for change in try world.state.raise(terms, by: .daemon, at: world.now).changes {
            world.commit(change)
        }
        settle()
    }

    mutating func resolve(_ id: UInt64) throws {
        let incident = try #require(world.state.incident(id))
        for change in try world.state.resolve(incident, by: .daemon, at: world.now).changes {
            world.commit(change)
        }
        settle()
    }

    /// Open items of a channel, by number.
    func items(_ channel: String) -> [WorkItem] {
        world.state.domains.work.sorted.filter { $0.kind == "page/\(channel)" && $0.stage.isOpen }
    }

    func keys(_ channel: String) -> [String] { items(channel).map(\.key) }

    /// An item ends so.
    mutating func end(_ item: WorkItem, _ end: WorkEnd = .done) {
        world.commit(
            .work(
                .ended(
                    WorkEnding(
                        id: item.id, kind: item.kind, end,
                        outcome: end == .done ? .done : .permanent))))
        settle()
    }

    /// An item fails for the fifth time.
    mutating func park(_ item: WorkItem) {
        world.commit(
            .work(
                .retried(
                    WorkRetry(
                        id: item.id, kind: item.kind, outcome: .neverSent,
                        notBefore: world.now.bootMilliseconds + 60_000, failures: 5,
                        kindFailures: 5, mayRepeat: false, parks: true, error: "refused"))))
        settle()
    }

    /// `chat:raise/1=sent ...` of an incident.
    func marks(_ id: UInt64) -> String {
        (world.state.incident(id)?.pages ?? []).map { mark in
            let end = mark.end.map { "=\($0.rawValue)" } ?? (mark.item == 0 ? "=waits" : "")
            return "\(mark.channel):\(mark.reason.rawValue)/\(mark.number)\(end)"
        }.joined(separator: " ")
    }
}

@Suite struct PagingTests {
    @Test func aRaiseIsWorkInItsTurn() throws {
        var paged = PagedWorld()
        try paged.raise("lost")
        #expect(paged.keys("chat") == ["incident/1/raise/1"])
        #expect(paged.keys("mail") == [])
        #expect(paged.items("chat")[0].isUrgent)
        #expect(paged.marks(1) == "chat:raise/1")
        paged.end(paged.items("chat")[0])
        #expect(paged.marks(1) == "chat:raise/1=sent")
        #expect(paged.world.state.nextPaging == .max)
        try paged.resolve(1)
        #expect(paged.keys("chat") == ["incident/1/resolve/1"])
    }

    @Test func whatWasNotSentIsTakenBack() throws {
        var paged = PagedWorld()
        try paged.raise("lost")
        try paged.resolve(1)
        #expect(paged.keys("chat") == ["incident/1/raise+resolve/1"])
    }

    @Test func warningsWaitForTheTickAndGoTogether() throws {
        var paged = PagedWorld()
        try paged.raise("one", .warning)
        try paged.raise("two", .warning)
        #expect(paged.keys("chat") == [])
        #expect(paged.marks(1) == "chat:raise/1=waits")
        paged.advance(seconds: 300)
        #expect(paged.keys("chat") == ["digest/chat"])
        paged.end(paged.items("chat")[0])
        #expect(paged.marks(1) == "chat:raise/1=digest")
        #expect(paged.marks(2) == "chat:raise/1=digest")
        try paged.raise("three", .warning)
        paged.advance(seconds: 300)
        #expect(paged.keys("chat") == ["incident/3/raise/1"])
    }

    /// A digest tells what its other incidents have to tell: the end of one takes nothing back.
    @Test func aDigestStaysWhenOneOfItsIncidentsEnds() throws {
        var paged = PagedWorld()
        try paged.raise("one", .warning)
        try paged.raise("two", .warning)
        paged.advance(seconds: 300)
        let digest = paged.items("chat").map(\.id)
        try paged.resolve(1)
        #expect(paged.items("chat").map(\.id) == digest)
        #expect(paged.marks(1).hasPrefix("chat:raise/1") && paged.marks(2) == "chat:raise/1")
        paged.end(paged.items("chat")[0])
        #expect(paged.marks(2) == "chat:raise/1=digest")
    }

    @Test func warningsWaitForTheEndOfTheQuietHours() throws {
        // The clock of the tests says 17:56 UTC.
        var paged = PagedWorld { $0.quiet = QuietHours(from: 17 * 60, to: 19 * 60) }
        try paged.raise("one", .warning)
        paged.advance(seconds: 600)
        #expect(paged.keys("chat") == [])
        try paged.raise("lost")
        #expect(paged.keys("chat") == ["incident/2/raise/1"])
        paged.advance(seconds: 3_600)
        #expect(
            paged.keys("chat")
                == ["incident/1/raise/1", "incident/2/raise/1"].sorted {
                    $0.contains("/2/") && !$1.contains("/2/")
                })
    }

    @Test func twentyAMinuteAndTheRestAsOne() throws {
        var paged = PagedWorld()
        for number in 1...30 { try paged.raise("lost \(number)") }
        let keys = paged.keys("chat")
        #expect(keys.filter { $0.hasPrefix("incident/") }.count == 20)
        #expect(keys.last == "digest/chat")
        // What came after the digest waits for the next.
        #expect(paged.marks(21) == "chat:raise/1")
        #expect(paged.marks(30) == "chat:raise/1=waits")
        paged.advance(seconds: 60)
        // The digest was not sent yet: a larger one stands for it, as long as all is full.
        #expect(paged.marks(30) == "chat:raise/1")
        #expect(paged.keys("chat").filter { $0 == "digest/chat" }.count == 1)
        for item in paged.items("chat") { paged.end(item) }
        for id in 1...30 {
            let end = id <= 20 ? "sent" : "digest"
            #expect(paged.marks(UInt64(id)) == "chat:raise/1=\(end)", "incident \(id)")
        }
    }

    @Test func aDeadChannelLosesNothingAndIsToldAsOne() throws {
        var paged = PagedWorld()
        for number in 1...3 { try paged.raise("lost \(number)") }
        #expect(paged.keys("chat").count == 3)
        paged.park(paged.items("chat")[0])
        // One tries the channel; the others wait, and the second channel is used at once.
        #expect(paged.keys("chat") == ["incident/1/raise/1"])
        #expect(paged.keys("mail").count == 3)
        #expect(paged.marks(2) == "chat:raise/1=waits mail:raise/1")
        try paged.raise("lost 4")
        #expect(paged.keys("mail").count == 4)
        paged.advance(seconds: 7_200)
        #expect(paged.keys("chat") == ["incident/1/raise/1"])
        for item in paged.items("mail") { paged.end(item) }
        var ending = WorkEnding(
            id: paged.items("chat")[0].id, kind: "page/chat", .done, outcome: .done)
        ending.resumes = true
        paged.world.commit(.work(.ended(ending)))
        paged.settle()
        #expect(paged.keys("chat") == ["digest/chat"])
        paged.end(paged.items("chat")[0])
        #expect(paged.marks(1) == "chat:raise/1=sent mail:raise/1=sent")
        for id in [2, 3, 4] as [UInt64] {
            #expect(paged.marks(id) == "chat:raise/1=digest mail:raise/1=sent")
        }
    }

    @Test func whatAChannelRefusesGoesToAnother() throws {
        var paged = PagedWorld()
        try paged.raise("lost")
        paged.end(paged.items("chat")[0], .failed)
        #expect(paged.marks(1) == "chat:raise/1=refused mail:raise/1")
        #expect(paged.keys("mail") == ["incident/1/raise/1"])
    }

    @Test func aFullTableDelays() throws {
        var paged = PagedWorld { $0.channels[0].perMinute = 20_000 }
        let drafts = (0..<WorkBounds.open).map {
            WorkDraft(
                kind: "page/mail", key: "x/\($0)", payload: "{}", isUrgent: true,
                expires: paged.world.now.bootMilliseconds + 86_400_000)
        }
        for change in paged.world.state.put(drafts, at: paged.world.now) {
            paged.world.commit(change)
        }
        try paged.raise("lost")
        #expect(paged.keys("chat") == [])
        #expect(paged.marks(1) == "chat:raise/1=waits")
        paged.end(paged.items("mail")[0])
        paged.advance(seconds: 1)
        #expect(paged.keys("chat") == ["incident/1/raise/1"])
    }

    /// I9: five changes in ten minutes are one incident that is told once, and its end once more
    /// when it is calm.
    @Test func whatComesAndGoesIsToldOnceAndItsEndWhenCalm() throws {
        var paged = PagedWorld()
        func told() -> [String] {
            let keys = paged.keys("chat")
            for item in paged.items("chat") { paged.end(item) }
            return keys
        }
        try paged.raise("lost")
        #expect(told() == ["incident/1/raise/1"])
        try paged.resolve(1)
        #expect(told() == ["incident/1/resolve/1"])
        paged.advance(seconds: 10)
        try paged.raise("lost")
        #expect(told() == ["incident/2/raise/1"])
        try paged.resolve(2)
        #expect(told() == ["incident/2/resolve/1"])
        paged.advance(seconds: 10)
        try paged.raise("lost")
        #expect(paged.world.state.incident(3) == nil, "the fifth change goes on in the newest")
        #expect(paged.world.state.incident(2)?.steps.last?.kind == .reopened)
        #expect(told() == ["incident/2/flapping/1"])
        for _ in 0..<5 {
            paged.advance(seconds: 10)
            try paged.resolve(2)
            paged.advance(seconds: 10)
            try paged.raise("lost")
            #expect(told() == [], "it was told that it comes and goes")
        }
        try paged.resolve(2)
        #expect(told() == [])
        paged.advance(seconds: 601)
        #expect(told() == ["incident/2/resolve/1"], "calm again: its end is told")
        paged.advance(seconds: 3_600)
        #expect(told() == [])
    }

    /// Cut after any record, the log leads to a state that tells everything at least once.
    @Test func aCrashBetweenAnyTwoRecordsLosesNoPage() throws {
        var paged = PagedWorld()
        for number in 1...25 { try paged.raise("lost \(number)") }
        paged.end(paged.items("chat")[0])
        try paged.resolve(2)
        try paged.resolve(3)
        for count in 0...paged.world.log.count {
            var after = PagedWorld()
            after.world.log = []
            after.world.state = State(hashKey: (7, 9))
            for (change, stamp) in paged.world.log.prefix(count) {
                after.world.state.apply(change, stamp)
            }
            after.world.state.recoveryEnded()
            after.world.now = paged.world.now
            after.world.state.workKinds = ["page/chat", "page/mail"]
            after.world.state.adopt(paged.world.state.paging.settings, host: "db1")
            after.settle()
            after.advance(seconds: 120)
            for item in after.items("chat") { after.end(item) }
            after.advance(seconds: 120)
            for item in after.items("chat") { after.end(item) }
            for incident in after.world.state.domains.incidents.table.sorted {
                let isTold = incident.pages.contains {
                    $0.channel == "chat" && ($0.end == .sent || $0.end == .digest)
                }
                #expect(isTold, "incident \(incident.id) after \(count) records")
            }
        }
    }
}
