// What the desk decides, numbered as its rules (DeliveryDesk).  No socket, no clock.

import OpsCore
import OpsProtocol
import Testing

@testable import OpsPager

private func item(_ id: UInt64, _ key: String? = nil, channel: String = "mail") -> PagedItem {
    PagedItem(
        id: id, channel: channel, key: key ?? "incident/\(id)/raise/1", token: "t\(id)",
        created: night, mayRepeat: false, page: page(subject()))
}

private func desk() -> DeliveryDesk {
    var desk = DeliveryDesk()
    desk.connected()
    return desk
}

extension DeliveryDesk {
    fileprivate mutating func lines() -> [String] {
        takeActions().map { action in
            switch action {
            case .tell(let line, _): line
            case .send(let id, let channel, let message):
                "send \(id) \(channel)" + (message.isPlain ? " plain" : "")
                    + (message.chat.map { " to \($0)" } ?? "")
                    + (message.mayRepeat ? " again" : "")
            case .warn: "warn"
            }
        }
    }

    fileprivate mutating func begun(_ id: UInt64, at boot: Int64 = 0) {
        answered(.begun(id), refusal: nil, at: boot)
    }
}

private let refused = DeliveryFailure(.neverSent, "no route")

@Suite struct DeskTests {
    // MARK: 1

    @Test func nothingLeavesBeforeBegunIsAnswered() {
        var desk = desk()
        desk.took(item(1), at: 0)
        #expect(desk.lines() == ["work begun 1 token=t1"])
        desk.begun(1)
        #expect(desk.lines() == ["send 1 mail"])
        desk.ended(1, .sent(receipt: "<a@b>"), at: 1, wall: night)
        #expect(desk.lines() == [#"work done 1 token=t1 receipt="<a@b>""#])
        desk.answered(.end(1), refusal: nil, at: 2)
        #expect(desk.count == 0 && desk.figures["mail"]?.sent == 1)
    }

    @Test func whatIsNotOursIsNotSent() {
        var desk = desk()
        desk.took(item(1), at: 0)
        _ = desk.lines()
        desk.answered(.begun(1), refusal: ("refused", "stale token"), at: 0)
        #expect(desk.lines() == ["warn"] && desk.count == 0)
    }

    @Test func aRefusalThatPassesIsAskedAgain() {
        var desk = desk()
        desk.took(item(1), at: 0)
        _ = desk.lines()
        desk.answered(.begun(1), refusal: ("busy", "the log is behind"), at: 0)
        desk.tick(at: 999)
        #expect(desk.lines() == [])
        desk.tick(at: 1_000)
        #expect(desk.lines() == ["work begun 1 token=t1"])
    }

    @Test func whatIsNoPageFails() {
        var desk = desk()
        var strange = item(1)
        strange.page = nil
        desk.took(strange, at: 0)
        #expect(desk.lines().first?.hasPrefix("work failed 1 token=t1 class=permanent") == true)
    }

    // MARK: 2

    @Test func whatBecameOfItIsToldOverAnyNumberOfConnections() {
        var desk = desk()
        desk.took(item(1), at: 0)
        desk.begun(1)
        _ = desk.lines()
        desk.disconnected()
        desk.ended(1, .failed(refused), at: 1, wall: night)
        #expect(desk.lines() == ["warn"])
        let failed = #"work failed 1 token=t1 class=never-sent error="no route""#
        desk.connected()
        #expect(desk.lines() == [failed])
        desk.disconnected()
        desk.connected()
        #expect(desk.lines() == [failed])
        desk.answered(.end(1), refusal: ("degraded", "no disk"), at: 1)
        desk.tick(at: 1_001)
        #expect(desk.lines() == [failed])
        desk.answered(.end(1), refusal: nil, at: 2)
        #expect(desk.count == 0)
    }

    @Test func whatIsUnderWayIsKeptAfterARestart() {
        var desk = desk()
        desk.took(item(1), at: 0)
        desk.begun(1)
        desk.took(item(2), at: 0)
        _ = desk.lines()
        desk.disconnected()
        desk.connected()
        #expect(desk.lines() == ["work beat 1 token=t1", "work begun 2 token=t2"])
        desk.tick(at: DeliveryDesk.beatMilliseconds)
        #expect(desk.lines() == ["work beat 1 token=t1", "work beat 2 token=t2"])
    }

