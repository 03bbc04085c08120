// The requests about objectives and the gate.

/// One request about objectives or the gate.
package enum ServiceCommand: Hashable, Sendable {
    /// `at`: wall clock milliseconds since 1970; nil is now.
    case observe(ObjectiveName, Observation, at: Int64?)
    case observeMany(ObjectiveName, ObservationBatch, at: Int64?)
    /// Without names, all objectives.
    case budget([ObjectiveName])
    /// `windowSeconds` nil: the objective's whole window.
    case status([ObjectiveName], windowSeconds: Int?)
    /// Without a name, the only objective or the default one.
    case rebaseline(ObjectiveName?, reason: String)
    case gateStatus
    case gateCheck
    /// Without a word, the present override ends.
    case gateOverride(GateWord?, milliseconds: Int64?, reason: String)
}
