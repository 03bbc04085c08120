// Objectives and the gate in a snapshot.  An objective is one line of its own and then a line a day
// of minutes and a line a sketch, all sparse: `jq 'select(.slo_minutes)'` shows what was counted,
// five numbers a minute (minute, good, bad, over p95, over p99); a sketch has two numbers a bin.

import OpsCore

extension SnapshotWriter {
    mutating func append(_ part: ServiceLevelPart, into buffer: inout [UInt8]) {
        let start = buffer.count
        var extra: String?
        switch part {
        case .head(let name, let number, let baseline, let alerts, let gate):
            extra = extras[.objective(name)]
            buffer.put("{\"slo\":", json: name.description)
            buffer.put(",\"number\":", number)
            buffer.put(",\"baseline_ms\":", baseline)
            put(alerts, &buffer)
            put(gate, &buffer)
        case .minutes(let name, let entries):
            buffer.put("{\"slo_minutes\":", json: name.description)
            buffer.putList(",\"entries\":", entries) { entry in
                let counts = entry.counts
                return [
                    UInt64(bitPattern: entry.minute), counts.good, counts.bad, counts.overP95,
                    counts.overP99,
                ]
            }
        case .hourSketch(let name, let sketch):
            buffer.put("{\"slo_hour\":")
            put(name, sketch, &buffer)
        case .minuteSketch(let name, let sketch):
            buffer.put("{\"slo_minute\":")
            put(name, sketch, &buffer)
        case .override(let override):
            buffer.put("{\"gate_override\":", json: override.isClosed ? "closed" : "open")
            buffer.put(",\"since_ms\":", override.since)
            buffer.put(",\"until_ms\":", override.until)
            buffer.put(",\"reason\":", json: override.reason)
            buffer.put(",\"uid\":", override.uid)
        }
        endLine(start, extra, &buffer)
    }

    private func put(
        _ alerts: [AlertKind: ActiveAlert], _ buffer: inout [UInt8]
    ) {
        buffer.put(",\"alerts\":[")
        var isFirst = true
        for kind in AlertKind.allCases {
            guard let alert = alerts[kind] else { continue }
            if !isFirst { buffer.append(0x2c) }
            isFirst = false
            buffer.put("{\"alert\":", json: kind.name)
            buffer.put(",\"started_ms\":", alert.started)
            buffer.put(",\"peak_permille\":", alert.peak)
            buffer.append(0x7d)
        }
        buffer.append(0x5d)
    }

    private func put(_ gate: GateHold, _ buffer: inout [UInt8]) {
        buffer.put(gate.isClosed ? ",\"gate\":\"closed\"" : ",\"gate\":\"open\"")
        buffer.put(",\"gate_since_ms\":", gate.since)
        buffer.put(",\"gate_turning_ms\":", gate.turning)
    }

    private func put(
        _ name: ObjectiveName, _ sketch: PeriodSketch, _ buffer: inout [UInt8]
    ) {
        buffer.putJSON(name.description)
        buffer.put(",\"period\":", sketch.period)
        buffer.putList(",\"bins\":", sketch.bins) { [UInt64($0.bin), $0.count] }
    }
}

extension [UInt8] {
    /// Appends a JSON list of all numbers of all elements.
    fileprivate mutating func putList<Item>(
        _ name: StaticString, _ items: [Item], _ numbers: (Item) -> [UInt64]
    ) {
        put(name)
        append(0x5b)
        var isFirst = true
        for item in items {
            for number in numbers(item) {
                if !isFirst { append(0x2c) }
                isFirst = false
                putDecimal(number)
            }
        }
        append(0x5d)
    }
}