    // MARK: 3

    @Test func aChannelHasEightInHand() {
        var desk = desk()
        for id in 1...8 { desk.took(item(UInt64(id)), at: 0) }
        #expect(!desk.hasRoom("mail") && desk.hasRoom("tg"))
    }

    @Test func pagesOfOneIncidentGoOneByOne() {
        var desk = desk()
        desk.took(item(1, "incident/7/raise/1"), at: 0)
        desk.took(item(2, "incident/7/resolve/1"), at: 0)
        desk.took(item(3, "incident/7/raise/1", channel: "tg"), at: 0)
        #expect(desk.lines() == ["work begun 1 token=t1", "work begun 3 token=t3"])
        desk.begun(1)
        desk.ended(1, .sent(receipt: ""), at: 0, wall: night)
        _ = desk.lines()
        desk.answered(.end(1), refusal: nil, at: 0)
        #expect(desk.lines() == ["work begun 2 token=t2"])
    }

    @Test func aLostTakingConnectionFreesWhatWaits() {
        var desk = desk()
        desk.took(item(1, "incident/7/raise/1"), at: 0)
        desk.took(item(2, "incident/7/resolve/1"), at: 0)
        desk.lostLeases()
        #expect(desk.count == 1)
    }

    // MARK: Telegram's wishes

    @Test func oncePlainAndInTheNewChat() {
        var desk = desk()
        desk.took(item(1, channel: "tg"), at: 0)
        desk.begun(1)
        _ = desk.lines()
        desk.ended(1, .againPlain("400"), at: 0, wall: night)
        #expect(desk.lines() == ["warn", "send 1 tg plain"])
        desk.ended(1, .againInChat("-5"), at: 0, wall: night)
        #expect(desk.lines() == ["warn", "send 1 tg plain to -5"])
        // A chat that moves to itself would go on for ever.
        desk.ended(1, .againInChat("-5"), at: 0, wall: night)
        #expect(desk.lines().last?.contains("class=permanent") == true)
        desk.took(item(2, channel: "tg"), at: 0)
        desk.begun(2)
        #expect(desk.lines().last == "send 2 tg to -5")
    }

    // MARK: 4

    @Test func whatItSaysByItselfIsTriedUntilItIsOut() {
        var desk = DeliveryDesk()
        desk.say(page(subject()), on: ["mail"], at: 0)
        let id = UInt64.max
        #expect(desk.lines() == ["send \(id) mail"])
        desk.ended(id, .failed(DeliveryFailure(.maybeSent, "silence")), at: 0, wall: night)
        #expect(desk.lines() == ["warn"])
        desk.tick(at: 1_999)
        #expect(desk.lines() == [])
        desk.tick(at: 2_000)
        #expect(desk.lines() == ["send \(id) mail again"])
        desk.ended(id, .sent(receipt: ""), at: 2_000, wall: night)
        #expect(desk.lines() == [] && desk.count == 0)
        #expect(desk.inHand("mail") == 0)
    }

    @Test func whatIsOverBeforeItIsOutIsNotSaid() {
        var desk = DeliveryDesk()
        desk.say(page(subject()), on: ["mail", "tg"], at: 0)
        desk.ended(.max, .failed(refused), at: 0, wall: night)
        #expect(desk.unsay() == ["tg"] && desk.count == 1)
        desk.say(page(subject()), on: ["mail"], at: 0)
        #expect(desk.unsay() == ["mail"] && desk.count == 2)
        #expect(desk.unsay() == [])
    }

