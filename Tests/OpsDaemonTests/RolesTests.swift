// Roles from a peer's numbers.

import OpsConfig
import OpsCore
import OpsProtocol
import Testing

@testable import OpsDaemon
@testable import OpsLinux

@Suite struct RolesTests {
    private func access(
        admin: [Principal] = [], report: [Principal] = [], read: [Principal] = [],
        watch: [Principal] = []
    ) -> Configuration.Access {
        var access = Configuration().access
        access.admin = admin
        access.report = report
        access.read = read
        access.watch = watch
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

    /// Whoever is named as a satellite has that role alone, whatever its groups and whatever else
    /// names it; root and the daemon's own user stay admin.
    @Test func aSatelliteHasItsRoleAlone() {
        let roles = Roles(
            access(
                admin: [.userID(9), .groupID(3)], report: [.groupID(2)], read: [.groupID(1)],
                watch: [.userID(9), .userID(0), .userID(77)]), ownUser: 77)
        #expect(roles.roles(of: peer(9, 1, [2, 3])) == .watch)
        #expect(roles.roles(of: peer(8, 1, [2, 3])) == .admin)
        #expect(roles.roles(of: peer(0)) == .admin && roles.roles(of: peer(77)) == .admin)
        #expect(roles.isGranted(.watch) && !Roles(access(), ownUser: 77).isGranted(.watch))
    }

    /// opspager's user has that role alone, whatever else names it.
    @Test func thePagerIsThePagerAlone() {
        var access = Configuration().access
        access.pager = [.userID(990)]
        access.admin = [.userID(990)]
        let roles = Roles(access, ownUser: 77)
        let peer = Peer(pid: 1, userID: 990, groupID: 990, groups: [])
        #expect(roles.roles(of: peer) == RoleSet(.pager))
        #expect(roles.isGranted(.pager))
    }

    /// Where opswatch is not installed its user is not there, and nobody needs to be told.
    @Test func onlyADefaultMayBeMissing() {
        let names = [Principal.user("opswatch"), .user("no-such-user-here")]
        let roles = Roles(access(read: [.user("opswatch")], watch: names), ownUser: 77)
        #expect(
            roles.missing.filter { $0 != "opswatch" } == ["no-such-user-here"], "\(roles.missing)")
        #expect(roles.missing.count { $0 == "opswatch" } <= 1)
        #expect(!Roles(access(watch: [.user("no-such-user-here")]), ownUser: 77).isGranted(.watch))
    }

    /// Roles are given at accept: when they change, the connection is closed, but what it was
    /// promised is sent first; what waits for its turn is not done.
    @Test func aConnectionWhoseRolesChangedIsClosed() {
        let loop = FakeLoop.settled()
        let (one, other) = (loop.connect(uid: 5, role: .admin), loop.connect(uid: 6, role: .read))
        let heavy = loop.connect(uid: 5, role: .admin)
        loop.disk = .waiting
        loop.send(one, "ban 203.0.113.1\n")
        #expect(one.bytes.isEmpty)
        loop.deliver(heavy, Array("guard cleanup\n".utf8))
        loop.engine.serveArrived()
        #expect(loop.engine.session(heavy.slot)?.wait == .turn)
        loop.engine.closeSessions(whoseRolesDifferFrom: { _ in .read })
        loop.turn()
        #expect(!one.isClosed && !other.isClosed && heavy.isClosed && heavy.bytes.isEmpty)
        loop.send(one, "ping\n")
        loop.disk = .prompt
        loop.settle()
        let answers = one.take()
        #expect(one.isClosed && answers.count == 1 && answers[0].hasPrefix("ok {\"ip\""))
        #expect(loop.ask(other, "ping") == ["ok {\"pong\":true}"])
    }

    /// What cannot be told does not close anything.
    @Test func aConnectionThatCannotBeAskedStays() {
        let loop = FakeLoop.settled()
        let client = loop.connect(uid: 5, role: .admin)
        loop.engine.closeSessions(whoseRolesDifferFrom: { _ in nil })
        #expect(loop.ask(client, "ping") == ["ok {\"pong\":true}"])
    }

    /// A satellite is shown its own places alone.
    @Test func aSatelliteSeesItsOwnPlaces() {
        let loop = FakeLoop.settled()
        let watch = loop.connect(uid: 70, role: .watch)
        let reporter = loop.connect(uid: 71, role: .report)
        _ = loop.ask(watch, "strike 203.0.113.1 source=sshd place=a:5")
        _ = loop.ask(reporter, "strike 203.0.113.2 source=sshd place=a:7")
        let own = loop.ask(watch, "places")
        #expect(own.first?.contains("\"place\":5") == true)
        #expect(own.first?.contains("\"place\":7") == false, "\(own)")
        let all = loop.ask(reporter, "places")
        #expect(all.first?.contains("\"place\":5") == true)
        #expect(all.first?.contains("\"place\":7") == true)
    }

    /// Every command of the table, every role: allowed exactly where the table says.
    @Test(arguments: Role.allCases)
    func everyCommandByTheTable(_ role: Role) {
        let loop = FakeLoop()
        loop.reloads = .failure(Refusal(.refused, "not here"))
        for row in CommandTable.rows {
            let client = loop.connect(uid: 1_000, role: role)
            // Each satellite says hello by its own name.
            let name = Satellite.allCases.first { $0.role == role }?.rawValue ?? "opswatch"
            let words = row.example.replacing("name=opswatch", with: "name=\(name)")
            let replies = loop.ask(client, words)
            let isForbidden = replies.first?.hasPrefix("err {\"code\":\"forbidden\"") ?? false
            #expect(isForbidden == !row.roles.contains(RoleSet(role)), "\(row.verb)")
            loop.close(client)
        }
    }
}
