// History over minutes, gaps, restarts and clocks that are set.

import Testing

@testable import OpsCore

@Suite struct HealthHistoryTests {
    /// A wall clock at a whole day: 2023-11-14T00:00:00Z.
    private static let midnight: Int64 = 1_699_920_000

    private func moment(_ boot: Int64, wall: Int64) -> Moment {
        // The clocks do not tick at the same instant, and are not read at the same one.
        Moment(boot: boot * 1_000_000_000 + 300_000_000, wall: wall * 1_000_000_000 + 7_000)
    }

    /// A sample at boot second `boot`, the wall clock `step` seconds ahead of midnight + boot.
    private func insert(
        _ history: inout History, _ boot: Int64, step: Int64 = 0, cpu: Double? = 50
    ) -> MinuteRecord? {
        var sample = sample(cpu: cpu, memory: 40, disks: [("/", 30)])
        sample.at = moment(boot, wall: HealthHistoryTests.midnight + boot + step)
        sample.load = LoadAverage(one: 1.5, five: 0, fifteen: 0)
        var rates = NetworkRates()
        rates.receivedBytesPerSecond = 1_000
        sample.networkRates = rates
        return history.insert(sample)
    }

    private func page(
        _ history: History, _ boot: Int64, hours: Int = 1, step: Int? = nil, after: Int64? = nil,
        limit: Int = 1_000, wallStep: Int64 = 0
    ) -> HistoryPage {
        let now = moment(boot, wall: HealthHistoryTests.midnight + boot + wallStep)
        return history.points(hours: hours, stepSeconds: step, after: after, limit: limit, now: now)
    }

    private func seconds(_ page: HistoryPage) -> [Int64] {
        page.points.map { $0.second - HealthHistoryTests.midnight }
    }

    @Test func sizes() {
        #expect(MemoryLayout<HistoryPoint>.stride <= 40)
        #expect(MinuteRecord.byteCount == 40)
    }

    @Test func aMinuteIsAverageAndMaximum() throws {
        var history = History()
        for second in 0..<60 {
            let ended = insert(&history, Int64(second), cpu: second < 30 ? 20 : 40)
            #expect(ended == nil)
        }
        let record = try #require(insert(&history, 60))
        #expect(Int64(record.minute) * 60 == HealthHistoryTests.midnight)
        #expect(record.figures.samples == 60)
        #expect(record.figures.cpuPercent == 30)
        #expect(record.figures.cpuPercentMax == 40)
        #expect(abs((record.figures.memoryPercent ?? 0) - 40) < 0.01)
        #expect(record.figures.diskPercentMax == 30)
        #expect(record.figures.load == 1.5)
        #expect(record.figures.receivedBytesPerSecond == 1_000)
        #expect(record.figures.readBytesPerSecond == nil)
        // The minute that is open is in the answer as it stands.
        let shown = page(history, 60, step: 60)
        #expect(seconds(shown) == [0, 60])
        #expect(shown.points.last?.figures.samples == 1)
        let flushed = history.flush()
        #expect(flushed?.figures.samples == 1)
        #expect(history.flush() == nil)
    }

    @Test func gapsAreGaps() throws {
        var history = History()
        for second: Int64 in [0, 1, 2, 5, 6, 130] {
            _ = insert(&history, second, cpu: second == 1 ? nil : 80)
        }
        #expect(seconds(page(history, 130, step: 1)) == [0, 1, 2, 5, 6, 130])
        let shown = page(history, 130, step: 60)
        #expect(seconds(shown) == [0, 120])
        #expect(shown.points.first?.figures.cpuPercent == 80)
        let second = try #require(page(history, 130, step: 1).points.dropFirst().first)
        #expect(second.figures.cpuPercent == nil)
        #expect(second.figures.cpuPercentMax == nil)
        #expect(second.figures.memoryPercent != nil)
    }

