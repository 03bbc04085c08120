// A ban's reply waits for the log and for the kernel; what the kernel refuses is shown, in the
// reply and wherever the ban is.  The loop is the fake one: its kernel answers when the test says
// so.

import OpsConfig
import OpsCore
import OpsLinux
import Testing

@testable import OpsDaemon

private let noRoom = Errno(105, "nf_tables")

private func loop(_ configuration: Configuration = Configuration()) -> FakeLoop {
    let loop = FakeLoop(configuration)
    loop.engine.beginEnforcing()
    loop.engine.kernel?.rebuilt(nil)
    return loop
}

@Suite struct EnforcementTests {
    @Test func replyWaitsForBoth() {
        let loop = loop()
        let client = loop.connect()
        loop.disk = .waiting
        loop.send(client, "ban 203.0.113.9 ttl=1h\n")
        loop.completeKernel()
        #expect(client.take() == [], "the log has not answered")
        loop.completeJobs()
        loop.turn()
        #expect(client.take().first?.hasSuffix(",\"enforced\":true}") == true)

        loop.disk = .prompt
        loop.send(client, "ban 203.0.113.10 ttl=1h\n")
        loop.turn()
        loop.turn()
        #expect(client.take() == [], "the kernel has not answered")
        loop.completeKernel()
        #expect(client.take().count == 1)
    }

    @Test func otherRepliesDoNotWaitForTheKernel() {
        let loop = loop()
        let (one, other) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.9\n")
        loop.turn()
        let lines = loop.ask(other, "ping", "check 203.0.113.9", "check 203.0.113.8")
        #expect(lines.count == 3)
        #expect(lines[line: 1].contains("\"banned\":true"))
        #expect(lines[line: 1].hasSuffix("\"enforced\":false}"), "it is not there yet")
        #expect(!lines[line: 2].contains("enforced"))
        loop.completeKernel()
        #expect(loop.ask(other, "check 203.0.113.9")[line: 0].hasSuffix("\"enforced\":true}"))
    }

