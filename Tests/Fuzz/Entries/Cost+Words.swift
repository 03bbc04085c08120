// A request about spending as a client's words.

import OpsCore
import OpsProtocol

extension CostCommand {
    /// The words of a request about spending.
    var words: [String] {
        switch self {
        case .record(let report):
            ["cost", "record"] + key("model", report.model) + key("usd", report.amount)
                + key("key", report.key) + key("at", report.at.map { Command.time($0) })
        case .reserve(let request):
            ["cost", "reserve"] + key("model", request.model) + request.estimate.words
                + key("key", request.key) + key("ttl", request.ttlSeconds)
                + key("exempt", request.isExempt)
        case .settle(let name, let amount):
            ["cost", "settle"] + name.words + key("usd", amount)
        case .release(let name): ["cost", "release"] + name.words
        case .correct(let name, let amount):
            ["cost", "correct"] + name.words + key("usd", amount)
        case .check(let model, let isExempt):
            ["cost", "check"] + key("model", model) + key("exempt", isExempt)
        case .status: ["cost", "status"]
        case .days(let model): ["cost", "days"] + (model.map { ["\($0)"] } ?? [])
        case .setCap(let model, let choice):
            ["cost", "set-cap"] + (model.map { ["\($0)"] } ?? []) + key("usd", choice.word)
        }
    }
}

extension CostEstimate {
    fileprivate var words: [String] {
        switch self {
        case .amount(let amount): key("usd", amount)
        case .tokens(let tokens): key("in", tokens.input) + key("max_out", tokens.output)
        }
    }
}

extension CostName {
    fileprivate var words: [String] {
        switch self {
        case .id(let id): ["\(id)"]
        case .key(let text): ["--key", text]
        }
    }
}

extension CapChange.Choice {
    fileprivate var word: String {
        switch self {
        case .amount(let cap): "\(cap)"
        case .none: "none"
        case .configured: "configured"
        }
    }
}
