// The details of a sample, after the S1-03 members; each figure's name includes its unit.

import OpsCore

extension Sample {
    /// The uptime in whole seconds; nil if there is no reading, or if it does not fit.
    var wholeUptimeSeconds: Int64? {
        uptimeSeconds.flatMap { Int64(exactly: $0.rounded(.towardZero)) }
    }

    /// Writes all details, each list within `limitBytes`; returns whether a list was cut.
    func writeDetailMembers(to json: inout JSONWriter, limitBytes: Int) -> Bool {
        json.key("cpu")
        json.object { json in
            cpu?.writeMembers(to: &json)
            json.key("count")
            json.integer(processor.count)
        }
        var isCut = json.list("cores", cores, limitBytes: limitBytes) { json, core in
            json.key("core")
            json.integer(core.index)
            core.usage?.writeMembers(to: &json)
        }
        json.key("load")
        json.object { json in
            json.member("one", load?.one, decimals: 2)
            json.member("five", load?.five, decimals: 2)
            json.member("fifteen", load?.fifteen, decimals: 2)
        }
        json.key("memory")
        json.object { json in
            json.member("percent", memory?.percent, decimals: 1)
            json.member("total_bytes", integer: memory?.totalBytes)
            json.member("available_bytes", integer: memory?.availableBytes)
            json.member("used_bytes", integer: memory?.usedBytes)
        }
        json.key("swap")
        json.object { json in
            json.member("percent", swap?.percent, decimals: 1)
            json.member("total_bytes", integer: swap?.totalBytes)
            json.member("used_bytes", integer: swap?.usedBytes)
        }
        json.key("pressure")
        json.object { pressure.writeMembers(to: &$0) }
        let areListsCut = [
            json.list("disks", disks, limitBytes: limitBytes) { $1.writeMembers(to: &$0) },
            json.list("network", interfaces, limitBytes: limitBytes) { $1.writeMembers(to: &$0) },
            json.list("mounts", mounts, limitBytes: limitBytes) { $1.writeMembers(to: &$0) },
        ]
        if areListsCut.contains(true) { isCut = true }
        json.member("running", integer: processes.running)
        json.member("blocked", integer: processes.blocked)
        json.member("host_uptime_seconds", integer: wholeUptimeSeconds)
        return isCut
    }
}

extension CPUUsage {
    func writeMembers(to json: inout JSONWriter) {
        json.member("percent", percent, decimals: 1)
        json.member("user", user, decimals: 1)
        json.member("system", system, decimals: 1)
        json.member("iowait", iowait, decimals: 1)
        json.member("steal", steal, decimals: 1)
    }
}

extension Pressure {
    func writeMembers(to json: inout JSONWriter) {
        json.pressure("cpu", cpu)
        json.pressure("memory", memory)
        json.pressure("io", io)
    }
}

extension JSONWriter {
    /// Writes the stalls of one resource; writes nothing if the kernel does not measure them.
    mutating func pressure(_ name: StaticString, _ stall: PressureStall?) {
        guard let stall else { return }
        key(name)
        object { json in
            json.pressureLine("some", stall.some)
            json.pressureLine("full", stall.full)
        }
    }

    private mutating func pressureLine(_ name: StaticString, _ line: PressureLine?) {
        guard let line else { return }
        key(name)
        object { json in
            json.member("avg10", line.avg10, decimals: 2)
            json.member("avg60", line.avg60, decimals: 2)
            json.member("avg300", line.avg300, decimals: 2)
            json.key("total_us")
            json.integer(line.totalMicroseconds)
        }
    }
}

extension DiskDevice {
    func writeMembers(to json: inout JSONWriter) {
        json.member("device", text: name)
        json.key("read_bytes")
        json.integer(counters.readBytes)
        json.key("written_bytes")
        json.integer(counters.writtenBytes)
        json.member("read_bytes_per_second", rates?.readBytesPerSecond, decimals: 0)
        json.member("written_bytes_per_second", rates?.writtenBytesPerSecond, decimals: 0)
        json.member("reads_per_second", rates?.readsPerSecond, decimals: 1)
        json.member("writes_per_second", rates?.writesPerSecond, decimals: 1)
        json.member("busy_percent", rates?.busyPercent, decimals: 1)
    }
}

extension NetworkInterface {
    func writeMembers(to json: inout JSONWriter) {
        json.member("interface", text: name)
        json.key("received_bytes")
        json.integer(counters.receivedBytes)
        json.key("sent_bytes")
        json.integer(counters.sentBytes)
        json.key("received_packets")
        json.integer(counters.receivedPackets)
        json.key("sent_packets")
        json.integer(counters.sentPackets)
        json.key("receive_errors")
        json.integer(counters.receiveErrors)
        json.key("receive_drops")
        json.integer(counters.receiveDrops)
        json.key("send_errors")
        json.integer(counters.sendErrors)
        json.key("send_drops")
        json.integer(counters.sendDrops)
        json.member("received_bytes_per_second", rates?.receivedBytesPerSecond, decimals: 0)
        json.member("sent_bytes_per_second", rates?.sentBytesPerSecond, decimals: 0)
    }
}

extension Mount {
    /// A partition of S3-03, and whether its figures are old.
    func writeMembers(to json: inout JSONWriter) {
        json.member("device", text: device)
        json.member("mountpoint", text: mountpoint)
        json.member("fstype", text: fstype)
        json.member("total_gb", space?.totalBytes.gigabytes, decimals: 2)
        json.member("used_gb", space?.usedBytes.gigabytes, decimals: 2)
        json.member("free_gb", space?.availableBytes.gigabytes, decimals: 2)
        json.member("percent", space?.percent, decimals: 2)
        json.member("stale", stale)
        json.member("inodes", integer: inodes?.total)
        json.member("inodes_free", integer: inodes?.free)
        json.member("inode_percent", inodes?.percent, decimals: 2)
        json.member("read_only", isReadOnly)
        if let fault { json.member("fault", text: fault) }
    }
}
