// The promises of queues, numbered as the rules in Queue+Report.swift and State+Queues.swift.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct QueueTests {
    /// S4-03: the limits of the document, each on its edge.
    @Test(
        arguments: [
            (0, .good), (49, .good), (50, .bad), (1 << 53, .bad),
        ] as [(UInt64, QueueState)])
    func depthIsGoodBelowItsLimit(depth: UInt64, expected: QueueState) throws {
        var world = Reporting()
        for _ in 0..<3 {
            try world.report(.mail, depth)
            world.pass(seconds: 60)
        }
        #expect(world.verdict(.depth) == expected)
    }

    /// Q1, Q2 and Q4.
    @Test(
        arguments: [
            (50, .bad), (60, .good), (500, .good),
        ] as [(UInt64, QueueState)])
    func rateIsGoodAboveItsLimit(inFiveMinutes: UInt64, expected: QueueState) throws {
        var world = Reporting()
        var processed: UInt64 = 1_000
        try world.report(.mail, 3, processed)
        #expect(world[.mail]?.recent == nil, "one report gives no pace")
        #expect(world.verdict(.rate) == .unknown)
        for step in 1...10 {
            world.pass(seconds: 30)
            processed = 1_000 + inFiveMinutes * UInt64(step) / 10
            try world.report(.mail, 3, processed)
        }
        #expect(world[.mail]?.recent?.milliseconds == 300_000)
        #expect(world[.mail]?.recent?.processed == inFiveMinutes)
        #expect(world.verdict(.rate) == expected)
    }

    /// Q4: nothing to do is not slow, and neither is what came a moment ago.
    @Test func anEmptyQueueIsNotSlow() throws {
        var world = Reporting()
        for _ in 0..<10 {
            try world.report(.mail, 0, 1_000, failed: 0)
            world.pass(seconds: 60)
        }
        #expect(world.verdict(.rate) == .good && world[.mail]?.recent?.processed == 0)
        // Something that waits at each second look is taken in between.
        for _ in 0..<10 {
            try world.report(.mail, 1, 1_000, failed: 0)
            world.pass(seconds: 30)
            try world.report(.mail, 0, 1_000, failed: 0)
            world.pass(seconds: 30)
        }
        #expect(world.verdict(.rate) == .good && world.told.isEmpty)
    }

    /// Q5.
    @Test(
        arguments: [
            (95, 5, .bad), (951, 49, .good), (18, 1, .unknown), (10, 10, .bad),
            (0, 20, .bad), (20, 0, .good),
        ] as [(UInt64, UInt64, QueueState)])
    func failuresCountFromTheirSampleOn(
        processed: UInt64, failed: UInt64, expected: QueueState
    ) throws {
        var world = Reporting()
        try world.report(.mail, 0, 0, failed: 0)
        for _ in 0..<3 {
            world.pass(seconds: 60)
            try world.report(.mail, 0, processed, failed: failed)
        }
        #expect(world.verdict(.failed) == expected)
    }

    /// Q6 with counters.
    @Test func stuckIsNothingTakenForItsTime() throws {
        var world = Reporting()
        for _ in 0..<10 {
            try world.report(.mail, 5, 100)
            world.pass(seconds: 60)
            #expect(world.verdict(.stuck) == .good)
        }
        try world.report(.mail, 5, 100)
        #expect(world.verdict(.stuck) == .bad)
        #expect(world.wrong.contains("queue_stuck:mail") && world.told.contains(.queueBad))
        // A failure is progress too: what fails is taken.
        for _ in 0..<2 {
            world.pass(seconds: 60)
            try world.report(.mail, 5, 101)
        }
        #expect(world.verdict(.stuck) == .good)
        #expect(world.isReplayed())
    }

    /// Q6 without counters: the oldest says whether anything is taken.
    @Test func theOldestShowsProgress() throws {
        var world = Reporting()
        for minute in 0..<30 {
            // The same one waits, with ages of whole seconds, a second off.
            try world.report(.mail, 5, oldest: minute * 60 + minute % 2)
            world.pass(seconds: 60)
        }
        #expect(world.verdict(.stuck) == .bad)
        var moving = Reporting()
        for _ in 0..<30 {
            try moving.report(.mail, 5, oldest: 700)
            moving.pass(seconds: 60)
        }
        #expect(moving.verdict(.stuck) == .good, "another is the oldest each time")
        var unknown = Reporting()
        for _ in 0..<30 {
            try unknown.report(.mail, 5)
            unknown.pass(seconds: 60)
        }
        #expect(unknown.verdict(.stuck) == .unknown, "a depth alone shows nothing")
        #expect(unknown.wrong.isEmpty)
    }

    /// Q7: one report is no verdict; two, a minute apart, are.
    @Test func aVerdictTurnsWhenReportsAgree() throws {
        var world = Reporting()
        try world.report(.mail, 3)
        #expect(world.verdict(.depth) == .good)
        for _ in 0..<20 {
            world.pass(seconds: 60)
            try world.report(.mail, 70)
            world.pass(seconds: 30)
            try world.report(.mail, 3)
        }
        #expect(world.told.isEmpty, "peaks between two looks are none")
        world.pass(seconds: 60)
        try world.report(.mail, 70)
        #expect(world.verdict(.depth) == .good)
        world.pass(seconds: 49)
        try world.report(.mail, 70)
        #expect(world.verdict(.depth) == .good)
        world.pass(seconds: 1)
        #expect(try world.report(.mail, 70) == .bad)
        #expect(world.told == [.queueBad] && world.wrong == ["queue_deep:mail"])
        world.pass(seconds: 60)
        try world.report(.mail, 3)
        #expect(world.verdict(.depth) == .bad)
        world.pass(seconds: 60)
        try world.report(.mail, 3)
        #expect(world.told == [.queueBad, .queueWell] && world.wrong.isEmpty)
        #expect(world.isReplayed())
    }

    /// 0 turns a promise off.
    @Test func noLimitIsKept() throws {
        var rules = QueueRules()
        (rules.depth, rules.rate, rules.failed) = (0, 0, 0)
        var world = Reporting([.mail: rules])
        for minute in 0..<9 {
            try world.report(.mail, 1 << 40, UInt64(minute), failed: UInt64(minute) * 99)
            world.pass(seconds: 60)
        }
        #expect(world[.mail]?.state == .good && world.told.isEmpty)
    }

    /// What is not reported is not known, and what was bad stays an incident.
    @Test func silenceIsUnknown() throws {
        var world = Reporting()
        for _ in 0..<3 {
            try world.report(.mail, 80)
            world.pass(seconds: 60)
        }
        #expect(world[.mail]?.state == .bad)
        world.pass(seconds: 239)
        #expect(world[.mail]?.isSilent == false)
        world.pass(seconds: 1)
        #expect(world[.mail]?.state == .unknown && world.told.last == .queueSilent)
        #expect(world.wrong == ["queue_silent:mail"])
        #expect(world.views().first?.isSilent == true)
        let unknown = world.world.state.queueConditions(at: world.world.now)
            .filter { $0.standing == .unknown }.map(\.rule)
        #expect(Set(unknown) == [.queueStuck, .queueDeep, .queueFailing, .queueSlow])
        world.pass(seconds: 3_600)
        #expect(world.told.count { $0 == .queueSilent } == 1)
        try world.report(.mail, 80)
        #expect(world.told.last == .queueBack && world.wrong == ["queue_deep:mail"])
        #expect(world.isReplayed())
    }

    /// A queue of the configuration that nobody reports is silent from its time on.
    @Test func aQueueThatIsAwaitedIsSilent() {
        var world = Reporting([.mail: QueueRules()])
        world.pass(seconds: 299)
        #expect(world.wrong.isEmpty && world.views().first?.state == .unknown)
        world.pass(seconds: 1)
        #expect(world.wrong == ["queue_silent:mail"] && world.views().first?.isSilent == true)
        // A reload does not begin the wait anew.
        world.rules[.named("other")] = QueueRules()
        #expect(world.wrong == ["queue_silent:mail"])
    }

    /// R3.
    @Test func withoutASectionADayOfSilenceForgets() throws {
        var world = Reporting([.mail: QueueRules()])
        try world.report(.mail, 1)
        try world.report(.named("x"), 1)
        world.pass(seconds: 86_399)
        #expect(world.views().count == 2)
        world.pass(seconds: 1)
        #expect(world.views().map(\.name) == [.mail])
        #expect(world.wrong == ["queue_silent:mail"] && world.isReplayed())
    }

    /// R1 and R2.
    @Test func roomIsForWhoNeedsIt() throws {
        var world = Reporting([.mail: QueueRules()])
        func name(_ uid: UInt32, _ number: Int) -> QueueName { .named("q\(uid)-\(number)") }
        for number in 0..<64 { try world.report(name(1, number), 1, uid: 1, role: .report) }
        world.pass(seconds: 1)
        #expect(throws: Refusal.self) {
            try world.report(name(1, 64), 1, uid: 1, role: .report)
        }
        for uid: UInt32 in 2...4 {
            for number in 0..<64 {
                guard world.views().count < 231 else { break }
                try world.report(name(uid, number), 1, uid: uid, role: .report)
            }
        }
        #expect(world.views().count == 231)
        #expect(throws: Refusal.self) { try world.report(name(5, 0), 1, uid: 5, role: .report) }
        for number in 0..<25 { try world.report(name(0, number), 1, uid: 0, role: .admin) }
        #expect(world.views().count == 256)
        #expect(throws: Refusal.self) { try world.report(name(0, 25), 1, uid: 0, role: .admin) }
        // The one of the configuration has its place; one more section takes that of the stalest.
        try world.report(.mail, 1)
        world.rules[.named("late")] = QueueRules()
        try world.report(.named("late"), 1)
        #expect(world.views().count == 256 && world[name(1, 0)] == nil)
        // Whoever is silent makes room: for a user with a quarter, only its own.
        world.pass(seconds: 301)
        try world.report(name(0, 25), 1, uid: 0, role: .admin)
        try world.report(name(1, 64), 1, uid: 1, role: .report)
        #expect(world.views().count == 256 && world.isReplayed())
    }

    /// Another boot: ages and paces go on, whatever the clocks did.
    @Test func aBootMovesEveryTime() throws {
        var world = Reporting()
        for minute in 0..<8 {
            try world.report(.mail, 60, UInt64(minute) * 20, failed: 1, oldest: 30)
            world.pass(seconds: 60)
        }
        let before = try #require(world[.mail])
        let state = world.world.state
        let rebase = Rebase(
            lastBoot: world.world.now.bootMilliseconds, earlierOffset: state.clockOffset,
            boot: 5_000, wall: world.world.now.wallMilliseconds + 30_000,
            bootID: BootID(high: 1, low: 2))
        world.world.now = Moment(
            boot: 5_000_000_000, wall: world.world.now.wall + 30_000_000_000)
        world.world.commit(.rebased(rebase))
        let after = try #require(world[.mail])
        let shift = after.reported - before.reported
        #expect(after.reported == 5_000 - 60_000 - 30_000)
        #expect(after.points.map(\.at) == before.points.map { $0.at + shift })
        #expect(after.recent == before.recent && after.state == before.state)
        #expect(
            after.progress == before.progress + shift
                && after.head == before.head.map { $0 + shift })
    }
}

