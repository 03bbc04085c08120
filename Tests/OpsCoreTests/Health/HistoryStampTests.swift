// The stamps of history's points while somebody sets the clock: each later than the one before it.

import Testing

@testable import OpsCore

@Suite struct HistoryStampTests {
    /// 2023-11-14T00:00:00Z.
    private static let midnight: Int64 = 1_699_920_000

    /// A sample every second; from boot second 90 on, the wall clock is `step` seconds ahead.
    private func history(step: Int64, seconds: Int64) -> History {
        var history = History()
        for second in 0..<seconds {
            var sample = sample(cpu: 50)
            let wall = Self.midnight + second + (second < 90 ? 0 : step)
            sample.at = Moment(boot: second * 1_000_000_000, wall: wall * 1_000_000_000)
            _ = history.insert(sample)
        }
        return history
    }

    private func stamps(_ ring: HistoryRing) -> [Int64] {
        (0..<ring.count).map { ring[$0].second }
    }

    /// The clock is set ahead by 17 s half way through the minute that began at boot second 60.  By
    /// the new clock that minute began at second 43, which is before the point that stands already.
    @Test func aMinuteThatBeganTwiceIsStampedAfterItself() {
        let history = history(step: 17, seconds: 230)
        #expect(stamps(history.minutes.ring) == [0, 60, 61, 103, 163])
        #expect(stamps(history.seconds.ring) == Array(0..<229))
    }

    /// Both directions, and every place in the minute that the new clock may be at.
    @Test(arguments: Array(-61...61) as [Int64])
    func pointsStayInOrder(_ step: Int64) {
        let history = history(step: step, seconds: 230)
        for ring in [history.minutes.ring, history.seconds.ring] {
            let stamps = stamps(ring)
            #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $0 < $1 }, "\(stamps)")
        }
    }
}