    @Test func othersStandInWhereItCannotSayItByItself() {
        var desk = DeliveryDesk()
        desk.say(page(subject()), on: ["tg", "chat"], else: ["mail"], at: 0)
        let (first, second, third) = (UInt64.max, UInt64.max - 1, UInt64.max - 2)
        #expect(desk.lines() == ["send \(first) tg", "send \(second) chat"])
        var boot: Int64 = 0
        for attempt in 1...DeliveryDesk.ownAttempts {
            desk.ended(first, .failed(refused), at: boot, wall: night)
            let isLast = attempt == DeliveryDesk.ownAttempts
            #expect(desk.lines().filter { $0 != "warn" } == (isLast ? ["send \(third) mail"] : []))
            boot += 64_000
            desk.tick(at: boot)
            #expect(desk.lines() == ["send \(first) tg"])
        }
        // Another that fails has the same in its place, once.
        desk.ended(
            second, .failed(DeliveryFailure(.permanent, "403")), at: boot, wall: night)
        #expect(desk.lines() == ["warn"])
        desk.ended(third, .sent(receipt: ""), at: boot, wall: night)
        desk.ended(first, .failed(refused), at: boot, wall: night)
        // Its end is told to whoever was told of it: not where it never went out.
        #expect(desk.unsay() == ["mail"])
    }

    @Test func aStopLeavesWhatHasNotBegun() {
        var desk = desk()
        desk.took(item(1, "incident/7/raise/1"), at: 0)
        desk.took(item(2, "incident/7/resolve/1"), at: 0)
        desk.begun(1)
        desk.stop()
        #expect(desk.count == 1)
    }

    // MARK: Items

    @Test func itemsAsOpsdWritesThem() throws {
        let text = """
            {"id":12,"kind":"page/mail","key":"incident/17/raise/1","token":"9f8e7d6c5b4a3921",\
            "payload":\(page(subject()).json()),"attempt":2,"may_repeat":true,\
            "created":"2026-11-29T02:00:00Z","lease_seconds":60}
            """
        let item = try #require(PagedItem(json: try JSONValue(parsing: Array(text.utf8).span)))
        #expect(item.channel == "mail" && item.created == night && item.mayRepeat)
        #expect(item.page == page(subject()) && item.subject == "mail/17")
        #expect(
            PagedItem(json: try JSONValue(parsing: Array(#"{"id":1,"kind":"restart"}"#.utf8).span))
                == nil)
        #expect(
            item.failed(DeliveryFailure(.limited, "say \"please\"", retryAfterSeconds: 30))
                == "work failed 12 token=9f8e7d6c5b4a3921 class=limited retry_after=30s"
                + #" error="say \"please\"""#)
    }
}

@Suite struct DeadmanTests {
    @Test func aMinuteWithoutAnAnswerIsToldOnce() {
        var deadman = Deadman(at: 0)
        var told: [Deadman.Finding] = []
        for second in 0..<200 {
            if let finding = deadman.look(at: Int64(second) * 1_000) { told.append(finding) }
        }
        #expect(told == [.silent(isOrderly: false)])
        #expect(deadman.answered(at: 205_000) == .back(afterMilliseconds: 205_000))
        #expect(deadman.answered(at: 206_000) == nil)
    }

    @Test func anAnswerIsALife() {
        var deadman = Deadman(at: 0)
        for second in 0..<200 {
            if second % 20 == 0 { _ = deadman.answered(at: Int64(second) * 1_000) }
            #expect(deadman.look(at: Int64(second) * 1_000) == nil)
        }
    }

    @Test func anOrderlyStopIsAWarning() {
        var deadman = Deadman(at: 0)
        deadman.saidGoodbye()
        for second in 0..<60 { #expect(deadman.look(at: Int64(second) * 1_000) == nil) }
        let finding = deadman.look(at: 60_000)
        #expect(finding == .silent(isOrderly: true))
        let page = finding?.page(host: "db1", wall: night, silence: nil)
        #expect(page?.severity == .warning)
        // The next silence after it was back is none.
        _ = deadman.answered(at: 61_000)
        for second in 62..<121 { #expect(deadman.look(at: Int64(second) * 1_000) == nil) }
        #expect(deadman.look(at: 121_000) == .silent(isOrderly: false))
    }

    /// A host that slept has not heard from opsd either, and that is nobody's fault.
    @Test func sleepIsNoSilence() {
        var deadman = Deadman(at: 0)
        #expect(deadman.look(at: 1_000) == nil)
        #expect(deadman.look(at: 3_600_000) == nil)
        #expect(deadman.answered(at: 3_601_000) == nil)
    }
}
