// What sessions hold in sum, and who is closed for it.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct LedgerTests {
    @Test(arguments: 1...6) func sumsAreRight(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ledger = Ledger()
        var model: [Int: (uid: UInt32, bytes: Int)] = [:]
        for _ in 0..<3_000 {
            let slot = Int.random(in: 0..<60, using: &random)
            let uid = UInt32(slot % 5)
            let bytes =
                Bool.random(using: &random) ? 0 : Int.random(in: 0...3 << 20, using: &random)
            ledger.charge(slot, uid, bytes)
            model[slot] = (uid, bytes)
            var users: [UInt32: Int] = [:]
            for one in model.values { users[one.uid, default: 0] += one.bytes }
            let total = users.values.reduce(0, +)
            #expect(ledger.total == total)
            for uid in 0..<5 as Range<UInt32> { #expect(ledger.bytes(of: uid) == users[uid] ?? 0) }
            let isOver =
                total > Ledger.totalBytes || users.values.contains { $0 > Ledger.userBytes }
            #expect(ledger.isOver == isOver)
            let heaviest = ledger.heaviest()
            #expect(heaviest.isEmpty == !isOver)
            if let first = heaviest.first, let worst = model[first] {
                #expect(users[worst.uid] == users.values.max())
                #expect(!model.values.contains { $0.uid == worst.uid && $0.bytes > worst.bytes })
            }
        }
    }

    /// One user, who never reads, on many connections: the sum is bounded, others are not touched.
    @Test func readerOnManyConnectionsIsBounded() throws {
        let loop = FakeLoop.settled()
        let other = loop.connect(uid: 6)
        other.room = 0
        loop.send(other, repeated("commands", 12))
        let clients = (0..<600).map { _ in loop.connect(uid: 5) }
        for client in clients {
            client.room = 0
            loop.send(client, repeated("commands", 20))
            #expect(loop.engine.ledger.bytes(of: 5) <= Ledger.userBytes)
        }
        loop.settle()
        #expect(loop.engine.ledger.bytes(of: 5) > Ledger.userBytes / 2)
        let closed = clients.count { $0.isClosed }
        #expect(closed > 0 && closed < clients.count)
        #expect(loop.engine.shedConnections == UInt64(closed))
        #expect(!other.isClosed && loop.engine.ledger.bytes(of: 6) > 0)
        loop.advance(1.1)
        loop.errands = []
        loop.settle()
        let said = loop.errands.compactMap { errand in
            if case .say(.warning, let text) = errand { text } else { nil }
        }
        #expect(said.count == 1)
        #expect(
            said.first?.hasPrefix("closed \(closed) connections of user 5, which held ") == true)
        for client in clients where !client.isClosed { loop.close(client) }
        loop.close(other)
        #expect(loop.engine.ledger.total == 0)
    }

    /// What is sent and not ended counts as well; and where nothing was sent in part, a connection
    /// that is closed is told why.
    @Test func halfLinesOnManyConnectionsAreBounded() {
        let loop = FakeLoop.settled()
        let half = [UInt8](repeating: 0x61, count: 60_000)
        let clients = (0..<500).map { _ in loop.connect(uid: 5) }
        for client in clients {
            loop.send(client, half)
            #expect(loop.engine.ledger.bytes(of: 5) <= Ledger.userBytes)
        }
        loop.settle()
        let closed = clients.filter(\.isClosed)
        #expect(!closed.isEmpty && closed.count < clients.count)
        for client in closed {
            let lines = client.take()
            #expect(lines.count == 1)
            #expect(lines[0].hasPrefix("err {\"code\":\"too-many\",\"message\":\"closed: "))
            #expect(lines[0].contains("user 5"))
        }
    }

    /// Replies that the log holds back are no reason to be closed: a user who holds much is asked
    /// no more until they have gone.
    @Test func repliesThatTheLogHoldsBackAreBoundedByWaiting() {
        let loop = FakeLoop.settled()
        loop.disk = .waiting
        let clients = (0..<300).map { _ in loop.connect(uid: 5) }
        loop.send(clients[0], "ban 203.0.113.1\n")
        var asked = [Int](repeating: 0, count: clients.count)
        for _ in 0..<20 {
            for (place, client) in clients.enumerated()
            where loop.engine.session(client.slot)?.wantsReading ?? false {
                loop.send(client, repeated("check 203.0.113.1", 100))
                asked[place] += 100
            }
        }
        #expect(!clients.contains { $0.isClosed })
        #expect(loop.engine.ledger.bytes(of: 5) <= Ledger.userBytes)
        loop.disk = .prompt
        loop.settle()
        for (place, client) in clients.enumerated().dropFirst() {
            #expect(client.take().count == asked[place])
        }
    }

    @Test func allTogetherAreBounded() {
        let loop = FakeLoop.settled()
        for uid in 1...8 as ClosedRange<UInt32> {
            for _ in 0..<60 {
                let client = loop.connect(uid: uid)
                client.room = 0
                loop.send(client, repeated("commands", 20))
                #expect(loop.engine.ledger.total <= Ledger.totalBytes)
            }
        }
        #expect(loop.engine.shedConnections > 0)
    }

    /// The rest of output that does not go takes no more memory than it needs.
    @Test func restIsShrunk() {
        var queue = OutputQueue()
        let line = [UInt8](repeating: 0x61, count: 999) + [0x0a]
        for _ in 0..<60 { queue.append { $0 += line } }
        #expect(queue.send(59_500) { $0.byteCount } == 59_500)
        #expect(queue.footprint >= 60_000 && !queue.isBetweenLines)
        queue.shrink()
        #expect(queue.footprint < 2_000 && queue.count == 500 && !queue.isBetweenLines)
        #expect(queue.send(500) { $0.byteCount } == 500)
        #expect(queue.footprint == 0 && queue.isBetweenLines)
        queue.appendRest(line[900...])
        #expect(!queue.isBetweenLines)
        #expect(queue.sendable(safe: 0) == 100)
    }
}
