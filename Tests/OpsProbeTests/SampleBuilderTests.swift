// From readings to samples: what one second says, and where the gaps are.

import Testing

@testable import OpsCore
@testable import OpsProbe

@Suite struct SampleBuilderTests {
    private func at(_ milliseconds: Int64) -> Moment {
        Moment(boot: milliseconds * 1_000_000, wall: 1_700_000_000_000_000_000)
    }

    private func sample(
        _ builder: inout SampleBuilder, at milliseconds: Int64, _ files: [(ProbeFile, String)]
    ) -> Sample {
        for (file, text) in files {
            builder.read(file, text.utf8Array.span, at: at(milliseconds))
        }
        return builder.sample(at: at(milliseconds), ownCPUSeconds: 1.5)
    }

    @Test func theFirstSampleHasCountersAndNoRates() {
        var builder = SampleBuilder()
        builder.processCount = 44
        let files = zip(ProbeFile.allCases, Fixture.all).map { ($0, $1.text) }
        let first = sample(&builder, at: 1_000, files)
        #expect(first.cpu == nil)
        #expect(first.cores == [CoreUsage(index: 0, usage: nil), CoreUsage(index: 1, usage: nil)])
        // Typed: against the bare product the macro compares as AnyHashable, and the compiler's
        // thunk for that reads a byte too many.
        #expect(first.memory?.totalBytes == UInt64(24_684_096 * 1_024))
        #expect(first.load?.threads == 87)
        #expect(first.pressure.io?.some.avg10 == 0.14)
        #expect(first.interfaces.map(\.name) == ["lo", "ifb0", "eth0"])
        #expect(first.interfaces.allSatisfy { $0.rates == nil })
        #expect(first.networkTotal.receivedBytes == 16_729_911)
        #expect(first.networkRates == nil)
        #expect(first.disks.map(\.name) == ["vda", "nvme0n1", "dm-0"])
        #expect(first.diskTotal.reads == 27_737)
        #expect(first.diskTotal.writtenBytes == 373_936 * 512)
        #expect(first.processes == ProcessCounts(total: 44, running: 1, blocked: 0))
        #expect(first.uptimeSeconds == 778.3)
        #expect(first.bootTimeSeconds == 1_795_252_214)
        #expect(first.processor.count == 2)
        #expect(first.own == OwnCost(cpuSeconds: 1.5, rssBytes: 441 * 4_096))
        #expect(first.scope == .host)
    }

    @Test func usageIsUserAndSystem_waitingAndStolenTimeStandApart() throws {
        var builder = SampleBuilder()
        _ = sample(&builder, at: 0, [(.stat, Fixture.stat)])
        let next = sample(&builder, at: 1_000, [(.stat, Fixture.statLater)])
        let core = try #require(next.cores.first?.usage)
        #expect(core == CPUUsage(user: 30, system: 10, iowait: 5, steal: 5))
        #expect(core.percent == 40)
        #expect(next.cores.last?.usage?.percent == 0)
        #expect(next.cpu?.percent == 20)
        #expect(next.processes.blocked == 1)
    }

    @Test(arguments: [
        // user nice system idle iowait irq softirq steal, after 100 of each but 1000 idle; percent.
        ("150 100 100 1050 100 100 100 100", 50.0),
        ("100 100 100 1000 100 100 100 100", nil),  // no tick passed
        ("99 100 100 1100 100 100 100 100", nil),  // user went back
        ("100 100 100 1100 100 100 99 100", nil),  // softirq went back
        ("150 100 100 1100 100 100 100 99", nil),  // steal went back
        ("150 100 100 900 100 100 100 100", nil),  // idle went back
        ("150 100 100 1060 90 100 100 100", 50.0),  // iowait moved to idle: only their sum counts
        ("150 100 100 990 160 100 100 100", 50.0),  // and the other way
        ("100 100 100 1000 100 100 100 200", 0.0),  // all stolen: not used
        ("100 100 100 1000 200 100 100 100", 0.0),  // all waited
        ("18446744073709551615 100 100 1100 100 100 100 100", 100.0),
    ])
    func cpuRules(text: String, percent: Double?) {
        var builder = SampleBuilder()
        _ = sample(&builder, at: 0, [(.stat, "cpu  100 100 100 1000 100 100 100 100 0 0\n")])
        let next = sample(&builder, at: 1_000, [(.stat, "cpu  \(text) 0 0\n")])
        #expect(next.cpu?.percent == percent)
        if let cpu = next.cpu {
            #expect(cpu.user + cpu.system + cpu.iowait + cpu.steal <= 100.000_1)
        }
    }

