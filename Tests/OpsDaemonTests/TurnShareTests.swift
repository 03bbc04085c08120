// What a turn leaves for the next when its time is used up.  The clock here is a slow machine's: at
// each look the time of every share is over.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct TurnShareTests {
    private static let few = TurnShare.piecesPerLook

    /// A settled loop on a slow machine, with `bans` bans that end after a second.
    private func slowLoop(bans: Int = 0) -> (FakeLoop, FakeClient) {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        if bans > 0 {
            let targets = (0..<bans).map { "10.0.0.\($0)" }.joined(separator: " ")
            loop.send(client, "ban \(targets) ttl=1s\n")
            loop.settle()
            _ = client.take()
        }
        var boot = loop.now.boot
        loop.engine.clock = {
            boot += 1_000_000_000
            return boot
        }
        return (loop, client)
    }

    @Test func aShareIsNotOverBeforeItDidSomething() {
        var share = TurnShare(until: 5)
        for _ in 1..<Self.few {
            share.spend { 6 }
            #expect(!share.isOver)
        }
        share.spend { 6 }
        #expect(share.isOver)
        var longer = TurnShare(until: 5)
        for _ in 0..<10 * Self.few { longer.spend { 4 } }
        #expect(!longer.isOver)
    }

    /// Requests for which there is no time wait in line, and are answered in their order.
    @Test func whatIsTooMuchComesLater() {
        let (loop, client) = slowLoop()
        let lines = (0..<100).map { "check 10.0.0.\($0)\n" }.joined()
        loop.deliver(client, Array(lines.utf8))
        #expect(loop.engine.served == Self.few)
        loop.turn()
        var replies = client.take()
        #expect(replies.count == 2 * Self.few)
        #expect(loop.wantsTurn)
        loop.settle()
        replies += client.take()
        #expect(replies.count == 100)
        for (number, reply) in replies.enumerated() {
            #expect(reply.contains("\"ip\":\"10.0.0.\(number)\""))
        }
    }

    /// Connections that ask for little in each turn and those in line do not hold each other up.
    @Test func theLineMovesWhoeverComes() {
        let (loop, flood) = slowLoop()
        let others = (0..<4).map { _ in loop.connect() }
        loop.deliver(flood, Array(repeated("ping", 1_000).utf8))
        var answered = flood.take().count
        for _ in 0..<20 {
            for other in others { loop.deliver(other, Array("ping\n".utf8)) }
            loop.turn()
            for other in others { #expect(other.take().count == 1) }
            let now = flood.take().count
            #expect(now >= Self.few - others.count)
            answered += now
        }
        loop.settle()
        #expect(answered + flood.take().count == 1_000)
    }

    @Test func oneHeavyRequestATurn() {
        let (loop, client) = slowLoop()
        let other = loop.connect()
        for one in [client, other] { loop.deliver(one, Array("bans\n".utf8)) }
        loop.turn()
        #expect(client.take().count + other.take().count == 1)
        loop.turn()
        #expect(client.take().count + other.take().count == 1)
    }

    /// A turn that is full of small requests leaves a heavy one for the next, and no later.
    @Test func aHeavyRequestWaitsOneTurnAtMost() {
        let (loop, flood) = slowLoop()
        let others = (0..<4).map { _ in loop.connect() }
        var answered: [Int] = []
        for turn in 0..<8 {
            if turn == 0 { for other in others { loop.deliver(other, Array("bans\n".utf8)) } }
            // What a turn does with what comes in it.
            loop.deliver(flood, Array(repeated("ping", 2 * Self.few).utf8))
            _ = loop.engine.serveLeftovers()
            loop.flushReplies()
            answered.append(others.count { $0.received > 0 })
        }
        #expect(answered == [0, 1, 1, 2, 2, 3, 3, 4])
    }

    @Test func whatEndsTogetherGoesInTurns() {
        let (loop, _) = slowLoop(bans: 250)
        loop.advance(2)
        loop.turn()
        #expect(loop.engine.state.guardStats.activeBans == 250 - Self.few)
        #expect(loop.wantsTurn)
        loop.settle()
        #expect(loop.engine.state.guardStats.activeBans == 0)
        #expect(!loop.wantsTurn)
    }

    /// Where more bans end than there is time for, as many go as come: the table does not grow.
    @Test func shortBansDoNotOutrunWhatEnds() {
        let (loop, client) = slowLoop()
        let others = (0..<5).map { _ in loop.connect() }
        var most = 0
        for round in 0..<40 {
            for (place, other) in ([client] + others).enumerated() {
                let first = 256 * (6 * round + place)
                let lines = (0..<16).map { number in
                    let (high, low) = ((first + number) >> 8, (first + number) & 255)
                    return "ban 10.\(high >> 8).\(high & 255).\(low) ttl=1s\n"
                }
                loop.deliver(other, Array(lines.joined().utf8))
            }
            loop.turn()
            loop.advance(0.2)
            most = max(most, loop.engine.state.guardStats.activeBans)
        }
        // 96 a round, and a round is a fifth of a second: what is held is some six rounds.
        #expect(most <= 8 * 96)
        loop.advance(2)
        loop.settle()
        #expect(loop.engine.state.guardStats.activeBans == 0)
    }

    /// Thousands may wait for one thing.
    @Test func waitsThatEndTogetherAreAnsweredInTurns() {
        let loop = FakeLoop.settled()
        let clients = (0..<600).map { _ in loop.connect() }
        loop.engine.begin(at: loop.now)
        for client in clients {
            guard let session = loop.engine.session(client.slot) else { continue }
            loop.engine.begin(.audit, client.slot, session)
        }
        loop.engine.end(.audit, .success(.removed(0)))
        for turn in 1...3 {
            loop.turn()
            let answered = clients.count { $0.received > 0 }
            #expect(answered == min(600, turn * SessionBounds.answersPerTurn))
            #expect(turn == 3 || loop.wantsTurn)
        }
    }

    /// What is past its deadline at once is found in slices.
    @Test func deadlinesAreSweptInTurns() {
        let loop = FakeLoop.settled()
        let clients = (0..<2_500).map { _ in loop.connect() }
        for client in clients {
            client.room = 0
            loop.deliver(client, Array("ping\n".utf8))
        }
        loop.turn()
        loop.advance(10.2)
        loop.turn()
        #expect(loop.engine.sessionCount > 0 && loop.wantsTurn)
        loop.settle()
        #expect(loop.engine.sessionCount == 0)
    }

    /// When much of a turn's time is used up, each kind of work does what it must, and no more.
    @Test func sharesHaveAnEndInSum() {
        let loop = FakeLoop.settled()
        loop.engine.begin(at: loop.now)
        for (passed, isOver) in [(0, false), (TurnShare.turn - 1, false), (TurnShare.turn, true)] {
            loop.engine.clock = { loop.now.boot + passed }
            var share = loop.engine.share(of: TurnShare.leftovers)
            share.spend(TurnShare.piecesPerLook, loop.engine.clock)
            #expect(share.isOver == isOver)
        }
    }

    @Test func whatIsAllowedNowIsLiftedInTurns() {
        let (loop, _) = slowLoop(bans: 250)
        var configuration = loop.engine.configuration
        configuration.guard.allow = [Network(ipv4: 0x0a00_0000, prefix: 24)]
        loop.engine.begin(at: loop.now)
        loop.engine.adopt(configuration)
        #expect(loop.engine.state.guardStats.activeBans == 250 - Self.few)
        loop.turn()
        #expect(loop.engine.state.guardStats.activeBans == 250 - 2 * Self.few)
        loop.settle()
        #expect(loop.engine.state.guardStats.activeBans == 0)
    }
}

@Suite struct AnnouncerTests {
    @Test func aTurnTellsAFew() {
        var announcer = Announcer(toJournal: false)
        let nothing = announcer.tell(atMost: 2)
        #expect(!nothing)
        let events = (1...5).map { number in
            Event(
                id: UInt64(number), kind: .ban, severity: .info, wall: 0, gauges: Gauges(),
                details: "one of five")
        }
        announcer.announce(events)
        for isMore in [true, true, false, false] {
            let answer = announcer.tell(atMost: 2)
            #expect(answer == isMore)
        }
        // As a stop does it, with some announced already.
        announcer.announce(events)
        _ = announcer.tell(atMost: 2)
        let isMore = announcer.tell(atMost: .max)
        #expect(!isMore)
    }
}
