import Testing

@testable import OpsDetect

@Suite("The clock of a source")
struct ClockOffsetTests {
    private let hour: Int64 = 3_600_000

    /// Feeds lines that are `ahead` of the time at which they are read, 20 s apart.
    private func feed(
        _ offset: inout ClockOffset, ahead: Int64, count: Int, from now: Int64 = 0,
        every step: Int64 = 20_000
    ) -> [Int64] {
        (0..<Int64(count)).compactMap { number in
            let read = now + number * step
            return offset.observe(lineTime: read + ahead, readAt: read)
        }
    }

    @Test("Eight lines in a row over a minute, off by a multiple of 15 minutes, are an offset")
    func learned() {
        let offsets: [Int64] = [2 * hour, -5 * hour - 1_800_000, 45 * 60_000, 14 * hour]
        for ahead in offsets {
            var offset = ClockOffset()
            #expect(feed(&offset, ahead: ahead - 3000, count: 7) == [])
            #expect(offset.milliseconds == 0)
            #expect(feed(&offset, ahead: ahead - 3000, count: 1, from: 200_000) == [ahead])
            #expect(offset.milliseconds == ahead)
            // It is told once.
            #expect(feed(&offset, ahead: ahead, count: 20, from: 300_000) == [])
        }
    }

    @Test("What piled up and is read at once is not an offset")
    func batch() {
        var offset = ClockOffset()
        #expect(feed(&offset, ahead: -hour, count: 1000, every: 1) == [])
    }

    @Test("A line in between that is on time, or off by another multiple, starts anew")
    func interrupted() {
        var offset = ClockOffset()
        _ = feed(&offset, ahead: hour, count: 7)
        _ = feed(&offset, ahead: 0, count: 1, from: 200_000)
        #expect(feed(&offset, ahead: hour, count: 7, from: 300_000) == [])
        #expect(feed(&offset, ahead: 2 * hour, count: 7, from: 600_000) == [])
        #expect(offset.milliseconds == 0)
    }

    @Test("A late line that is off by no multiple says nothing")
    func late() {
        var offset = ClockOffset()
        _ = feed(&offset, ahead: hour, count: 7)
        #expect(feed(&offset, ahead: -300_000, count: 50, from: 200_000) == [])
        #expect(feed(&offset, ahead: hour, count: 1, from: 5_000_000) == [hour])
    }

    @Test("An offset that goes away is unlearned by the same rule")
    func relearned() {
        var offset = ClockOffset()
        _ = feed(&offset, ahead: hour, count: 8)
        #expect(offset.milliseconds == hour)
        #expect(feed(&offset, ahead: 0, count: 8, from: 1_000_000) == [0])
        #expect(offset.milliseconds == 0)
    }

    @Test("Dates that no zone explains, and the ends of the numbers, are let be")
    func extremes() {
        var offset = ClockOffset()
        let lines: [Int64] = [.min, -1, 0, 30 * hour, .max]
        for line in lines {
            for now in [Int64.min, 0, .max] {
                let learned = offset.observe(lineTime: line, readAt: now)
                #expect(learned == nil)
            }
        }
        #expect(feed(&offset, ahead: 27 * hour, count: 20) == [])
        // The clock went back.
        _ = feed(&offset, ahead: hour, count: 7, from: 10_000_000)
        #expect(feed(&offset, ahead: hour, count: 7, from: 0) == [])
    }
}
