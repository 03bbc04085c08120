// What the monitor makes of samples: findings that last, stolen time, and one number of processes.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct MonitorTests {
    private func sample(
        _ second: Int64, cpu: Double = 1, steal: Double = 0, processes: Int? = nil
    ) -> Sample {
        var sample = Sample(at: Moment(boot: second * 1_000_000_000, wall: second * 1_000_000_000))
        sample.cpu = CPUUsage(user: cpu, system: 0, iowait: 0, steal: steal)
        sample.memory = MemoryUsage(totalBytes: 1 << 40, availableBytes: 1 << 40)
        sample.processes.total = processes
        return sample
    }

    /// `processes` answered with a scan that `metrics` had not heard of.
    @Test func metricsAndProcessesAgree() {
        var monitor = Monitor(Configuration())
        _ = monitor.observe(sample(1, processes: 5))
        #expect(monitor.sample?.processes.total == 5)
        let scan = ProcessScan(at: Moment(boot: 2, wall: 2), total: 7, byCPU: [], byMemory: [])
        monitor.adopt(scan)
        #expect(monitor.processes?.total == 7 && monitor.sample?.processes.total == 7)
        _ = monitor.observe(sample(2, processes: 5))
        #expect(monitor.sample?.processes.total == 7)
    }

    /// A compile is over before it is announced.
    @Test func whatIsShortIsNotAnnounced() {
        var monitor = Monitor(Configuration())
        var announced = 0
        for second in Int64(0)..<240 {
            let isBusy = second % 60 < 29
            let change = monitor.observe(sample(second, cpu: isBusy ? 99 : 1)).change
            if change != nil { announced += 1 }
            #expect(monitor.findings.allSatisfy { !$0.isHeld })
            #expect(monitor.findings.map(\.code) == (isBusy ? [.cpuHigh] : []))
        }
        #expect(announced == 0)
        for second in Int64(240)...270 { _ = monitor.observe(sample(second, cpu: 99)) }
        #expect(monitor.tracker.status == .critical)
        #expect(monitor.findings.map(\.isHeld) == [true])
    }

    @Test func stolenTimeForAMinute() {
        var monitor = Monitor(Configuration())
        for second in Int64(0)..<60 { _ = monitor.observe(sample(second, steal: 25)) }
        #expect(monitor.findings.isEmpty)
        _ = monitor.observe(sample(60, steal: 25))
        #expect(monitor.findings.map(\.code) == [.stealHigh])
        _ = monitor.observe(sample(61, steal: 20))
        #expect(monitor.findings.isEmpty)
    }

    @Test func thresholdsOfMountsAreTaken() throws {
        var configuration = Configuration()
        configuration.probe.mounts["/var"] = .init(
            issuePercent: 95, inodeIssuePercent: 50, freeWarningGibibytes: 2)
        configuration.probe.inodeIssuePercent = 70
        let rules = HealthRules(configuration)
        #expect(
            rules.mounts
                == ["/var": MountRules(issue: 95, inodeIssue: 50, freeWarningBytes: 2 << 30)])
        #expect(rules.inodeIssue == 70)
    }
}
