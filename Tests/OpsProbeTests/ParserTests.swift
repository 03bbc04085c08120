// Each parser with what a real kernel says, what an old one says, and what none should.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct ParserTests {
    @Test func memoryIsTotalLessAvailable() throws {
        let reading = try #require(parsed(Fixture.meminfo) { MemoryReading($0) })
        #expect(reading.memory.totalBytes == 24_684_096 * 1_024)
        #expect(reading.memory.availableBytes == 24_432_760 * 1_024)
        #expect(reading.memory.usedBytes == 251_336 * 1_024)
        #expect(abs(reading.memory.percent - 1.018_210) < 1e-5)
        #expect(abs(reading.swap.percent - 50) < 1e-4)
    }

    @Test(arguments: [
        // Before 3.14: available is free + buffers + cached.
        ("MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 25 kB\n", 40),
        // More available than there is, as some containers say.
        ("MemTotal: 100 kB\nMemAvailable: 400 kB\n", 100),
        ("MemTotal: 100 kB\n", 0),
    ])
    func memoryOfOddKernels(text: String, availableKilobytes: UInt64) {
        let memory = parsed(text) { MemoryReading($0)?.memory }
        #expect(memory?.availableBytes == availableKilobytes * 1_024)
    }

    @Test(arguments: [
        "", "\n", "MemTotal:", "MemTotal: 100 kB", "MemTotal: 0 kB\n", "MemTotal: x kB\n",
        "MemTotal: 18446744073709551615 kB\n", "MemTotal: 99999999999999999999999 kB\n",
    ])
    func memoryOfNoMemory(text: String) {
        #expect(parsed(text) { MemoryReading($0) } == nil)
    }

    @Test func loadAndUptime() throws {
        let load = try #require(parsed(Fixture.loadavg) { LoadAverage(loadavg: $0) })
        #expect(load == LoadAverage(one: 0.04, five: 1.03, fifteen: 12.5, runnable: 1, threads: 87))
        #expect(parsed(Fixture.uptime) { uptimeSeconds($0) } == 778.3)
        #expect(parsed(Fixture.statm) { residentPages(statm: $0) } == 441)
        for text in ["", "0.04 1.03\n", "a b c\n", "0.04 1.03 12.50 1/87 4120", "-1 2 3\n"] {
            #expect(parsed(text) { LoadAverage(loadavg: $0) } == nil, "\(text)")
        }
        #expect(parsed("1 2 3.\n") { LoadAverage(loadavg: $0)?.fifteen } == 3)
    }

    @Test func pressure() throws {
        let stall = try #require(parsed(Fixture.pressure) { PressureStall(pressure: $0) })
        #expect(stall.some.avg10 == 0.14)
        #expect(stall.some.avg60 == 1.37)
        #expect(stall.some.totalMicroseconds == 9_968_398)
        #expect(stall.full?.avg300 == 0.25)
        // cpu had no `full` before 5.13.
        let old = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
        #expect(parsed(old) { PressureStall(pressure: $0)?.full } == nil)
        #expect(parsed(String(old.dropLast())) { PressureStall(pressure: $0) } == nil)
        #expect(parsed("") { PressureStall(pressure: $0) } == nil)
    }

    @Test func statReadsTheProcessorsAndWhatFollows() {
        var reading = StatReading()
        reading.read(Array(Fixture.stat.utf8).span)
        #expect(reading.total?.user == 3_494)
        #expect(reading.cores.map(\.index) == [0, 1])
        #expect(reading.cores.last?.ticks.iowait == 1_050)
        #expect(reading.bootTimeSeconds == 1_795_252_214)
        #expect(reading.running == 1)
        #expect(reading.blocked == 0)
        // What a second reading does not say is not left over from the first.
        reading.read("cpu  1 2 3 4\n".utf8Array.span)
        #expect(reading.total?.idle == 4)
        #expect(reading.cores.isEmpty)
        #expect(reading.bootTimeSeconds == nil)
    }

    @Test(arguments: [
        ("4128 (cat) R", nil), (Fixture.processStat, "cat"),
        (Fixture.processStat.replacing("(cat)", with: "(a) R 1 (b c)"), "a) R 1 (b c"),
        (Fixture.processStat.replacing("(cat)", with: "()"), ""),
        (Fixture.processStat.replacing("(cat)", with: "(tmux: \u{7f}\n)"), "tmux: \u{7f}\n"),
        (String(Fixture.processStat.dropLast()), nil), ("", nil), ("1 (\n", nil), (")))\n", nil),
        ("1 (x) R 1 2 3\n", nil),
    ])
    func processStatFindsTheNameByTheLastParenthesis(text: String, name: String?) {
        let bytes = text.utf8Array
        let stat = ProcessStat(bytes.span)
        let found = stat.map { bytes.prefix($0.name.upperBound).dropFirst($0.name.lowerBound) }
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == name)
        guard let stat else { return }
        #expect(stat.ticks == 42)
        #expect(stat.start == 77_830)
        #expect(stat.residentPages == 403)
    }

    @Test func processorsAreCountedByCoreAndSocket() {
        var scan = ProcessorScan()
        let bytes = Fixture.cpuinfo.utf8Array
        // By pieces of 50 bytes, each beginning where the last whole line ended.
        var at = 0
        while at < bytes.count {
            let used = scan.read(bytes.span.extracting(at..<min(at + 50, bytes.count)))
            guard used > 0 else { break }
            at += used
        }
        #expect(at == bytes.count)
        let processor = parsed("3500000\n") { scan.processor(maxFrequency: $0) }
        #expect(processor.count == 3)
        #expect(processor.physical == 2)
        #expect(abs((processor.currentMegahertz ?? 0) - 2_500) < 1e-9)
        #expect(processor.maxMegahertz == 3_500)
        // No whole line in the piece: nothing used, nothing known.
        let used = parsed("processor") { scan.read($0) }
        #expect(used == 0)
        #expect(parsed("") { ProcessorScan().processor(maxFrequency: $0) } == Processor())
    }
}

extension String {
    var utf8Array: [UInt8] { Array(utf8) }

    /// Without Foundation: every `text` becomes `other`.
    func replacing(_ text: String, with other: String) -> String {
        split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}
