// The replies about objectives and the gate.  Percentages are numbers; shares of events have four
// decimals.  An unknown value is null, never 0 or 100, except for the one field that is 100 in S2.

package import OpsCore

extension JSONWriter {
    /// `"name":"objective"`.
    mutating func member(_ name: StaticString, _ objective: ObjectiveName) {
        key(name)
        string { bytes in objective.forEachByte { bytes.append($0) } }
    }
}

extension Objective {
    fileprivate func writeTargetMembers(to json: inout JSONWriter) {
        json.member("p95_ms", latencyP95Milliseconds, decimals: 3)
        json.member("p99_ms", latencyP99Milliseconds, decimals: 3)
        json.member(
            "daily_error_budget_pct", Double(dailyErrorBudgetPPM) / 10_000, decimals: 4)
        json.member("availability", Double(availabilityPPM) / 10_000, decimals: 4)
    }
}

extension BudgetReport {
    /// The S2-01 object, with `ok` of the S2 envelope among its members.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("slo", objective.name)
        json.member("ok", isOK)
        writeDataMembers(to: &json)
    }

    private func writeDataMembers(to json: inout JSONWriter) {
        json.member("ts", seconds: ts)
        let minutes = objective.windowMinutes
        json.member(
            "period_days", Double(minutes) / 1_440, decimals: minutes % 1_440 == 0 ? 0 : 3)
        json.member("p95_ms", p95Milliseconds, decimals: 1)
        json.member("p99_ms", p99Milliseconds, decimals: 1)
        json.member("error_rate", errorRatePercent, decimals: 4)
        json.member("remaining_budget_pct", remainingPercent, decimals: 2)
        json.member("burn_rate_pct", burnPercent, decimals: 2)
        json.member("burn_alert", text: band.rawValue)
        json.key("slo_targets")
        json.object { objective.writeTargetMembers(to: &$0) }
        writeStateMembers(to: &json)
    }

    fileprivate func writeStateMembers(to json: inout JSONWriter) {
        json.member("state", text: state.rawValue)
        json.member("indicator", text: indicator)
        json.key("promises")
        json.array { json in
            for promise in promises { json.object { promise.writeMembers(to: &$0) } }
        }
    }

    /// `{"ok":..., "data":{...}}`: the S2-01 form, as the trails have it.
    package func writeTrail(to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { json in json.object { writeTrailMembers(to: &$0) } }
    }

    private func writeTrailMembers(to json: inout JSONWriter) {
        json.member("ok", isOK)
        json.key("data")
        json.object { json in
            json.member("slo", objective.name)
            writeDataMembers(to: &json)
        }
    }

    /// The contents of `slo_budget.json`: the S2-01 form of the first report, and all reports.
    package static func writeLatest(_ reports: [BudgetReport], to output: inout [UInt8]) {
        guard let first = reports.first else { return }
        JSONWriter.append(to: &output) { json in
            json.object { json in
                first.writeTrailMembers(to: &json)
                json.key("objectives")
                json.array { json in
                    for report in reports { json.object { report.writeTrailMembers(to: &$0) } }
                }
            }
        }
        output.append(0x0a)
    }
}

extension PromiseView {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("promise", text: promise.rawValue)
        json.member("state", text: state.rawValue)
        json.member("allowed_pct", allowedPercent, decimals: 4)
        json.member("broken_pct", brokenPercent, decimals: 4)
        json.member("left_pct", leftPercent, decimals: 2)
        json.member("window_seconds", integer: windowSeconds)
        json.member("since", seconds: since)
    }
}

extension ServiceReport {
    func writeMembers(to json: inout JSONWriter) {
        json.member("slo", budget.objective.name)
        json.member("ok", budget.isOK)
        budget.writeStateMembers(to: &json)
        json.member("window_seconds", integer: windowSeconds)
        json.member("total", integer: counts.total)
        json.member("good", integer: counts.good)
        json.member("bad", integer: counts.bad)
        json.member("availability", share(counts.good), decimals: 4)
        json.member("measured", integer: latency.measured)
        json.member("p50_ms", latency.p50, decimals: 1)
        json.member("p95_ms", latency.p95, decimals: 1)
        json.member("p99_ms", latency.p99, decimals: 1)
        json.member("over_p95_pct", latency.overPercent(.p95), decimals: 4)
        json.member("over_p99_pct", latency.overPercent(.p99), decimals: 4)
        json.member("budget_left_pct", budgetLeftPercent, decimals: 2)
        json.member("budget_left_minutes", budgetLeftMinutes, decimals: 2)
        json.member("exhausted_in_seconds", integer: exhaustedInSeconds)
        json.member("burn_rate_pct", budget.burnPercent, decimals: 2)
        json.member("burn_alert", text: budget.band.rawValue)
        json.key("alerts")
        json.array { json in for alert in alerts { json.object { alert.writeMembers(to: &$0) } } }
        json.key("hourly_burn")
        json.array { json in for burn in hourly { json.number(burn, decimals: 3) } }
        json.member("baseline", seconds: baseline)
        json.member("last_event", seconds: lastEvent)
        json.member("memory_bytes", integer: bytes)
        json.key("targets")
        json.object { json in
            budget.objective.writeTargetMembers(to: &json)
            json.member("window_seconds", integer: budget.objective.windowMinutes * 60)
            json.member("min_events", integer: budget.objective.minimumEvents)
            json.member("min_bad", integer: budget.objective.minimumBad)
            json.member("gate", budget.objective.gates)
            json.member(
                "latency_window_seconds", integer: budget.objective.latencyWindowMinutes * 60)
            json.member("latency_gate", budget.objective.latencyGates)
        }
    }

