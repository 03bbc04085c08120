// The replies in the form of the S3 and S5 documents: `stats system`, `processes`, `disks`,
// `metrics history`.

import OpsCore

extension HostReport {
    /// S3-01.  The sources' key `python_version` is null, as no Python runs here.
    func writeSystemStatsMembers(to json: inout JSONWriter) {
        json.member("status", text: word.rawValue)
        json.member("timestamp", wall: sample?.at.wall ?? now.wall)
        json.key("system")
        json.object { json in
            json.member("platform", text: vitals.platform)
            json.member("hostname", text: vitals.hostName)
            json.key("python_version")
            json.null()
            json.member("runtime_version", text: vitals.version)
        }
        json.key("cpu")
        json.object { json in
            json.member("percent", sample?.cpu?.percent, decimals: 1)
            json.member("count", integer: sample?.processor.count)
            json.member("count_physical", integer: sample?.processor.physical)
            json.member("frequency_current", sample?.processor.currentMegahertz, decimals: 1)
            json.member("frequency_max", sample?.processor.maxMegahertz, decimals: 1)
        }
        json.key("memory")
        json.object { json in
            json.member("percent", sample?.memory?.percent, decimals: 1)
            json.member("used_gb", sample?.memory?.usedBytes.gigabytes, decimals: 2)
            json.member("available_gb", sample?.memory?.availableBytes.gigabytes, decimals: 2)
            json.member("total_gb", sample?.memory?.totalBytes.gigabytes, decimals: 2)
        }
        let root = sample?.root?.space
        json.key("disk")
        json.object { json in
            json.member("percent", root?.percent, decimals: 2)
            json.member("used_gb", root?.usedBytes.gigabytes, decimals: 2)
            json.member("total_gb", root?.totalBytes.gigabytes, decimals: 2)
            json.member("free_gb", root?.availableBytes.gigabytes, decimals: 2)
        }
        let network = sample?.networkTotal
        json.key("network")
        json.object { json in
            json.member("bytes_sent", integer: network?.sentBytes)
            json.member("bytes_recv", integer: network?.receivedBytes)
            json.member("packets_sent", integer: network?.sentPackets)
            json.member("packets_recv", integer: network?.receivedPackets)
        }
        json.key("processes")
        json.object { $0.member("total", integer: sample?.processes.total) }
    }
}

extension ProcessScan? {
    /// S3-02.
    func writeMembers(to json: inout JSONWriter, top: Int, now: Moment, _ budget: PageBudget) {
        let third = budget.share(3)
        json.member("status", text: "success")
        json.member("timestamp", wall: self?.at.wall ?? now.wall)
        var isCut = json.list("by_cpu", self?.byCPU.prefix(top) ?? [], limitBytes: third) {
            $1.writeMembers(to: &$0)
        }
        if json.list(
            "by_memory", self?.byMemory.prefix(top) ?? [], limitBytes: third,
            { $1.writeMembers(to: &$0) })
        {
            isCut = true
        }
        json.member("total", integer: self?.total)
        json.cutMember(isCut)
    }
}

extension ProcessEntry {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.key("pid")
        json.integer(pid)
        json.member("name", text: name)
        json.member("cpu_percent", cpuPercent, decimals: 1)
        json.member("memory_percent", memoryPercent, decimals: 1)
        json.member("memory_mb", memoryMegabytes, decimals: 1)
    }
}

extension [Mount] {
    /// S3-03.
    func writeMembers(to json: inout JSONWriter, now: Moment, _ budget: PageBudget) {
        json.member("status", text: "success")
        json.member("timestamp", wall: now.wall)
        let isCut = json.list("partitions", self, limitBytes: budget.share(2)) {
            $1.writeMembers(to: &$0)
        }
        json.key("total")
        json.integer(count)
        json.cutMember(isCut)
    }
}

extension HistoryPage {
    /// S5-08, oldest first, followed by the step and the maxima.
    func writeMembers(to json: inout JSONWriter, hours: Int, _ budget: PageBudget) {
        let fitting = points.prefix(max(1, budget.share(1) / HistoryPoint.limitBytes))
        json.key("period_hours")
        json.integer(hours)
        json.key("data_points")
        json.integer(fitting.count)
        json.key("step_seconds")
        json.integer(stepSeconds)
        json.key("metrics")
        json.array { json in for point in fitting { json.object { point.writeMembers(to: &$0) } } }
        json.member("next", seconds: fitting.count < points.count ? fitting.last?.second : next)
    }
}

extension HistoryPoint {
    /// The most bytes that a point takes.
    fileprivate static let limitBytes = 160

    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("timestamp", seconds: second)
        json.member("cpu", figures.cpuPercent, decimals: 1)
        json.member("ram", figures.memoryPercent, decimals: 1)
        json.member("disk", figures.diskPercent, decimals: 1)
        json.member("cpu_max", figures.cpuPercentMax, decimals: 1)
        json.member("ram_max", figures.memoryPercentMax, decimals: 1)
        json.member("load", figures.load, decimals: 2)
    }
}