    @Test func severalSamplesASecondAreOnePoint() {
        var history = History()
        for tenth in 0..<30 {
            var sample = sample(cpu: Double(tenth), memory: 1)
            let nanoseconds = Int64(tenth) * 100_000_000
            sample.at = Moment(boot: nanoseconds, wall: nanoseconds)
            _ = history.insert(sample)
        }
        let now = Moment(boot: 3_000_000_000, wall: 3_000_000_000)
        let shown = history.points(hours: 1, stepSeconds: 1, now: now)
        #expect(shown.points.map(\.figures.cpuPercentMax) == [9, 19, 29])
    }

    @Test(arguments: [3_600, -3_600, 86_400 * 365, -86_400 * 365, 17, -17, 1, -1, -59] as [Int64])
    func aClockThatIsSetMovesTheWholeRun(step: Int64) {
        var history = History()
        for second in 0..<600 { _ = insert(&history, Int64(second)) }
        // Set, ten minutes of it, and set right again.
        for second in 600..<1_200 { _ = insert(&history, Int64(second), step: step) }
        let wrong = page(history, 1_199, step: 1, wallStep: step)
        #expect(seconds(wrong).first ?? 0 <= 205 + step)
        #expect(wrong.points.count == 1_000)
        #expect(isIncreasing(wrong))
        for second in 1_200..<1_800 { _ = insert(&history, Int64(second)) }
        let right = page(history, 1_799, step: 5)
        #expect(isIncreasing(right))
        #expect(abs((seconds(right).first ?? -1) - 0) <= 5)
        #expect(abs((seconds(right).last ?? -1) - 1_795) <= 5)
        #expect(right.points.reduce(0) { $0 + Int($1.figures.samples) } == 1_800)
        let minutes = page(history, 1_799, step: 60)
        #expect(isIncreasing(minutes))
        #expect(minutes.points.reduce(0) { $0 + Int($1.figures.samples) } == 1_800)
    }

    @Test func aStepEndsTheMinuteUnderTheClockThatItBeganUnder() throws {
        var history = History()
        for second in 0..<30 { _ = insert(&history, Int64(second)) }
        let record = try #require(insert(&history, 30, step: -86_400))
        #expect(Int64(record.minute) * 60 == HealthHistoryTests.midnight)
        #expect(record.figures.samples == 30)
    }

    @Test func smallDifferencesOfTheClocksAreNoStep() {
        var history = History()
        for second in 0..<300 {
            var sample = sample()
            let jitter = Int64(second % 7) * 60_000_000
            sample.at = Moment(
                boot: Int64(second) * 1_000_000_000, wall: Int64(second) * 1_000_000_000 + jitter)
            _ = history.insert(sample)
        }
        let now = Moment(boot: 299_000_000_000, wall: 299_000_000_000)
        let shown = history.points(hours: 1, stepSeconds: 1, now: now)
        #expect(shown.points.map(\.second) == Array(0..<300))
    }

    @Test func ringsAreBoundedAndGrowAsTheyFill() throws {
        var history = History()
        for second in 0..<4_000 { _ = insert(&history, Int64(second)) }
        #expect(history.seconds.ring.count == 3_600)
        #expect(history.minutes.ring.count == 66)
        let first = page(history, 3_999, step: 1, limit: 3)
        #expect(seconds(first) == [399, 400, 401])
        var ring = HistoryRing(capacity: 2_000)
        let figures = HistoryFigures(HistoryTally())
        for second in 0..<5_555 {
            let evicted = ring.append(HistoryPoint(second: Int64(second), figures: figures))
            #expect(evicted == (second >= 2_000))
            try #require(ring.count == min(second + 1, 2_000))
            #expect(ring[0].second == Int64(max(0, second - 1_999)))
            #expect(ring[ring.count - 1].second == Int64(second))
        }
    }

    @Test func pagesFollowEachOtherWithoutLossOrRepeat() {
        var history = History()
        for second in 0..<1_000 { _ = insert(&history, Int64(second)) }
        for step in [1, 7, 60, 61, 300] {
            let whole = page(history, 999, step: step)
            var found: [HistoryPoint] = []
            var after: Int64?
            repeat {
                let part = page(history, 999, step: step, after: after, limit: 13)
                #expect(part.points.count <= 13)
                #expect(part.stepSeconds == whole.stepSeconds)
                found += part.points
                after = part.next
            } while after != nil
            #expect(found == whole.points)
            #expect(whole.next == nil)
        }
    }

