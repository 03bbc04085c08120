// The numbers that health is judged by, at their edges.

import Testing

@testable import OpsCore

/// A sample with just these figures; memory is of 10,000 bytes.
func sample(
    cpu: Double? = 0, memory: Double? = 0, disks: [(String, Double)] = [], bootSeconds: Int64 = 0
) -> Sample {
    var sample = Sample(at: Moment(boot: bootSeconds * 1_000_000_000, wall: 0))
    sample.cpu = cpu.map { CPUUsage(user: $0, system: 0, iowait: 0, steal: 0) }
    sample.memory = memory.map {
        let total: UInt64 = 1 << 40
        return MemoryUsage(
            totalBytes: total, availableBytes: total - UInt64(Double(total) / 100 * $0))
    }
    sample.mounts = disks.map { place, percent in
        Mount(
            device: "/dev/x", mountpoint: place, fstype: "ext4",
            space: MountSpace(
                blockSize: 1 << 30, blocks: 10_000, free: UInt64((100 - percent) * 100),
                available: UInt64((100 - percent) * 100)))
    }
    return sample
}

@Suite struct HealthRulesTests {
    // edges are strict.
    @Test(arguments: [
        (0.0, HealthStatus.healthy), (74.999, .healthy), (75, .healthy), (75.000_1, .stressed),
        (89.999, .stressed), (90, .stressed), (90.000_1, .critical), (100, .critical),
        (.nan, .healthy),
    ])
    func oneFigure(percent: Double, status: HealthStatus) {
        #expect(HealthRules().status(ofPercent: percent) == status)
        #expect(HealthRules().status(of: sample(cpu: percent)) == status)
    }

    // S5-02: the worst of CPU and memory; X-05: disks only when asked for.
    @Test(arguments: [
        (10.0, 10.0, 99.0, HealthStatus.healthy, HealthStatus.critical),
        (80, 10, 10, .stressed, .stressed), (10, 80, 10, .stressed, .stressed),
        (80, 95, 10, .critical, .critical), (10, 10, 80, .healthy, .stressed),
    ])
    func theWorstCounts(
        cpu: Double, memory: Double, disk: Double, status: HealthStatus, withDisk: HealthStatus
    ) {
        let sample = sample(cpu: cpu, memory: memory, disks: [("/", 1), ("/data", disk)])
        var rules = HealthRules()
        #expect(rules.status(of: sample) == status)
        rules.includeDisk = true
        #expect(rules.status(of: sample) == withDisk)
    }

    @Test(
        arguments: [
            (nil, 10.0, nil), (10.0, nil, nil), (nil, 80, nil), (nil, 95, .critical),
            (95, nil, .critical), (nil, nil, nil),
        ] as [(Double?, Double?, HealthStatus?)])
    func aGapIsNoJudgementUnlessTheRestSettlesIt(
        cpu: Double?, memory: Double?, status: HealthStatus?
    ) {
        #expect(HealthRules().status(of: sample(cpu: cpu, memory: memory)) == status)
    }

    @Test func wordsAndSeverities() {
        #expect(HealthStatus.allCases.map(\.name) == ["HEALTHY", "STRESSED", "CRITICAL"])
        #expect(HealthStatus.allCases.map(\.severity) == ["info", "warning", "critical"])
    }

    //
    @Test(arguments: [
        (HealthStatus.healthy, 85.0, HealthWord.healthy), (.healthy, 85.5, .warning),
        (.stressed, 1, .warning), (.critical, 1, .degraded), (.critical, 99, .degraded),
    ])
    func theWordOfTheSameSample(status: HealthStatus, disk: Double, word: HealthWord) {
        let sample = sample(disks: [("/", 10), ("/var", disk)])
        #expect(HealthRules().word(for: status, sample) == word)
    }

