// Whether the kernel drops a ban's packets, decided once at the start from the configuration and
// from what this process may do.  A daemon that does not enforce says so in the journal and in
// `status`.

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
    /// The table of an earlier run is to be removed, since nobody maintains it any more.
    let clearsTable: Bool

    init(_ enforce: Configuration.Enforce, _ manager: ServiceManager) {
        self.init(
            enforce, isManaged: manager.isStarter,
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
                    // Somebody who tries opsd by hand, as root, does not expect packets to be
                    // dropped.
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
        case .none(let why): "none: \(why); bans are recorded, not enforced in the kernel"
        }
    }

    /// The line in the journal at the start.
    var message: String {
        outcome == .nftables
            ? "bans are enforced by nf_tables, table inet \(Layout.table)"
            : "bans are not enforced in the kernel: \(reason)"
    }

    private var reason: String {
        if case .none(let why) = outcome { return why }
        return ""
    }

    /// Bans that drop nothing are worth a warning, unless the configuration asks for that.
    var severity: Severity {
        if case .none(let why) = outcome, why.contains("auto") { return .warning }
        return .info
    }

    /// Carries out the plan: returns an enforcer with every ban in the kernel, or nil.
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
