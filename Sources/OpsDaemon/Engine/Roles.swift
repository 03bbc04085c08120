// From a peer's numbers to its role.  Names of `[access]` are looked up once, at start and reload;
// afterwards only numbers are compared.

import OpsConfig
import OpsCore
import OpsLinux

/// Who has which role, in numbers.
struct Roles: Hashable, Sendable {
    private struct Grant: Hashable, Sendable {
        var role: Role
        var users: Set<UInt32> = []
        var groups: Set<UInt32> = []
    }

    /// In the order in which they are asked: the first that names a peer decides.
    private var grants: [Grant] = []
    private let ownUser: UInt32
    /// Names that do not exist on this host; each is a warning.
    private(set) var missing: [String] = []

    /// Looks the names up.
    init(_ access: Configuration.Access, ownUser: UInt32 = Accounts.ownUserID) {
        self.ownUser = ownUser
        // Satellites first: whoever is named there has that role alone, whatever its groups.
        let lists: [(Role, [Principal])] = [
            (.watch, access.watch), (.pager, access.pager), (.check, access.check),
            (.admin, access.admin), (.report, access.report), (.read, access.read),
        ]
        // Where a satellite is not installed, its user is not there either.
        let standard = Configuration().access
        let expected = Set(standard.watch + standard.pager + standard.check)
        for (role, principals) in lists {
            var grant = Grant(role: role)
            for principal in principals { add(principal, to: &grant) }
            grants.append(grant)
            if [.watch, .pager, .check].contains(role) {
                missing.removeAll { name in expected.contains { $0.text == name } }
            }
        }
    }

    private mutating func add(_ principal: Principal, to grant: inout Grant) {
        switch principal {
        case .userID(let number): grant.users.insert(number)
        case .groupID(let number): grant.groups.insert(number)
        case .user(let name):
            if let number = try? Accounts.userID(named: name) {
                grant.users.insert(number)
            } else {
                missing.append(principal.text)
            }
        case .group(let name):
            if let number = try? Accounts.groupID(named: name) {
                grant.groups.insert(number)
            } else {
                missing.append(principal.text)
            }
        }
    }

    /// Whether a role is given to somebody who exists on this host.
    func isGranted(_ role: Role) -> Bool {
        grants.contains { $0.role == role && !($0.users.isEmpty && $0.groups.isEmpty) }
    }

    /// The roles of a peer: that of a satellite alone, or else the highest that it was granted;
    /// none: its connection is refused.  Root and the daemon's own user are admin.
    func roles(of peer: Peer) -> RoleSet {
        if isTrusted(peer.userID) { return .admin }
        for grant in grants {
            if grant.users.contains(peer.userID) { return RoleSet(grant.role) }
            if grant.groups.contains(where: { peer.isMember(ofGroup: $0) }) {
                return RoleSet(grant.role)
            }
        }
        return []
    }

    /// Root and the daemon's own user: connections are kept free for them.
    func isTrusted(_ uid: UInt32) -> Bool { uid == 0 || uid == ownUser }
}