    /// One counter gains as much as idle, so it is half of the time.  Guests are in user and nice
    /// already.
    @Test(
        arguments: [
            CPUUsage(user: 50, system: 0, iowait: 0, steal: 0),  // user
            CPUUsage(user: 50, system: 0, iowait: 0, steal: 0),  // nice
            CPUUsage(user: 0, system: 50, iowait: 0, steal: 0),  // system
            CPUUsage(user: 0, system: 0, iowait: 0, steal: 0),  // idle
            CPUUsage(user: 0, system: 0, iowait: 50, steal: 0),  // iowait
            CPUUsage(user: 0, system: 50, iowait: 0, steal: 0),  // irq
            CPUUsage(user: 0, system: 50, iowait: 0, steal: 0),  // softirq
            CPUUsage(user: 0, system: 0, iowait: 0, steal: 50),  // steal
            CPUUsage(user: 0, system: 0, iowait: 0, steal: 0),  // guest
            CPUUsage(user: 0, system: 0, iowait: 0, steal: 0),  // guest_nice
        ].enumerated().map { ($0, $1) })
    func eachCounterIsCounted(column: Int, usage: CPUUsage) {
        let idle = 3
        var earlier = [UInt64](repeating: 100, count: 10)
        var later = earlier
        later[idle] += 40
        later[column] += 40
        func line(_ ticks: [UInt64]) -> String {
            "cpu  " + ticks.map { String($0) }.joined(separator: " ") + "\n"
        }
        var builder = SampleBuilder()
        _ = sample(&builder, at: 0, [(.stat, line(earlier))])
        #expect(sample(&builder, at: 1_000, [(.stat, line(later))]).cpu == usage)
        // Alone it is all of the time; guests alone are not counted.
        earlier = later
        later[column] += 40
        let alone = sample(&builder, at: 2_000, [(.stat, line(later))]).cpu
        let isTime = column <= 7
        #expect((alone != nil) == isTime)
        #expect(alone?.percent == (isTime ? min(100, usage.percent * 2) : nil))
    }

    @Test func coresComeAndGo() {
        var builder = SampleBuilder()
        let one = "cpu  10 0 0 90\ncpu0 5 0 0 45\ncpu1 3 0 0 20\ncpu3 2 0 0 25\n"
        let two = "cpu  20 0 0 180\ncpu0 10 0 0 90\ncpu2 1 0 0 1\ncpu3 7 0 0 70\n"
        _ = sample(&builder, at: 0, [(.stat, one)])
        let next = sample(&builder, at: 1_000, [(.stat, two)])
        #expect(next.cores.map(\.index) == [0, 2, 3])
        #expect(next.cores.map { $0.usage?.percent } == [10, nil, 10])
        #expect(next.processor.count == 3)
    }

    @Test func aBrokenReadingIsAGapOfTwo() {
        var builder = SampleBuilder()
        _ = sample(&builder, at: 0, [(.stat, Fixture.stat)])
        #expect(sample(&builder, at: 1_000, [(.stat, "cp")]).cpu == nil)
        #expect(sample(&builder, at: 2_000, [(.stat, Fixture.stat)]).cpu == nil)
        #expect(sample(&builder, at: 3_000, [(.stat, Fixture.statLater)]).cpu?.percent == 20)
    }

