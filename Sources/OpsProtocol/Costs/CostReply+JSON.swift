// The replies about spending; those about one call are written into reserved room.  Money is a
// number of dollars with two to six decimals, written from micro-USD digit by digit; shares have
// one decimal, rounded down.

package import OpsCore

extension JSONWriter {
    /// `"name":12.30`, or null.
    mutating func member(_ name: StaticString, usd amount: MicroUSD?) {
        key(name)
        if let amount { raw(amount.description) } else { null() }
    }

    /// `"name":"model"`, or null.
    mutating func member(_ name: StaticString, model: ModelName?) {
        key(name)
        guard let model else { return null() }
        string { bytes in model.forEachByte { bytes.append($0) } }
    }

    /// `"name":74.0`, or null.
    fileprivate mutating func member(_ name: StaticString, tenths: Int64?) {
        key(name)
        if let tenths { raw("\(tenths / 10).\(tenths % 10)") } else { null() }
    }
}

extension CostReply {
    /// Appends the answer to what was spent, in its plainest form.
    package static func writeCounted(to output: inout [UInt8]) {
        output.append(addingCapacity: 20) { $0.append("ok {\"counted\":true}\n") }
    }

    /// The members of a reply about spending.
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .counted(let model, _):
            json.member("counted", true)
            if model == .others { json.member("model", model: model) }
        case .recorded(let view):
            json.appendMembers(limitBytes: view.limitBytes) { view.write(to: &$0, as: .recorded) }
        case .closed(let view):
            json.appendMembers(limitBytes: view.limitBytes) { view.write(to: &$0, as: .closed) }
        case .reserved(let verdict, let view):
            json.appendMembers(limitBytes: verdict.limitBytes) { verdict.write(to: &$0) }
            json.appendMembers(limitBytes: view.limitBytes) { view.write(to: &$0, as: .closed) }
        case .denied(let verdict, let asked):
            json.appendMembers(limitBytes: verdict.limitBytes) { verdict.write(to: &$0) }
            json.rawMembers(#""id":null,"state":null"#)
            json.member("model", model: asked)
            json.rawMembers(#""usd":null,"expires":null"#)
        case .checked(let verdict, let asked):
            json.appendMembers(limitBytes: verdict.limitBytes) { verdict.write(to: &$0) }
            json.member("model", model: asked)
        case .status(let status): status.writeMembers(to: &json, budget)
        case .days(let model, let days):
            json.member("model", model: model)
            json.key("days")
            json.array { json in
                for day in days {
                    json.object { json in
                        json.key("day")
                        json.string { bytes in
                            // The date of the time: its first ten characters.
                            let start = bytes.count
                            Timestamp.write(seconds: day.day, to: &bytes)
                            bytes.removeLast(bytes.count - start - 10)
                        }
                        json.member("usd", usd: day.amount)
                    }
                }
            }
        case .capSet(let model, let old, let new):
            json.member("model", model: model)
            json.member("cap_usd", usd: new)
            json.member("old_cap_usd", usd: old)
        }
    }
}

extension CostVerdict {
    /// The most bytes that its members take.
    fileprivate var limitBytes: Int { 112 + JSONText.limitBytes(of: reason ?? "") }

