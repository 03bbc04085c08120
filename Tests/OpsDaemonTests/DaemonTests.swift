// The whole daemon on real directories and a real socket, turned by the test instead of by `run`.

import Foundation
import OpsConfig
import OpsCore
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon
@testable import OpsLinux

/// A running daemon and one client of it.
final class LiveDaemon {
    let daemon: Daemon
    private var stream: UnixStream?
    private var received: [UInt8] = []

    init(_ scratch: ScratchDirectory, _ text: String = "") throws {
        let configuration = try scratch.configuration(text)
        let file = scratch.path + "/opsd.toml"
        daemon = try Daemon(try Start.parts(DaemonOptions(), configuration, file: file))
        stream = try UnixStream(
            connectingTo: SocketPath(configuration.paths.socket), timeoutMilliseconds: 1_000)
    }

    /// Runs turns until `isDone`; every turn ends by itself within a second, since timers are due.
    func turn(until isDone: () throws -> Bool) throws {
        let start = Clocks.now().bootNanoseconds
        while try !isDone() {
            try daemon.turn()
            try #require(
                Clocks.now().bootNanoseconds - start < 20_000_000_000, "it never came to be")
        }
    }

    private func line() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        if case .bytes(let count)? = stream?.receive(into: &buffer) { received += buffer[..<count] }
        guard let end = received.firstIndex(of: 0x0a) else { return nil }
        defer { received.removeFirst(end + 1) }
        return String(decoding: received[..<end], as: UTF8.self)
    }

    /// Sends, and waits for nothing.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(stream?.send(bytes.span.bytes) == .bytes(bytes.count))
    }

    /// The client closes its socket.
    func hangUp() { stream = nil }

    func ask(_ request: String) throws -> String {
        let bytes = Array((request + "\n").utf8)
        #expect(stream?.send(bytes.span.bytes) == .bytes(bytes.count))
        var reply: String?
        try turn {
            reply = line()
            return reply != nil
        }
        return reply ?? ""
    }
}

@Suite(.serialized) struct DaemonTests {
    private let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    @Test func whatWasAcknowledgedOutlivesACrash() throws {
        var before = ""
        do {
            let live = try LiveDaemon(scratch)
            for _ in 0..<2 { _ = try live.ask("strike 203.0.113.9") }
            #expect(try live.ask("strike 203.0.113.9").contains("\"banned\":true"))
            before = try live.ask("check 203.0.113.9")
            #expect(try live.ask("status").contains("\"host_uptime_seconds\""))
        }
        let live = try LiveDaemon(scratch)
        func expiry(_ text: String) -> Substring? {
            text.split(separator: ",").first { $0.hasPrefix("\"expires\"") }
        }
        #expect(expiry(try live.ask("check 203.0.113.9")) == expiry(before))
        #expect(try live.ask("unban 203.0.113.9").hasPrefix("ok"))
    }

    /// The log directory goes away while a snapshot begins, and comes back.
    @Test func brokenLogIsRepairedByItself() throws {
        do {
            let live = try LiveDaemon(scratch)
            #expect(try !live.ask("ban 203.0.113.1 ttl=1h").contains("durable"))
            try FileManager.default.moveItem(
                atPath: scratch.state + "/wal", toPath: scratch.path + "/away")
            try scratch.write([], to: "state/wal")
            #expect(try live.ask("snapshot").hasPrefix("err "))
            // Its segment fails on a thread of its own.
            try live.turn { live.daemon.engine.log.isDegraded }
            // While a repair is tried, the log takes a snapshot: none is, until further down.
            live.daemon.loop.rounds.cancel(.logRepair)
            #expect(try live.ask("ban 203.0.113.2 ttl=1h").hasSuffix("\"durable\":false}"))
            #expect(try live.ask("snapshot").hasPrefix("err {\"code\":\"degraded\""))
            #expect(try live.ask("check 203.0.113.2").contains("\"banned\":true"))
            #expect(try live.ask("health").contains("degraded"))
            #expect(live.daemon.statusLine.hasPrefix("DEGRADED"))
            // The first repair fails as well.
            live.daemon.loop.rounds.postpone(.logRepair, at: live.daemon.engine.now.boot)
            let tried = live.daemon.loop.rounds.due(.logRepair)
            try live.turn { live.daemon.loop.rounds.due(.logRepair) > tried }
            try live.turn { !live.daemon.engine.log.isRecording }
            scratch.remove("state/wal")
            try FileManager.default.moveItem(
                atPath: scratch.path + "/away", toPath: scratch.state + "/wal")
            try live.turn { !live.daemon.engine.log.isDegraded }
            #expect(try !live.ask("ban 203.0.113.3 ttl=1h").contains("durable"))
            #expect(try live.ask("events").contains("\"event\":\"recovered\""))
            #expect(try live.ask("snapshot").hasPrefix("ok"))
        }
        let live = try LiveDaemon(scratch)
        for host in 1...3 {
            #expect(try live.ask("check 203.0.113.\(host)").contains("\"banned\":true"))
        }
    }

