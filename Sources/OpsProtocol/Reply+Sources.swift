// The shapes of the S3 and S5 documents: `stats system`, `processes`, `disks`, `metrics history`.

import OpsCore

extension HostReport {
    /// S3-01.  `python_version` is the sources' key: there is no Python here, so it is null.
    func systemStatsMembers(_ json: inout JSONWriter) {
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
    func members(_ json: inout JSONWriter, top: Int, now: Moment) {
        json.member("status", text: "success")
        json.member("timestamp", wall: self?.at.wall ?? now.wall)
        json.key("by_cpu")
        self?.byCPU.write(&json, top) ?? json.array { _ in }
        json.key("by_memory")
        self?.byMemory.write(&json, top) ?? json.array { _ in }
        json.member("total", integer: self?.total)
    }
}

extension [ProcessEntry] {
    fileprivate func write(_ json: inout JSONWriter, _ top: Int) {
        json.array { json in
            for entry in prefix(top) {
                json.object { json in
                    json.key("pid")
                    json.integer(entry.pid)
                    json.member("name", text: entry.name)
                    json.member("cpu_percent", entry.cpuPercent, decimals: 1)
                    json.member("memory_percent", entry.memoryPercent, decimals: 1)
                    json.member("memory_mb", entry.memoryMegabytes, decimals: 1)
                }
            }
        }
    }
}

extension [Mount] {
    /// S3-03.
    func members(_ json: inout JSONWriter, now: Moment) {
        json.member("status", text: "success")
        json.member("timestamp", wall: now.wall)
        json.key("partitions")
        json.array { json in for mount in self { json.object { mount.members(&$0) } } }
        json.key("total")
        json.integer(count)
    }
}

extension HistoryPage {
    /// S5-08, oldest first, with the step and the means' maxima behind it.
    func members(_ json: inout JSONWriter, hours: Int) {
        json.key("period_hours")
        json.integer(hours)
        json.key("data_points")
        json.integer(points.count)
        json.key("step_seconds")
        json.integer(stepSeconds)
        json.key("metrics")
        json.array { json in
            for point in points {
                json.object { json in
                    json.member("timestamp", seconds: point.second)
                    json.member("cpu", point.figures.cpuPercent, decimals: 1)
                    json.member("ram", point.figures.memoryPercent, decimals: 1)
                    json.member("disk", point.figures.diskPercent, decimals: 1)
                    json.member("cpu_max", point.figures.cpuPercentMax, decimals: 1)
                    json.member("ram_max", point.figures.memoryPercentMax, decimals: 1)
                    json.member("load", point.figures.load, decimals: 2)
                }
            }
        }
        json.member("next", seconds: next)
    }
}
