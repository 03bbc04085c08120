// `events` beyond the tail, at the engine: who waits, for how long, how many, and that nothing is
// missed between the tail and the files.

import Foundation
import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct EventReadingTests {
    private let scratch: ScratchDirectory
    private let loop: FakeLoop

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        var configuration = Configuration()
        configuration.events.tail = 90
        loop = FakeLoop.settled(configuration)
        loop.searching.path = scratch.log
    }

    /// Bans, and what was told of them in the file.
    private func ban(_ numbers: Range<Int>, intoFile: Bool = true) throws {
        let client = loop.connect()
        for number in numbers {
            loop.send(client, "ban 10.0.\(number / 250).\(number % 250) ttl=1h\n")
        }
        loop.settle()
        loop.close(client)
        if intoFile { try writeFile() }
    }

    private func writeFile() throws {
        var bytes: [UInt8] = []
        for event in loop.announced {
            event.writeObject(to: &bytes)
            bytes.append(0x0a)
        }
        try scratch.write(bytes, to: "log/events.ndjson")
    }

    private static func ids(_ reply: String?) -> [Int] {
        (reply ?? "").split(separator: "{\"id\":").dropFirst().compactMap {
            Int($0.prefix { $0.isNumber })
        }
    }

    private static func next(_ reply: String?) -> String? {
        guard let reply, let place = reply.range(of: "\"next\":") else { return nil }
        let word = reply[place.upperBound...].prefix { $0 != "}" && $0 != "," }
        return word == "null" ? nil : word.filter { $0 != "\"" }
    }

    /// A flood of bans leaves the events of health in view, without a file.
    @Test func aFloodOfBansHidesNoCriticalEvent() throws {
        for number in 0..<8 {
            loop.engine.commit(.noted(Note(.health, .critical, "CPU \(number)")))
        }
        try ban(0..<500, intoFile: false)
        let client = loop.connect()
        let reply = loop.ask(client, "events topic=health").first
        #expect(Self.ids(reply).count == 8 && reply?.contains("\"total_complete\":true") == true)
        #expect(loop.searching.jobs.isEmpty)
    }

    @Test(arguments: [1, 40, 90, 1_000]) func pagesGoFromTheTailIntoTheFiles(limit: Int) throws {
        try ban(0..<200)
        let client = loop.connect()
        var ids: [Int] = []
        var after: String? = ""
        while let place = after {
            let line = "events limit=\(limit)" + (place.isEmpty ? "" : " after=\(place)")
            let reply = loop.ask(client, line).first
            #expect(reply?.hasPrefix("ok {\"total\":") == true)
            ids += Self.ids(reply)
            after = Self.next(reply)
            if after == nil {
                #expect(reply?.contains("\"total\":200,\"total_complete\":true") == true)
            }
        }
        #expect(ids == Array(1...200).reversed())
    }

    /// What the tail can answer is answered at once, and asks no file.
    @Test func aPageOfTheTailNeedsNoFile() throws {
        try ban(0..<200)
        loop.searching.isPrompt = false
        let client = loop.connect()
        let reply = loop.ask(client, "events limit=50").first
        #expect(Self.ids(reply) == Array(151...200).reversed())
        #expect(reply?.contains("\"total_complete\":false") == true && Self.next(reply) == "151")
    }

    /// An event that has left the tail and is not in its file yet is waited for.
    @Test func whatIsOnItsWayToTheFileIsNotMissed() throws {
        try ban(0..<200, intoFile: false)
        loop.searching.firstUnwritten = 1
        let client = loop.connect()
        loop.send(client, "events limit=1000\n")
        loop.settle()
        #expect(loop.searching.jobs.isEmpty && client.take().isEmpty)
        try writeFile()
        loop.searching.firstUnwritten = nil
        loop.settle()
        #expect(Self.ids(client.take().first) == Array(1...200).reversed())
    }

    /// It is waited for a second, and no longer: a disk may hang.
    @Test func aFileThatIsNotWrittenIsNotWaitedForForEver() throws {
        try ban(0..<200)
        loop.searching.firstUnwritten = 5
        let client = loop.connect()
        loop.send(client, "events limit=1000\n")
        loop.settle()
        #expect(client.take().isEmpty)
        loop.pass(seconds: 2)
        #expect(client.take().count == 1)
    }

    /// Searches wait in line, sixteen of them; who comes then is told so.
    @Test func theLineIsBounded() throws {
        try ban(0..<200)
        loop.searching.isPrompt = false
        let clients = (0..<20).map { _ in loop.connect() }
        for client in clients { loop.send(client, "events limit=1000\n") }
        loop.settle()
        #expect(loop.searching.jobs.count == 1, "one at a time")
        let refused = clients.filter { client in
            client.take().contains { $0.hasPrefix("err {\"code\":\"busy\"") }
        }
        #expect(refused.count == 20 - ReadDesk.limit - 1)
        for _ in 0..<40 {
            loop.completeSearches()
            loop.settle()
        }
        let answered = clients.count { Self.ids($0.take().first).count == 200 }
        #expect(answered == ReadDesk.limit + 1)
    }

    /// The client goes: its search ends, and the next begins.
    @Test func whoGoesIsNotReadFor() throws {
        try ban(0..<200)
        loop.searching.isPrompt = false
        let clients = (0..<3).map { _ in loop.connect() }
        for client in clients { loop.send(client, "events limit=1000\n") }
        loop.settle()
        let first = try #require(loop.searching.jobs.first)
        #expect(!first.cancellation.isCancelled)
        loop.hangUp(clients[0])
        loop.hangUp(clients[1])
        #expect(first.cancellation.isCancelled)
        // Another client in the same place is not given the answer.
        let other = loop.connect()
        loop.completeSearches()
        loop.settle()
        #expect(loop.searching.jobs.count == 1)
        loop.completeSearches()
        loop.settle()
        #expect(other.take().isEmpty)
        #expect(Self.ids(clients[2].take().first).count == 200)
        #expect(!loop.engine.reads.isWaiting && loop.engine.reads.running == nil)
    }

    /// A disk that hangs is given up, and the client is told.
    @Test func aSearchThatHangsIsGivenUp() throws {
        try ban(0..<200)
        loop.searching.isPrompt = false
        let client = loop.connect()
        loop.send(client, "events limit=1000\n")
        loop.settle()
        loop.pass(seconds: 9)
        #expect(client.take().isEmpty && loop.searching.givenUp == 0)
        loop.pass(seconds: 2)
        #expect(client.take().first?.hasPrefix("err {\"code\":\"busy\"") == true)
        // Its late answer is nobody's.
        loop.completeSearches()
        loop.settle()
        #expect(client.take().isEmpty)
    }

    /// One hangs already: those behind it are told so after a while.
    @Test func whoWaitsBehindADiskThatHangsIsTold() throws {
        try ban(0..<200)
        loop.searching.isPrompt = false
        loop.searching.canGiveUp = false
        let clients = (0..<2).map { _ in loop.connect() }
        for client in clients { loop.send(client, "events limit=1000\n") }
        loop.settle()
        loop.pass(seconds: 19)
        #expect(clients[1].take().isEmpty)
        loop.pass(seconds: 2)
        #expect(clients[1].take().first?.hasPrefix("err {\"code\":\"busy\"") == true)
        loop.completeSearches()
        loop.settle()
        #expect(Self.ids(clients[0].take().first).count == 200)
    }

    @Test func withoutAThreadTheTailIsTheAnswer() throws {
        try ban(0..<200)
        loop.searching.path = nil
        let client = loop.connect()
        let reply = loop.ask(client, "events limit=1000").first
        #expect(Self.ids(reply) == Array(111...200).reversed())
        #expect(reply?.contains("\"total\":90,\"total_complete\":false") == true)
        loop.searching.path = scratch.log
        loop.searching.takes = false
        #expect(loop.ask(client, "events limit=1000").first?.hasPrefix("err ") == true)
    }

    @Test func aStopEndsTheWait() throws {
        try ban(0..<200)
        loop.searching.isPrompt = false
        let client = loop.connect()
        loop.send(client, "events limit=1000\n")
        loop.settle()
        loop.beginStop()
        loop.turn()
        #expect(client.take().first?.hasPrefix("err {\"code\":\"busy\"") == true)
    }

    /// The reply shows durable state: it waits for the log.
    @Test func theReplyWaitsForTheLog() throws {
        try ban(0..<200)
        loop.disk = .waiting
        let client = loop.connect()
        loop.send(client, "ban 203.0.113.9\nevents limit=1000\n")
        for _ in 0..<5 { loop.turn() }
        #expect(client.take().isEmpty)
        loop.disk = .prompt
        loop.settle()
        #expect(client.take().count == 2)
    }

    // MARK: watch

    /// Each gap is told where it is, with the id before which it is.
    @Test func whoWatchesFromWhatTheTailLacksIsToldSo() throws {
        loop.engine.runID = 0xabc
        loop.engine.commit(.noted(Note(.reload, .info, "the first")))
        try ban(0..<200)
        loop.engine.commit(.noted(Note(.reload, .info, "the last")))
        loop.settle()
        let watcher = loop.connect()
        var lines = loop.ask(watcher, "watch after=0")
        #expect(lines.first?.hasSuffix(#""run":"0000000000000abc"}"#) == true)
        #expect(lines.contains(#"event {"lost":112,"before":114}"#))
        #expect(lines.count == 2 + 90)
        // Of this topic nothing is missing.
        lines = loop.ask(loop.connect(), "watch config after=0")
        #expect(lines.count == 3 && !lines.contains { $0.contains("lost") })
        // Nothing of the topic is kept, but nothing was there.
        #expect(loop.ask(loop.connect(), "watch slo after=0").count == 1)
        lines = loop.ask(loop.connect(), "watch guard after=0000000000000abc:201")
        #expect(lines.count == 1)
        lines = loop.ask(loop.connect(), "watch guard after=0000000000000abc:200")
        #expect(lines.count == 2)
    }

    /// A run before this one: what it told and a crash took back has other ids now.
    @Test func whoWatchedAnEarlierRunGoesOn() throws {
        func start(_ run: UInt64) {
            loop.engine.runID = run
            let text = "opsd 0.2.0 is up, run \(WorkToken.text(run))"
            loop.engine.commit(.noted(Note(.started, .info, text)))
        }
        start(1)
        try ban(0..<3, intoFile: false)
        start(2)
        try ban(3..<6, intoFile: false)
        func told(_ after: String) -> [Int] {
            loop.ask(loop.connect(), "watch after=\(after)").compactMap { line in
                line.hasPrefix("event {\"id\":") ? Self.ids(line).first : nil
            }
        }
        #expect(told("0000000000000001:3") == Array(4...8))
        #expect(told("0000000000000001:700") == Array(5...8), "it ended with id 4")
        #expect(told("0000000000000002:7") == [8])
        #expect(told("7") == [8])
        #expect(told("00000000000000ff:7") == Array(1...8), "nobody knows that run")
    }
}
