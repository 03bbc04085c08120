// What is put on record of the host when an incident begins, for whoever is woken by it: a few
// short lines, the most useful first, at most 8 KiB.  It goes into the log after the incident, and
// is written once: an incident of before a restart gets none.

import OpsCore
import OpsProtocol

extension Engine {
    /// Incidents that get evidence in a turn; in a storm the others go without.
    static let evidencePerTurn = 16
    /// Earlier events of the source that are told.
    private static let earlierEvents = 5

    /// Puts on record how the host is, for the incidents that began in this turn.
    func gatherEvidence() {
        if !ask({ $0.incidents.hasFresh }) { return }
        let fresh = update { $0.takeFreshIncidents() }
        if log.isFull { return }
        let host = hostEvidence()
        for id in fresh.prefix(Self.evidencePerTurn) {
            guard let incident = ask({ $0.incident(id) }) else { continue }
            let text = evidence(of: incident, host: host)
            for change in ask({ $0.evidence(for: id, text, at: now) }) { commit(change) }
        }
    }

    private func evidence(of incident: Incident, host: [String]) -> String {
        var lines = host
        let before = earlier(of: incident.group.source)
        if !before.isEmpty { lines += ["before, of \(incident.group.source):"] + before }
        if let advice = incident.rule.flatMap({ IncidentRule(rawValue: $0) })?.advice {
            lines.append("what to do: \(advice)")
        }
        return lines.joined(separator: "\n")
    }

    /// The newest events of a source but for the incident's own, the oldest first.
    private func earlier(of source: String) -> [String] {
        var lines: [String] = []
        var position = state.events.count - 1
        var isNewest = true
        while position >= 0, lines.count < Self.earlierEvents {
            let event = state.events[position]
            position -= 1
            guard event.isOf(source) else { continue }
            if isNewest, event.kind.topic == .incident {
                isNewest = false
                continue
            }
            var time: [UInt8] = []
            Timestamp.write(seconds: event.wall / 1_000_000_000, to: &time)
            let details = event.details.cut(toBytes: 160)
            lines.append(
                "  \(String(decoding: time, as: UTF8.self)) \(event.kind.rawValue): \(details)")
        }
        return lines.reversed()
    }

    /// The status, what waits, and the largest processes.
    private func hostEvidence() -> [String] {
        guard let sample = monitor.sample else { return ["status: no sample of the host yet"] }
        var lines = [statusEvidence(sample)]
        if let pressure = pressureEvidence(sample.pressure) { lines.append(pressure) }
        guard let scan = monitor.processes else { return lines }
        let age = max(0, (now.boot - scan.at.boot) / 1_000_000_000)
        lines.append("most CPU, \(age) s ago:")
        lines += scan.byCPU.prefix(5).map { process in
            "  \(process.pid) \(process.plainName) \(Self.tenths(process.cpuPercent))%"
        }
        lines.append("most memory:")
        lines += scan.byMemory.prefix(5).map { process in
            "  \(process.pid) \(process.plainName) \(Self.tenths(process.memoryPercent))%, "
                + "\(Self.tenths(process.memoryMegabytes)) MB"
        }
        return lines
    }

    private func statusEvidence(_ sample: Sample) -> String {
        var words = ["status: \(status.name)"]
        if let cpu = sample.cpu?.percent { words.append("CPU \(Self.tenths(cpu))%") }
        if let memory = sample.memory?.percent { words.append("memory \(Self.tenths(memory))%") }
        if let disk = sample.fullestPercent { words.append("fullest disk \(Self.tenths(disk))%") }
        if let load = sample.load { words.append("load \(Self.tenths(load.one))") }
        if log.isDegraded { words.append("the state is in memory only") }
        return words.joined(separator: ", ")
    }

    /// How much of the last ten seconds some task, and all tasks, waited.
    private func pressureEvidence(_ pressure: Pressure) -> String? {
        let stalls = [("CPU", pressure.cpu), ("memory", pressure.memory), ("I/O", pressure.io)]
        let parts = stalls.compactMap { name, stall -> String? in
            guard let stall else { return nil }
            let full = stall.full.map { " (all \(Self.tenths($0.avg10)))" } ?? ""
            return "\(name) \(Self.tenths(stall.some.avg10))\(full)"
        }
        return parts.isEmpty
            ? nil : "waiting, % of the last 10 s: " + parts.joined(separator: ", ")
    }
}

extension Event {
    /// Whether it is about what this source reports.
    fileprivate func isOf(_ name: String) -> Bool {
        if case .incident(let subject) = subject { return subject.source == name }
        return shownSource == name
    }
}

extension ProcessEntry {
    /// Its name without what a terminal must not get.
    fileprivate var plainName: String {
        let plain = name.unicodeScalars.map { $0.isWrittenEscaped ? "\u{fffd}" : $0 }
        return String(String.UnicodeScalarView(plain))
    }
}
