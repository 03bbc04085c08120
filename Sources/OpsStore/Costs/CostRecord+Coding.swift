// Records of spending: encoding and its exact inverse, side by side.

import OpsCore

extension CostRecord {
    var recordType: RecordType {
        switch self {
        case .reserved: .costReserved
        case .closed: .costClosed
        case .corrected: .costCorrected
        case .spent: .costSpent
        case .forgotten: .costForgotten
        case .capSet: .costCapSet
        case .alerted: .costAlerted
        case .modelDropped: .costModelDropped
        }
    }

    /// Appends the payload after the stamp.
    func encode(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .reserved(let entry): entry.encode(into: &output)
        case .closed(let entry, let delta):
            entry.encode(into: &output)
            delta.encodeNumbers(into: &output)
        case .corrected(let correction):
            correction.entry.encode(into: &output)
            correction.delta.encodeNumbers(into: &output)
            output.append(littleEndian: correction.was.micros)
            output.append(littleEndian: correction.uid)
        case .spent(let delta):
            output.append(delta.model)
            delta.encodeNumbers(into: &output)
        case .forgotten(let mark):
            output.append(littleEndian: mark.deadline)
            output.append(littleEndian: mark.id)
        case .capSet(let change):
            output.append(optional: change.model)
            let (word, cap): (UInt8, MicroUSD) =
                switch change.choice {
                case .configured: (0, .zero)
                case .none: (1, .zero)
                case .amount(let cap): (2, cap)
                }
            output.append(littleEndian: word)
            output.append(littleEndian: cap.micros)
            output.append(change.summary, limit: RecordFormat.detailsBytes)
            output.append(littleEndian: change.uid)
        case .alerted(let alert):
            output.append(optional: alert.model)
            output.append(littleEndian: alert.level.rawValue)
            output.append(alert.details, limit: RecordFormat.detailsBytes)
        case .modelDropped(let name): output.append(name)
        }
    }

    /// Reads the payload after the stamp, of one of the types of spending.
    init(
        _ type: RecordType, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        switch type {
        case .costReserved: self = .reserved(try CostEntry(&cursor, bytes))
        case .costClosed:
            let entry = try CostEntry(&cursor, bytes)
            self = .closed(entry, try SpendDelta(entry.model, &cursor, bytes))
        case .costCorrected:
            let entry = try CostEntry(&cursor, bytes)
            let delta = try SpendDelta(entry.model, &cursor, bytes)
            self = .corrected(
                CostCorrection(
                    entry: entry, was: try cursor.money(bytes), delta: delta,
                    uid: try cursor.number(bytes)))
        case .costSpent:
            self = .spent(try SpendDelta(try cursor.model(bytes), &cursor, bytes))
        case .costForgotten:
            self = .forgotten(
                CostMark(deadline: try cursor.deadline(bytes), id: try cursor.number(bytes)))
        case .costCapSet: self = .capSet(try CapChange(&cursor, bytes))
        case .costAlerted:
            self = .alerted(
                CostAlert(
                    model: try cursor.optionalModel(bytes), level: try cursor.level(bytes),
                    details: try cursor.string(limit: RecordFormat.detailsBytes, bytes)))
        case .costModelDropped: self = .modelDropped(try cursor.model(bytes))
        default: throw cursor.malformed("not a record of spending")
        }
    }
}

extension CapChange {
    fileprivate init(
        _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        let model = try cursor.optionalModel(bytes)
        let start = cursor
        let word = try cursor.number(UInt8.self, bytes)
        let cap = try cursor.money(bytes)
        let choice: Choice
        switch word {
        case 0: choice = .configured
        case 1: choice = .none
        case 2: choice = .amount(cap)
        default: throw StoreFault(.newer, "unknown kind of cap \(word)", offset: start.at)
        }
        self.init(
            model: model, choice: choice,
            summary: try cursor.string(limit: RecordFormat.detailsBytes, bytes),
            uid: try cursor.number(bytes))
    }
}

