// Lists through the engine: whose they are, how they reach the log, and what waits for what.

import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct ListEngineTests {
    private let loop = FakeLoop()

    /// `count` addresses from `first` on, in requests that fit a line.
    private func add(_ client: FakeClient, _ token: Int, _ first: UInt32, _ count: Int) {
        var next = 0
        while next < count {
            let part = (next..<min(count, next + 4_000)).map {
                Network(ipv4: first + UInt32($0)).description
            }
            loop.send(client, "list add \(token) \(part.joined(separator: ","))\n")
            next += part.count
        }
    }

    /// Loads a list and waits for it.
    private func load(_ client: FakeClient, _ name: String, _ token: Int, _ count: Int) {
        loop.send(client, "list begin \(name)\n")
        add(client, token, 0x0a00_0000, count)
        loop.send(client, "list commit \(token)\n")
        loop.settle()
    }

    private func isListed(_ client: FakeClient, _ address: String) -> Bool {
        loop.ask(client, "check \(address)").last?.contains("\"banned\":true") ?? false
    }

    @Test func aListIsLoggedOverTurnsAndCountsFromItsCommitOn() {
        let (client, other) = (loop.connect(), loop.connect())
        loop.settle()
        loop.send(client, "list begin big\n")
        add(client, 1, 0x0a00_0000, 200_000)
        #expect(loop.engine.log.sequence == 0, "a draft is not logged")
        loop.disk = .waiting
        _ = client.take()
        loop.send(client, "list commit 1\nping\n")
        var turns = 0
        var worst = 0
        var before = loop.engine.log.sequence
        while loop.engine.lists.isWriting {
            loop.completeJobs()
            loop.turn()
            turns += 1
            worst = max(worst, Int(loop.engine.log.sequence - before))
            before = loop.engine.log.sequence
            if loop.engine.lists.isWriting {
                #expect(loop.engine.state.guardStats.listed == 0)
                loop.send(other, "ping\n")
                #expect(other.take() == ["ok {\"pong\":true}"])
            }
        }
        #expect(turns >= 5 && worst <= 16)
        #expect(client.take() == [], "not before the commit is safe, nor what comes after it")
        #expect(loop.engine.state.guardStats.listed == 200_000)
        loop.disk = .prompt
        loop.settle()
        let lines = client.take()
        #expect(lines.count == 2 && lines[line: 0].contains("\"entries\":200000"))
        #expect(lines.last == "ok {\"pong\":true}")
        #expect(loop.announced.last?.kind == .listCommitted)
    }

    /// What waits for a slow disk is bounded, however long the list.
    @Test func aBusyLogIsNotFloodedWithChunks() {
        let client = loop.connect()
        loop.settle()
        loop.send(client, "list begin big\n")
        add(client, 1, 0x0a00_0000, 300_000)
        loop.disk = .waiting
        loop.send(client, "list commit 1\n")
        for _ in 0..<100 { loop.turn() }
        #expect(loop.engine.log.pendingBytes < Engine.listBytesPerTurn + 65_536)
        #expect(!loop.wantsTurn, "it waits for the disk, and does not spin")
        #expect(loop.engine.lists.isWriting)
        loop.disk = .prompt
        loop.settle()
        #expect(loop.engine.state.guardStats.listed == 300_000)
    }

    @Test func aDraftIsItsConnectionsAlone() {
        let (one, two) = (loop.connect(), loop.connect())
        _ = loop.ask(one, "list begin a", "list add 1 192.0.2.1")
        for line in ["list add 1 192.0.2.2", "list commit 1", "list add 7 192.0.2.2"] {
            #expect(loop.ask(two, line).last?.contains("\"not-found\"") == true)
        }
        let begun = loop.ask(two, "list begin a", "list add 2 198.51.100.1")
        #expect(begun[line: 0].contains("\"token\":2"))
        #expect(loop.ask(one, "list add 2 192.0.2.2").last?.contains("\"not-found\"") == true)
        // The later commit stays, as a whole.
        _ = loop.ask(two, "list commit 2")
        #expect(loop.ask(one, "list commit 1").last?.contains("\"replaced\":true") == true)
        #expect(isListed(one, "192.0.2.1") && !isListed(one, "198.51.100.1"))
        // A commit ends the draft.
        #expect(loop.ask(one, "list commit 1").last?.contains("\"not-found\"") == true)
    }

    @Test func aConnectionThatGoesTakesItsDraftAlong() {
        let client = loop.connect()
        loop.send(client, "list begin a\n")
        add(client, 1, 0x0a00_0000, 10_000)
        #expect(loop.engine.lists.underWay == 10_000)
        loop.close(client)
        #expect(loop.engine.lists.underWay == 0)
        // The next connection in the slot has no draft.
        let next = loop.connect()
        #expect(next.slot == client.slot)
        #expect(loop.ask(next, "list commit 1").last?.contains("\"not-found\"") == true)
        // A new begin forgets the old draft.
        _ = loop.ask(next, "list begin a", "list add 2 192.0.2.1", "list begin b")
        #expect(loop.engine.lists.underWay == 0)
        #expect(loop.ask(next, "list commit 2").last?.contains("\"not-found\"") == true)
    }

    /// Like a ban whose client is gone: it was asked for, and is done.
    @Test func aCommittedListIsWrittenWithoutItsClient() {
        let client = loop.connect()
        loop.send(client, "list begin a\n")
        add(client, 1, 0x0a00_0000, 100_000)
        loop.disk = .waiting
        loop.send(client, "list commit 1\n")
        #expect(loop.engine.lists.isWriting)
        loop.close(client)
        loop.disk = .prompt
        let next = loop.connect()
        #expect(next.slot == client.slot)
        loop.settle()
        #expect(next.take() == [])
        #expect(isListed(next, "10.0.0.1"))
    }

    @Test func aDraftEndsAfterTenMinutes() {
        let client = loop.connect()
        _ = loop.ask(client, "list begin a", "list add 1 192.0.2.1")
        loop.advance(599)
        loop.settle()
        #expect(loop.engine.lists.underWay == 1)
        #expect(loop.engine.nextDeadline < .max)
        loop.advance(2)
        loop.settle()
        #expect(loop.engine.lists.underWay == 0)
        #expect(loop.ask(client, "list commit 1").last?.contains("10 minutes") == true)
    }

    @Test func allListsAndDraftsAreBounded() {
        var configuration = Configuration()
        configuration.guard.maxListed = 5
        let loop = FakeLoop(configuration)
        let (one, two) = (loop.connect(), loop.connect())
        _ = loop.ask(one, "list begin a", "list add 1 1.0.0.1,1.0.0.2,1.0.0.3")
        #expect(loop.ask(two, "list begin b").last?.contains("\"room\":2") == true)
        let full = loop.ask(two, "list add 2 1.0.0.1,1.0.0.2,1.0.0.3")
        #expect(full.last?.contains("\"too-many\"") == true)
        #expect(loop.engine.lists.underWay == 3, "nothing of it was taken")
        _ = loop.ask(two, "list add 2 1.0.0.1,1.0.0.2", "list commit 2")
        _ = loop.ask(one, "list commit 1")
        #expect(loop.engine.state.guardStats.listed == 5)
        #expect(
            loop.ask(one, "list begin a", "list add 3 1.0.0.1").last?.contains("too-many") == true)
    }

    @Test func readersSeeAndAdminsChange() {
        let reader = loop.connect(uid: 1_000, role: .report)
        for line in ["list begin a", "list add 1 192.0.2.1", "list commit 1", "list drop a"] {
            #expect(loop.ask(reader, line).last?.contains("\"forbidden\"") == true)
        }
        #expect(loop.ask(reader, "list show") == ["ok {\"lists\":[]}"])
    }

    /// Lists are written one at a time, in the order of their commits.
    @Test func twoCommitsAtOnceComeOneAfterTheOther() {
        let clients = [loop.connect(), loop.connect(), loop.connect()]
        for (place, client) in clients.enumerated() {
            loop.send(client, "list begin l\(place % 2)\n")
            add(client, place + 1, 0x0a00_0000 + UInt32(place) << 20, 30_000)
        }
        loop.settle()
        for client in clients { _ = client.take() }
        for (place, client) in clients.enumerated() {
            loop.deliver(client, Array("list commit \(place + 1)\n".utf8))
        }
        loop.settle()
        let answers = clients.flatMap { $0.take() }
        #expect(answers.map { $0.contains("\"replaced\":true") } == [false, false, true])
        #expect(answers[line: 2].contains("\"added\":30000,\"removed\":30000"))
        #expect(loop.engine.state.guardStats.listed == 60_000)
        #expect(!isListed(clients[0], "10.0.0.1") && isListed(clients[0], "10.32.0.1"))
    }

    @Test func whatIsNewAndGoneIsCounted() {
        let client = loop.connect()
        load(client, "a", 1, 10_000)
        _ = loop.ask(client, "list begin a")
        add(client, 2, 0x0a00_0000 + 4_000, 10_000)
        loop.settle()
        _ = client.take()
        let answer = loop.ask(client, "list commit 2").last ?? ""
        #expect(answer.contains("\"added\":4000,\"removed\":4000"), "\(answer)")
        _ = loop.ask(client, "list begin a", "list add 3 1.1.1.1,2001:db8::1", "list commit 3")
        _ = loop.ask(client, "list begin a", "list add 4 1.1.1.1,2001:db8::2,2001:db9::1")
        #expect(
            loop.ask(client, "list commit 4").last?.contains("\"added\":1,\"removed\":0") == true)
    }

    // MARK: Snapshots

    @Test func aSnapshotWaitsForTheList() {
        let (client, other) = (loop.connect(), loop.connect())
        loop.send(client, "list begin a\n")
        add(client, 1, 0x0a00_0000, 100_000)
        loop.settle()
        loop.disk = .waiting
        loop.send(client, "list commit 1\n")
        loop.send(other, "snapshot\n")
        #expect(loop.snapshotting == nil && loop.engine.lists.hasPostponedSnapshot)
        loop.disk = .prompt
        var commit: UInt64 = 0
        for _ in 0..<1_000 where loop.snapshotting == nil {
            loop.turn()
            commit = loop.engine.log.sequence
        }
        #expect(!loop.engine.lists.isWriting)
        #expect(loop.snapshotting?.sequence == commit, "it begins after the commit")
        loop.settle()
        #expect(other.take() == ["ok {\"lsn\":\(commit)}"])
        #expect(!loop.engine.lists.hasPostponedSnapshot)
    }

    // MARK: A broken log

    @Test func aListIsNoAcknowledgementWhileDegraded() {
        let client = loop.connect()
        load(client, "a", 1, 10_000)
        loop.disk = .broken
        _ = loop.ask(client, "ban 203.0.113.9")
        loop.send(client, "list begin b\n")
        add(client, 2, 0x0b00_0000, 50_000)
        loop.settle()
        _ = client.take()
        loop.send(client, "list commit 2\n")
        loop.settle()
        #expect(client.take().last?.hasSuffix(",\"durable\":false}") == true)
        #expect(isListed(client, "11.0.0.1"))
    }

    /// The log breaks between two chunks, and is repaired while the list is being written: the
    /// snapshot that ends the repair comes after the commit.
    @Test func aLogThatBreaksInTheMiddleIsRepairedAfterTheList() {
        let client = loop.connect()
        loop.send(client, "list begin a\n")
        add(client, 1, 0x0a00_0000, 200_000)
        loop.settle()
        _ = client.take()
        loop.disk = .waiting
        loop.send(client, "list commit 1\n")
        loop.completeJobs(1)
        loop.turn()
        loop.disk = .broken
        loop.turn()
        #expect(loop.engine.log.isDegraded && loop.engine.lists.isWriting)
        loop.disk = .prompt
        loop.repairLog()
        loop.turn()
        loop.repairLog()
        loop.settle()
        loop.repairLog()
        loop.settle()
        #expect(client.take().last?.contains("\"durable\":false") == true)
        #expect(!loop.engine.log.isDegraded && loop.snapshotsFinished == 1)
        #expect(isListed(client, "10.0.0.1"))
    }
}

