// Which limits are found around the daemon, from the groups' files.

import OpsCore
import Testing

@testable import OpsProbe

@Suite struct ScopeTests {
    /// What the files in `tree` make of a daemon in the groups `own`.
    private func scope(_ own: String, _ tree: [String: String]) -> Scope {
        var scan = ScopeScan(ownCgroup: own.utf8Array.span)
        for file in scan.files {
            if let text = tree[file.path] { scan.read(file, text.utf8Array.span) }
        }
        return scan.scope
    }

    @Test func theHost() {
        let unit = "/sys/fs/cgroup/system.slice/opsd.service/"
        #expect(scope("0::/system.slice/opsd.service\n", [:]) == .host)
        #expect(
            scope(
                "0::/system.slice/opsd.service\n",
                [unit + "memory.max": "max\n", unit + "cpu.max": "max 100000\n"]) == .host)
    }

    @Test func aUnitWithLimits_theTightestLevelCounts() {
        let slice = "/sys/fs/cgroup/system.slice/"
        let found = scope(
            "0::/system.slice/opsd.service\n",
            [
                slice + "memory.max": "1000000\n", slice + "memory.current": "777\n",
                slice + "opsd.service/memory.max": "2000000\n",
                slice + "opsd.service/memory.current": "555\n",
                slice + "cpu.max": "max 100000\n",
                slice + "opsd.service/cpu.max": "150000 100000\n",
            ])
        #expect(
            found
                == .cgroup(
                    ScopeLimits(cpuCores: 1.5, memoryLimitBytes: 1_000_000, memoryUsedBytes: 777)))
        #expect(found.name == "cgroup")
    }

    @Test func aContainer_v2() {
        let root = "/sys/fs/cgroup/"
        #expect(
            scope("0::/\n", [root + "memory.max": "max\n", root + "cpu.max": "max 100000\n"])
                == .container(ScopeLimits()))
        #expect(
            scope(
                "0::/../../x\n",
                [root + "memory.max": "4096\n", root + "memory.current": "1\n"])
                == .container(ScopeLimits(memoryLimitBytes: 4_096, memoryUsedBytes: 1)))
    }

    @Test func version1() {
        let own = "8:pids:/\n4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n"
        let memory = "/sys/fs/cgroup/memory/"
        let cpu = "/sys/fs/cgroup/cpu/"
        #expect(scope(own, [memory + "memory.limit_in_bytes": "9223372036854771712\n"]) == .host)
        #expect(
            scope(
                own,
                [
                    memory + "memory.limit_in_bytes": "1048576\n",
                    memory + "memory.usage_in_bytes": "9\n",
                    cpu + "cpu.cfs_quota_us": "50000\n", cpu + "cpu.cfs_period_us": "100000\n",
                ])
                == .container(
                    ScopeLimits(cpuCores: 0.5, memoryLimitBytes: 1_048_576, memoryUsedBytes: 9)))
        #expect(scope(own, [cpu + "cpu.cfs_quota_us": "-1\n"]) == .host)
        #expect(
            scope(own, [memory + "docker/abc/memory.limit_in_bytes": "5000\n"])
                == .cgroup(ScopeLimits(memoryLimitBytes: 5_000)))
    }

    @Test(arguments: ["", "\n", "x", "0:", "0::", ":::\n", "99999999999999999999999::/\n"])
    func groupsThatAreNone(text: String) {
        #expect(scope(text, [:]) == .host)
    }

    @Test func filesAreBounded() {
        let deep = "0::" + String(repeating: "/x", count: 500) + "\n"
        let files = parsed(deep) { ScopeScan(ownCgroup: $0).files }
        #expect(files.count == 5 * ScopeScan.levelLimit)
    }

    /// What is used of a limit: without what the kernel takes back, and since the last reading.
    @Test(arguments: [true, false])
    func whatIsUsedOfTheLimits(isVersion2: Bool) throws {
        func tree(_ microseconds: UInt64) -> [String: String] {
            let group = "/sys/fs/cgroup/"
            if isVersion2 {
                return [
                    group + "memory.max": "1000\n", group + "memory.current": "900\n",
                    group + "memory.stat":
                        "anon 300\ninactive_file 200\nactive_file 150\nslab_reclaimable 50\n",
                    group + "cpu.max": "50000 100000\n",
                    group + "cpu.stat": "usage_usec \(microseconds)\nuser_usec 1\n",
                ]
            }
            return [
                group + "memory/memory.limit_in_bytes": "1000\n",
                group + "memory/memory.usage_in_bytes": "900\n",
                group + "memory/memory.stat":
                    "inactive_file 1\ntotal_inactive_file 250\ntotal_active_file 150\n",
                group + "cpu/cpu.cfs_period_us": "100000\n",
                group + "cpu/cpu.cfs_quota_us": "50000\n",
                group + "cpuacct/cpuacct.usage": "\(microseconds * 1_000)\n",
            ]
        }
        let own = isVersion2 ? "0::/\n" : "4:memory:/\n2:cpu,cpuacct:/\n0::/\n"
        let earlier = scope(own, tree(7_000_000))
        #expect(earlier.limits?.memoryPercent == 50 && earlier.limits?.cpuPercent == nil)
        // 15 s of CPU time in a minute, of half a CPU.
        let later = scope(own, tree(22_000_000)).measured(since: earlier, seconds: 60)
        #expect(later.limits?.cpuPercent == 50 && later.name == "container")
        for (wrong, seconds) in [
            (Scope.host, 60.0), (scope(own, tree(30_000_000)), 60), (earlier, 0),
        ] {
            let found = scope(own, tree(22_000_000)).measured(since: wrong, seconds: seconds)
            #expect(found.limits?.cpuPercent == nil)
        }
    }
}