    @Test(
        arguments: [
            // hours, step asked for, limit; step given.
            (1, nil, 1_000, 5), (1, nil, 3_600, 5), (24, nil, 1_000, 120), (720, nil, 1_000, 3_600),
            (8_760, nil, 1_000, 3_600), (1, 1, 10, 1), (2, 1, 10, 60), (24, 90, 1_000, 120),
            (1, 0, 1_000, 1), (1, -5, 1_000, 1), (1, .max, 1_000, 86_400), (0, nil, 0, 3_600),
            (.max, nil, .max, 3_600), (.min, nil, 720, 5),
        ] as [(Int, Int?, Int, Int)])
    func steps(hours: Int, asked: Int?, limit: Int, given: Int) {
        var history = History()
        _ = insert(&history, 0)
        let shown = page(history, 0, hours: hours, step: asked, limit: limit)
        #expect(shown.stepSeconds == given)
        #expect(shown.points.count == 1)
    }

    @Test func afterMayBeAnyNumber() {
        var history = History()
        _ = insert(&history, 0)
        #expect(page(history, 0, after: .max).points.isEmpty)
        #expect(page(history, 0, after: .min).points.count == 1)
        #expect(page(history, 0, after: HealthHistoryTests.midnight - 1).points.count == 1)
        #expect(page(history, 0, after: HealthHistoryTests.midnight).points.isEmpty)
    }

    @Test func anEmptyHistoryAnswers() {
        #expect(page(History(), 0).points.isEmpty)
        #expect(page(History(), 0).next == nil)
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func clocksThatMakeNoSense(wall: Int64) {
        var history = History()
        for boot in [0, 1, Int64.max, .min, 5] {
            var sample = sample()
            sample.at = Moment(boot: boot, wall: wall)
            _ = history.insert(sample)
            _ = history.points(hours: 9, now: sample.at)
        }
        _ = history.flush()
    }

    // MARK: The ring file

    /// The ring file after these records.
    private func image(_ records: [MinuteRecord]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: MinuteRecord.slots * MinuteRecord.byteCount)
        for record in records {
            let start = record.slot * MinuteRecord.byteCount
            bytes.replaceSubrange(start..<start + MinuteRecord.byteCount, with: record.encoded())
        }
        return bytes
    }

    private func record(_ minute: Int64, cpu: Double = 12.34) -> MinuteRecord {
        var tally = HistoryTally()
        tally.add(sample(cpu: cpu, memory: 56.78))
        return MinuteRecord(minute: UInt32(clamping: minute), figures: HistoryFigures(tally))
    }

    @Test func aRecordSurvivesItsBytes() throws {
        let record = record(28_332_000)
        let bytes = record.encoded()
        #expect(bytes.count == 40)
        let decoded = decode(bytes)
        #expect(decoded == record)
        #expect(decoded?.figures.cpuPercent == 12.34)
        #expect(decoded?.figures.memoryPercentMax == 56.78)
        // Fixed for good: what a release wrote, later ones read.
        #expect(Array(bytes[4..<10]) == [0xe0, 0x4f, 0xb0, 0x01, 0x01, 0x00])
    }