@Suite struct ListDiffTests {
    private func networks(_ texts: [String]) -> ListedNetworks {
        var runs = NetworkRuns()
        for text in texts { if let one = Network(parsing: text) { _ = runs.append(one) } }
        return ListedNetworks(runs)
    }

    @Test(arguments: 0..<20)
    func keptAgainstASet(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        func make() -> (ListedNetworks, Set<Network>) {
            let count = [0, 3, 5_000][Int.random(in: 0...2, using: &random)]
            var all: [Network] = []
            for _ in 0..<count {
                let number = UInt32.random(in: 0..<9_000, using: &random)
                all.append(
                    number % 3 == 0
                        ? Network(high: 0x2001_0db8_0000_0000 + UInt64(number), low: 0, length: 64)
                        : Network(ipv4: 0x0a00_0000 + number * 2, prefix: number % 5 == 0 ? 31 : 32)
                )
            }
            all.sort { $0.isIPv4 != $1.isIPv4 ? $0.isIPv4 : $0 < $1 }
            var runs = NetworkRuns()
            var kept: Set<Network> = []
            for one in all where runs.append(one) == .appended { kept.insert(one) }
            return (ListedNetworks(runs), kept)
        }
        let (old, oldSet) = make()
        let (new, newSet) = make()
        var diff = ListDiff(old: old)
        for place in 0..<new.runs.chunkCount { diff.count(new.runs.chunk(place)) }
        #expect(diff.kept == oldSet.intersection(newSet).count)
    }
}