    @Test func whatTheKernelRefusesIsSaid() {
        let loop = loop()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.turn()
        loop.completeKernel(noRoom)
        #expect(
            client.take()[line: 0].hasSuffix(",\"enforced\":false,\"enforce_error\":\"ENOBUFS\"}"))
        for question in ["check 203.0.113.9", "bans", "why 203.0.113.9"] {
            let line = loop.ask(client, question)[line: 0]
            #expect(
                line.contains("\"enforced\":false,\"enforce_error\":\"ENOBUFS\""), "\(question)")
        }
        loop.engine.kernel?.rebuilt(nil)
        #expect(loop.ask(client, "check 203.0.113.9")[line: 0].hasSuffix("\"enforced\":true}"))
    }

    @Test func aSecondIsEnough() {
        let loop = loop()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.send(client, "ban 203.0.113.10\n")
        loop.advance(0.9)
        loop.turn()
        #expect(client.take() == [])
        #expect((loop.engine.kernel?.deadline ?? .max) <= loop.now.boot + 100_000_000)
        loop.advance(0.1)
        loop.turn()
        loop.turn()
        let lines = client.take()
        #expect(lines.count == 2)
        for line in lines {
            #expect(line.hasSuffix(",\"enforced\":false,\"enforce_error\":\"ETIMEDOUT\"}"))
        }
        // A late answer counts.
        loop.completeKernel()
        loop.completeKernel()
        for address in ["203.0.113.9", "203.0.113.10"] {
            #expect(loop.ask(client, "check \(address)")[line: 0].hasSuffix("\"enforced\":true}"))
        }
        // The next ban has a second of its own.
        loop.send(client, "ban 203.0.113.11\n")
        loop.turn()
        #expect(client.take() == [])
        loop.completeKernel()
        #expect(client.take()[line: 0].hasSuffix("\"enforced\":true}"))
    }

    @Test func whatGathersIsOneBatch() {
        let loop = loop()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        #expect(loop.batches.count == 1)
        loop.send(client, "ban 203.0.113.10\nban 203.0.113.11 ttl=1h\nunban 203.0.113.10\n")
        #expect(loop.batches.count == 1, "one is under way")
        loop.completeKernel()
        #expect(loop.batches.count == 1)
        let changes = Set(loop.batches.first?.changes ?? [])
        #expect(
            changes == [
                KernelChange(network: Network(ipv4: 0xcb00_710a), deadline: nil),
                KernelChange(
                    network: Network(ipv4: 0xcb00_710b),
                    deadline: loop.now.bootMilliseconds + 3_600_000),
            ])
        loop.completeKernel()
        #expect(client.take().count == 4)
    }

    @Test func aBrokenLogAndARefusal() {
        let loop = loop()
        let client = loop.connect()
        loop.disk = .broken
        loop.send(client, "ban 203.0.113.9\n")
        loop.turn()
        loop.turn()
        #expect(client.take() == [], "it still waits for the kernel")
        loop.completeKernel(noRoom)
        #expect(
            client.take()[line: 0].hasSuffix(
                ",\"durable\":false,\"enforced\":false,\"enforce_error\":\"ENOBUFS\"}"))
        loop.send(client, "ban 203.0.113.10\n")
        loop.turn()
        loop.completeKernel()
        #expect(client.take()[line: 0].hasSuffix(",\"durable\":false,\"enforced\":true}"))
    }

    @Test func strikesHitsAndUnbansWaitToo() {
        var configuration = Configuration()
        configuration.guard.strikes = 1
        let loop = loop(configuration)
        let client = loop.connect()
        for line in ["strike 203.0.113.9", "unban 203.0.113.9"] {
            loop.send(client, line + "\n")
            loop.turn()
            #expect(client.take() == [])
            loop.completeKernel()
            #expect(client.take()[line: 0].hasSuffix(",\"enforced\":true}"), "\(line)")
        }
        #expect(loop.ask(client, "clear 203.0.113.9")[line: 0].contains("enforced") == false)
    }

    @Test func aDryRunIsNotForTheKernel() {
        var configuration = Configuration()
        configuration.guard.dryRun = true
        let loop = loop(configuration)
        let client = loop.connect()
        #expect(loop.ask(client, "ban 203.0.113.9")[line: 0].contains("enforced") == false)
        #expect(loop.batches.isEmpty)
        #expect(loop.ask(client, "check 203.0.113.9")[line: 0].contains("enforced") == false)
        #expect(loop.engine.state.bannedPart(0, at: loop.now).isEmpty)
    }

    @Test func aConfirmedBanHasItsFullTime() {
        let loop = loop()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9 ttl=1h confirm=60s\n")
        #expect(loop.batches.first?.changes.first?.deadline == loop.now.bootMilliseconds + 60_000)
        loop.completeKernel()
        loop.send(client, "confirm 203.0.113.9\n")
        #expect(
            loop.batches.first?.changes.first?.deadline == loop.now.bootMilliseconds + 3_600_000)
        loop.completeKernel()
        #expect(client.take()[line: 1].hasSuffix(",\"enforced\":true}"))
    }

    @Test func severalInOneRequest() {
        let loop = loop()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9 127.0.0.1 203.0.113.10\n")
        loop.turn()
        loop.completeKernel(noRoom)
        let line = client.take()[line: 0]
        #expect(line.hasSuffix("],\"enforced\":false,\"enforce_error\":\"ENOBUFS\"}"))
    }

    @Test func aTamperedTableIsInDoubt() {
        let loop = loop()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        loop.completeKernel()
        _ = client.take()
        loop.engine.kernel?.tampered()
        #expect(loop.ask(client, "check 203.0.113.9")[line: 0].hasSuffix("\"enforced\":false}"))
        loop.engine.kernel?.rebuilt(noRoom)
        #expect(loop.ask(client, "check 203.0.113.9")[line: 0].contains("ENOBUFS"))
        loop.engine.kernel?.rebuilt(nil)
        #expect(loop.ask(client, "check 203.0.113.9")[line: 0].hasSuffix("\"enforced\":true}"))
    }

    @Test func tooManyDoubtsDoubtAll() {
        var book = KernelBook()
        book.rebuilt(nil)
        let now = Moment(boot: 0, wall: 0)
        for index in 0...UInt32(KernelBook.doubtLimit) {
            book.note(Network(ipv4: index), Ban.never, at: now)
        }
        #expect(book.doubts.count == KernelBook.doubtLimit)
        #expect(book.standing(of: Network(ipv4: 0xffff_ffff)) == .pending)
    }
}

@Suite struct EnforcementPlanTests {
    private func plan(
        _ mode: Configuration.Enforce.Mode, isManaged: Bool = true, mayAdminister: Bool = true
    ) -> EnforcementPlan {
        var enforce = Configuration().enforce
        enforce.mode = mode
        return EnforcementPlan(enforce, isManaged: isManaged, mayAdminister: mayAdminister)
    }

    @Test func auto() {
        #expect(plan(.auto).outcome == .nftables)
        #expect(plan(.auto, mayAdminister: false).outcome != .nftables)
        #expect(plan(.auto, mayAdminister: false).message.contains("CAP_NET_ADMIN"))
        #expect(plan(.auto, mayAdminister: false).severity == .warning)
        #expect(plan(.auto, isManaged: false).message.contains("by hand"))
        #expect(plan(.auto, isManaged: false).clearsTable == false)
    }

    @Test func said() {
        #expect(plan(.nftables, isManaged: false, mayAdminister: false).outcome == .nftables)
        #expect(plan(.none).outcome != .nftables)
        #expect(plan(.none).severity == .info)
        #expect(plan(.none).clearsTable)
    }
}
