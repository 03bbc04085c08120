// Roles from a peer's numbers.

import OpsConfig
import OpsCore
import OpsProtocol
import Testing

@testable import OpsDaemon
@testable import OpsLinux

@Suite struct RolesTests {
    private func access(
        admin: [Principal] = [], report: [Principal] = [], read: [Principal] = []
    ) -> Configuration.Access {
        var access = Configuration().access
        access.admin = admin
        access.report = report
        access.read = read
        return access
    }

    private func peer(_ uid: UInt32, _ gid: UInt32 = 100, _ groups: [UInt32] = []) -> Peer {
        Peer(pid: 1, userID: uid, groupID: gid, groups: groups)
    }

    @Test func rootAndTheOwnUserAreAdmin() {
        let roles = Roles(access(), ownUser: 77)
        #expect(roles.roles(of: peer(0)) == .admin)
        #expect(roles.roles(of: peer(77)) == .admin)
        #expect(roles.roles(of: peer(78)) == [])
        #expect(roles.isTrusted(0) && roles.isTrusted(77) && !roles.isTrusted(78))
    }

    @Test func numbersOfUsersAndGroups() {
        let roles = Roles(
            access(
                admin: [.userID(10)], report: [.groupID(20)], read: [.groupID(30), .userID(31)]),
            ownUser: 77)
        #expect(roles.roles(of: peer(10)) == .admin)
        #expect(roles.roles(of: peer(1, 20)) == .report)
        #expect(roles.roles(of: peer(1, 100, [5, 20])) == .report)
        #expect(roles.roles(of: peer(31)) == .read)
        #expect(roles.roles(of: peer(20)) == [])
        #expect(roles.roles(of: peer(1, 10)) == [])
    }

    @Test func theHighestRoleWins() {
        let roles = Roles(
            access(admin: [.groupID(3)], report: [.groupID(2)], read: [.userID(9), .groupID(1)]),
            ownUser: 77)
        #expect(roles.roles(of: peer(9, 1, [2, 3])) == .admin)
        #expect(roles.roles(of: peer(9, 1, [2])) == .report)
        #expect(roles.roles(of: peer(9, 1)) == .read)
    }

    @Test func namesAreLookedUpAndMissingOnesTold() {
        let roles = Roles(
            access(
                admin: [.user("root"), .user("no-such-user-here")],
                read: [.group("root"), .group("no-such-group-here")]), ownUser: 77)
        #expect(roles.missing == ["no-such-user-here", "@no-such-group-here"])
        #expect(roles.roles(of: peer(5, 0)) == .read)
        #expect(roles.roles(of: peer(5, 6)) == [])
    }

    /// What a role includes is written out here: it must not change by accident.
    @Test func whoMayWhatARoleMay() {
        #expect(Role.read.holders == [.read, .report, .admin])
        #expect(Role.report.holders == [.report, .admin])
        #expect(Role.admin.holders == .admin)
        for role in [Role.watch, .pager, .check, .act, .web, .fleet] {
            #expect(role.holders == [RoleSet(role), .admin], "\(role.name)")
        }
        #expect(Set(Role.allCases.map { RoleSet($0).rawValue }).count == Role.allCases.count)
        #expect(RoleSet([.read, .admin]).names == "read and admin")
    }

    /// Every command of the table, every role: allowed exactly where the table says.  A satellite
    /// has no row yet, whatever its groups.
    @Test(arguments: Role.allCases)
    func everyCommandByTheTable(_ role: Role) {
        let loop = FakeLoop()
        loop.reloads = .failure(Refusal(.refused, "not here"))
        for row in CommandTable.rows {
            let client = loop.connect(uid: 1_000, role: role)
            let words = row.example
            let replies = loop.ask(client, words)
            let isForbidden = replies.first?.hasPrefix("err {\"code\":\"forbidden\"") ?? false
            #expect(isForbidden == !row.roles.contains(RoleSet(role)), "\(row.verb)")
            if role == .watch { #expect(isForbidden, "\(row.verb)") }
            loop.close(client)
        }
    }
}
