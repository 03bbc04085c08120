// The lines of objectives and of the gate.

import OpsCore

extension SnapshotReader {
    /// A line of minutes, or of a sketch.
    mutating func readPeriods(
        _ line: SnapshotLine, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> ServiceLevelPart {
        let name = try cursor.objective(bytes)
        var period: Int64?
        var numbers: [UInt64]?
        while let member = try cursor.member(bytes) {
            switch member {
            case "period": period = try cursor.integer(bytes)
            case "entries", "bins": numbers = try cursor.numbers(bytes)
            default: _ = try cursor.raw(bytes)
            }
        }
        try cursor.end(bytes)
        if line == .objectiveMinutes {
            return .minutes(
                name, try Self.entries(try cursor.require(numbers, "entries"), cursor))
        }
        let sketch = PeriodSketch(
            period: try cursor.require(period, "period"),
            bins: try Self.bins(try cursor.require(numbers, "bins"), cursor))
        guard sketch.period >= 0, sketch.period < 1 << 40 else {
            throw cursor.fault("not a valid period")
        }
        return line == .objectiveHour ? .hourSketch(name, sketch) : .minuteSketch(name, sketch)
    }

    private static func entries(
        _ numbers: [UInt64], _ cursor: JSONCursor
    ) throws(StoreFault) -> [MinuteEntry] {
        guard numbers.count % 5 == 0 else { throw cursor.fault("expected five numbers per minute") }
        var entries: [MinuteEntry] = []
        for place in stride(from: 0, to: numbers.count, by: 5) {
            guard numbers[place] < 1 << 40 else { throw cursor.fault("not a valid minute") }
            entries.append(
                MinuteEntry(
                    minute: Int64(numbers[place]),
                    counts: Counts(
                        good: numbers[place + 1], bad: numbers[place + 2],
                        overP95: numbers[place + 3], overP99: numbers[place + 4])))
        }
        return entries
    }

    private static func bins(
        _ numbers: [UInt64], _ cursor: JSONCursor
    ) throws(StoreFault) -> [BinCount] {
        guard numbers.count % 2 == 0 else { throw cursor.fault("expected two numbers per bin") }
        var bins: [BinCount] = []
        for place in stride(from: 0, to: numbers.count, by: 2) {
            guard numbers[place] < UInt64(LatencyBins.count) else {
                throw cursor.fault("not a valid bin")
            }
            bins.append(BinCount(bin: UInt16(numbers[place]), count: numbers[place + 1]))
        }
        return bins
    }

    mutating func readObjective(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> ServiceLevelPart {
        let name = try cursor.objective(bytes)
        var number: UInt64?
        var baseline: Int64?
        var alerts: [AlertKind: ActiveAlert] = [:]
        var gate = GateHold()
        var unknown = UnknownMembers()
        while let member = try cursor.member(bytes) {
            switch member {
            case "number": number = try cursor.integer(bytes)
            case "baseline_ms": baseline = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "alerts", "latency_alerts":
                try cursor.beginArray(bytes)
                while try cursor.element(bytes) {
                    let (kind, alert) = try Self.readAlert(&cursor, bytes)
                    alerts[kind] = alert
                }
            case "gate": gate.isClosed = try cursor.string(bytes) == "closed"
            case "gate_since_ms":
                gate.since = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "gate_turning_ms":
                gate.pendingSince = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            default: try unknown.add(member, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
        if !unknown.text.isEmpty { extras.keep(unknown.text, for: .objective(name)) }
        return .head(
            name, number: try cursor.require(number, "number"),
            baseline: try cursor.require(baseline, "baseline_ms"), alerts: alerts, gate: gate)
    }

    private static func readAlert(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> (AlertKind, ActiveAlert) {
        var kind: AlertKind?
        var (started, peak): (Int64?, Int64?)
        try cursor.beginObject(bytes)
        while let member = try cursor.member(bytes) {
            switch member {
            case "alert":
                let text = try cursor.string(bytes)
                kind = AlertKind.allCases.first { $0.name == text }
            case "started_ms": started = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "peak_permille": peak = try cursor.integer(in: ServiceBounds.sizes, bytes)
            default: _ = try cursor.raw(bytes)
            }
        }
        return (
            try cursor.require(kind, "alert"),
            ActiveAlert(
                started: try cursor.require(started, "started_ms"),
                peak: try cursor.require(peak, "peak_permille"))
        )
    }

    mutating func readOverride(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> ServiceLevelPart {
        let isClosed = try cursor.string(bytes) == "closed"
        var (since, until): (Int64?, Int64?)
        var reason: String?
        var uid: UInt32?
        while let member = try cursor.member(bytes) {
            switch member {
            case "since_ms": since = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "until_ms": until = try cursor.integer(in: Bounds.wallMilliseconds, bytes)
            case "reason": reason = try cursor.string(limit: Bounds.reasonBytes, bytes)
            case "uid": uid = try cursor.integer(bytes)
            default: _ = try cursor.raw(bytes)
            }
        }
        try cursor.end(bytes)
        return .override(
            GateOverride(
                isClosed: isClosed, since: try cursor.require(since, "since_ms"),
                until: try cursor.require(until, "until_ms"),
                reason: try cursor.require(reason, "reason"), uid: try cursor.require(uid, "uid")))
    }
}

extension JSONCursor {
    /// The name of an objective, as a string.
    mutating func objective(_ bytes: Span<UInt8>) throws(StoreFault) -> ObjectiveName {
        let start = self
        guard let name = ObjectiveName(try string(limit: ObjectiveName.limitBytes, bytes)) else {
            throw start.fault("not the name of an objective")
        }
        return name
    }

    /// A list of numbers.
    fileprivate mutating func numbers(_ bytes: Span<UInt8>) throws(StoreFault) -> [UInt64] {
        var numbers: [UInt64] = []
        try beginArray(bytes)
        while try element(bytes) { numbers.append(try integer(bytes)) }
        return numbers
    }
}
