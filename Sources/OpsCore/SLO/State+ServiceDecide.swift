// Requests about objectives and the gate: which file answers which.

extension State {
    /// The decision on a request about objectives or the gate.
    func decide(
        _ command: ServiceCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .observe(let name, let observation, let at):
            try observe(name, observation, at: at, now: now)
        case .observeMany(let name, let batch, let at):
            try observe(name, batch, at: at, now: now)
        case .budget(let names): try budgets(names, at: now)
        case .status(let names, let window):
            try serviceStatus(names, windowSeconds: window, at: now)
        case .rebaseline(let name, let reason):
            try rebaseline(name, reason: reason, by: caller, at: now)
        case .gateStatus: Decision(.service(.gateStatus(gate(at: now))))
        case .gateCheck: Decision(.service(.gateCheck(gate(at: now))))
        case .gateOverride(let word, let length, let reason):
            try overrideGate(
                to: word, milliseconds: length, reason: reason, by: caller, at: now)
        }
    }
}
