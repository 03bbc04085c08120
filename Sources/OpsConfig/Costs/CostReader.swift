// Reading `[costs.models.NAME]` and the names of the environment (S2-24), and the checks across
// models.

import CToml
import OpsCore

/// Reads the named sections of `[costs]`.
struct CostReader {
    /// The fixed section.
    static let section = "costs"
    static let models = "costs.models"

    private var reader = SectionReader(
        table: Self.models, word: "model", limit: CostRules.modelLimit, name: .model)
    /// Caps of the environment, by model.
    private var given: [String: MicroUSD] = [:]

    /// Reads the table `models` of `[costs]`.
    /// - Returns: false: it is another.
    mutating func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration,
        _ faults: inout FaultList
    ) -> Bool {
        guard node.key == "models" else { return false }
        reader.read(
            node, SectionKey<ModelRules>.all, networks, { _ in ModelRules() },
            &configuration.costModels, &faults)
        return true
    }

    /// Reads the variables of the environment; before the file, whose keys override them.
    mutating func read(
        _ environment: [String: String], into configuration: inout Configuration,
        _ faults: inout FaultList
    ) {
        if let text = environment[CostVariable.dailyCap.name] {
            if let cap = MicroUSD(parsing: text) {
                configuration.costs.dailyCap = cap
            } else {
                faults.add(
                    0, CostVariable.dailyCap.name,
                    "in the environment: \(text.shown) is wrong, must be dollars such as 25.0")
            }
        }
        guard let text = environment[CostVariable.modelCaps.name] else { return }
        if let caps = CapsText.parse(text) {
            given = caps
        } else {
            faults.add(
                0, CostVariable.modelCaps.name,
                "in the environment: \(text.shown) is wrong, must be a JSON object of dollars by"
                    + " model such as {\"gpt-4o\":15}, at most \(CostRules.modelLimit) models")
        }
    }

    /// Adds the environment's caps, and checks what involves several keys or sections.
    mutating func finish(
        _ configuration: inout Configuration, _ faults: inout FaultList
    ) {
        for (name, model) in configuration.costModels.sorted(by: { $0.key < $1.key }) {
            guard let places = reader.places[name], !places.isFaulty else { continue }
            check(name, model, configuration.costModels, places, &faults)
        }
        for (name, cap) in given where configuration.costModels[name]?.cap == nil {
            configuration.costModels[name, default: ModelRules()].cap = cap
        }
        for (name, model) in configuration.costModels {
            if let name = ModelName(name) { configuration.costs.models[name] = model }
        }
    }

    private func check(
        _ name: String, _ model: ModelRules, _ all: [String: ModelRules],
        _ places: SectionPlaces, _ faults: inout FaultList
    ) {
        let path = "\(Self.models).\(name.shownAsKey)"
        if (model.priceInput == nil) != (model.priceOutput == nil) {
            faults.add(
                places.keys["price_in"] ?? places.keys["price_out"] ?? places.line, path,
                "has one price, must have both price_in and price_out")
        }
        guard let cheaper = model.cheaper else { return }
        let line = places.keys["cheaper"] ?? places.line
        guard let other = all[cheaper.description] else {
            let near = Suggestion.closest(to: cheaper.description, among: Array(all.keys))
            return faults.add(
                line, "\(path).cheaper",
                "there is no [\(Self.models).\(cheaper.description.shownAsKey)]"
                    + (near.map { ", did you mean \($0.quoted)?" } ?? ""))
        }
        if model.price == nil || other.price == nil {
            let whose = model.price == nil ? name : cheaper.description
            return faults.add(
                line, "\(path).cheaper",
                "\(whose.shown) has no price, must have price_in and price_out")
        }
        var seen: Set<ModelName> = []
        var next = model.cheaper
        while let there = next, seen.insert(there).inserted {
            if there.description == name {
                return faults.add(
                    line, "\(path).cheaper", "leads back to \(name.shown), must not")
            }
            next = all[there.description]?.cheaper
        }
    }
}

/// A variable that sets a key of `[costs]` (S2-24).
package struct CostVariable: Sendable {
    /// Its name.
    package let name: String

    /// The default of `daily_cap_usd`.
    package static let dailyCap = CostVariable(name: "COST_CAP_DAILY_USD")
    /// Caps of models that have none in the file.
    package static let modelCaps = CostVariable(name: "MODEL_CAPS_JSON")

    /// Every variable.
    package static let all = [dailyCap, modelCaps]
}

/// Caps by model as a flat JSON object.
enum CapsText {
    /// nil: it is none, names something that is not a model, has too many, or names one twice.
    static func parse(_ text: String) -> [String: MicroUSD]? {
        var isQuoted = false
        let bytes = text.utf8.filter { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return isQuoted || ![0x20, 0x09, 0x0a, 0x0d].contains(byte)
        }
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count >= 2
        else { return nil }
        let inside = bytes.dropFirst().dropLast()
        if inside.isEmpty { return [:] }
        var caps: [String: MicroUSD] = [:]
        // No name of a model has a comma or a quote in it.
        for member in inside.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard member.first == UInt8(ascii: "\""),
                let end = member.dropFirst().firstIndex(of: UInt8(ascii: "\"")),
                member.index(after: end) < member.endIndex,
                member[member.index(after: end)] == UInt8(ascii: ":")
            else { return nil }
            let name = String(decoding: Array(member[(member.startIndex + 1)..<end]), as: UTF8.self)
            let value = Array(member[(end + 2)...])
            guard let model = ModelName(name), let cap = MicroUSD(value.span),
                caps.updateValue(cap, forKey: model.description) == nil,
                caps.count <= CostRules.modelLimit
            else { return nil }
        }
        return caps
    }
}
