// Objectives and the gate in a snapshot.  An objective has one line of its own, then a line of
// minutes for each day, then a line for each sketch, all sparse.  `jq 'select(.slo_minutes)'` shows
// what was counted, five numbers a minute (minute, good, bad, over p95, over p99); a sketch has two
// numbers a bin.

import OpsCore

extension SnapshotWriter {
    mutating func append(_ part: ServiceLevelPart, into buffer: inout [UInt8]) {
        let start = buffer.count
        var extra: String?
        switch part {
        case .head(let name, let number, let baseline, let alerts, let gate):
            extra = extras[.objective(name)]
            buffer.append("{\"slo\":", json: name.description)
            buffer.append(",\"number\":", number)
            buffer.append(",\"baseline_ms\":", baseline)
            append(",\"alerts\":[", alerts.filter { $0.key.target == nil }, &buffer)
            // A list of their own, which an older opsd keeps unread: it knows no such alert.
            let missed = alerts.filter { $0.key.target != nil }
            if !missed.isEmpty { append(",\"latency_alerts\":[", missed, &buffer) }
            append(gate, &buffer)
        case .minutes(let name, let entries):
            buffer.append("{\"slo_minutes\":", json: name.description)
            buffer.appendList(",\"entries\":", entries) { entry in
                let counts = entry.counts
                return [
                    UInt64(bitPattern: entry.minute), counts.good, counts.bad, counts.overP95,
                    counts.overP99,
                ]
            }
        case .hourSketch(let name, let sketch):
            buffer.append("{\"slo_hour\":")
            append(name, sketch, &buffer)
        case .minuteSketch(let name, let sketch):
            buffer.append("{\"slo_minute\":")
            append(name, sketch, &buffer)
        case .override(let override):
            buffer.append("{\"gate_override\":", json: override.isClosed ? "closed" : "open")
            buffer.append(",\"since_ms\":", override.since)
            buffer.append(",\"until_ms\":", override.until)
            buffer.append(",\"reason\":", json: override.reason)
            buffer.append(",\"uid\":", override.uid)
        }
        endLine(start, extra, &buffer)
    }

    private func append(
        _ name: StaticString, _ alerts: [AlertKind: ActiveAlert], _ buffer: inout [UInt8]
    ) {
        buffer.append(name)
        var isFirst = true
        for kind in AlertKind.allCases {
            guard let alert = alerts[kind] else { continue }
            if !isFirst { buffer.append(0x2c) }
            isFirst = false
            buffer.append("{\"alert\":", json: kind.name)
            buffer.append(",\"started_ms\":", alert.started)
            buffer.append(",\"peak_permille\":", alert.peak)
            buffer.append(0x7d)
        }
        buffer.append(0x5d)
    }

    private func append(_ gate: GateHold, _ buffer: inout [UInt8]) {
        buffer.append(gate.isClosed ? ",\"gate\":\"closed\"" : ",\"gate\":\"open\"")
        buffer.append(",\"gate_since_ms\":", gate.since)
        buffer.append(",\"gate_turning_ms\":", gate.pendingSince)
    }

    private func append(
        _ name: ObjectiveName, _ sketch: PeriodSketch, _ buffer: inout [UInt8]
    ) {
        buffer.appendJSON(name.description)
        buffer.append(",\"period\":", sketch.period)
        buffer.appendList(",\"bins\":", sketch.bins) { [UInt64($0.bin), $0.count] }
    }
}

extension [UInt8] {
    /// Appends a JSON list of all numbers of all elements.
    fileprivate mutating func appendList<Item>(
        _ name: StaticString, _ items: [Item], _ numbers: (Item) -> [UInt64]
    ) {
        append(name)
        append(0x5b)
        var isFirst = true
        for item in items {
            for number in numbers(item) {
                if !isFirst { append(0x2c) }
                isFirst = false
                appendDecimal(number)
            }
        }
        append(0x5d)
    }
}