    fileprivate func write(to output: inout OutputSpan<UInt8>) {
        switch decision {
        case .allow: output.append(#""decision":"allow""#)
        case .use(let model):
            output.append(#""decision":"use""#)
            output.member(#","use":"#, model)
        case .deny: output.append(#""decision":"deny""#)
        }
        if let reason { output.member(#","reason":"#, text: reason) }
    }
}

extension CostCall {
    /// Appends the line of its reply.
    package func writeLine(to output: inout [UInt8]) {
        output.append(addingCapacity: view.limitBytes + 6) { output in
            output.append("ok {")
            if form == .reserved { output.append(#""decision":"allow","#) }
            view.write(to: &output, as: form)
            output.append("}\n")
        }
    }
}

extension CostView {
    /// The most bytes that its members take, and a decision before them.
    fileprivate var limitBytes: Int { 288 + JSONText.limitBytes(of: entry.key) }

    @inline(__always)
    fileprivate func write(to output: inout OutputSpan<UInt8>, as form: CostCall.Form) {
        if form == .recorded { output.append(#""counted":true,"#) }
        output.member(#""id":"#, integer: entry.id)
        if form != .recorded { output.member(#","state":"#, text: entry.state.name) }
        output.member(#","model":"#, entry.model)
        output.append(#","usd":"#)
        entry.amount.write(to: &output)
        if !entry.key.isEmpty { output.member(#","key":"#, text: entry.key) }
        output.member(#","expires":"#, seconds: expires)
        if isRepeated { output.append(#","repeated":true"#) }
    }
}

extension OutputSpan<UInt8> {
    /// `"model"`
    fileprivate mutating func member(_ key: StaticString, _ model: ModelName) {
        append(key)
        append(UInt8(ascii: "\""))
        model.write(to: &self)
        append(UInt8(ascii: "\""))
    }
}

extension CostStatus {
    fileprivate func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        json.member("ok", true)
        let isCut = writeFigures(to: &json, isWhole: true, budget)
        json.member("reserved_usd", usd: total.reserved)
        if let configured = total.configured {
            json.member("configured_cap_usd", usd: configured)
        }
        json.member("cap_at", seconds: capAt)
        json.key("unknown_price")
        json.array { json in
            for model in unpriced.prefix(isCut ? 100 : unpriced.count) {
                json.string { bytes in model.forEachByte { bytes.append($0) } }
            }
        }
        json.member("open", integer: open)
        json.member("remembered", integer: remembered)
        json.member("remembered_since", seconds: rememberedSince)
        if isCut { json.member("cut", true) }
    }

    /// The members of S2-22; returns whether some models were left out for want of room.
    /// - Parameter isWhole: the members of a model that S2-22 does not have are written too.
    private func writeFigures(
        to json: inout JSONWriter, isWhole: Bool, _ budget: PageBudget?
    ) -> Bool {
        json.member("ts", seconds: ts)
        json.member("period_hours", integer: CostBounds.windowMinutes / 60)
        json.member("total_spent_usd", usd: total.spent)
        json.member("daily_cap_usd", usd: total.cap)
        json.member("global_utilization_pct", tenths: total.utilization)
        var isCut = false
        let start = json.mark
        let room = budget?.share(2) ?? .max
        json.key("by_model")
        json.object { json in
            for model in models {
                if json.count(since: start) > room - 400 {
                    isCut = true
                    break
                }
                json.key(text: model.name.description)
                json.object { model.figures.writeMembers(to: &$0, isWhole: isWhole) }
            }
        }
        json.member("alert_level", text: level.name)
        json.member("action", text: level.action)
        return isCut
    }

    /// `{"ok":true,"data":{...}}`: exactly S2-22, as the files have it.
    package func writeTrail(to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { json in
            json.object { json in
                json.member("ok", true)
                json.key("data")
                json.object { _ = writeFigures(to: &$0, isWhole: false, nil) }
            }
        }
    }

    /// The contents of `cost_throttle.flag`; times in wall clock seconds since 1970.
    package func writeFlag(now: Int64, expires: Int64, to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { json in
            json.object { json in
                json.member("action", text: level.action)
                json.member("all", total.level == .critical)
                json.key("models")
                json.array { json in
                    for model in throttled {
                        json.string { bytes in model.forEachByte { bytes.append($0) } }
                    }
                }
                json.member("refreshed_at", seconds: now)
                json.member("expires_at", seconds: expires)
            }
        }
        output.append(0x0a)
    }

    /// Models that have reached their own caps.
    package var throttled: [ModelName] {
        models.filter { $0.figures.level == .critical }.map(\.name)
    }
}

extension CostFigures {
    fileprivate func writeMembers(to json: inout JSONWriter, isWhole: Bool) {
        json.member("spent_usd", usd: spent)
        json.member("cap_usd", usd: cap)
        json.member("utilization_pct", tenths: utilization)
        if !isWhole { return }
        json.member("reserved_usd", usd: reserved)
        json.member("alert_level", text: level.name)
        if let configured { json.member("configured_cap_usd", usd: configured) }
    }
}
