// Runs against a server in this process: 1 what is sent and counted; 2 how a run ends; 3 a rate;
// 4 servers that misbehave.

import Foundation
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsBench

@Suite struct BenchTests {
    private func plan(
        _ workload: String = "check", _ server: LineServer, keys: Int = 1_000
    ) throws -> BenchPlan {
        var plan = BenchPlan(
            try #require(Workload(named: workload)), KeySpace(count: keys, seed: 1),
            socket: server.path)
        plan.connections = 3
        plan.end = .requests(500)
        return plan
    }

    private func fault(_ plan: BenchPlan) -> BenchFault? {
        do throws(BenchFault) {
            _ = try Bench(plan).run()
            return nil
        } catch { return error }
    }

    private static let ok: LineServer.Answer = { _, _ in Array("ok {}\n".utf8) }

    @Test(
        "1.1 each request is sent once and answered once, whatever connections and pipeline",
        arguments: [(1, 1), (1, 64), (5, 1), (7, 16), (3, 500)])
    func everyRequestOnce(connections: Int, pipeline: Int) throws {
        let server = try LineServer(Self.ok)
        var plan = try plan("load", server, keys: 500)
        plan.isSequential = true
        plan.connections = connections
        plan.pipeline = pipeline
        let result = try Bench(plan).run()
        #expect(result.requests == 500 && result.replies == 500 && result.errors.total == 0)
        #expect(result.latency.count == 500)
        #expect(result.bytesReceived == 500 * 6)
        let lines = server.received()
        let keys = plan.keys
        let wanted = (0..<500).map {
            "ban \(keys.text($0)) ttl=1d reason=bench source=opsbench"
        }
        #expect(lines.sorted() == wanted.sorted())
        #expect(result.bytesSent == lines.reduce(0) { $0 + $1.utf8.count + 1 })
    }

    @Test("1.2 replies in pieces are the same replies", arguments: [1, 2, 5, 7])
    func pieces(size: Int) throws {
        let server = try LineServer(pieces: size) { number, _ in
            Array((number % 10 == 0 ? "err {\"code\":\"refused\"}\n" : "ok {}\n").utf8)
        }
        var plan = try plan("hit", server)
        plan.pipeline = 8
        let result = try Bench(plan).run()
        #expect(result.requests == 500)
        #expect(result.errors.codes.map { "\($0.code) \($0.count)" } == ["refused 50"])
    }

    @Test("1.3 a request of two lines has two replies")
    func pairs() throws {
        let server = try LineServer { _, line in
            Array((line.hasPrefix("INCR") ? ":1\r\n" : "+OK\r\n").utf8)
        }
        var plan = try plan(server: server)
        plan.workload = Workload(raw: ["INCR {ip}", "EXPIRE {ip} 60"], end: "\r\n")
        plan.pipeline = 4
        let result = try Bench(plan).run()
        #expect(result.requests == 500 && result.replies == 1_000)
        #expect(result.latency.count == 500)
        let lines = server.received()
        #expect(lines.count == 1_000 && lines.allSatisfy { $0.hasSuffix("\r") })
    }

    private func plan(server: LineServer) throws -> BenchPlan { try plan("check", server) }

    @Test("1.4 a pipeline larger than the socket's buffers goes through")
    func largePipeline() throws {
        let server = try LineServer { _, line in Array("ok \(line)\n".utf8) }
        var plan = try plan("load", server)
        plan.connections = 1
        plan.pipeline = 10_000
        plan.end = .requests(10_000)
        let result = try Bench(plan).run()
        #expect(result.requests == 10_000)
        #expect(result.bytesSent > 512 << 10)
    }

    @Test("2.1 a time ends a run, and what is under way is awaited")
    func duration() throws {
        let server = try LineServer(Self.ok)
        var plan = try plan(server: server)
        plan.end = .nanoseconds(20_000_000)
        let result = try Bench(plan).run()
        #expect(result.requests > 0 && result.requests == server.received().count)
    }

    @Test("3.1 a rate sends as many as it says")
    func rate() throws {
        let server = try LineServer(Self.ok)
        var plan = try plan(server: server)
        plan.ratePerSecond = 10_000
        plan.end = .nanoseconds(20_000_000)
        let result = try Bench(plan).run()
        #expect(result.requests == 200)
        #expect(server.received().count == 200)
        #expect(result.nanoseconds >= 19_000_000)
        #expect(result.lateness.count == 200)
    }

    /// One reply is late by 50 ms.  At 1,000 a second 50 requests were due meanwhile: each is
    /// charged with what it had to wait.
    @Test("3.2 a server that stands still is charged for all that was due meanwhile")
    func noCoordinatedOmission() throws {
        let server = try LineServer { number, _ in
            if number == 1 { usleep(50_000) }
            return Array("ok {}\n".utf8)
        }
        var plan = try plan("ping", server)
        plan.connections = 1
        plan.ratePerSecond = 1_000
        plan.end = .requests(100)
        let result = try Bench(plan).run()
        // Requests 0...30 were due in the first 30 ms, and answered after 50.
        #expect(result.latency.percentile(0.7) >= 20_000_000)
    }

    @Test("4.1 a server that closes")
    func closes() throws {
        let server = try LineServer { number, _ in number == 100 ? nil : Array("ok\n".utf8) }
        let fault = fault(try plan(server: server))
        #expect(fault?.exit == .unreachable)
        #expect(fault?.message.hasPrefix("the server closed a connection, after ") == true)
    }

    @Test("4.2 a server that does not answer")
    func silent() throws {
        let server = try LineServer { _, _ in [] }
        var plan = try plan(server: server)
        plan.timeoutNanoseconds = 20_000_000
        let fault = fault(plan)
        #expect(fault?.exit == .unreachable)
        #expect(fault?.message == "no reply for 20 ms, with 3 requests unanswered")
    }

    @Test("4.3 a server that says more than it was asked")
    func talkative() throws {
        let server = try LineServer { _, _ in Array("$1\r\n1\r\n".utf8) }
        let fault = fault(try plan(server: server))
        #expect(fault?.message == "the server sent more replies than requests")
    }

    @Test("4.4 no server")
    func noServer() throws {
        var plan = BenchPlan(
            try #require(Workload(named: "ping")), KeySpace(count: 1, seed: 1),
            socket: "/nonexistent/socket")
        #expect(fault(plan)?.exit == .unreachable)
        plan.socket = String(repeating: "x", count: 200)
        #expect(fault(plan)?.exit == .unreachable)
    }

    @Test("5.1 the echo server sends every line back, and ends with its last connection")
    func echo() throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path(of: "s")
        let ended = DispatchSemaphore(value: 0)
        let listens = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            if let server = try? EchoServer(path: path) {
                listens.signal()
                try? server.run(endsWithLast: true)
            }
            ended.signal()
        }
        listens.wait()
        var plan = BenchPlan(
            try #require(Workload(named: "mixed")), KeySpace(count: 100, seed: 1), socket: path)
        plan.connections = 4
        plan.pipeline = 2_000
        plan.end = .requests(20_000)
        let result = try Bench(plan).run()
        #expect(result.replies == 20_000 && result.bytesSent == result.bytesReceived)
        ended.wait()
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
