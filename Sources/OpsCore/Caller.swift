// Who asks.  Roles come from the peer's credentials at accept and never change on a connection.

/// What a caller may do; each role includes the ones before it.
package enum Role: UInt8, Comparable, Sendable, CaseIterable {
    case none, read, report, admin

    package static func < (one: Role, other: Role) -> Bool { one.rawValue < other.rawValue }

    /// The role's name in the configuration, the manual and error texts.
    package var name: String {
        switch self {
        case .none: "none"
        case .read: "read"
        case .report: "report"
        case .admin: "admin"
        }
    }
}

/// The peer behind a command.  Source: SO_PEERCRED, unix(7).
package struct Caller: Hashable, Sendable {
    package var uid: UInt32
    package var role: Role

    package init(uid: UInt32, role: Role) {
        self.uid = uid
        self.role = role
    }

    /// The daemon itself, for what it decides on its own (expiry, rate limit strikes come with
    /// their caller instead).
    package static let daemon = Caller(uid: .max, role: .admin)
}
