// Who drops a ban's packets, decided once at the start: what the configuration says, and what this
// process may do.  A daemon that does not enforce says so in the log and in `status`, once and plainly.

import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux
import OpsSystemd

/// The decision.
struct EnforcementPlan: Sendable {
    enum Outcome: Hashable, Sendable {
        case nftables
        /// Why not.
        case none(String)
    }

    let outcome: Outcome
    /// A table of an earlier run is to go: it is ours, and nobody keeps it any more.
    let clearsTable: Bool

    init(_ enforce: Configuration.Enforce, _ manager: ServiceManager) {
        self.init(
            enforce, isManaged: manager.isPresent,
            mayAdminister: OwnProcess.mayAdministerNetwork)
    }

    init(_ enforce: Configuration.Enforce, isManaged: Bool, mayAdminister: Bool) {
        let decided: Outcome =
            switch enforce.mode {
            case .none: .none("enforce.mode is none")
            case .nftables: .nftables
            case .auto:
                if !mayAdminister {
                    .none("no CAP_NET_ADMIN, and enforce.mode is auto")
                } else if !isManaged {
                    // Tried out by hand, as root: nobody's packets are to be dropped by surprise.
                    .none("started by hand, and enforce.mode is auto")
                } else {
                    .nftables
                }
            }
        outcome = decided
        clearsTable = decided != .nftables && isManaged && mayAdminister
    }

    /// `enforcement` in `status`.
    var status: String { outcome == .nftables ? "nftables" : "none" }

    /// The component of that name in `health`.
    var detail: String {
        switch outcome {
        case .nftables: "nftables"
        case .none(let why): "none: \(why); bans are answered, not enforced in the kernel"
        }
    }

    /// What the start says.
    var words: String {
        outcome == .nftables
            ? "bans are enforced by nf_tables, table inet \(Layout.table)"
            : "bans are not enforced in the kernel: \(reason)"
    }

    private var reason: String {
        if case .none(let why) = outcome { return why }
        return ""
    }

    /// A host whose bans drop nothing is worth a warning, unless that was asked for.
    var severity: Severity {
        if case .none(let why) = outcome, why.contains("auto") { return .warning }
        return .info
    }

    /// Puts it into effect: the enforcer with every ban in the kernel, or no enforcer.
    func carryOut(_ engine: Engine, _ layout: Layout) throws(Errno) -> Enforcer? {
        guard outcome == .nftables else {
            if clearsTable, let socket = try? NetfilterSocket() {
                var table = KernelTable(socket, layout: layout)
                _ = table.perform(.withdraw)
            }
            return nil
        }
        let enforcer = try Enforcer(layout: layout, at: engine.now.boot)
        engine.beginEnforcing()
        engine.restoreBans(with: enforcer)
        return enforcer
    }
}