/// Counters against an exact recount: whoever counts starts anew, reports are missed, opsd dies
/// after any record.
@Suite struct QueueCounterTests {
    @Test(arguments: 1...40 as ClosedRange<UInt64>) func totalsAreExact(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var world = Reporting()
        var counter: UInt64 = random.pick([0, 17, 1 << 52])
        // What an exact recount has, and how much of it came after the record that is the newest.
        var total = counter
        try world.report(.mail, 0, counter)
        for _ in 0..<300 {
            world.pass(seconds: Int64(random.next() % 90))
            switch random.next() % 12 {
            case 0:
                // The worker starts anew, and counts some before it is asked.
                counter = random.next() % max(1, min(counter, 50))
                total += counter
            case 1:
                // A jump as large as a number may be.
                let more = (1 << 53) - counter
                counter += more
                total += more
            default:
                let more = random.next() % 40
                guard counter + more <= 1 << 53 else { continue }
                counter += more
                total += more
            }
            try world.report(.mail, random.next() % 60, counter)
            #expect(world[.mail]?.processed?.total == total)
            if random.next() % 20 == 0 {
                // A crash: what was logged is there, and the next report makes the total whole.
                var copy = world.world.replayed()
                copy.recoveryEnded()
                world.world.state = copy
                world.rules = [:]
                try world.report(.mail, 0, counter)
                #expect(world[.mail]?.processed?.total == total)
            }
        }
        #expect(world.isReplayed())
    }

