// `ip_bans.json` (S1-08), kept where `guard.bans_file` says so: the steps that the loop hands over,
// and what the trail thread makes of them on a real directory.

import Foundation
import OpsConfig
import OpsCore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct BansFileTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        try scratch.makeDirectory("state")
    }

    private func loop(_ change: (inout Configuration) -> Void = { _ in }) -> FakeLoop {
        var configuration = Configuration()
        configuration.guardFiles.keepsBans = true
        change(&configuration)
        return FakeLoop.settled(configuration)
    }

    /// The steps that the loop has asked for since the last time.
    private func steps(_ loop: FakeLoop) -> [(job: BansFileJob, ticket: UInt64)] {
        defer { loop.errands = [] }
        return loop.errands.compactMap {
            guard case .trail(.bansFile(let job, let ticket)) = $0 else { return nil }
            return (job, ticket)
        }
    }

    /// Runs turns until no file is under way; the thread's work is done here.
    @discardableResult
    private func writeAll(_ loop: FakeLoop, _ trails: inout Trails) throws -> Int {
        var count = 0
        for _ in 0..<2_000 {
            loop.turn()
            let steps = steps(loop)
            if steps.isEmpty && loop.loop.bansFile.writing == nil { break }
            for step in steps {
                count += 1
                trails.submit(.bansFile(step.job, ticket: step.ticket))
                try trails.awaitAnswer()
                loop.collect(trails.takeBansFileAnswers())
            }
        }
        return count
    }

    private func file() throws -> [String: Any] {
        let bytes = try scratch.bytes("log/ip_bans.json")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test func itHoldsWhatIsBannedAndStruck() throws {
        let loop = loop()
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        let client = loop.connect()
        try writeAll(loop, &trails)
        for request in [
            "ban 203.0.113.9 ttl=1h", "ban 198.51.100.0/24 ttl=permanent",
            "ban 2001:db8::/48 ttl=1d", "strike 192.0.2.1", "strike 192.0.2.1 weight=1",
        ] {
            _ = loop.ask(client, request)
        }
        loop.advance(1)
        try writeAll(loop, &trails)
        let file = try file()
        let bans = try #require(file["bans"] as? [String: Any])
        #expect(Set(bans.keys) == ["203.0.113.9", "198.51.100.0/24", "2001:db8::/48"])
        #expect(bans["198.51.100.0/24"] is NSNull)
        let end = try #require(bans["203.0.113.9"] as? Int)
        #expect(end == Int(FakeLoop.newYear / FakeLoop.second) + 3_600)
        let strikes = try #require(file["strikes"] as? [String: [Int]])
        #expect(strikes.keys.sorted() == ["192.0.2.1"] && strikes["192.0.2.1"]?.count == 2)
        // Nothing is left beside it.
        #expect(scratch.names("log") == ["ip_bans.json"])
    }

    @Test func anEmptyGuardIsValidToo() throws {
        let loop = loop()
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        loop.advance(1)
        try writeAll(loop, &trails)
        #expect(try file()["bans"] as? [String: Int] == [:])
        #expect(try file()["strikes"] as? [String: [Int]] == [:])
    }

    @Test func itIsWrittenWhenSomethingChangedAndOnceASecond() throws {
        let loop = loop()
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        let client = loop.connect()
        loop.advance(1)
        #expect(try writeAll(loop, &trails) > 0)
        loop.advance(1)
        #expect(try writeAll(loop, &trails) == 0)
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        // The second is not over.
        #expect(try writeAll(loop, &trails) == 0)
        loop.advance(1)
        #expect(try writeAll(loop, &trails) > 0)
        #expect((try file()["bans"] as? [String: Any])?.count == 1)
    }

    /// Many bans: a step has few of them, two steps are under way at most, files are further apart.
    @Test func manyAreHandedOverInSlices() throws {
        let loop = loop { $0.guard.maxTracked = 100_000 }
        let client = loop.connect()
        for first in stride(from: 0, to: 44_000, by: 200) {
            let words = (first..<first + 200).map {
                "10.\($0 / 65_536).\($0 / 256 % 256).\($0 % 256)"
            }
            _ = loop.ask(client, "ban \(words.joined(separator: " ")) ttl=1h")
        }
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        try writeAll(loop, &trails)
        loop.advance(10)
        loop.turn()
        #expect(loop.loop.bansFile.writing != nil)
        #expect(steps(loop).count <= BansFile.stepsInFlight)
        loop.turn()
        #expect(steps(loop).isEmpty)
        loop.collect([
            BansFileAnswer(ticket: loop.loop.bansFile.ticket, outcome: .done)
        ])
        loop.turn()
        #expect(steps(loop).count == 1)
        let writing = try #require(loop.loop.bansFile.writing)
        let slice = 44_000 * writing.partsPerStep / State.snapshotParts
        #expect(slice <= 2 * BansFile.entriesPerStep)
        // 44,000 entries: 2 s.
        #expect(loop.loop.bansFile.due == loop.now.boot + 2 * FakeLoop.second)
    }

    @Test func aFileThatCannotBeWrittenIsAFaultAndIsTriedAgain() throws {
        let loop = loop()
        scratch.remove("log")
        var trails = try Trails(logPath: scratch.log, statePath: scratch.state)
        loop.advance(1)
        try writeAll(loop, &trails)
        #expect(trails.fault?.contains("ip_bans.json") == true)
        try scratch.makeDirectory("log")
        loop.advance(2)
        try writeAll(loop, &trails)
        #expect(trails.fault == nil)
        #expect(try file()["bans"] as? [String: Int] == [:])
    }

    /// A file that was given up: late answers are not taken for those of the next.
    @Test func lateAnswersAreNotOfTheNextFile() {
        let loop = loop()
        loop.advance(1)
        loop.turn()
        let old = loop.loop.bansFile.ticket
        loop.collect([BansFileAnswer(ticket: old, outcome: .failed)])
        #expect(loop.loop.bansFile.writing == nil)
        loop.advance(2)
        loop.turn()
        let inFlight = loop.loop.bansFile.writing?.inFlight
        loop.collect([BansFileAnswer(ticket: old, outcome: .done)])
        #expect(loop.loop.bansFile.ticket == old + 1)
        #expect(loop.loop.bansFile.writing?.inFlight == inFlight)
    }

    /// It gets its name only when the log is durable as far as it shows.
    @Test func itShowsNothingThatACrashCouldUndo() {
        let loop = loop()
        let client = loop.connect()
        loop.disk = .waiting
        loop.send(client, "ban 203.0.113.9 ttl=1h\n")
        loop.advance(1)
        func hasFinished() -> Bool {
            for _ in 0..<20 {
                loop.turn()
                for step in steps(loop) {
                    if case .finish = step.job { return true }
                    loop.collect([BansFileAnswer(ticket: step.ticket, outcome: .done)])
                }
            }
            return false
        }
        expect(!hasFinished())
        loop.completeJobs()
        expect(hasFinished())
    }

    @Test func withoutTheSettingThereIsNone() {
        let loop = loop { $0.guardFiles.keepsBans = false }
        loop.advance(5)
        loop.turn()
        #expect(steps(loop).isEmpty)
    }
}
