// Averages of history are weighted by samples, over a step and over a restart.

import Testing

@testable import OpsCore

@Suite struct HistoryWeightTests {
    /// 2023-11-14T00:00:00Z.
    private static let midnight: Int64 = 1_699_920_000

    private func moment(_ second: Int64) -> Moment {
        Moment(boot: second * 1_000_000_000, wall: (Self.midnight + second) * 1_000_000_000)
    }

    /// A sample all of whose figures are `size` times a measure of their own.
    private func sample(_ second: Int64, size: Double) -> Sample {
        var sample = OpsCoreTests.sample(cpu: size * 10, memory: size * 5, disks: [("/", size * 8)])
        sample.at = moment(second)
        sample.load = LoadAverage(one: size, five: 0, fifteen: 0)
        var network = NetworkRates()
        network.receivedBytesPerSecond = size * 1_000
        network.sentBytesPerSecond = size * 2_000
        sample.networkRates = network
        var disk = DiskRates()
        disk.readBytesPerSecond = size * 3_000
        disk.writtenBytesPerSecond = size * 4_000
        sample.diskRates = disk
        return sample
    }

    /// What a point shows of every figure that is averaged.
    private func averages(_ figures: HistoryFigures) -> [Double?] {
        [
            figures.cpuPercent, figures.memoryPercent, figures.diskPercent, figures.load,
            figures.receivedBytesPerSecond, figures.sentBytesPerSecond,
            figures.readBytesPerSecond, figures.writtenBytesPerSecond,
        ]
    }

    private static let ofSizeTwo: [Double?] = [20, 10, 16, 2, 2_000, 4_000, 6_000, 8_000]

    /// The average of 60 samples of size 1 and 20 of size 5 is 2; that of the two minutes would be
    /// 3.
    @Test func theMinutesOfAStepAreWeighted() throws {
        var history = History()
        for second in 0..<60 { _ = history.insert(sample(Int64(second), size: 1)) }
        for second in 60..<80 { _ = history.insert(sample(Int64(second), size: 5)) }
        let shown = history.points(hours: 1, stepSeconds: 120, now: moment(80))
        let point = try #require(shown.points.first)
        #expect(shown.points.count == 1 && point.figures.samples == 80)
        #expect(averages(point.figures) == Self.ofSizeTwo)
        #expect(point.figures.cpuPercentMax == 50 && point.figures.memoryPercentMax == 25)
    }

    /// The file has one part of the minute of a restart, and this run has the other.
    @Test func thePartsOfAMinuteAreWeighted() throws {
        var tally = HistoryTally()
        for second in 0..<30 { tally.add(sample(Int64(second), size: 1)) }
        let record = MinuteRecord(
            minute: UInt32(Self.midnight / 60), figures: HistoryFigures(tally))
        var file = [UInt8](repeating: 0, count: MinuteRecord.slots * MinuteRecord.byteCount)
        let start = record.slot * MinuteRecord.byteCount
        file.replaceSubrange(start..<start + MinuteRecord.byteCount, with: record.encoded())
        var history = History()
        let restored = history.restore(file.span)
        #expect(restored == 1)
        for second in 40..<50 { _ = history.insert(sample(Int64(second), size: 5)) }
        let shown = history.points(hours: 1, stepSeconds: 60, now: moment(50))
        let point = try #require(shown.points.first)
        #expect(shown.points.count == 1 && point.figures.samples == 40)
        #expect(averages(point.figures) == Self.ofSizeTwo)
    }
}
