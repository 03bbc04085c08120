// Nobody sees what a crash could undo: what shows state waits for the log, the rest does not.

import OpsConfig
import OpsCore
import Testing

@testable import OpsDaemon

@Suite struct GatingTests {
    private let loop = FakeLoop()

    /// A loop whose first segment and first record are done, and whose disk now waits.
    private func waiting(_ configuration: Configuration = Configuration()) -> FakeLoop {
        let loop = FakeLoop(configuration)
        loop.settle()
        loop.disk = .waiting
        return loop
    }

    @Test func banIsNotAnsweredBeforeItIsDurable() {
        let loop = waiting()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        #expect(client.take() == [])
        #expect(loop.jobs.map(\.words) == ["write 1 sync"])
        loop.turn()
        #expect(client.take() == [])
        loop.completeJobs()
        loop.turn()
        #expect(client.take().map { $0.hasPrefix("ok {\"ip\":\"203.0.113.9\"") } == [true])
    }

    @Test func checkWaitsForTheBanItShows() {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.9\n")
        loop.send(two, "check 203.0.113.9\n")
        #expect(two.take() == [])
        loop.completeJobs()
        loop.turn()
        #expect(two.take().map { $0.contains("\"banned\":true") } == [true])
    }

    /// A refusal shows state too: that there is a ban, or that there is none any more.
    @Test func refusalThatShowsStateWaits() {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.0/24\n")
        loop.send(two, "unban 203.0.113.9\n")
        #expect(two.take() == [])
        loop.completeJobs()
        loop.turn()
        #expect(two.take().map { $0.contains("\"code\":\"refused\"") } == [true])
        loop.send(one, "unban 203.0.113.0/24\n")
        loop.send(two, "unban 203.0.113.0/24\n")
        #expect(two.take() == [])
        loop.disk = .prompt
        loop.settle()
        #expect(two.take().map { $0.contains("\"code\":\"not-found\"") } == [true])
    }

    /// A refusal of the line itself shows nothing.
    @Test(arguments: ["nonsense", "ban 010.0.0.1", "", "check", "hit 1.2.3.4 5.6.7.8"])
    func refusalOfTheLineDoesNotWait(_ line: String) {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.9\n")
        loop.send(two, line + "\n")
        #expect(two.take().map { $0.hasPrefix("err ") } == [true])
    }

    @Test func pingBehindItWaitsAndOnAnotherConnectionDoesNot() {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.9\nping\n")
        loop.send(two, "ping\n")
        #expect(one.take() == [])
        #expect(two.take() == ["ok {\"pong\":true}"])
        loop.completeJobs()
        loop.turn()
        let lines = one.take()
        #expect(lines.count == 2 && lines[1] == "ok {\"pong\":true}")
    }

    @Test func pingBeforeItGoesAtOnce() {
        let loop = waiting()
        let client = loop.connect()
        loop.send(client, "ping\nban 203.0.113.9\nping\n")
        #expect(client.take() == ["ok {\"pong\":true}"])
    }

    /// Only what was decided before the write is released by it.
    @Test func laterBanWaitsForTheNextBatch() {
        let loop = waiting()
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.1\n")
        loop.send(client, "ban 203.0.113.2\n")
        #expect(loop.jobs.map(\.words) == ["write 1 sync"])
        loop.completeJobs()
        loop.turn()
        #expect(client.take().count == 1)
        #expect(loop.jobs.map(\.words) == ["write 2 sync"])
        loop.completeJobs()
        loop.turn()
        #expect(client.take().count == 1)
    }

    @Test(arguments: ["status", "health", "metrics", "version", "commands", "ping", "config"])
    func whatShowsNoStateIsNotHeld(_ line: String) {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.9\n")
        loop.send(two, line + "\n")
        #expect(two.take().count == 1)
    }

    @Test(arguments: [
        "check 192.0.2.1", "hit 192.0.2.1", "strike 192.0.2.1", "success 192.0.2.1",
        "clear 192.0.2.1", "ban 192.0.2.1", "bans", "strikes", "why 192.0.2.1", "guard stats",
        "guard cleanup", "events", "reload",
    ])
    func whatShowsStateIsHeld(_ line: String) {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.9\n")
        loop.send(two, line + "\n")
        #expect(two.take() == [])
    }

    @Test func eventsComeAfterTheyAreDurable() {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(two, "watch guard\n")
        #expect(two.take().count == 1)
        loop.send(one, "ban 203.0.113.9\n")
        loop.turn()
        #expect(two.take() == [])
        #expect(loop.announced.isEmpty)
        loop.completeJobs()
        loop.settle()
        #expect(loop.announced.map(\.kind) == [.ban])
        #expect(two.take().map { $0.hasPrefix("event {\"id\":1,\"event\":\"ban\"") } == [true])
    }

    /// `watch after=` replays what is safe; what is not comes when it is, once.
    @Test func replayAndLiveEventsMeetWithoutGapOrRepeat() {
        let loop = waiting()
        let (one, two) = (loop.connect(), loop.connect())
        loop.send(one, "ban 203.0.113.1\n")
        loop.completeJobs()
        loop.settle()
        loop.send(one, "ban 203.0.113.2\n")
        loop.send(two, "watch after=0\n")
        loop.send(one, "ban 203.0.113.3\n")
        for _ in 0..<3 {
            loop.completeJobs()
            loop.settle()
        }
        let ids = two.take().dropFirst().compactMap { line in
            line.split(separator: ",").first?.split(separator: ":").last.map(String.init)
        }
        #expect(ids == ["1", "2", "3"])
    }

    @Test(arguments: [Configuration.Store.Fsync.everysec, .no])
    func withoutFsyncAWrittenChangeIsAnswered(_ policy: Configuration.Store.Fsync) {
        var configuration = Configuration()
        configuration.store.fsync = policy
        let loop = waiting(configuration)
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\n")
        #expect(client.take() == [])
        #expect(loop.jobs.map(\.words) == ["write 1"])
        loop.completeJobs()
        loop.turn()
        #expect(client.take().count == 1)
        #expect(loop.engine.log.durable == 0 && loop.engine.log.written == 1)
    }

    /// Once a second everything written is synced, however busy the log is at that moment.
    @Test func everysecSyncsUnderLoadToo() {
        var configuration = Configuration()
        configuration.store.fsync = .everysec
        let loop = waiting(configuration)
        let client = loop.connect()
        for number in 1...20 {
            loop.send(client, "ban 203.0.113.\(number)\n")
            // The second is over while a write is under way, every time.
            if let job = loop.engine.log.syncJob() { loop.submitOrDegrade(job) }
            loop.completeJobs()
        }
        #expect(loop.engine.log.durable >= 18)
    }
}
