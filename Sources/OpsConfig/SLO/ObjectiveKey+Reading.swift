// From `[slo.NAME]` to an objective, and checks that involve several of its keys: alerts that could
// never fire, or would fire although the budget lasts.

import CToml
import OpsCore

extension ObjectiveKey {
    /// Sets the key in `objective` to the value of `node`.
    func read(_ node: TomlNode, into objective: inout Objective) throws(ValueErrors) {
        switch shape {
        case .percent(let valuePath, let range):
            objective[keyPath: valuePath] = try partsPerMillion(node, range)
        case .optionalPercent(let valuePath, let range):
            objective[keyPath: valuePath] = try partsPerMillion(node, range)
        case .milliseconds(let valuePath):
            let value = try number(node)
            guard value > 0, value <= LatencyBins.longest else {
                throw invalid(node, "\(node.numberText) is out of range")
            }
            objective[keyPath: valuePath] = value
        case .integer(let valuePath, let range):
            guard node.kind == .integer else { throw invalid(node, node.kindText) }
            let value = Int(node.integer)
            if value < range.lowerBound { throw invalid(node, "\(value) is too small") }
            if value > range.upperBound { throw invalid(node, "\(value) is too large") }
            objective[keyPath: valuePath] = value
        case .minutes(let valuePath, let range):
            objective[keyPath: valuePath] = try minutes(node, range)
        case .optionalMinutes(let valuePath, let range):
            objective[keyPath: valuePath] = try minutes(node, range)
        case .flag(let valuePath):
            guard node.kind == .boolean else { throw invalid(node, node.kindText) }
            objective[keyPath: valuePath] = node.flag
        case .tiers(let valuePath): objective[keyPath: valuePath] = try tiers(node)
        }
    }

    private func invalid(_ node: TomlNode, _ wrong: String) -> ValueErrors {
        .one(node.line, "\(wrong), must be \(allowed)")
    }

    private func partsPerMillion(
        _ node: TomlNode, _ range: ClosedRange<Int>
    ) throws(ValueErrors) -> Int {
        let value = try number(node) * 10_000
        guard value >= Double(range.lowerBound), value <= Double(range.upperBound) else {
            throw invalid(node, "\(node.numberText) is out of range")
        }
        return Int(value + 0.5)
    }

    private func number(_ node: TomlNode) throws(ValueErrors) -> Double {
        guard let number = node.number else { throw invalid(node, node.kindText) }
        guard number.isFinite else {
            throw invalid(node, "\(node.numberText) is not a finite number")
        }
        return number
    }

    private func minutes(
        _ node: TomlNode, _ range: ClosedRange<Int64>
    ) throws(ValueErrors) -> Int64 {
        guard node.kind == .string else { throw invalid(node, node.kindText) }
        let text = node.string
        guard let value = DurationText.parse(text), value % 60_000 == 0 else {
            throw invalid(node, "\(text.shown) is not a duration of whole minutes")
        }
        if value < range.lowerBound * 60_000 { throw invalid(node, "\(text.shown) is too short") }
        if value > range.upperBound * 60_000 { throw invalid(node, "\(text.shown) is too long") }
        return value / 60_000
    }

    private func tiers(_ node: TomlNode) throws(ValueErrors) -> [BurnTier] {
        guard node.kind == .array else { throw invalid(node, node.kindText) }
        var tiers: [BurnTier] = []
        for child in node.children {
            guard child.kind == .string, let tier = BurnTier(name: child.string) else {
                let wrong = child.kind == .string ? child.string.shown : child.kindText
                throw .one(child.line, "\(wrong) in the list, must be \(allowed)")
            }
            if tiers.contains(tier) {
                throw .one(
                    child.line, "\(child.string.shown) is in the list twice, must be \(allowed)")
            }
            tiers.append(tier)
        }
        return BurnTier.allCases.filter { tiers.contains($0) }
    }
}

extension TomlNode {
    /// The value of an integer or a float; otherwise nil.
    var number: Double? {
        switch kind {
        case .integer: Double(integer)
        case .float: float
        default: nil
        }
    }

    fileprivate var numberText: String {
        kind == .integer ? String(integer) : float.description
    }
}

extension Objective {
    /// What is wrong with the objective as a whole: the key to change, and a message.
    func faults() -> [(key: String, message: String)] {
        var faults: [(key: String, message: String)] = []
        if latencyP99Milliseconds < latencyP95Milliseconds {
            let p95 = ObjectiveKey.decimal(latencyP95Milliseconds)
            let p99 = ObjectiveKey.decimal(latencyP99Milliseconds)
            faults.append(
                ("latency_p99_ms", "\(p99) is less than latency_p95_ms (\(p95)), must not be less"))
        }
        if latencyWindowMinutes > windowMinutes {
            let length = DurationText.text(latencyWindowMinutes * 60_000).shown
            faults.append(
                (
                    "latency_window",
                    "\(length) is longer than the window of the objective, must not be longer"
                ))
        }
        for tier in tiers {
            guard let misfit = tier.misfit(in: self) else { continue }
            faults.append((misfit.key, message(misfit, tier)))
        }
        return faults
    }

    private func message(_ misfit: BurnTier.Misfit, _ tier: BurnTier) -> String {
        let good = BurnTier.allCases.filter { tiers.contains($0) && $0.misfit(in: self) == nil }
        let list = "[" + good.map(\.name.quoted).joined(separator: ", ") + "]"
        switch misfit {
        case .windowTooShort:
            return
                "the alert \(tier.name.quoted) needs a longer window than that of the objective, "
                + "must be left out: alerts = \(list)"
        case .withinBudget(let factor):
            return
                "the alert \(tier.name.quoted) would fire at a burn rate of \(Self.short(factor)), "
                + "at which the budget still lasts, must be left out: alerts = \(list)"
        case .neverReached(let factor):
            let target = 100 - 100 / factor
            return "at \(ObjectiveKey.percent(availabilityPPM)) the burn rate can never reach "
                + "\(Self.short(factor)), at which the alert \(tier.name.quoted) fires: must be above "
                + "\(Self.short(target)), or leave the alert out: alerts = \(list)"
        }
    }

    /// The value with two decimals at most, rounded up so that "above" is true of the printed
    /// number.
    private static func short(_ value: Double) -> String {
        let scaled = value * 100
        var hundredths = Int64(scaled)
        if scaled - Double(hundredths) > 1e-6 { hundredths += 1 }
        var text = String(hundredths % 100 + 100).dropFirst()
        while text.last == "0" { text.removeLast() }
        return text.isEmpty ? "\(hundredths / 100)" : "\(hundredths / 100).\(text)"
    }
}

extension BurnTier.Misfit {
    fileprivate var key: String {
        switch self {
        case .windowTooShort, .withinBudget: "alerts"
        case .neverReached: "availability"
        }
    }
}
