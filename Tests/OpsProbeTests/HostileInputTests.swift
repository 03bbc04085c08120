// Input no kernel gives: cut at every byte, changed at random places, binary, huge.  Nothing may
// trap, and what comes out stays in range.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProbe

@Suite struct HostileInputTests {
    private static let others = [
        Fixture.mountinfo, Fixture.processStat, Fixture.cpuinfo, Fixture.statLater,
        "8:pids:/\n4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n",
    ]

    /// Gives the bytes to every parser there is.
    private func feed(_ bytes: [UInt8], _ builder: inout SampleBuilder, at milliseconds: Int64) {
        let now = Moment(boot: milliseconds * 1_000_000, wall: 0)
        for file in ProbeFile.allCases { builder.read(file, bytes.span, at: now) }
        check(builder.sample(at: now))
        let table = MountTable.entries(
            mountinfo: bytes.span, kinds: Set(FileSystemKind.allCases))
        for entry in table { #expect(entry.mount.mountpoint.utf8.count <= bytes.count * 3) }
        var links = LinkTable()
        links.read(link: bytes.span)
        #expect(links.counted.count <= 1)
        _ = MountEntry.activity(diskStat: bytes.span)
        #expect(ResolverFile.servers(bytes.span).count <= ResolverFile.serverLimit)
        #expect(LoginTable.logins(utmp: bytes.span).count <= bytes.count / 384)
        var processors = ProcessorScan()
        let used = processors.read(bytes.span)
        #expect(used <= bytes.count)
        _ = processors.processor(maxFrequency: bytes.span)
        var scope = ScopeScan(ownCgroup: bytes.span)
        for file in scope.files { scope.read(file, bytes.span) }
        _ = scope.scope
        var processes = ProcessTable(top: 3)
        for second: Int64 in 1...2 {
            processes.begin(at: Moment(boot: second, wall: 0), memoryTotalBytes: 1)
            processes.add(pid: 1, stat: bytes.span)
            #expect(processes.finish().total <= 1)
        }
    }

    private func check(_ sample: Sample) {
        var percents = [sample.cpu?.percent, sample.memory?.percent, sample.swap?.percent]
        percents += sample.cores.map { $0.usage?.percent }
        percents += sample.disks.map { $0.rates?.busyPercent }
        for percent in percents.compactMap({ $0 }) { #expect((0...100).contains(percent)) }
        for rate in sample.interfaces.compactMap({ $0.rates?.receivedBytesPerSecond }) {
            #expect(rate >= 0 && rate.isFinite)
        }
    }

    @Test func cutAtEveryByte() {
        for text in Fixture.all.map(\.text) + HostileInputTests.others {
            let bytes = text.utf8Array
            var builder = SampleBuilder()
            for (step, end) in stride(from: 0, through: bytes.count, by: 3).enumerated() {
                feed(Array(bytes[..<end]), &builder, at: Int64(step) * 1_000)
            }
        }
    }

    @Test func aCutNeverGivesHalfANumber() {
        let whole = Fixture.network.utf8Array
        for end in 0..<whole.count {
            var builder = SampleBuilder()
            let now = Moment(boot: 0, wall: 0)
            builder.read(.network, whole.span.extracting(0..<end), at: now)
            let total = builder.sample(at: now).networkTotal
            #expect(total == NetworkCounters(), "cut at \(end)")
        }
    }

    @Test(arguments: UInt64(1)...16)
    func changedAtRandomPlaces(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        let texts = Fixture.all.map(\.text) + HostileInputTests.others
        let favourites: [UInt8] = [0, 0x0a, 0x20, 0x09, 0x28, 0x29, 0x2d, 0x39, 0x3a, 0x5c, 0xff]
        var builder = SampleBuilder()
        for round in 0..<150 {
            var bytes = (texts.randomElement(using: &dice) ?? "").utf8Array
            for _ in 0..<Int.random(in: 1...12, using: &dice) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<5, using: &dice) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &dice)
                case 1: bytes[place] = favourites.randomElement(using: &dice) ?? 0
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(contentsOf: "18446744073709551616".utf8, at: place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
                }
            }
            feed(bytes, &builder, at: Int64(round) * 1_000)
        }
    }

    @Test func binaryAndHuge() {
        var dice = SeededGenerator(seed: 99)
        var builder = SampleBuilder()
        feed([], &builder, at: 0)
        feed(Array(repeating: 0x0a, count: 100_000), &builder, at: 1)
        feed(Array(repeating: 0x20, count: 100_000), &builder, at: 2)
        feed(Array(repeating: 0x39, count: 100_000), &builder, at: 3)
        feed(
            (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &dice) }, &builder,
            at: 4)
        feed(
            Array(repeatElement("cpu  1 1 1 1\n".utf8Array, count: 10_000).joined()), &builder,
            at: 5)
    }

    @Test func lineFeedsAreFoundAtEveryOffset() {
        for length in 0..<40 {
            for place in 0..<length {
                var bytes = [UInt8](repeating: 0x8a, count: length)
                bytes[place] = 0x0a
                if place > 0 { bytes[place - 1] = 0x0b }
                var lines = Lines()
                let first = lines.next(bytes.span)
                #expect(first?.end == place)
                #expect(lines.at == place + 1)
                let second = lines.next(bytes.span)
                #expect(second == nil)
            }
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil),
            ("99999999999999999999", nil), ("-1", nil), ("", nil), ("x1", nil), ("007", 7),
            ("  \t12 ", 12), ("１", nil),
        ] as [(String, UInt64?)])
    func numbers(text: String, value: UInt64?) {
        let bytes = text.utf8Array
        var fields = Fields(bytes.span)
        let number = fields.number(bytes.span)
        #expect(number == value)
    }
}
