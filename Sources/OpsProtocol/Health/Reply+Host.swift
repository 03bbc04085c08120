// What opsd says about the host: `status` on one screen, `health` by component, `metrics` in the
// S1-03 form followed by all details, `stats system` in the S3-01 form.  One sample, several forms
// the names of each source are kept.

package import OpsCore

extension HostReport {
    /// `status`.
    func writeStatusMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.member("status", text: status.name)
        json.member("ok", isHealthy)
        json.cutMember(findings.write(&json, limitBytes: budget.share(2)))
        json.key("uptime_seconds")
        json.integer(vitals.uptimeSeconds)
        json.member("run", text: WorkToken.text(vitals.run))
        json.member("host", text: vitals.hostName)
        json.member("host_uptime_seconds", integer: sample?.wholeUptimeSeconds)
        json.member("age_seconds", ageSeconds, decimals: 1)
        json.key("metrics")
        json.object { metrics(&$0) }
        json.key("scope")
        json.object { writeScopeMembers(to: &$0) }
        json.key("guard")
        json.object { json in
            guardStats.writeMembers(to: &json)
            guardStats.writeBusiestSources(to: &json)
        }
        json.key("store")
        json.object { vitals.writeStoreMembers(to: &$0) }
        json.key("own")
        json.object { vitals.writeOwnMembers(to: &$0) }
        json.member("enforcement", text: vitals.enforcement)
        satellites.write(&json)
        if let services { services.writeMember(to: &json) }
        if let gate {
            json.key("gate")
            json.object { json in
                json.member("gate", text: gate.word.rawValue)
                json.member("reason", text: gate.reason)
            }
        }
        json.key("last_event_id")
        json.integer(lastEventID)
    }

    /// `health`.
    func writeHealthMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.member("ok", isHealthy)
        json.member("status", text: status.name)
        json.member("word", text: word.rawValue)
        json.member("held_status", text: held.name)
        json.key("levels")
        json.object { json in
            levels.cpu.write("cpu", &json)
            levels.memory.write("mem", &json)
            levels.disk.write("disk", &json)
        }
        json.key("components")
        json.array { json in
            for component in components {
                json.object { json in
                    json.member("name", text: component.name)
                    json.member("ok", component.isOK)
                    json.member("detail", text: component.detail)
                }
            }
        }
        json.cutMember(findings.write(&json, limitBytes: budget.share(2)))
    }

    /// The `metrics` object of S1-03, followed by what belongs on one screen.
    private func metrics(_ json: inout JSONWriter) {
        sample.sourceMetrics(&json)
        json.member("load1", sample?.load?.one, decimals: 2)
        json.member("load5", sample?.load?.five, decimals: 2)
        json.member("load15", sample?.load?.fifteen, decimals: 2)
        json.member("iowait", sample?.cpu?.iowait, decimals: 1)
        json.member("steal", sample?.cpu?.steal, decimals: 1)
        json.member("swap", sample?.swap?.percent, decimals: 1)
        json.key("cpu_count")
        json.integer(sample?.processor.count ?? 0)
    }

    /// `metrics`.  Each of five lists may use a sixth of the reply.
    func writeMetricsMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        let sixth = budget.share(6)
        json.member("ts", wall: sample?.at.wall ?? now.wall)
        json.member("ok", isOK)
        json.member("age_seconds", ageSeconds, decimals: 1)
        json.key("metrics")
        json.object { sample.sourceMetrics(&$0) }
        let areIssuesCut = findings.write(&json, limitBytes: sixth)
        json.key("scope")
        json.object { writeScopeMembers(to: &$0) }
        let areDetailsCut = sample?.writeDetailMembers(to: &json, limitBytes: sixth) ?? false
        json.cutMember(areIssuesCut || areDetailsCut)
    }

    private func writeScopeMembers(to json: inout JSONWriter) {
        let scope = sample?.scope ?? .host
        json.member("kind", text: scope.name)
        guard let limits = scope.limits else { return }
        json.member("cpu_cores", limits.cpuCores, decimals: 2)
        json.member("memory_limit_bytes", integer: limits.memoryLimitBytes)
        json.member("memory_used_bytes", integer: limits.memoryUsedBytes)
    }

    /// The most bytes of `issues` in a line of the trail.
    private static let trailIssuesBytes = 65_536

    /// Appends the S1-03 line of the probe trail, without LF.
    package func writeTrail(to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { json in
            json.object { json in
                json.member("ts", wall: sample?.at.wall ?? now.wall)
                json.member("ok", isOK)
                json.key("metrics")
                json.object { sample.sourceMetrics(&$0) }
                json.cutMember(findings.write(&json, limitBytes: Self.trailIssuesBytes))
            }
        }
    }
}