    private func network(_ rows: [(String, UInt64)]) -> String {
        rows.map { "\($0.0): \($0.1) 1 0 0 0 0 0 0 \($0.1) 1 0 0 0 0 0 0\n" }.joined()
    }

    @Test func ratesAreOverTheTimeThatPassed() {
        var builder = SampleBuilder()
        _ = sample(&builder, at: 0, [(.network, network([("eth0", 1_000), ("lo", 50)]))])
        // A round without the file: its devices are not in the sample, the counters are kept.
        let without = sample(&builder, at: 1_000, [])
        #expect(without.interfaces.isEmpty)
        let next = sample(
            &builder, at: 2_500, [(.network, network([("eth0", 2_000), ("lo", 90)]))])
        #expect(next.interfaces.map { $0.rates?.receivedBytesPerSecond } == [400, 16])
        #expect(next.networkRates?.sentBytesPerSecond == 400)
        #expect(next.networkTotal.sentBytes == 2_000)
    }

    @Test func devicesComeGoAndStartAgain() {
        var builder = SampleBuilder()
        let rows: [[(String, UInt64)]] = [
            [("eth0", 100), ("eth1", 100), ("wlan0", 100)],
            [("eth0", 200), ("wlan0", 300), ("eth2", 7)],  // eth1 went, eth2 came
            [("wlan0", 400), ("eth0", 150), ("eth1", 900)],  // order changed; eth0 went back
            [("wlan0", 400), ("eth0", 150), ("eth1", 900)],
        ]
        let rates: [[Double?]] = [[nil, nil, nil], [100, 200, nil], [100, nil, nil], [0, 0, 0]]
        for (round, row) in rows.enumerated() {
            let next = sample(&builder, at: Int64(round) * 1_000, [(.network, network(row))])
            #expect(next.interfaces.map(\.name) == row.map(\.0))
            #expect(next.interfaces.map { $0.rates?.receivedBytesPerSecond } == rates[round])
        }
        // No time passed, or the clock went back: no rates.
        for milliseconds: Int64 in [3_000, 2_000] {
            let next = sample(&builder, at: milliseconds, [(.network, network(rows[3]))])
            #expect(next.networkRates == nil)
        }
    }

    @Test func theTotalCountsWhatLeavesTheHost() {
        var builder = SampleBuilder()
        let names = ["lo", "eth0", "enp3s0", "wlan0", "docker0", "veth12ab", "br-9", "eth0.100"]
        let text = network(names.map { ($0, 10) })
        let next = sample(&builder, at: 0, [(.network, text)])
        #expect(next.interfaces.count == names.count)
        #expect(next.networkTotal.receivedBytes == 30)
    }

    /// What the kernel says of an interface goes before its name.
    @Test func theTotalGoesByWhatTheKernelSays() {
        var builder = SampleBuilder()
        let names = ["lo", "uplink0", "lan", "br-9", "eth7"]
        let text = network(names.map { ($0, 10) })
        let first = sample(&builder, at: 0, [(.network, text)])
        #expect(first.networkTotal.receivedBytes == 30, "by their names, until the kernel is asked")
        #expect(builder.interfaceChanges == 1)
        builder.adopt(links: ["lo": false, "uplink0": true, "lan": false, "br-9": true])
        let next = sample(&builder, at: 1_000, [(.network, text)])
        #expect(next.networkTotal.receivedBytes == 30 && builder.interfaceChanges == 1)
        #expect(next.interfaces.map(\.name) == names)
        builder.adopt(links: ["lo": false, "uplink0": true, "lan": false, "eth7": false])
        let last = sample(&builder, at: 2_000, [(.network, text)])
        #expect(last.networkTotal.receivedBytes == 10)
        #expect(last.networkRates?.receivedBytesPerSecond == 0)
    }

