// The replies about spending.  Money is a number of dollars with two to six decimals, written from
// micro-USD digit by digit; shares have one decimal, rounded down.

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
            json.member("counted", true)
            view.writeMembers(to: &json, hasState: false)
        case .reserved(let verdict, let asked, let view):
            verdict.writeMembers(to: &json)
            guard let view else {
                json.key("id")
                json.null()
                json.key("state")
                json.null()
                json.member("model", model: asked)
                json.member("usd", usd: nil)
                json.member("expires", seconds: nil)
                return
            }
            view.writeMembers(to: &json)
        case .closed(let view): view.writeMembers(to: &json)
        case .checked(let verdict, let asked):
            verdict.writeMembers(to: &json)
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
    fileprivate func writeMembers(to json: inout JSONWriter) {
        switch decision {
        case .allow: json.member("decision", text: "allow")
        case .use(let model):
            json.member("decision", text: "use")
            json.member("use", model: model)
        case .deny: json.member("decision", text: "deny")
        }
        if let reason { json.member("reason", text: reason) }
    }
}

extension CostView {
    fileprivate func writeMembers(to json: inout JSONWriter, hasState: Bool = true) {
        json.member("id", integer: entry.id)
        if hasState { json.member("state", text: entry.state.name) }
        json.member("model", model: entry.model)
        json.member("usd", usd: entry.amount)
        if !entry.key.isEmpty { json.member("key", text: entry.key) }
        json.member("expires", seconds: expires)
        if isRepeated { json.member("repeated", true) }
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
