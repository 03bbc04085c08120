// The loop's recurring work: when it is due.

import OpsConfig
import OpsLinux
import Testing

@testable import OpsDaemon

@Suite struct RoundsTests {
    private let second = Rounds.second

    @Test func keepsItsBeat() {
        var beat = Recurring(every: 10, from: 100)
        expect(!beat.fireIfDue(at: 99))
        expect(beat.fireIfDue(at: 100))
        #expect(beat.due == 110)
        // A little late: the next time is a period after the one before.
        expect(beat.fireIfDue(at: 114))
        #expect(beat.due == 120)
    }

    @Test func missedRoundsAreNotMadeUpFor() {
        var beat = Recurring(every: 10, from: 100)
        expect(beat.fireIfDue(at: 1_000))
        #expect(beat.due == 1_010)
        expect(!beat.fireIfDue(at: 1_009))
    }

    @Test func lateness() {
        let beat = Recurring(every: 10, from: 100)
        #expect(beat.lateness(at: 90) == 0)
        #expect(beat.lateness(at: 107) == 7)
    }

    @Test func anotherPeriodCountsFromNow() {
        var beat = Recurring(every: 1_000, from: 1_000)
        beat.adopt(10, at: 50)
        #expect(beat.due == 60)
        beat.adopt(1_000, at: 55)
        #expect(beat.due == 60)
        beat.adopt(1_000, at: 59)
        #expect(beat.due == 60)
    }

    @Test func repairIsDueFromAFailureUntilItIsDone() {
        var rounds = Rounds(Configuration(), watchdogNanoseconds: nil, at: 5)
        expect(!rounds.fireIfDue(.logRepair, at: 1_000 * second))
        rounds.postpone(.logRepair, at: 5)
        #expect(rounds.due(.logRepair) == 5 + second)
        expect(rounds.fireIfDue(.logRepair, at: 5 + second))
        #expect(rounds.due(.logRepair) == 5 + 2 * second)
        rounds.cancel(.logRepair)
        #expect(rounds.due(.logRepair) == .max)
        rounds.adopt(Configuration(), at: 7)
        #expect(rounds.due(.logRepair) == .max)
    }

    @Test func lagRemembersTwoMinutes() {
        var lag = LoopLag()
        lag.note(7, at: 60 * second)
        lag.note(3, at: 61 * second)
        #expect(lag.last == 3 && lag.max2Minutes == 7)
        lag.note(1, at: 120 * second)
        #expect(lag.max2Minutes == 7)
        lag.note(1, at: 180 * second)
        #expect(lag.max2Minutes == 1)
        lag.note(9, at: 181 * second)
        lag.note(0, at: 600 * second)
        #expect(lag.max2Minutes == 0)
    }

    /// The timer is armed again when it has gone off: at that very moment, the next is a day later.
    @Test(
        arguments: [
            // Minutes after midnight; now and next, in seconds from a midnight.
            (450, 450 * 60, 450 * 60 + 86_400), (450, 450 * 60 - 1, 450 * 60),
            (450, 450 * 60 + 1, 450 * 60 + 86_400), (450, 0, 450 * 60),
            (0, 0, 86_400), (0, 1, 86_400), (0, 86_399, 86_400), (0, -1, 0),
            (1_439, 86_340, 172_740), (1_439, 86_399, 172_740), (1_439, 86_400, 172_740),
        ] as [(Int, Int64, Int64)])
    func theNextTimeByTheCalendarIsLater(minutes: Int, now: Int64, next: Int64) {
        let midnight: Int64 = 1_699_920_000
        #expect(
            Calendar.next(minutes: minutes, after: (midnight + now) * second)
                == (midnight + next) * second)
    }

    @Test func aNanosecondBeforeIsBefore() {
        let due = (1_699_920_000 + 450 * 60) * second
        #expect(Calendar.next(minutes: 450, after: due - 1) == due)
        #expect(Calendar.next(minutes: 450, after: due + 1) == due + Calendar.day)
    }

    @Test func everythingIsDueSometime() {
        var configuration = Configuration()
        let rounds = Rounds(configuration, watchdogNanoseconds: 20 * second, at: 5)
        #expect(rounds.next == 5)
        for round in Round.allCases where round != .logRepair {
            #expect(rounds.due(round) < 3_601 * second, "\(round)")
        }
        #expect(rounds.due(.watchdog) == 5)
        configuration.probe.intervalMilliseconds = 200
        var other = rounds
        _ = other.fireIfDue(.sample, at: 5)
        other.adopt(configuration, at: 5)
        #expect(other.due(.sample) == 5 + 200_000_000)
    }

    /// At half the period that the service manager asks for; without one, never.
    @Test func theSignOfLifeGoesByTheServiceManager() {
        var rounds = Rounds(Configuration(), watchdogNanoseconds: 20 * second, at: 5)
        expect(rounds.fireIfDue(.watchdog, at: 5))
        #expect(rounds.due(.watchdog) == 5 + 10 * second)
        rounds = Rounds(Configuration(), watchdogNanoseconds: nil, at: 5)
        #expect(rounds.due(.watchdog) == .max)
    }
}
