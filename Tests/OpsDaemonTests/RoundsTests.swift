// The daemon's clockwork.

import OpsConfig
import OpsLinux
import OpsSystemd
import Testing

@testable import OpsDaemon

@Suite struct TimetableTests {
    private let second = Timetable.second

    @Test func keepsItsBeat() {
        var beat = Recurring(every: 10, from: 100)
        expect(!beat.take(at: 99))
        expect(beat.take(at: 100))
        #expect(beat.due == 110)
        // A little late: the next is on the old beat.
        expect(beat.take(at: 114))
        #expect(beat.due == 120)
    }

    @Test func missedRoundsAreNotMadeUpFor() {
        var beat = Recurring(every: 10, from: 100)
        expect(beat.take(at: 1_000))
        #expect(beat.due == 1_010)
        expect(!beat.take(at: 1_009))
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

    @Test func mendingGoesOnUntilItIsDone() {
        var mend = Mending(due: .max)
        expect(!mend.take(at: 5))
        mend.postpone(at: 5)
        #expect(mend.due == 5 + Timetable.mendSeconds * second)
        expect(mend.take(at: mend.due))
        #expect(mend.due == 5 + 2 * Timetable.mendSeconds * second)
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

    @Test func everythingIsDueSometime() {
        var configuration = Configuration()
        let table = Timetable(configuration, ServiceManager(), at: 5)
        #expect(table.next == 5)
        configuration.probe.intervalMilliseconds = 200
        var other = table
        _ = other.sample.take(at: 5)
        other.adopt(configuration, at: 5)
        #expect(other.sample.due == 5 + 200_000_000)
    }
}