extension SpendDelta {
    func encodeNumbers(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: number)
        output.append(littleEndian: minute)
        output.append(littleEndian: amount.micros)
    }

    fileprivate init(
        _ model: ModelName, _ cursor: inout PayloadCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) {
        self.init(
            model: model, number: try cursor.number(bytes), minute: try cursor.minute(bytes),
            amount: try cursor.signedMoney(bytes))
    }
}

extension CostEntry {
    func encode(into output: inout OutputSpan<UInt8>) {
        output.append(littleEndian: id)
        output.append(model)
        output.append(littleEndian: state.rawValue)
        output.append(littleEndian: UInt8(isExempt ? 1 : 0))
        output.append(littleEndian: amount.micros)
        output.append(littleEndian: minute)
        output.append(littleEndian: deadline)
        output.append(littleEndian: uid)
        output.append(key, limit: CostBounds.keyBytes)
    }

    init(_ cursor: inout PayloadCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        let id = try cursor.number(UInt64.self, bytes)
        let model = try cursor.model(bytes)
        let start = cursor
        let word = try cursor.number(UInt8.self, bytes)
        guard let state = CostState(rawValue: word) else {
            throw StoreFault(.newer, "unknown state of a reservation \(word)", offset: start.at)
        }
        let isExempt = try cursor.flag(bytes)
        self.init(
            id: id, model: model, state: state, amount: try cursor.money(bytes),
            minute: try cursor.minute(bytes), deadline: try cursor.deadline(bytes), key: "",
            uid: try cursor.number(bytes), isExempt: isExempt)
        key = try cursor.string(limit: CostBounds.keyBytes, bytes)
    }
}

extension OutputSpan<UInt8> {
    /// A u16 length and the name.
    fileprivate mutating func append(_ name: ModelName) {
        append(littleEndian: UInt16(truncatingIfNeeded: name.count))
        name.write(to: &self)
    }

    /// The same, of length 0 for nil.
    fileprivate mutating func append(optional name: ModelName?) {
        if let name { append(name) } else { append(littleEndian: 0 as UInt16) }
    }
}

/// The ranges that amounts and minutes of a file must be in.
enum CostRanges {
    static let money: ClosedRange<Int64> = 0...1 << 60
    static let signedMoney: ClosedRange<Int64> = -(1 << 60)...1 << 60
    static let periods: ClosedRange<Int64> = 0...(1 << 40) - 1
}

extension PayloadCursor {
    fileprivate mutating func model(_ bytes: Span<UInt8>) throws(StoreFault) -> ModelName {
        let start = self
        guard let name = try optionalModel(bytes) else {
            throw start.malformed("the name of a model is missing")
        }
        return name
    }

    fileprivate mutating func optionalModel(
        _ bytes: Span<UInt8>
    ) throws(StoreFault) -> ModelName? {
        let start = self
        let text = try string(limit: ModelName.limitBytes, bytes)
        if text.isEmpty { return nil }
        guard let name = ModelName(stored: text) else {
            throw start.malformed("not the name of a model")
        }
        return name
    }

    fileprivate mutating func level(_ bytes: Span<UInt8>) throws(StoreFault) -> CostLevel {
        let start = self
        let word = try number(UInt8.self, bytes)
        guard let level = CostLevel(rawValue: word) else {
            throw StoreFault(.newer, "unknown level of spending \(word)", offset: start.at)
        }
        return level
    }

    fileprivate mutating func money(_ bytes: Span<UInt8>) throws(StoreFault) -> MicroUSD {
        MicroUSD(try within(CostRanges.money, "amount", bytes))
    }

    fileprivate mutating func signedMoney(_ bytes: Span<UInt8>) throws(StoreFault) -> MicroUSD {
        MicroUSD(try within(CostRanges.signedMoney, "amount", bytes))
    }

    fileprivate mutating func minute(_ bytes: Span<UInt8>) throws(StoreFault) -> Int64 {
        try within(CostRanges.periods, "minute", bytes)
    }

    private mutating func within(
        _ range: ClosedRange<Int64>, _ what: String, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> Int64 {
        let start = self
        let value = try number(Int64.self, bytes)
        guard range.contains(value) else {
            throw start.malformed("\(value) is not a valid \(what)")
        }
        return value
    }
}