    private func share(_ count: UInt64) -> Double? {
        counts.total == 0 ? nil : Double(count) / Double(counts.total) * 100
    }
}

extension AlertView {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("alert", text: reading.tier.name)
        json.member("severity", text: reading.tier.isPage ? "page" : "ticket")
        json.member("state", text: state.rawValue)
        json.member("factor", reading.factor, decimals: 3)
        json.member("burn_long", reading.burnLong, decimals: 3)
        json.member("burn_short", reading.burnShort, decimals: 3)
        json.member("since", seconds: since)
        json.member("peak_burn", peakBurn, decimals: 3)
    }
}

extension GateView {
    /// Writes the gate, and what decides its state.
    package func writeMembers(to json: inout JSONWriter) {
        json.member("gate", text: word.rawValue)
        json.member("reason", text: reason)
        if let objective { json.member("slo", objective) } else { json.nullMember("slo") }
        json.member("since", seconds: since)
        json.member("burn_rate_pct", burnPercent, decimals: 2)
        guard let override else { return json.nullMember("override") }
        json.key("override")
        json.object { json in
            json.member("gate", text: override.isClosed ? "closed" : "open")
            json.member("since", seconds: override.since)
            json.member("expires", seconds: override.expires)
            json.member("ttl_seconds", integer: override.ttlSeconds)
            json.member("reason", text: override.reason)
            json.member("uid", integer: override.uid)
        }
    }

    func writePartMembers(to json: inout JSONWriter) {
        json.key("parts")
        json.array { json in
            for part in parts {
                json.object { json in
                    json.member("slo", part.name)
                    json.member("gate", text: part.word.rawValue)
                    json.member("since", seconds: part.since)
                    json.member("turns", seconds: part.turns)
                    json.member("burn_rate_pct", part.burnPercent, decimals: 2)
                }
            }
        }
    }

    /// The contents of `deploy_gate.flag`; times in wall clock seconds since 1970.
    package func writeFlag(now: Int64, expires: Int64, to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { json in
            json.object { json in
                writeMembers(to: &json)
                json.member("refreshed_at", seconds: now)
                json.member("expires_at", seconds: expires)
            }
        }
        output.append(0x0a)
    }
}

extension JSONWriter {
    fileprivate mutating func nullMember(_ name: StaticString) {
        key(name)
        null()
    }
}

extension ServiceReply {
    /// Appends the answer to one event of the hot path.
    package static func writeCounted(to output: inout [UInt8]) {
        let line: StaticString = "ok {\"counted\":1}\n"
        line.withUTF8Buffer { output.append(contentsOf: $0) }
    }

    /// The members of a reply about objectives or the gate.
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .counted(let count):
            json.key("counted")
            json.integer(count)
        case .budgets(let reports):
            if reports.count == 1, let only = reports.first { return only.writeMembers(to: &json) }
            _ = json.list("results", reports, limitBytes: budget.share(2)) {
                $1.writeMembers(to: &$0)
            }
        case .status(let reports, let gate):
            let isCut = json.list("objectives", reports, limitBytes: budget.share(2)) {
                $1.writeMembers(to: &$0)
            }
            json.key("gate")
            json.object { gate.writeMembers(to: &$0) }
            json.cutMember(isCut)
        case .rebaselined(let report): report.writeMembers(to: &json)
        case .gateCheck(let view): view.writeMembers(to: &json)
        case .gateStatus(let view):
            view.writeMembers(to: &json)
            view.writePartMembers(to: &json)
        case .gateOverridden(let isClosed, let expires):
            json.member("gate", text: isClosed ? "closed" : "open")
            json.member("expires", seconds: expires)
        case .gateOverrideEnded:
            json.member("gate", text: "auto")
            json.member("expires", seconds: nil)
        }
    }
}
