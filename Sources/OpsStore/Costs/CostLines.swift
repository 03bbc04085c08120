// Spending in a snapshot: a line for a model, one for its minutes and one for its hours, both
// sparse, two numbers a period (period, micro-USD); and a line for each entry.
// `jq 'select(.cost_model or .cost_minutes)'` shows what was counted.

import OpsCore

extension SnapshotWriter {
    mutating func append(_ part: CostPart, into buffer: inout [UInt8]) {
        let start = buffer.count
        var extra: String?
        switch part {
        case .summary(let lastID, let level):
            extra = extras[.costSummary]
            buffer.append("{\"cost_summary\":", lastID)
            buffer.append(",\"told\":", json: level.name)
        case .cap(let model, let cap):
            // No model has the empty name: it stands for all of them.
            buffer.append("{\"cost_cap\":", json: model?.description ?? "")
            buffer.append(",\"micro_usd\":", cap?.micros)
        case .model(let name, let number, let level):
            extra = extras[.costModel(name)]
            buffer.append("{\"cost_model\":", json: name.description)
            buffer.append(",\"number\":", number)
            buffer.append(",\"told\":", json: level.name)
        case .minutes(let name, let entries):
            buffer.append("{\"cost_minutes\":", json: name.description)
            append(entries, &buffer)
        case .hours(let name, let entries):
            buffer.append("{\"cost_hours\":", json: name.description)
            append(entries, &buffer)
        case .entry(let entry):
            extra = extras[.costEntry(entry.id)]
            buffer.append("{\"cost_entry\":", entry.id)
            buffer.append(",\"model\":", json: entry.model.description)
            buffer.append(",\"state\":", json: entry.state.name)
            buffer.append(",\"micro_usd\":", entry.amount.micros)
            buffer.append(",\"minute\":", entry.minute)
            buffer.append(",\"deadline_ms\":", entry.deadline)
            buffer.append(",\"key\":", json: entry.key.isEmpty ? nil : entry.key)
            buffer.append(",\"uid\":", entry.uid)
            if entry.isExempt { buffer.append(",\"exempt\":true") }
        }
        endLine(start, extra, &buffer)
    }

    private func append(_ entries: [PeriodSpend], _ buffer: inout [UInt8]) {
        buffer.append(",\"entries\":[")
        for (index, entry) in entries.enumerated() {
            if index > 0 { buffer.append(0x2c) }
            buffer.appendDecimal(entry.period)
            buffer.append(0x2c)
            buffer.appendDecimal(entry.amount.micros)
        }
        buffer.append(0x5d)
    }
}

extension SnapshotReader {
    /// The rest of a line about spending.
    mutating func readCost(
        _ line: SnapshotLine, _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> CostPart {
        switch line {
        case .costEntry: return .entry(try costEntry(&cursor, bytes))
        case .costSummary:
            let lastID = try cursor.integer(bytes) as UInt64
            let members = try CostMembers(&cursor, bytes)
            if !members.unknown.text.isEmpty {
                extras.keep(members.unknown.text, for: .costSummary)
            }
            return .summary(lastID: lastID, try cursor.require(members.told, "told"))
        default: break
        }
        let text = try cursor.string(limit: ModelName.limitBytes, bytes)
        if line == .costCap, text.isEmpty {
            return .cap(nil, try CostMembers(&cursor, bytes).amount)
        }
        guard let name = ModelName(stored: text) else {
            throw cursor.fault("not the name of a model")
        }
        let members = try CostMembers(&cursor, bytes)
        switch line {
        case .costCap: return .cap(name, members.amount)
        case .costModel:
            if !members.unknown.text.isEmpty {
                extras.keep(members.unknown.text, for: .costModel(name))
            }
            return .model(
                name, number: try cursor.require(members.number, "number"),
                try cursor.require(members.told, "told"))
        case .costMinutes:
            return .minutes(name, try cursor.require(members.entries, "entries"))
        default: return .hours(name, try cursor.require(members.entries, "entries"))
        }
    }

    private mutating func costEntry(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> CostEntry {
        let id = try cursor.integer(bytes) as UInt64
        let members = try CostMembers(&cursor, bytes)
        if !members.unknown.text.isEmpty {
            extras.keep(members.unknown.text, for: .costEntry(id))
        }
        return CostEntry(
            id: id, model: try cursor.require(members.model, "model"),
            state: try cursor.require(members.state, "state"),
            amount: try cursor.require(members.amount, "micro_usd"),
            minute: try cursor.require(members.minute, "minute"),
            deadline: try cursor.require(members.deadline, "deadline_ms"), key: members.key,
            uid: try cursor.require(members.uid, "uid"), isExempt: members.isExempt)
    }
}

/// The members of a line about spending, after its first.
private struct CostMembers {
    var told: CostLevel?
    var number: UInt64?
    var amount: MicroUSD?
    var entries: [PeriodSpend]?
    var model: ModelName?
    var state: CostState?
    var minute: Int64?
    var deadline: Int64?
    var key = ""
    var uid: UInt32?
    var isExempt = false
    var unknown = UnknownMembers()

    init(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(StoreFault) {
        while let member = try cursor.member(bytes) {
            switch member {
            case "told":
                let text = try cursor.string(bytes)
                told = CostLevel.allCases.first { $0.name == text }
            case "number": number = try cursor.integer(bytes)
            case "micro_usd":
                amount = MicroUSD(try cursor.integer(in: CostRanges.money, bytes))
            case "entries": entries = try Self.entries(&cursor, bytes)
            case "model":
                model = ModelName(stored: try cursor.string(limit: ModelName.limitBytes, bytes))
            case "state":
                let text = try cursor.string(bytes)
                state = CostState.allCases.first { $0.name == text }
            case "minute": minute = try cursor.integer(in: CostRanges.periods, bytes)
            case "deadline_ms": deadline = try cursor.deadline(bytes)
            case "key": key = try cursor.string(limit: CostBounds.keyBytes, bytes)
            case "uid": uid = try cursor.integer(bytes)
            case "exempt": isExempt = try cursor.bool(bytes)
            default: try unknown.add(member, &cursor, bytes)
            }
        }
        try cursor.end(bytes)
    }

    private static func entries(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>
    ) throws(StoreFault) -> [PeriodSpend] {
        var entries: [PeriodSpend] = []
        var period: Int64?
        try cursor.beginArray(bytes)
        while try cursor.element(bytes) {
            guard let place = period else {
                period = try cursor.integer(in: CostRanges.periods, bytes)
                continue
            }
            entries.append(
                PeriodSpend(
                    period: place,
                    amount: MicroUSD(try cursor.integer(in: CostRanges.signedMoney, bytes))))
            period = nil
        }
        guard period == nil else { throw cursor.fault("expected two numbers for each period") }
        return entries
    }
}
