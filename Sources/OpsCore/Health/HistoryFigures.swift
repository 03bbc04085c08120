// What history keeps of a second or a minute: averages and maxima in 32 bytes.
// Percentages are held in hundredths, load as a half (three digits), rates as a float (seven).  A
// gap has a bit pattern of its own in every field, and is never averaged in.

/// The figures of one point of history.
package struct HistoryFigures: Hashable, Sendable {
    /// Samples the point was made of, at most 65535.
    package let samples: UInt16
    private let cpuMean: UInt16
    private let cpuPeak: UInt16
    private let memoryMean: UInt16
    private let memoryPeak: UInt16
    private let diskMean: UInt16
    private let diskPeak: UInt16
    private let loadMean: Float16
    private let received: Float
    private let sent: Float
    private let read: Float
    private let written: Float

    /// Usage of all cores.
    package var cpuPercent: Double? { HistoryFigures.percent(cpuMean) }
    /// The highest usage of all cores.
    package var cpuPercentMax: Double? { HistoryFigures.percent(cpuPeak) }
    /// (total - available) / total.
    package var memoryPercent: Double? { HistoryFigures.percent(memoryMean) }
    /// The highest memory usage.
    package var memoryPercentMax: Double? { HistoryFigures.percent(memoryPeak) }
    /// Usage of `/`.
    package var diskPercent: Double? { HistoryFigures.percent(diskMean) }
    /// The highest usage of `/`.
    package var diskPercentMax: Double? { HistoryFigures.percent(diskPeak) }
    /// The one-minute load average.
    package var load: Double? { loadMean < 0 ? nil : Double(loadMean) }
    /// Bytes received by all interfaces that leave the host, averaged.
    package var receivedBytesPerSecond: Double? { HistoryFigures.rate(received) }
    /// Bytes sent by all interfaces that leave the host, averaged.
    package var sentBytesPerSecond: Double? { HistoryFigures.rate(sent) }
    /// Bytes read from all disks, averaged.
    package var readBytesPerSecond: Double? { HistoryFigures.rate(read) }
    /// Bytes written to all disks, averaged.
    package var writtenBytesPerSecond: Double? { HistoryFigures.rate(written) }

    private static let noPercent = UInt16.max

    private static func percent(_ field: UInt16) -> Double? {
        field == noPercent ? nil : Double(field) / 100
    }

    private static func percent(_ value: Double?) -> UInt16 {
        guard let value, value.isFinite else { return noPercent }
        return UInt16(min(max(value, 0), 100) * 100 + 0.5)
    }

    private static func rate(_ field: Float) -> Double? { field < 0 ? nil : Double(field) }

    private static func rate(_ value: Double?) -> Float {
        guard let value, value >= 0 else { return -1 }
        return Float(min(value, 1e30))
    }

    /// The figures of everything that `tally` holds.
    package init(_ tally: HistoryTally) {
        samples = UInt16(clamping: tally.samples)
        cpuMean = HistoryFigures.percent(tally.cpu.mean)
        cpuPeak = HistoryFigures.percent(tally.cpu.max)
        memoryMean = HistoryFigures.percent(tally.memory.mean)
        memoryPeak = HistoryFigures.percent(tally.memory.max)
        diskMean = HistoryFigures.percent(tally.disk.mean)
        diskPeak = HistoryFigures.percent(tally.disk.max)
        loadMean = Float16(min(tally.load.mean ?? -1, 65_504))
        received = HistoryFigures.rate(tally.received.mean)
        sent = HistoryFigures.rate(tally.sent.mean)
        read = HistoryFigures.rate(tally.read.mean)
        written = HistoryFigures.rate(tally.written.mean)
    }
}

extension HistoryFigures {
    /// Bytes that `append(to:)` adds.
    static let byteCount = 32

    /// The fields in order, little endian.
    func append(to bytes: inout [UInt8]) {
        for half in [
            samples, cpuMean, cpuPeak, memoryMean, memoryPeak, diskMean, diskPeak,
            loadMean.bitPattern,
        ] {
            bytes.append(UInt8(truncatingIfNeeded: half))
            bytes.append(UInt8(truncatingIfNeeded: half >> 8))
        }
        for word in [received, sent, read, written] {
            for shift in stride(from: 0, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word.bitPattern >> UInt32(shift)))
            }
        }
    }

    /// Reads the figures from the 32 bytes at `at`, which the caller has checked.
    init(_ bytes: Span<UInt8>, at: Int) {
        func half(_ index: Int) -> UInt16 {
            UInt16(bytes[at + index * 2]) | UInt16(bytes[at + index * 2 + 1]) << 8
        }
        func rate(_ index: Int) -> Float {
            Float(bitPattern: UInt32(half(index)) | UInt32(half(index + 1)) << 16)
        }
        samples = half(0)
        cpuMean = half(1)
        cpuPeak = half(2)
        memoryMean = half(3)
        memoryPeak = half(4)
        diskMean = half(5)
        diskPeak = half(6)
        loadMean = Float16(bitPattern: half(7))
        received = rate(8)
        sent = rate(10)
        read = rate(12)
        written = rate(14)
    }
}