    /// ZFS volumes lie on disks.  Paths of an NVMe disk count where the disk itself does not.
    @Test func theTotalCountsEachDiskOnce() {
        func total(_ names: [String]) -> UInt64 {
            var builder = SampleBuilder()
            let text = names.map { "8 0 \($0) 1 0 1 0 0 0 0 0 0 0 0 0\n" }.joined()
            let next = sample(&builder, at: 0, [(.disks, text)])
            #expect(next.disks.map(\.name) == names)
            return next.diskTotal.reads
        }
        #expect(total(["sda", "sdb", "dm-0", "md127", "zd0", "zd16", "bcache0"]) == 2)
        #expect(total(["nvme0c0n1", "nvme0c1n1", "nvme0n1", "nvme1n1"]) == 2)
        #expect(total(["nvme0n1", "nvme0c0n1", "nvme0c1n1"]) == 1)
        #expect(total(["nvme0c0n1", "nvme0c1n1"]) == 2)
        #expect(total(["nvme0n2", "nvme0c0n1"]) == 2, "another disk of the same controller")
    }

    /// The disk's first I/O may come after that of its paths.
    @Test func aDiskThatAppearsTakesItsPathsOut() {
        var builder = SampleBuilder()
        let path = "8 0 nvme0c0n1 5 0 5 0 0 0 0 0 0 0 0 0\n"
        #expect(sample(&builder, at: 0, [(.disks, path)]).diskTotal.reads == 5)
        let both = path + "8 0 nvme0n1 1 0 1 0 0 0 0 0 0 0 0 0\n"
        #expect(sample(&builder, at: 1_000, [(.disks, both)]).diskTotal.reads == 1)
    }

    @Test(
        arguments: [
            ("4 9\nname type data\nsize 4 1048576\nc_min 4 262144\n", 786_432, true),
            ("c_min 4 262144\nsize 4 1000\n", 0, true), ("size 4 1048576\n", 0, false),
            ("", 0, false),
        ] as [(String, UInt64, Bool)])
    func theCacheOfZFSIsAvailable(stats: String, spare: UInt64, isRead: Bool) {
        var builder = SampleBuilder()
        let now = at(0)
        let memory = "MemTotal: 4096 kB\nMemAvailable: 1024 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
        builder.read(.memory, memory.utf8Array.span, at: now)
        let wasRead = builder.read(.arc, stats.utf8Array.span, at: now)
        #expect(wasRead == isRead)
        #expect(builder.sample(at: now).memory?.availableBytes == 1_048_576 + spare)
        // A round without the file.
        builder.read(.memory, memory.utf8Array.span, at: now)
        #expect(builder.sample(at: now).memory?.availableBytes == 1_048_576)
    }

    @Test func diskRates() {
        var builder = SampleBuilder()
        func disk(_ name: String, _ figure: UInt64) -> String {
            "8 0 \(name) \(figure) 0 \(figure) 0 \(figure) 0 \(figure) 0 0 \(figure) 0\n"
        }
        _ = sample(&builder, at: 0, [(.disks, disk("sda", 100) + disk("dm-1", 100))])
        let text = disk("sda", 600) + disk("sda9", 9) + disk("dm-1", 600) + disk("dm-10", 5)
        let next = sample(&builder, at: 1_000, [(.disks, text)])
        #expect(next.disks.map(\.name) == ["sda", "dm-1", "dm-10"])
        #expect(next.disks.first?.rates?.readBytesPerSecond == 256_000)
        #expect(next.disks.first?.rates?.busyPercent == 50)
        #expect(next.diskRates?.writesPerSecond == 500)
    }

    @Test func listsAreBounded() {
        var builder = SampleBuilder()
        let many = network((0..<2_000).map { ("eth\($0)", 1) })
        let cores = "cpu  1 1 1 1\n" + (0..<5_000).map { "cpu\($0) 1 1 1 1\n" }.joined()
        let next = sample(&builder, at: 0, [(.network, many), (.stat, cores)])
        #expect(next.interfaces.count == 256)
        #expect(next.networkTotal.receivedBytes == 2_000)
        #expect(next.cores.count == 1_024)
    }
}