extension Vitals {
    func writeStoreMembers(to json: inout JSONWriter) {
        json.key("lsn")
        json.integer(sequence)
        json.key("durable_lsn")
        json.integer(durableSequence)
        json.key("snapshot_lsn")
        json.integer(snapshotSequence)
        json.member("fsync", text: fsync)
        json.member("degraded", degraded != nil)
        if let degraded { json.member("reason", text: degraded) }
        json.key("snapshot_failures")
        json.integer(snapshotFailures)
        if let storeFault { json.member("fault", text: storeFault) }
    }

    func writeOwnMembers(to json: inout JSONWriter) {
        json.member("version", text: version)
        json.key("rss_bytes")
        json.integer(rssBytes)
        json.member("cpu_seconds", cpuSeconds, decimals: 3)
        json.key("threads")
        json.integer(threads)
        json.member("loop_lag_ms", loopLagMilliseconds, decimals: 2)
        json.member("loop_lag_max_ms", loopLagMaxMilliseconds, decimals: 2)
        json.member("turn_max_ms", turnMaxMilliseconds, decimals: 2)
        json.member("turn_p999_ms", turnP999Milliseconds, decimals: 2)
        json.key("connections")
        json.integer(connections)
        json.key("unsent_bytes")
        json.integer(heldBytes)
        json.key("unsent_closed")
        json.integer(shedConnections)
        json.key("dropped_records")
        json.integer(droppedRecords)
    }
}

extension [HealthFinding] {
    /// Writes `"issues":[{"level","code","message","held"},...]`; returns whether some did not fit.
    func write(_ json: inout JSONWriter, limitBytes: Int) -> Bool {
        json.list("issues", self, limitBytes: limitBytes) { json, finding in
            json.member("level", text: finding.level.rawValue)
            json.member("code", text: finding.code.rawValue)
            json.member("message", text: finding.message)
            json.member("held", finding.isHeld)
            if !finding.thing.isEmpty { json.member("thing", text: finding.thing) }
        }
    }
}

extension HealthLevels.Pair {
    fileprivate func write(_ name: StaticString, _ json: inout JSONWriter) {
        json.key(name)
        json.object { json in
            json.member("warning", warning, decimals: 1)
            json.member("critical", critical, decimals: 1)
        }
    }
}

extension Sample? {
    /// The six members of S1-03, each null if there is no reading.
    func sourceMetrics(_ json: inout JSONWriter) {
        let root = self?.root?.space
        json.member("cpu", self?.cpu?.percent, decimals: 1)
        json.member("mem", self?.memory?.percent, decimals: 1)
        json.member(
            "mem_available_mb", self?.memory.map { Double($0.availableBytes) / 1_048_576 },
            decimals: 1)
        json.member("disk", self?.diskPercent, decimals: 1)
        json.member("disk_free_gb", root.map { $0.availableBytes.gigabytes }, decimals: 2)
        json.member("process_count", integer: self?.processes.total)
    }
}

extension UInt64 {
    /// Bytes in GB of 1,073,741,824 bytes, as the sources count them.
    var gigabytes: Double { Double(self) / 1_073_741_824 }
}
