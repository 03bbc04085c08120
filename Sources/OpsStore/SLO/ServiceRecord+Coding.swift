// Records about objectives and the gate: encoding and its exact inverse, side by side.

import OpsCore

/// The ranges that values of a file must be in, besides those in `Bounds`.
enum ServiceBounds {
    /// The range of minutes, thousandths of a burn, and seconds that something took.
    static let sizes: ClosedRange<Int64> = 0...1 << 50
}

extension ServiceRecord {
    var recordType: RecordType {
        switch self {
        case .observed: .observed
        case .alerted: .alerted
        case .rebaselined: .rebaselined
        case .gateHeld: .gateHeld
        case .gateOverridden: .gateOverridden
        case .gateOverrideEnded: .gateOverrideEnded
        case .objectiveDropped: .objectiveDropped
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .observed(let delta): delta.encode(into: &output)
        case .alerted(let change): change.encode(into: &output)
        case .rebaselined(let change): change.encode(into: &output)
        case .gateHeld(let change): change.encode(into: &output)
        case .gateOverridden(let override): override.encode(into: &output)
        case .gateOverrideEnded(let uid):
            output.append(littleEndian: UInt8(uid == nil ? 0 : 1))
            output.append(littleEndian: uid ?? 0)
        case .objectiveDropped(let name): output.append(name)
        }
    }
}

extension OutputSpan<UInt8> {
    mutating func append(_ name: ObjectiveName) {
        append(name.description, limit: ObjectiveName.limitBytes)
    }

    /// A flag, and the value or 0.
    fileprivate mutating func append(optional value: Int64?) {
        append(littleEndian: UInt8(value == nil ? 0 : 1))
        append(littleEndian: value ?? 0)
    }
}

extension PayloadCursor {
    mutating func objective(_ bytes: Span<UInt8>) throws(StoreFault) -> ObjectiveName {
        let start = self
        let text = try string(limit: ObjectiveName.limitBytes, bytes)
        guard let name = ObjectiveName(text) else {
            throw start.malformed("not the name of an objective")
        }
        return name
    }

    fileprivate mutating func optional(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64? {
        let isThere = try flag(bytes)
        let value = try wallMilliseconds(bytes)
        return isThere ? value : nil
    }

    /// A number that is not negative and not absurd.
    fileprivate mutating func size(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        let start = self
        let value = try number(Int64.self, bytes)
        guard ServiceBounds.sizes.contains(value) else {
            throw start.malformed("\(value) is out of range")
        }
        return value
    }

    /// Reads a byte that names a case; an unknown one is the fault `newer`.
    fileprivate mutating func word<Word: RawRepresentable<UInt8>>(
        _ type: Word.Type, _ what: String, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Word {
        let start = self
        let value = try number(UInt8.self, bytes)
        guard let word = Word(rawValue: value) else {
            throw StoreFault(.newer, "unknown \(what) \(value)", offset: start.at)
        }
        return word
    }
}

extension ObservedDelta {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(name)
        output.append(littleEndian: number)
        output.append(littleEndian: minute)
        output.append(littleEndian: counts.good)
        output.append(littleEndian: counts.bad)
        output.append(littleEndian: counts.overP95)
        output.append(littleEndian: counts.overP99)
        output.append(littleEndian: UInt16(truncatingIfNeeded: bins.count))
        for bin in bins {
            output.append(littleEndian: bin.bin)
            output.append(littleEndian: bin.count)
        }
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let name = try cursor.objective(bytes)
        let number = try cursor.number(UInt64.self, bytes)
        let minute = try cursor.size(bytes)
        let counts = Counts(
            good: try cursor.number(bytes), bad: try cursor.number(bytes),
            overP95: try cursor.number(bytes), overP99: try cursor.number(bytes))
        var bins: [BinCount] = []
        for _ in 0..<(try cursor.number(UInt16.self, bytes)) {
            let start = cursor
            let bin = try cursor.number(UInt16.self, bytes)
            guard Int(bin) < LatencyBins.count else {
                throw start.malformed("there is no bin \(bin)")
            }
            bins.append(BinCount(bin: bin, count: try cursor.number(bytes)))
        }
        self.init(name: name, number: number, minute: minute, counts: counts, bins: bins)
    }
}

extension AlertChange {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(name)
        output.append(littleEndian: kind.rawValue)
        output.append(littleEndian: phase.rawValue)
        output.append(littleEndian: started)
        output.append(littleEndian: startedWall)
        output.append(littleEndian: peak)
        output.append(littleEndian: durationSeconds)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            name: try cursor.objective(bytes),
            kind: try cursor.word(AlertKind.self, "alert", bytes),
            phase: try cursor.word(AlertPhase.self, "phase of an alert", bytes),
            started: try cursor.wallMilliseconds(bytes),
            startedWall: try cursor.wallMilliseconds(bytes), peak: try cursor.size(bytes),
            durationSeconds: try cursor.size(bytes))
    }
}

extension Rebaseline {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(name)
        output.append(littleEndian: number)
        output.append(littleEndian: at)
        output.append(summary, limit: RecordFormat.detailsBytes)
        output.append(reason, limit: Bounds.reasonBytes)
        output.append(littleEndian: uid)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            name: try cursor.objective(bytes), number: try cursor.number(bytes),
            at: try cursor.wallMilliseconds(bytes),
            summary: try cursor.string(limit: RecordFormat.detailsBytes, bytes),
            reason: try cursor.string(limit: Bounds.reasonBytes, bytes),
            uid: try cursor.number(bytes))
    }
}

extension GateChange {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(name)
        output.append(littleEndian: UInt8(hold.isClosed ? 1 : 0))
        output.append(optional: hold.since)
        output.append(optional: hold.pendingSince)
        output.append(littleEndian: UInt8(isTurn ? 1 : 0))
        output.append(details, limit: RecordFormat.detailsBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            name: try cursor.objective(bytes),
            hold: GateHold(
                isClosed: try cursor.flag(bytes), since: try cursor.optional(bytes),
                pendingSince: try cursor.optional(bytes)),
            isTurn: try cursor.flag(bytes),
            details: try cursor.string(limit: RecordFormat.detailsBytes, bytes))
    }
}

extension GateOverride {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: UInt8(isClosed ? 1 : 0))
        output.append(littleEndian: since)
        output.append(littleEndian: until)
        output.append(reason, limit: Bounds.reasonBytes)
        output.append(littleEndian: uid)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        self.init(
            isClosed: try cursor.flag(bytes), since: try cursor.wallMilliseconds(bytes),
            until: try cursor.wallMilliseconds(bytes),
            reason: try cursor.string(limit: Bounds.reasonBytes, bytes),
            uid: try cursor.number(bytes))
    }
}
