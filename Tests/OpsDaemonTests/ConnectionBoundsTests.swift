// How many connections there may be, in all and of one user.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct ConnectionBoundsTests {
    @Test func connectionsHaveABoundAndTheTrustedAReserve() {
        var configuration = Configuration()
        configuration.limits.connections = 3
        let loop = FakeLoop.settled(configuration)
        for uid in 1...3 { #expect(!loop.connect(uid: UInt32(uid), role: .read).isClosed) }
        let late = loop.connect(uid: 9, role: .admin)
        #expect(late.isClosed)
        #expect(late.take().map { $0.hasPrefix("err {\"code\":\"too-many\"") } == [true])
        var trusted: [FakeClient] = []
        for _ in 0..<Engine.reservedConnections { trusted.append(loop.connect()) }
        #expect(trusted.allSatisfy { !$0.isClosed })
        #expect(loop.connect().isClosed)
        loop.close(trusted[0])
        #expect(!loop.connect().isClosed)
        #expect(loop.connect(uid: 9, role: .admin).isClosed)
    }

    /// Where descriptors are fewer, they are the bound: the log and its repair need theirs.
    @Test func descriptorsBoundConnectionsToo() {
        let loop = FakeLoop.settled()
        loop.engine.descriptorRoom = 3
        for uid in 1...3 { #expect(!loop.connect(uid: UInt32(uid), role: .read).isClosed) }
        let late = loop.connect(uid: 9, role: .admin)
        #expect(late.take().map { $0.contains("3 connections are open") } == [true])
        #expect(!loop.connect().isClosed)
    }

    @Test func oneUserDoesNotLockOutAnother() {
        var configuration = Configuration()
        configuration.limits.connectionsPerUser = 2
        let loop = FakeLoop.settled(configuration)
        let first = loop.connect(uid: 5, role: .read)
        _ = loop.connect(uid: 5, role: .read)
        let third = loop.connect(uid: 5, role: .read)
        #expect(third.take().map { $0.contains("user 5 has 2 connections") } == [true])
        #expect(!loop.connect(uid: 6, role: .read).isClosed)
        for _ in 0..<5 { #expect(!loop.connect().isClosed) }
        loop.close(first)
        #expect(!loop.connect(uid: 5, role: .read).isClosed)
    }

    @Test func withoutARoleItIsToldAndClosed() {
        let loop = FakeLoop.settled()
        let client = loop.connect(uid: 5, roles: [])
        #expect(client.isClosed)
        #expect(client.take().map { $0.hasPrefix("err {\"code\":\"forbidden\"") } == [true])
        #expect(loop.engine.sessionCount == 0)
    }
}
