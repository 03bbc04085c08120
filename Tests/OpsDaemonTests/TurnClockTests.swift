// The cost of a turn as it is reported: never too low, and the CPU clock is read seldom.

import OpsTestKit
import Testing

@testable import OpsDaemon

/// A thread with a CPU clock that counts its readings.
private struct Thread {
    var clock = TurnClock()
    var cpu: Int64 = 0
    var boot: Int64 = 1_000_000_000
    var readings = 0

    /// A turn of this much CPU and elapsed time, after a pause; nanoseconds.
    mutating func turn(cpu used: Int64, of elapsed: Int64, after pause: Int64 = 0) {
        boot += pause
        var count = readings
        let before = cpu
        clock.begin(at: boot) {
            count += 1
            return before
        }
        cpu += used
        boot += elapsed
        let after = cpu
        clock.end(at: boot) {
            count += 1
            return after
        }
        readings = count
    }
}

@Suite struct TurnClockTests {
    @Test func aTurnThatWasMadeToWaitCostsItsCPU() {
        var thread = Thread()
        thread.turn(cpu: 300_000, of: 9_000_000, after: 5_000_000)
        #expect(thread.clock.max2Minutes == 300_000)
    }

    @Test func shortTurnsInARowAreNotAddedUp() {
        var thread = Thread()
        for _ in 0..<1_000 { thread.turn(cpu: 10_000, of: 11_000) }
        #expect(thread.clock.max2Minutes == 11_000)
        // 11 ms of turns, a reading each 200 us at most.
        #expect(thread.readings <= 56)
    }

    @Test(arguments: [0, 50_000, 199_000, 200_000, 900_000] as [Int64])
    func isNeverTooLittleAndTooMuchByTheGraceAtMost(pause: Int64) {
        var thread = Thread()
        for _ in 0..<50 { thread.turn(cpu: 7_000, of: 7_000) }
        thread.turn(cpu: 3_000_000, of: 3_100_000, after: pause)
        let told = thread.clock.max2Minutes
        #expect(told >= 3_000_000)
        #expect(told <= 3_000_000 + TurnClock.graceNanoseconds)
    }

    @Test func isForgottenAfterTwoMinutes() {
        var thread = Thread()
        thread.turn(cpu: 4_000_000, of: 4_000_000)
        thread.turn(cpu: 1_000, of: 1_000, after: 180_000_000_000)
        #expect(thread.clock.max2Minutes == 1_000)
    }
}

@Suite struct TurnSpreadTests {
    /// Never too low, and too high by a twelfth at most.
    @Test(arguments: 1...6) func quantileIsNear(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var spread = TurnSpread()
        #expect(spread.quantile(999, of: 1_000) == 0)
        var costs: [Int64] = []
        for _ in 0..<3_000 {
            let cost = Int64(1) << Int64.random(in: 0...30, using: &random)
            costs.append(Int64.random(in: 0...cost, using: &random))
            spread.note(costs[costs.count - 1], at: 60_000_000_000)
        }
        costs.sort()
        for part in [1, 500, 900, 999, 1_000] as [UInt64] {
            let exact = costs[Int((3_000 * part + 999) / 1_000) - 1]
            let answer = spread.quantile(part, of: 1_000)
            #expect(answer >= exact && answer <= max(1 << 14, exact + exact / 12 + 1))
        }
    }

    @Test func minutesGo() {
        var spread = TurnSpread()
        spread.note(9_000_000, at: 60_000_000_000)
        for minute in 2...3 as ClosedRange<Int64> {
            spread.note(20_000, at: minute * 60_000_000_000)
            #expect((spread.quantile(1, of: 1) > 1_000_000) == (minute == 2))
        }
        spread.note(20_000, at: 9 * 60_000_000_000)
        #expect(spread.quantile(1, of: 1) < 30_000)
    }

    @Test func extremesHaveABin() {
        for cost in [Int64.min, -1, 0, 1 << 14, 1 << 40, .max] {
            var spread = TurnSpread()
            spread.note(cost, at: 1)
            #expect(spread.quantile(1, of: 1) > 0)
        }
    }
}