    /// No sum overflows, whatever is counted.
    @Test func theLargestTotalStays() {
        var counter = QueueCounter(reported: .max, total: .max - 5)
        counter.take(3)
        #expect(counter.total == UInt64.max - 2)
        counter.take(1 << 63)
        #expect(counter.total == UInt64.max && counter.reported == 1 << 63)
        #expect(!QueueFlow(processed: 50, failed: nil, milliseconds: 300_000).isFaster(than: 10))
        #expect(QueueFlow(processed: 51, failed: nil, milliseconds: 300_000).isFaster(than: 10))
        let flow = QueueFlow(processed: .max, failed: .max, milliseconds: 1)
        #expect(flow.isFaster(than: .max) && flow.failedShare(sample: .max) == 50)
    }

    /// One record a minute, however often is reported.
    @Test func aMinuteIsOneRecord() throws {
        var world = Reporting()
        let before = world.world.log.count
        for second in 0..<600 {
            try world.report(.mail, 0, UInt64(second))
            world.pass(seconds: 1)
        }
        #expect((9...12).contains(world.world.log.count - before))
    }

    /// Nobody could tell opsd anything while it did not run.
    @Test(arguments: [true, false])
    func aStartIsNoSilence(isConfigured: Bool) throws {
        var world = Reporting(isConfigured ? [.mail: QueueRules()] : [:])
        try world.report(.mail, 3)
        world.pass(seconds: 200)
        let rules = world.rules
        world.world.state = world.world.replayed()
        world.world.state.recoveryEnded()
        world.world.advance(milliseconds: 3_600_000)
        world.rules = rules
        world.keep()
        world.pass(seconds: 299)
        #expect(world.told.isEmpty && world.wrong.isEmpty)
        world.pass(seconds: 1)
        #expect(world.told == [.queueSilent])
    }

    /// A reporter that no longer counts does not make the queue stuck, nor slow.
    @Test func aCounterThatIsLeftOutIsNotKnown() throws {
        var world = Reporting()
        for step in 0..<10 {
            try world.report(.mail, 5, UInt64(100 * step), oldest: 4)
            world.pass(seconds: 30)
        }
        #expect(world.verdict(.rate) == .good)
        for _ in 0..<60 {
            try world.report(.mail, 5, oldest: 4)
            world.pass(seconds: 30)
        }
        #expect(world.verdict(.rate) == .unknown && world.verdict(.stuck) == .good)
        #expect(world.told.isEmpty)
    }
}
