// Work, decided by the state alone.  Tests are numbered as the rules in `State+Work.swift`.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct WorkTests {
    // MARK: W1, W2

    @Test func anItemIsSupersededUntilItHasBegun() throws {
        let world = WorkWorld()
        let first = world.put(world.draft("a"))[0]
        let second = world.put(world.draft("a"))[0]
        #expect(world.stage(first) == "superseded")
        #expect(world.state.openWork(kind: "page/mail", key: "a")?.id == second)
        let taken = try #require(world.take("page/mail"))
        let third = world.put(world.draft("a"))[0]
        #expect(world.stage(taken.id) == "superseded" && world.stage(third) == "ready")
        let again = try #require(world.take("page/mail"))
        world.begin(again)
        #expect(world.put(world.draft("a")).isEmpty)
        #expect(world.state.openWorkCount == 1)
    }

    @Test func twoInOneCallAreOne() {
        let world = WorkWorld()
        let ids = world.put(world.draft("a"), world.draft("a"), world.draft("b"))
        #expect(ids == [1, 2, 3])
        #expect(world.stage(1) == "superseded")
        #expect(world.state.openWorkCount == 2)
    }

    @Test func onlyConfiguredKindsGetItems() {
        let world = WorkWorld()
        #expect(world.put(world.draft("a", kind: "page/none")).isEmpty)
        var long = world.draft("a")
        long.payload = String(repeating: "x", count: WorkBounds.payloadBytes + 1)
        #expect(world.put(long).isEmpty)
        #expect(world.put(world.draft(String(repeating: "k", count: 193))).isEmpty)
    }

    @Test func whatIsNotConfiguredAnyMoreIsCancelled() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        let held = world.put(world.draft("b", kind: "page/tg"))[0]
        let item = try #require(world.take("page/tg"))
        world.state.workKinds = ["restart"]
        world.expire()
        #expect(world.stage(id) == "cancelled")
        #expect(world.stage(held) == "leased")
        world.fail(item, .neverSent)
        world.expire()
        #expect(world.stage(held) == "cancelled")
        #expect(world.state.nextDeadline.map { $0 > world.boot } ?? true)
    }

    @Test func theLastPlacesAreForWhatIsUrgent() {
        let world = WorkWorld()
        let drafts = (0..<10_100).map { world.draft("\($0)") }
        for change in world.state.put(drafts, at: world.now) { world.apply(change) }
        #expect(world.state.openWorkCount == WorkBounds.open - WorkBounds.keptForUrgent)
        #expect(world.put(world.draft("more")).isEmpty)
        let urgent = (0..<1_100).map { world.draft("u\($0)", urgent: true) }
        for change in world.state.put(urgent, at: world.now) { world.apply(change) }
        #expect(world.state.openWorkCount == WorkBounds.open)
        // What supersedes needs no place.
        #expect(world.put(world.draft("7")).count == 1)
        #expect(world.take("page/mail")?.key == "u0")
    }

    // MARK: W3

    @Test func urgentFirstThenWhatIsReadyLongest() {
        let world = WorkWorld()
        world.put(world.draft("a"))
        world.advance(seconds: 1)
        world.put(world.draft("b", kind: "page/tg"), world.draft("c", urgent: true))
        #expect(world.take("page/tg", "page/mail")?.key == "c")
        #expect(world.take("page/tg", "page/mail")?.key == "a")
        #expect(world.take("page/tg", "page/mail")?.key == "b")
        #expect(world.take("page/tg", "page/mail") == nil)
    }

    @Test func whatIsHeldIsPassedOver() throws {
        let world = WorkWorld()
        world.put(world.draft("a"), world.draft("b", kind: "page/tg"))
        let admin = Caller(uid: 0, role: .admin)
        for command in [WorkCommand.hold(kind: "page/mail"), .resume(kind: "page/mail")] {
            let decision = try world.state.decide(.work(command), by: admin, at: world.now)
            guard case .one(let change) = decision.changes else { throw Wrong() }
            world.apply(change)
            if case .hold = command {
                #expect(world.take("page/mail") == nil)
                #expect(world.state.nextWorkTime(of: ["page/mail"]) == .max)
                #expect(world.take("page/mail", "page/tg")?.key == "b")
            }
        }
        #expect(world.take("page/mail")?.key == "a")
        #expect(world.events.map(\.kind) == [.workParked, .workResumed])
    }

    @Test func itIsNotTakenBeforeItsTime() {
        let world = WorkWorld()
        var draft = world.draft("a")
        draft.notBefore = world.boot + 5_000
        world.put(draft)
        #expect(world.take("page/mail") == nil)
        #expect(world.state.nextWorkTime(of: ["page/mail"]) == world.boot + 5_000)
        world.advance(seconds: 5)
        #expect(world.take("page/mail")?.key == "a")
    }

    // MARK: W4

    @Test func aLeaseEndsAndTheItemIsReady() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        let item = try #require(world.take("page/mail"))
        world.advance(seconds: 59)
        world.expire()
        #expect(world.stage(id) == "leased")
        world.state.beat(item, at: world.now)
        world.advance(seconds: 59)
        world.expire()
        #expect(world.stage(id) == "leased")
        world.advance(seconds: 1)
        world.expire()
        #expect(world.stage(id) == "ready")
        #expect(world.state.work(id)?.attempts.map(\.outcome) == [.lost])
        #expect(throws: Refusal.self) {
            try world.state.held(world.claim(item), by: Caller(uid: 7, role: .pager))
        }
    }

    // MARK: W5

    @Test func aPageThatWasBegunIsSentAgainAndMarked() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        world.begin(try #require(world.take("page/mail")))
        world.advance(seconds: 60)
        world.expire()
        let item = try #require(world.state.work(id))
        #expect(item.stage.isReady && item.mayRepeat && item.failures == 1)
        world.advance(seconds: 3)
        #expect(world.take("page/mail")?.mayRepeat == true)
    }

    @Test(arguments: [false, true]) func aRestartThatWasBegunIsUnsure(_ isTold: Bool) throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a", kind: "restart"))[0]
        let item = try #require(world.take("restart"))
        world.begin(item)
        if isTold {
            world.fail(item, .maybeSent)
        } else {
            world.advance(seconds: 60)
            world.expire()
        }
        #expect(world.stage(id) == "unsure")
        #expect(world.events.map(\.kind) == [.workUnsure])
        world.advance(seconds: 100_000)
        world.expire()
        #expect(world.stage(id) == "unsure", "it stays until somebody looks")
        #expect(world.take("restart") == nil)
        let decision = try world.state.decide(
            .work(.retry(id)), by: Caller(uid: 0, role: .admin), at: world.now)
        guard case .one(let change) = decision.changes else { throw Wrong() }
        world.apply(change)
        #expect(world.state.work(id)?.mayRepeat == true)
    }

    // MARK: W6

    @Test func aTokenHoldsAnItemForItsUserAlone() throws {
        let world = WorkWorld()
        world.put(world.draft("a"))
        let item = try #require(world.take("page/mail"))
        let own = Caller(uid: 7, role: .pager)
        #expect(try world.state.held(world.claim(item), by: own).id == item.id)
        for (claim, caller) in [
            (WorkClaim(id: item.id, token: 99), own),
            (world.claim(item), Caller(uid: 8, role: .pager)),
            (WorkClaim(id: 77, token: 1), own),
        ] {
            #expect(throws: Refusal.self) { try world.state.held(claim, by: caller) }
            #expect(throws: Refusal.self) {
                try world.state.done(claim, receipt: "", by: caller)
            }
        }
    }

    @Test func doneIsTakenLateAndOnce() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        let first = try #require(world.take("page/mail"))
        world.begin(first)
        world.advance(seconds: 60)
        world.expire()
        #expect(world.stage(id) == "ready")
        // It was sent after all, and nobody has it.
        try world.done(first)
        #expect(world.stage(id) == "done")
        let again = try world.state.done(
            world.claim(first), receipt: "r", by: Caller(uid: 7, role: .pager))
        #expect(again.change == nil)
    }

    @Test func aLateDoneEndsNoLeaseOfAnother() throws {
        let world = WorkWorld()
        world.put(world.draft("a"))
        let first = try #require(world.take("page/mail"))
        world.advance(seconds: 60)
        world.expire()
        let second = try #require(world.take("page/mail"))
        #expect(throws: Refusal.self) { try world.done(first) }
        try world.done(second)
        #expect(world.stage(first.id) == "done")
    }

    // MARK: W7

    @Test func backoffDoublesAndTheKindIsParked() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        var waits: [Int64] = []
        for _ in 0..<5 {
            let item = try #require(world.take("page/mail"))
            world.begin(item)
            world.fail(item, .neverSent)
            guard case .ready(let notBefore)? = world.state.work(id)?.stage else { throw Wrong() }
            waits.append(notBefore - world.boot)
            world.now.boot = notBefore * 1_000_000
        }
        for (wait, plain) in zip(waits, [2_000, 4_000, 8_000, 16_000] as [Int64]) {
            #expect(wait >= plain * 3 / 4 && wait <= plain * 5 / 4)
        }
        #expect(waits[4] == WorkBounds.probeMilliseconds)
        #expect(world.events.map(\.kind) == [.workParked])
        #expect(world.state.workKindStates["page/mail"]?.parkedSince != nil)
        #expect(world.state.workKindStates["page/mail"]?.lastError == "421")
        // One at a time tries it again, and a minute apart.
        world.put(world.draft("b", urgent: true))
        let probe = try #require(world.take("page/mail"))
        #expect(world.take("page/mail") == nil)
        world.fail(probe, .neverSent)
        #expect(world.take("page/mail") == nil)
        world.advance(seconds: 60)
        let next = try #require(world.take("page/mail"))
        #expect(world.take("page/mail") == nil)
        try world.done(next)
        #expect(world.state.workKindStates["page/mail"]?.parkedSince == nil)
        #expect(world.events.map(\.kind) == [.workParked, .workResumed])
        #expect(world.take("page/mail") != nil)
    }

    @Test func oneItemThatAlwaysFailsParksNothingThatWorks() throws {
        let world = WorkWorld()
        world.put(world.draft("poison"))
        for round in 0..<12 {
            world.put(world.draft("good\(round)", urgent: true))
            try world.done(try #require(world.take("page/mail")))
            if let item = world.take("page/mail") { world.fail(item, .neverSent) }
            world.advance(seconds: 400)
        }
        #expect(world.state.workKindStates["page/mail"]?.parkedSince == nil)
        #expect(world.state.work(1)?.failures ?? 0 > 5)
    }

    @Test func aLimitIsKeptExactlyAndCostsNoAttempt() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        world.put(world.draft("b"), world.draft("c", kind: "page/tg"))
        let item = try #require(world.take("page/mail"))
        world.fail(item, .limited, retry: 35)
        #expect(world.state.work(id)?.failures == 0)
        world.now.boot += 34_999_000_000
        #expect(world.take("page/mail") == nil)
        #expect(world.take("page/tg")?.key == "c")
        world.now.boot += 1_000_000
        #expect(world.take("page/mail") != nil)
    }

    @Test func permanentAndStaleEndIt() throws {
        let world = WorkWorld()
        let ids = world.put(world.draft("a"), world.draft("b", kind: "restart"))
        world.fail(try #require(world.take("page/mail")), .permanent, error: "550 no such user")
        world.fail(try #require(world.take("restart")), .stale)
        #expect(ids.map(world.stage) == ["failed", "stale"])
        #expect(world.events.map(\.kind) == [.workFailed])
        #expect(world.state.workKindStates["page/mail"]?.parkedSince == nil)
    }

    @Test func whatIsNotDoneInItsTimeIsGivenUp() throws {
        let world = WorkWorld()
        let ids = world.put(
            world.draft("a", seconds: 10), world.draft("b", kind: "page/tg", seconds: 10))
        let held = try #require(world.take("page/tg"))
        world.advance(seconds: 9)
        world.expire()
        #expect(ids.map(world.stage) == ["ready", "leased"])
        world.advance(seconds: 1)
        world.expire()
        #expect(ids.map(world.stage) == ["expired", "leased"], "who has it may still finish")
        world.fail(held, .neverSent)
        world.expire()
        #expect(world.stage(held.id) == "expired")
    }

    @Test func endedItemsAreKeptForAWeekAndToABound() throws {
        let world = WorkWorld()
        world.put(world.draft("a"))
        try world.done(try #require(world.take("page/mail")))
        world.advance(seconds: 7 * 86_400 - 1)
        world.expire()
        #expect(world.stage(1) == "done")
        world.advance(seconds: 1)
        world.expire()
        #expect(world.stage(1) == "forgotten")
        for _ in 0..<WorkBounds.ended + 5 {
            world.put(world.draft("b"))
            try world.done(try #require(world.take("page/mail")))
        }
        #expect(world.state.domains.work.endedCount == WorkBounds.ended)
        #expect(world.stage(6) == "forgotten" && world.stage(7) == "done")
        // Numbers are never used again.
        #expect(world.put(world.draft("c")) == [UInt64(WorkBounds.ended) + 7])
    }

    @Test func whatChangesIsTold() throws {
        let world = WorkWorld()
        world.put(world.draft("a"), world.draft("b"))
        #expect(world.state.takeTouchedWork() == [1, 2])
        #expect(world.state.takeTouchedWork().isEmpty)
        try world.done(try #require(world.take("page/mail")))
        #expect(world.state.takeTouchedWork() == [1])
    }

    /// Whoever tries a parked kind may take longer than the minute between two tries.
    @Test func aParkedKindIsTriedByOneAtATime() throws {
        let world = WorkWorld()
        world.put(world.draft("a"), world.draft("b"))
        while world.state.workKindStates["page/mail"]?.parkedSince == nil {
            if let item = world.take("page/mail") { world.fail(item, .neverSent) }
            world.advance(seconds: 600)
        }
        let probe = try #require(world.take("page/mail", seconds: 3_600))
        world.advance(seconds: 600)
        #expect(world.take("page/mail") == nil)
        try world.done(probe)
        #expect(world.take("page/mail") != nil)
    }

    /// Nobody reads what is over: its texts need not stay.
    @Test func whatHasEndedForgetsWhatItWasAbout() throws {
        let world = WorkWorld()
        let id = world.put(world.draft("a"))[0]
        #expect(world.state.work(id)?.payload == #"{"page":1}"#)
        try world.done(try #require(world.take("page/mail")))
        #expect(world.stage(id) == "done" && world.state.work(id)?.payload == "")
    }

    @Test func nobodyTakesIt() {
        let world = WorkWorld()
        world.put(world.draft("a"))
        world.advance(seconds: 59)
        #expect(world.state.untakenWork(at: world.now).isEmpty)
        world.advance(seconds: 1)
        #expect(world.state.untakenWork(at: world.now).map(\.kind) == ["page/mail"])
        _ = world.take("page/mail")
        #expect(world.state.untakenWork(at: world.now).isEmpty)
    }

    @Test func aSatelliteTakesItsOwnKindsAlone() throws {
        let world = WorkWorld()
        let take = WorkTake(["page/mail", "restart"], waitMilliseconds: 0, leaseMilliseconds: 1)
        #expect(throws: Refusal.self) {
            try world.state.decide(
                .work(.take(take)), by: Caller(uid: 7, role: .pager), at: world.now)
        }
        _ = try world.state.decide(
            .work(.take(take)), by: Caller(uid: 7, role: .admin), at: world.now)
    }
}
