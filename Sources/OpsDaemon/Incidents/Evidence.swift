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
    /// Events that are looked at for them, the newest first: in a storm each turn looks for some.
    static let earlierSight = 500

    /// Puts on record how the host is, for the incidents that began in this turn.
    func gatherEvidence() {
        if !ask({ $0.incidents.hasFresh }) { return }
        let fresh = update { $0.takeFreshIncidents() }
        if log.isFull { return }
        let incidents = fresh.prefix(Self.evidencePerTurn).compactMap { id in
            ask { $0.incident(id) }
        }
        let (host, before) = (hostEvidence(), earlier(of: incidents.map(\.group.source)))
        for incident in incidents {
            let text = evidence(of: incident, host: host, before: before)
            for change in ask({ $0.evidence(for: incident.id, text, at: now) }) { commit(change) }
        }
    }

    private func evidence(
        of incident: Incident, host: [String], before: [Earlier]
    ) -> String {
        var lines = host
        let source = incident.group.source
        if let before = before.first(where: { $0.source == source })?.lines, !before.isEmpty {
            lines += ["before, of \(source):"] + before.reversed()
        }
        if let advice = incident.rule.flatMap({ IncidentRule(rawValue: $0) })?.advice {
            lines.append("what to do: \(advice)")
        }
        return lines.joined(separator: "\n")
    }

    /// What a source reported before, the newest first.
    private struct Earlier {
        let source: String
        var lines: [String] = []
        /// The event of the incident itself was passed.
        var hasPassedOwn = false
    }

    /// The newest events of these sources but for the incidents' own, each found by one walk over
    /// the newest events.
    private func earlier(of sources: [String]) -> [Earlier] {
        var found: [Earlier] = []
        for source in sources where !found.contains(where: { $0.source == source }) {
            found.append(Earlier(source: source))
        }
        var missing = found.count * Self.earlierEvents
        let events = state.events
        for position in events.places.suffix(Self.earlierSight).reversed() {
            if missing == 0 { break }
            guard let event = events[position], let name = event.reporter,
                let place = found.firstIndex(where: { $0.source == name }),
                found[place].lines.count < Self.earlierEvents
            else { continue }
            if !found[place].hasPassedOwn, event.kind.topic == .incident {
                found[place].hasPassedOwn = true
                continue
            }
            var time: [UInt8] = []
            Timestamp.write(seconds: event.wall / 1_000_000_000, to: &time)
            let details = event.details.cut(toBytes: 160)
            found[place].lines.append(
                "  \(String(decoding: time, as: UTF8.self)) \(event.kind.rawValue): \(details)")
            missing -= 1
        }
        return found
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
    /// The source that reported what it is about.
    fileprivate var reporter: String? {
        if case .incident(let subject) = subject { return subject.source }
        return shownSource
    }
}

extension ProcessEntry {
    /// Its name without what a terminal must not get.
    fileprivate var plainName: String {
        let plain = name.unicodeScalars.map { $0.isWrittenEscaped ? "\u{fffd}" : $0 }
        return String(String.UnicodeScalarView(plain))
    }
}
