// Answers about objectives and the gate.

/// One answer about objectives or the gate.
package enum ServiceReply: Hashable, Sendable {
    /// How many events were counted.
    case counted(UInt64)
    case budgets([BudgetReport])
    case status([ServiceReport], GateView)
    /// The figures from the new baseline on; the old ones are in the event.
    case rebaselined(BudgetReport)
    case gateStatus(GateView)
    case gateCheck(GateView)
    /// Wall clock seconds since 1970.
    case gateOverridden(isClosed: Bool, expires: Int64)
    case gateOverrideEnded
}
