// What is found of mounts beyond their space, of a container's limits, and of stolen time.

import Testing

@testable import OpsCore

@Suite struct MountFindingsTests {
    private func mount(
        _ place: String = "/srv", percent: Double = 10, inodes: MountInodes? = nil
    ) -> Mount {
        var mount = sample(disks: [(place, percent)]).mounts[0]
        mount.inodes = inodes
        return mount
    }

    private func findings(_ mounts: [Mount], _ rules: HealthRules = .init()) -> [HealthFinding] {
        var sample = sample()
        sample.mounts = mounts
        return rules.findings(in: sample)
    }

    private func codes(_ mount: Mount, _ rules: HealthRules = .init()) -> [HealthFinding.Code] {
        findings([mount], rules).map(\.code)
    }

    @Test(
        arguments: [
            (1_000, 100, []), (1_000, 99, [.inodesHigh]), (0, 0, []), (1_000, 2_000, []),
            (UInt64.max, 0, [.inodesHigh]),
        ] as [(UInt64, UInt64, [HealthFinding.Code])])
    func inodes(total: UInt64, free: UInt64, found: [HealthFinding.Code]) {
        #expect(codes(mount(inodes: MountInodes(total: total, free: free))) == found)
    }

    @Test func messagesNameTheThing() {
        var full = mount("/var", percent: 92.3, inodes: MountInodes(total: 2_000_000, free: 9_000))
        full.stale = true
        full.fault = "Permission denied (EACCES)"
        full.isReadOnly = true
        full.hasBecomeReadOnly = true
        let found = findings([full])
        #expect(
            found.map(\.message) == [
                "disk /var has become read-only",
                "disk /var has nearly no inodes left: at 99.6 %, above 90 %, 9,000 free",
                "disk /var is nearly full: at 92.3 %, above 85 %",
                "disk /var cannot be measured: Permission denied (EACCES)",
            ])
        #expect(found.map(\.code) == [.readOnly, .inodesHigh, .diskHigh, .mountStale])
        #expect(found.allSatisfy { $0.thing == "/var" })
        #expect(found.map(\.level) == [.issue, .issue, .issue, .warning])
    }

    /// An image is full for ever; so is what is mounted read-only on purpose.
    @Test func whatIsReadOnlyOnPurposeIsNotJudged() {
        var image = mount("/", percent: 100, inodes: MountInodes(total: 9, free: 0))
        #expect(codes(image) == [.inodesHigh, .diskHigh, .diskLow])
        image.isReadOnly = true
        #expect(codes(image) == [])
        var sample = sample()
        sample.mounts = [image]
        #expect(sample.fullestPercent == nil && sample.diskPercent == 100)
        #expect(HealthRules().word(for: .healthy, sample) == .healthy)
        image.hasBecomeReadOnly = true
        #expect(codes(image).contains(.diskHigh))
    }

    @Test func thresholdsByMount() {
        var rules = HealthRules()
        rules.mounts = [
            "/var": MountRules(issue: 95, inodeIssue: 50),
            "/boot": MountRules(freeWarningBytes: 200 << 30),
        ]
        let half = MountInodes(total: 100, free: 49)
        #expect(codes(mount("/var", percent: 94, inodes: half), rules) == [.inodesHigh])
        #expect(codes(mount("/var", percent: 96), rules) == [.diskHigh])
        #expect(codes(mount("/var2", percent: 94, inodes: half), rules) == [.diskHigh])
        let space = MountSpace(blockSize: 1 << 20, blocks: 1_000, free: 500, available: 500)
        var boot = mount("/boot")
        boot.space = space
        #expect(codes(boot, rules) == [.diskLow], "small as it is")
        #expect(codes(boot) == [])
        var sample = sample()
        sample.mounts = [mount("/var", percent: 94)]
        #expect(rules.word(for: .healthy, sample) == .healthy)
        #expect(HealthRules().word(for: .healthy, sample) == .warning)
    }

    @Test func limitsOfAContainerOrAControlGroup() {
        var limits = ScopeLimits(
            cpuCores: 1.5, memoryLimitBytes: 1 << 30, memoryUsedBytes: 1 << 30,
            memoryReclaimableBytes: 1 << 26)
        limits.cpuPercent = 80.5
        var sample = sample(cpu: 10, memory: 10)
        for (scope, found) in [
            (Scope.container(limits), [HealthFinding.Code.cpuLimit, .memoryLimit]),
            (.cgroup(limits), [.cpuLimit, .memoryLimit]), (.host, []),
        ] {
            sample.scope = scope
            #expect(HealthRules().findings(in: sample).map(\.code) == found)
        }
        sample.scope = .container(limits)
        #expect(
            HealthRules().findings(in: sample).map(\.message) == [
                "CPU use nears the limit of the container: at 80.5 %, above 80 % of 1.5 CPUs",
                "memory use nears the limit of the container: at 93.8 %, above 85 % of 1024 MB",
            ])
        sample.scope = .cgroup(limits)
        #expect(
            HealthRules().findings(in: sample).map(\.message) == [
                "CPU use nears the limit of opsd's control group: at 80.5 %, above 80 % of 1.5 CPUs",
                "memory use nears the limit of opsd's control group: at 93.8 %, above 85 % of 1024 MB",
            ])
        limits.memoryReclaimableBytes = 1 << 40
        #expect(limits.memoryPercent == 0)
        #expect(ScopeLimits(memoryLimitBytes: 0, memoryUsedBytes: 1).memoryPercent == nil)
    }

    @Test func levelsForMonitors() {
        var rules = HealthRules()
        #expect(rules.levels.cpu == .init(warning: 75, critical: 90))
        #expect(rules.levels.disk == .init(warning: 85, critical: nil))
        rules.mounts["/"] = MountRules(issue: 95)
        #expect(rules.levels.disk.warning == 95)
        rules.includeDisk = true
        rules.memoryIssue = 60
        #expect(rules.levels.disk == .init(warning: 75, critical: 90))
        #expect(rules.levels.memory == .init(warning: 60, critical: 90))
    }
}

