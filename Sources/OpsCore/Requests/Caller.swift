// Who asks.  Roles come from the peer's credentials at accept and never change on a connection.

/// What a caller may be.  `read` < `report` < `admin` are for people and their programs.  Each of
/// the others is for one satellite, a program around opsd, and allows just the commands it needs.
package enum Role: UInt8, Sendable, CaseIterable {
    case read, report, admin
    /// In this order: the log detector, the pager, the endpoint checker, the program that acts on
    /// the host, the gateway, the bridge to other hosts.
    case watch, pager, check, act, web, fleet

    /// The role's name in the configuration, the manual and error texts.
    package var name: String {
        switch self {
        case .read: "read"
        case .report: "report"
        case .admin: "admin"
        case .watch: "watch"
        case .pager: "pager"
        case .check: "check"
        case .act: "act"
        case .web: "web"
        case .fleet: "fleet"
        }
    }

    /// All roles that may do what this role may.
    package var holders: RoleSet {
        switch self {
        case .read: [.read, .report, .admin]
        case .report: [.report, .admin]
        case .admin: .admin
        case .watch, .pager, .check, .act, .web, .fleet: [RoleSet(self), .admin]
        }
    }
}

/// Some roles: those that a caller has, or those that may give a command.
package struct RoleSet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The set of one role.
    package init(_ role: Role) { rawValue = 1 << UInt16(role.rawValue) }

    /// Who may look.
    package static let read = RoleSet(.read)
    /// Who may report hits, strikes and observations.
    package static let report = RoleSet(.report)
    /// Who may change everything.
    package static let admin = RoleSet(.admin)
    /// The log detector.
    package static let watch = RoleSet(.watch)
    /// Every satellite.
    package static let satellites: RoleSet = [
        .watch, RoleSet(.pager), RoleSet(.check), RoleSet(.act), RoleSet(.web), RoleSet(.fleet),
    ]

    /// Whether they have a role in common.
    @inline(__always)
    package func meets(_ other: RoleSet) -> Bool { rawValue & other.rawValue != 0 }

    /// The names, for an error text.
    package var names: String {
        let names = Role.allCases.filter { contains(RoleSet($0)) }.map(\.name)
        return names.isEmpty ? "none" : names.joined(separator: " and ")
    }
}

/// The peer that sent a command.  Source: SO_PEERCRED, unix(7).
package struct Caller: Hashable, Sendable {
    /// The user id of the peer.
    package var uid: UInt32
    /// What the configuration lets this user do.
    package var roles: RoleSet

    package init(uid: UInt32, roles: RoleSet) {
        self.uid = uid
        self.roles = roles
    }

    /// One who has a single role.
    package init(uid: UInt32, role: Role) { self.init(uid: uid, roles: RoleSet(role)) }

    /// The daemon itself, for what it decides on its own, such as expiry.  A strike by the rate
    /// limit is not among that: it has the caller of the `hit`.
    package static let daemon = Caller(uid: .max, role: .admin)
}