    // S1-02
    @Test(
        arguments: [
            (80.0, 85.0, 85.0, []), (80.1, 85, 85, [.cpuHigh]), (80, 85.1, 85, [.memoryHigh]),
            (80, 85, 85.5, [.diskHigh]), (99, 99, 99, [.cpuHigh, .memoryHigh, .diskHigh]),
        ] as [(Double, Double, Double, [HealthFinding.Code])])
    func issues(cpu: Double, memory: Double, disk: Double, codes: [HealthFinding.Code]) {
        let sample = sample(cpu: cpu, memory: memory, disks: [("/", disk)])
        let findings = HealthRules().findings(in: sample)
        #expect(findings.map(\.code) == codes)
        #expect(findings.allSatisfy { $0.level == .issue })
        #expect(HealthRules().isOK(sample) == codes.isEmpty)
    }

    // S1-02 and X-06: warnings are listed after the issues, and leave `ok` true.
    @Test func warningsAboutMemory() {
        let edge: UInt64 = 100 * 1_048_576
        for (available, isLow) in [(edge, false), (edge - 1, true), (0, true)] {
            var sample = sample()
            sample.memory = MemoryUsage(totalBytes: edge, availableBytes: available)
            let findings = HealthRules().findings(in: sample)
            #expect(findings.contains { $0.code == .memoryLow } == isLow)
            #expect(HealthRules().isOK(sample) == (sample.memory?.percent ?? 0 <= 85))
        }
    }

    @Test(
        arguments: [
            // Place, GB in all, MB free: `/` always, others from 10 GB.
            ("/", 8, 1_024, false), ("/", 8, 1_023, true), ("/boot", 9, 100, false),
            ("/data", 10, 1_023, true), ("/data", 10, 1_024, false),
        ] as [(String, UInt64, UInt64, Bool)])
    func warningsAboutDisks(place: String, total: UInt64, free: UInt64, isLow: Bool) {
        var rules = HealthRules()
        rules.diskIssue = 100
        var sample = sample()
        let space = MountSpace(
            blockSize: 1_048_576, blocks: total * 1_024, free: free + 5, available: free)
        sample.mounts = [Mount(device: "a", mountpoint: place, fstype: "xfs", space: space)]
        #expect(rules.findings(in: sample).map(\.code) == (isLow ? [.diskLow] : []))
        #expect(rules.isOK(sample))
    }

    @Test func messagesNameTheThingAndTheNumbers() {
        var sample = sample(cpu: 92.34, memory: 85.01, disks: [("/", 90.5), ("/srv", 1)])
        sample.mounts[1].stale = true
        #expect(
            HealthRules().findings(in: sample).map(\.message) == [
                "CPU use is high: at 92.3 %, above 80 %", "memory use is high: just above 85 %",
                "disk / is nearly full: at 90.5 %, above 85 %", "disk /srv does not answer",
            ])
        sample = Sample(at: sample.at)
        sample.memory = MemoryUsage(totalBytes: 1_073_741_824, availableBytes: 52_533_658)
        #expect(
            HealthRules().findings(in: sample).last?.message
                == "little memory is available: 50.1 MB, under 100 MB")
        #expect(Set(HealthFinding.Code.allCases.map(\.rawValue)).count == 12)
    }

    @Test func spaceIsThatOfDf() throws {
        let space = try #require(
            MountSpace(blockSize: 4_096, blocks: 1_000, free: 400, available: 350))
        #expect(space.usedBytes == 600 * 4_096)
        #expect(abs(space.percent - 600.0 / 950 * 100) < 1e-9)
        #expect(MountSpace(blockSize: 4_096, blocks: 0, free: 0, available: 0) == nil)
        #expect(MountSpace(blockSize: 0, blocks: 5, free: 0, available: 0) == nil)
        #expect(MountSpace(blockSize: .max, blocks: 2, free: 0, available: 0) == nil)
        let odd = try #require(MountSpace(blockSize: 1, blocks: 9, free: .max, available: .max))
        #expect(odd.percent == 0)
    }
}