    @Test func aRecordThatIsNotWholeIsNone() {
        let bytes = record(28_332_000).encoded()
        for bit in 0..<320 {
            var broken = bytes
            broken[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(decode(broken) == nil, "bit \(bit)")
        }
        for count in 0..<40 { #expect(decode(Array(bytes[..<count])) == nil) }
        for byte: UInt8 in [0, 0x20, 0xff] {
            #expect(decode([UInt8](repeating: byte, count: 40)) == nil)
        }
        #expect(decode(bytes, at: 1) == nil)
        #expect(decode(bytes, at: -1) == nil)
        #expect(decode(bytes, at: .max) == nil)
    }

    private func decode(_ bytes: [UInt8], at offset: Int = 0) -> MinuteRecord? {
        MinuteRecord(bytes.span, at: offset)
    }

    @Test func minutesSurviveARestart() {
        var history = History()
        var records: [MinuteRecord] = []
        for second in 0..<7_200 { records += insert(&history, Int64(second)).map { [$0] } ?? [] }
        var next = History()
        let count = restore(&next, image(records))
        #expect(count == 119)
        // The next start is two minutes later, on another boot clock.
        var later = sample(cpu: 5)
        let wall = HealthHistoryTests.midnight + 7_320
        later.at = Moment(boot: 9_000_000_000, wall: wall * 1_000_000_000)
        _ = next.insert(later)
        let shown = next.points(hours: 24, stepSeconds: 60, now: later.at)
        #expect(isIncreasing(shown))
        #expect(seconds(shown) == (0..<119).map { $0 * 60 } + [7_320])
    }

    @Test func aFullFileIsRestoredInOrderWhereverItWraps() throws {
        let last = HealthHistoryTests.midnight / 60
        let all = (last - 50_000..<last).map { record($0) }
        var history = History()
        let count = restore(&history, image(all))
        #expect(count == MinuteRecord.slots)
        try #require(history.minutes.ring.count > 0)
        #expect(history.minutes.ring[0].second == (last - 43_200) * 60)
        // Each new minute takes the oldest one's place.
        for second in 0..<180 { _ = insert(&history, Int64(second)) }
        #expect(history.restored == MinuteRecord.slots - 2)
        let shown = page(history, 180, hours: 8_760)
        #expect(shown.points.count <= 1_000)
        #expect(isIncreasing(shown))
        #expect(restore(&history, image(all)) == 0)
    }

    @Test func damageCostsTheMinutesItHit() {
        let minute = HealthHistoryTests.midnight / 60
        var bytes = image((minute - 100..<minute).map { record($0) })
        let slot = record(minute - 7).slot
        bytes[slot * 40 + 20] ^= 1
        // A record in another's slot.
        let stray = record(minute - 1_000).encoded()
        let place = (slot + 200) % MinuteRecord.slots * 40
        bytes.replaceSubrange(place..<place + 40, with: stray)
        var history = History()
        #expect(restore(&history, bytes) == 99)
        for cut in [0, 39, 40, 41, 4_000] {
            var other = History()
            _ = restore(&other, Array(bytes[..<cut]))
        }
    }

    @Test func minutesOfAWrongClockAreNotShownBeforeItIsRight() {
        let minute = HealthHistoryTests.midnight / 60
        let bytes = image([record(minute - 3), record(minute - 2), record(minute + 40_000_000)])
        var history = History()
        #expect(restore(&history, bytes) == 3)
        _ = insert(&history, 5)
        #expect(seconds(page(history, 5, step: 60)) == [-180, -120, 0])
        // A machine without a clock starts in 1970, and knows its past when it has the time.
        var young = History()
        #expect(restore(&young, bytes) == 3)
        _ = insert(&young, 5, step: -HealthHistoryTests.midnight)
        #expect(page(young, 5, step: 60, wallStep: -HealthHistoryTests.midnight).points.count == 1)
        _ = insert(&young, 65)
        #expect(seconds(page(young, 65, step: 60)) == [-180, -120, 0, 60])
    }

    @Test func theMinuteOfARestartIsAddedUp() {
        let minute = HealthHistoryTests.midnight / 60
        var history = History()
        #expect(restore(&history, image([record(minute, cpu: 10)])) == 1)
        _ = insert(&history, 30, cpu: 30)
        let shown = page(history, 30, step: 60)
        #expect(shown.points.map(\.figures.cpuPercent) == [20])
    }

    private func restore(_ history: inout History, _ bytes: [UInt8]) -> Int {
        history.restore(bytes.span)
    }

    private func isIncreasing(_ page: HistoryPage) -> Bool {
        zip(page.points, page.points.dropFirst()).allSatisfy { $0.second < $1.second }
    }
}