@Suite struct StealWatchTests {
    private func usage(_ steal: Double) -> CPUUsage {
        CPUUsage(user: 1, system: 0, iowait: 0, steal: steal)
    }

    @Test func aMinuteAboveTheLimit() {
        var watch = StealWatch()
        func observe(_ steal: Double?, _ second: Int64) -> Bool {
            let now = Moment(boot: second * 1_000_000_000, wall: 0)
            return watch.observe(steal.map { usage($0) }, above: 20, at: now)
        }
        #expect(!observe(20.1, 0) && !observe(50, 59) && observe(30, 60) && observe(nil, 61))
        #expect(!observe(20, 62), "exactly the limit is not above it")
        #expect(!observe(21, 63) && !observe(nil, 100) && !observe(21, 122) && observe(21, 123))
        #expect(!observe(21, 5), "a clock that goes back")
    }

    @Test func itIsAnIssue() {
        var sample = sample()
        sample.cpu = usage(25)
        #expect(HealthRules().isOK(sample))
        sample.stealLasts = true
        let found = HealthRules().findings(in: sample)
        #expect(found.map(\.code) == [.stealHigh])
        #expect(
            found.first?.message
                == "the hypervisor takes CPU time for others: 25 %, for a minute above 20 %")
    }
}

@Suite struct FindingsWatchTests {
    @Test func whatHasLastedIsHeld() {
        var watch = FindingsWatch()
        func held(_ findings: [HealthFinding], _ second: Int64) -> [Bool] {
            watch.observe(
                findings, holdMilliseconds: 30_000,
                at: Moment(boot: second * 1_000_000_000, wall: 0)
            ).map(\.isHeld)
        }
        let cpu = HealthFinding(.cpuHigh, "a")
        let (one, two) = (
            HealthFinding(.diskHigh, "x", thing: "/1"), HealthFinding(.diskHigh, "x", thing: "/2")
        )
        #expect(held([cpu, one], 0) == [false, false])
        #expect(held([HealthFinding(.cpuHigh, "other figures"), two], 29) == [false, false])
        #expect(held([cpu, one], 30) == [true, false], "it was gone in between")
        #expect(held([], 31) == [])
        #expect(held([cpu], 70) == [false])
        #expect(held([cpu], 60) == [false] && held([cpu], 90) == [true])
    }

    @Test func withoutAHoldAllIsHeldAtOnce() {
        var watch = FindingsWatch()
        let found = watch.observe(
            [HealthFinding(.cpuHigh, "a")], holdMilliseconds: 0, at: Moment(boot: 5, wall: 0))
        #expect(found.map(\.isHeld) == [true])
    }
}

@Suite struct PathPatternTests {
    @Test(arguments: [
        ("/var", "/var", true), ("/var", "/var/lib", false), ("/var", "/va", false),
        ("/var/*", "/var/lib/x", true), ("/var/*", "/var", false), ("*", "", true),
        ("/mnt/?", "/mnt/a", true), ("/mnt/?", "/mnt/", false), ("/mnt?a", "/mnt/a", false),
        ("*/x/*y", "/a/x/b/x/cy", true), ("*/x/*y", "/a/x/cyz", false), ("", "", true),
        ("/a**", "/a", true),
    ])
    func patterns(pattern: String, path: String, matches: Bool) {
        #expect(PathPattern(pattern).matches(path) == matches)
    }

    @Test func aHardOneIsQuick() {
        let pattern = String(repeating: "a*", count: 500) + "b"
        #expect(!PathPattern(pattern).matches(String(repeating: "a", count: 4_000)))
    }
}