    @Test func stopsCleanly() throws {
        do {
            let live = try LiveDaemon(scratch)
            _ = try live.ask("ban 203.0.113.1")
            live.daemon.beginStop()
            try live.turn { live.daemon.loop.isFinished }
        }
        #expect(scratch.names("state").contains("snapshot.jsonl"))
        #expect(!scratch.names("").contains("opsd.sock"))
        let text = String(decoding: try scratch.bytes("log/events.ndjson"), as: UTF8.self)
        #expect(text.contains("\"event\":\"ban\"") && text.contains("\"event\":\"stopped\""))
        let live = try LiveDaemon(scratch)
        #expect(try live.ask("check 203.0.113.1").contains("\"banned\":true"))
    }

    /// What a reload reaches besides the engine: roles, and the periods of rounds.
    @Test func reloadReachesRolesAndRounds() throws {
        let live = try LiveDaemon(scratch, "probe.processes = \"60s\"\n")
        let stranger = Peer(pid: 1, userID: 54_321, groupID: 54_321, groups: [])
        #expect(live.daemon.roles.roles(of: stranger) == [])
        _ = try live.ask("ping")
        #expect(
            live.daemon.loop.rounds.due(.processes) > live.daemon.engine.now.boot + 30_000_000_000)
        _ = try scratch.configuration(
            "probe.processes = \"1s\"\naccess.read = [\"54321\"]\nhealth.daily_check = \"never\"\n")
        #expect(live.daemon.loop.dailyDue != nil)
        #expect(try live.ask("reload").contains("\"access.read\""))
        #expect(live.daemon.roles.roles(of: stranger) == .read)
        #expect(
            live.daemon.loop.rounds.due(.processes) <= live.daemon.engine.now.boot + 1_000_000_000)
        #expect(live.daemon.loop.dailyDue == nil)
    }

    @Test func reloadAppliesOrChangesNothing() throws {
        let live = try LiveDaemon(scratch)
        _ = try scratch.configuration("guard.strikes = 1\nlimits.line_bytes = 4096\n")
        let reply = try live.ask("reload")
        #expect(reply.contains("\"guard.strikes\""))
        #expect(try live.ask("strike 203.0.113.1").contains("\"banned\":true"))
        try scratch.write(Array("guard.strikes = 0\n".utf8), to: "opsd.toml")
        #expect(try live.ask("reload").hasPrefix("err {\"code\":\"refused\""))
        #expect(try live.ask("config").contains("\"strikes\":1"))
        #expect(try live.ask("events limit=1").contains("\"event\":\"reload_refused\""))
    }

    /// Several faults are lines for people, and one line where there is no room for more.
    @Test func eachFaultIsALine() throws {
        let live = try LiveDaemon(scratch)
        try scratch.write(Array("guard.strikes = 0\nguard.strikez = 1\n".utf8), to: "opsd.toml")
        let reply = try live.ask("reload")
        let file = scratch.path(of: "opsd.toml")
        #expect(reply.contains("nothing was changed:\\n\(file):1: guard.strikes: "))
        #expect(reply.contains("\\n\(file):2: "))
        let event = try live.ask("events limit=1")
        #expect(event.contains("; \(file):2: ") && !event.contains("\\n"))
    }

    /// After logrotate(8) has renamed a trail, SIGHUP makes the next event the first of a new file.
    @Test func hangUpOpensTheTrailsAgain() throws {
        let live = try LiveDaemon(scratch)
        func trail(_ name: String) -> String {
            String(decoding: (try? scratch.bytes("log/" + name)) ?? [], as: UTF8.self)
        }
        _ = try live.ask("ban 203.0.113.1 ttl=1h")
        try live.turn { trail("events.ndjson").contains("203.0.113.1") }
        try FileManager.default.moveItem(
            atPath: scratch.log + "/events.ndjson", toPath: scratch.log + "/away")
        // To this thread: other threads of the tests do not block the signal.
        pthread_kill(pthread_self(), SIGHUP)
        _ = try live.ask("ping")
        _ = try live.ask("ban 203.0.113.2 ttl=1h")
        try live.turn {
            trail("events.ndjson").contains("203.0.113.2") || trail("away").contains("203.0.113.2")
        }
        #expect(trail("events.ndjson").contains("203.0.113.2"))
        #expect(!trail("away").contains("203.0.113.2"))
    }

    @Test func aSecondOneIsRefused() throws {
        let live = try LiveDaemon(scratch)
        let configuration = try scratch.configuration()
        do throws(StartFault) {
            _ = try Start.parts(DaemonOptions(), configuration, file: "")
            Issue.record("it started")
        } catch {
            #expect(error.exitCode == 4)
        }
        #expect(try live.ask("ping") == "ok {\"pong\":true}")
    }
}
