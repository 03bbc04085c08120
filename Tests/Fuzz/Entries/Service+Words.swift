// Commands about objectives and the gate as a client's words.

import OpsCore

extension ServiceCommand {
    /// The words of a request about objectives or the gate.
    var words: [String] {
        switch self {
        case .observe(let name, let event, let at):
            ["slo", "observe", "\(name)", "ok=\(event.isGood)"]
                + (event.latencyMilliseconds.map { ["latency_ms=" + decimal($0)] } ?? [])
                + (at.map { ["at=" + Command.time($0)] } ?? [])
        case .observeMany(let name, let batch, let at):
            ["slo", "add", "\(name)", "good=\(batch.good)", "bad=\(batch.bad)"]
                + (batch.latencies.isEmpty
                    ? []
                    : [
                        "latencies="
                            + batch.latencies.map { "\(decimal($0.milliseconds)):\($0.count)" }
                            .joined(separator: ",")
                    ]) + (at.map { ["at=" + Command.time($0)] } ?? [])
        case .budget(let names): ["slo", "budget"] + names.map(\.description)
        case .status(let names, let window):
            ["slo", "status"] + (window.map { ["window=\($0)"] } ?? [])
                + names.map(\.description)
        case .rebaseline(let name, let reason):
            ["slo", "rebaseline"] + (name.map { ["\($0)"] } ?? [])
                + (reason.isEmpty ? [] : ["--reason", reason])
        case .gateStatus: ["gate", "status"]
        case .gateCheck: ["gate", "check"]
        case .gateOverride(let word, let length, let reason):
            ["gate", "override", "to=\(word?.rawValue ?? "auto")"]
                + (length.map { ["ttl=\($0 / 1_000)"] } ?? [])
                + (reason.isEmpty ? [] : ["--reason", reason])
        }
    }
}

/// The fewest decimals that read back as the same number; no exponent.
private func decimal(_ value: Double) -> String {
    var scale = 1.0
    for decimals in 0...15 {
        let digits = UInt64(value * scale + 0.5)
        if Double(digits) / scale == value {
            let text = String(digits)
            if decimals == 0 { return text }
            let padded =
                String(repeating: "0", count: max(0, decimals + 1 - text.count)) + text
            return padded.dropLast(decimals) + "." + padded.suffix(decimals)
        }
        scale *= 10
    }
    return value.description
}
