import OpsTestKit
import Testing

@testable import OpsWatch

@Suite("The conversation with opsd")
struct UplinkTests {
    private func lines(_ uplink: inout Uplink) -> [String] {
        let text = String(decoding: uplink.output, as: UTF8.self)
        uplink.sent(uplink.output.count)
        return text.split(separator: "\n").map(String.init)
    }

    private func feed(_ uplink: inout Uplink, _ lines: [String]) throws {
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        try uplink.received(bytes.span)
    }

    /// Connects, and lets opsd answer the greeting.
    private func open(_ uplink: inout Uplink, _ opsd: inout FakeOpsd) throws {
        uplink.connected()
        while uplink.phase == .greeting {
            try feed(&uplink, lines(&uplink).map { opsd.answer($0) })
        }
    }

    @Test("1. hello and places come before any report")
    func greeting() throws {
        var uplink = Uplink(version: "1.2.3", uid: 7)
        uplink.queue.append(.sample(line: 10))
        uplink.connected()
        uplink.fill()
        #expect(lines(&uplink) == ["hello name=opswatch version=1.2.3", "places limit=1000"])
        try feed(&uplink, ["ok {}", "ok {\"places\":[],\"next\":null}"])
        #expect(uplink.phase == .open)
        uplink.fill()
        #expect(
            lines(&uplink) == [
                "strike 198.51.100.1 source=\"sshd\" reason=\"sshd: user root\" weight=1"
                    + " at=2025-11-28T19:10:12.345000Z place=\"auth:160\""
            ])
    }

    @Test("1. What opsd has counted is not sent again; other users' streams say nothing")
    func places() throws {
        var uplink = Uplink(version: "1", uid: 7)
        for line in [1, 2, 3] { uplink.queue.append(.sample(line: UInt64(line))) }
        uplink.connected()
        _ = lines(&uplink)
        let rows =
            "{\"stream\":\"auth\",\"place\":32,\"uid\":7},{\"stream\":\"auth\",\"place\":999,\"uid\":0}"
        try feed(&uplink, ["ok {}", "ok {\"places\":[\(rows)],\"next\":\"auth\"}"])
        #expect(lines(&uplink) == ["places limit=1000 after=\"auth\""])
        try feed(&uplink, ["ok {\"places\":[],\"next\":null}"])
        uplink.fill()
        let sent = lines(&uplink)
        #expect(sent.count == 1)
        #expect(sent.first?.hasSuffix("place=\"auth:48\"") == true)
        #expect(uplink.counts.taken == 2)
    }

    @Test("2. At most a window of reports is on its way")
    func window() throws {
        var uplink = Uplink(version: "1", uid: 7)
        var opsd = FakeOpsd()
        try open(&uplink, &opsd)
        for line in 1...400 {
            uplink.queue.append(.sample(host: UInt32(line), line: UInt64(line)))
        }
        uplink.fill()
        let first = lines(&uplink)
        #expect(first.count == Uplink.window)
        try feed(&uplink, first.map { opsd.answer($0) })
        uplink.fill()
        #expect(lines(&uplink).count == 400 - Uplink.window)
    }

    @Test("4. What opsd refuses for good is counted, with its words")
    func refused() throws {
        var uplink = Uplink(version: "1", uid: 7)
        var opsd = FakeOpsd()
        try open(&uplink, &opsd)
        uplink.queue.append(.sample(line: 1))
        uplink.fill()
        _ = lines(&uplink)
        try feed(&uplink, ["err {\"code\":\"too-many\",\"message\":\"no room\"}"])
        #expect(uplink.counts.refused == 1)
        #expect(uplink.counts.lastRefusal == "no room")
        #expect(uplink.queue.count == 0)
    }

    @Test("A busy opsd gets the report again, without the place that later ones have passed")
    func busy() throws {
        var uplink = Uplink(version: "1", uid: 7)
        var opsd = FakeOpsd()
        try open(&uplink, &opsd)
        uplink.queue.append(.sample(host: 1, line: 1))
        uplink.queue.append(.sample(host: 2, line: 2))
        uplink.fill()
        let sent = lines(&uplink)
        // The first is refused, the second is counted, and its answer is lost.
        _ = opsd.answer(sent[1])
        #expect(throws: UplinkFault.busy("not now")) {
            try feed(&uplink, ["err {\"code\":\"busy\",\"message\":\"not now\"}"])
        }
        uplink.disconnected()
        try open(&uplink, &opsd)
        uplink.fill()
        let again = lines(&uplink)
        #expect(again.count == 1)
        #expect(again.first?.contains("198.51.100.1 ") == true)
        #expect(again.first?.contains("place=") == false)
        for line in again { _ = opsd.answer(line) }
        #expect(opsd.weight == ["198.51.100.1": 1, "198.51.100.2": 1])
    }

    @Test(
        "What cannot go on says why",
        arguments: [
            ("err {\"code\":\"forbidden\",\"message\":\"no\"}", UplinkFault.forbidden("no")),
            ("HTTP/1.1 400", .notOpsd("what answers at the socket is not opsd")),
            (
                "err {\"code\":\"unknown-command\",\"message\":\"x\"}",
                .notOpsd("opsd does not know this opswatch; install both of one version")
            ),
            ("err {\"code\":\"too-many\",\"message\":\"full\"}", .busy("full")),
        ])
    func faults(answer: String, fault: UplinkFault) {
        var uplink = Uplink(version: "1", uid: 7)
        uplink.connected()
        #expect(throws: fault) { try feed(&uplink, [answer]) }
    }

    @Test("Answers without a question are a fault, not a crash")
    func unasked() throws {
        var uplink = Uplink(version: "1", uid: 7)
        var opsd = FakeOpsd()
        try open(&uplink, &opsd)
        #expect(throws: UplinkFault.self) { try feed(&uplink, ["ok {}"]) }
    }

    @Test("A store that is not safe is known, and that it is safe again")
    func durable() throws {
        var uplink = Uplink(version: "1", uid: 7)
        var opsd = FakeOpsd()
        try open(&uplink, &opsd)
        for (line, says) in [(1, ",\"durable\":false"), (2, "")] {
            uplink.queue.append(.sample(line: UInt64(line)))
            uplink.fill()
            _ = lines(&uplink)
            try feed(&uplink, ["ok {\"ip\":\"198.51.100.1\"\(says)}"])
            #expect(uplink.isDurable == says.isEmpty)
        }
    }

    @Test("Over crashes of opsd and lost answers every strike counts once", arguments: 1...12)
    func crashes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var uplink = Uplink(version: "1", uid: 7)
        var opsd = FakeOpsd()
        var wanted: [String: Int] = [:]
        var line: UInt64 = 0
        try open(&uplink, &opsd)
        for _ in 0..<300 {
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                line += 1
                let host = UInt32.random(in: 1...5, using: &random)
                uplink.queue.append(.sample(host: host, line: line))
                wanted["198.51.100.\(host)", default: 0] += 1
            }
            uplink.fill()
            let sent = lines(&uplink)
            // opsd reads some, some of its answers arrive, and perhaps it is gone.
            let read = Int.random(in: 0...sent.count, using: &random)
            let answers = sent.prefix(read).map { opsd.answer($0) }
            if read == sent.count, Bool.random(using: &random) {
                try feed(&uplink, answers)
                continue
            }
            try feed(&uplink, Array(answers.prefix(Int.random(in: 0...read, using: &random))))
            uplink.disconnected()
            try open(&uplink, &opsd)
        }
        while uplink.queue.count > 0 {
            uplink.fill()
            try feed(&uplink, lines(&uplink).map { opsd.answer($0) })
        }
        #expect(opsd.weight == wanted)
    }
}
