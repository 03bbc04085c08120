// The inbox in the daemon: replies over the socket, evidence, the files in the log directory.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import Testing

@testable import OpsDaemon

@Suite struct IncidentEngineTests {
    private static let raise =
        "incident raise severity=CRITICAL source=healthcheck msg=\"Database connection lost\""

    /// The lines of the jobs for `incidents.ndjson` so far.
    private func trail(_ loop: FakeLoop) -> [String] {
        loop.takeTrailJobs().flatMap { job -> [String] in
            guard case .append(.incidents, let lines, _) = job else { return [] }
            return String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func aRaiseIsAnsweredOnceItIsOnDisk() {
        let loop = FakeLoop.settled()
        let client = loop.connect(uid: 7, role: .report)
        loop.disk = .waiting
        loop.send(client, Self.raise + "\n")
        #expect(client.take().isEmpty, "nobody is told what a crash could undo")
        loop.disk = .prompt
        loop.settle()
        let reply = client.take().last ?? ""
        #expect(
            reply.contains(#""id":1,"fingerprint":"c75893c52574","new":true,"suppressed":false"#))
        #expect(
            loop.ask(client, Self.raise).last?.contains(
                #""new":false,"suppressed":true,"outcome":"repeated","count":2"#) == true)
    }

    /// While the disk is away it is counted and told all the same, and the reply says so.
    @Test func aBrokenDiskStopsNoRaise() {
        let loop = FakeLoop.settled()
        let client = loop.connect(role: .report)
        loop.disk = .broken
        let reply = loop.ask(client, Self.raise).last ?? ""
        #expect(reply.contains(#""new":true"#) && reply.contains(#""durable":false"#))
        #expect(loop.engine.state.incident(1)?.highest == .critical)
    }

    @Test func rolesAreThoseOfTheTable() {
        let loop = FakeLoop.settled()
        let reporter = loop.connect(uid: 7, role: .report)
        for role in [Role.watch, .pager, .check, .act, .web, .fleet, .report, .admin] {
            let client = loop.connect(uid: 9, role: role)
            #expect(loop.ask(client, Self.raise).last?.hasPrefix("ok ") == true, "\(role)")
        }
        let reader = loop.connect(uid: 8, role: .read)
        #expect(loop.ask(reader, Self.raise).last?.contains("forbidden") == true)
        for line in ["incident ack 1", "incident resolve 1", "incident note 1 x", "silence end 1"] {
            #expect(loop.ask(reporter, line).last?.contains("forbidden") == true, "\(line)")
        }
        for line in ["incidents", "incident show 1", "incident summary", "silence list"] {
            #expect(loop.ask(reader, line).last?.hasPrefix("ok ") == true, "\(line)")
        }
    }

    @Test func evidenceGoesInOnce() throws {
        let loop = FakeLoop.settled()
        var sample = Sample(at: loop.now)
        sample.pressure.io = PressureStall(
            some: PressureLine(avg10: 12.34, avg60: 0, avg300: 0, totalMicroseconds: 0),
            full: PressureLine(avg10: 5, avg60: 0, avg300: 0, totalMicroseconds: 0))
        loop.nextSample = sample
        loop.pass(seconds: 2)
        loop.engine.adopt(
            ProcessScan(
                at: loop.now, total: 9,
                byCPU: (1...9 as ClosedRange<Int32>).map {
                    ProcessEntry(
                        pid: $0, name: "cpu\u{1b}\($0)", cpuPercent: 97.3, memoryPercent: 1,
                        memoryBytes: 1 << 20)
                }, byMemory: []))
        let client = loop.connect()
        _ = loop.ask(client, "incident raise severity=info source=healthcheck msg=before")
        _ = loop.ask(client, Self.raise)
        let text = try #require(loop.engine.state.incidents.evidence[2]?.text)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("status: "))
        #expect(lines.contains("waiting, % of the last 10 s: I/O 12.3 (all 5.0)"))
        #expect(lines.contains("  1 cpu\u{fffd}1 97.3%") && !text.contains("cpu\u{fffd}6"))
        #expect(
            lines.last?.contains("incident_opened: incident 1: INFO healthcheck: before") == true)
        #expect(!text.contains("incident 2:"), "its own event is not evidence")
        loop.pass(seconds: 60)
        _ = loop.ask(client, Self.raise)
        #expect(loop.engine.state.incidents.evidence[2]?.text == text)
        #expect(loop.engine.state.incidents.evidence.count == 2)
    }

    /// opsd's own incidents say what to do.
    @Test func ownIncidentsSayWhatToDo() throws {
        let loop = FakeLoop.settled()
        let terms = RaiseTerms(
            .critical, source: "opsd", message: "the store is degraded", key: "store_degraded",
            rule: "store_degraded")
        let (_, changes) = try loop.engine.state.raise(terms, by: .daemon, at: loop.engine.now)
        for change in changes { loop.engine.commit(change) }
        loop.turn()
        let text = loop.engine.state.incidents.evidence[1]?.text
        #expect(text?.contains("what to do: The state is in memory only") == true)
    }

    @Test func whatHappensIsInTheTrail() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        _ = loop.ask(client, Self.raise)
        for _ in 0..<5 { _ = loop.ask(client, Self.raise) }
        loop.pass(seconds: 2)
        _ = loop.ask(client, "incident ack 1 note=\"on it\"", "incident resolve c75893c52574")
        loop.pass(seconds: 2)
        loop.engine.noteInTrail(
            PageMark(
                channel: "mail", reason: .raise, number: 1, item: 12, end: .sent, at: 1_795_252_290),
            of: loop.engine.state.incident(1) ?? loop.engine.state.openIncidents[0])
        loop.pass(seconds: 2)
        let lines = trail(loop)
        func line(_ what: String) -> String {
            lines.first { $0.contains("\"what\":\"\(what)\"") } ?? ""
        }
        #expect(lines.count == 5)
        #expect(line("incident_opened").contains(#""fingerprint":"c75893c52574""#))
        #expect(line("incident_repeated").contains(#""count":6"#))
        #expect(line("incident_repeated").contains(#""repeats":5"#))
        #expect(line("incident_acknowledged").contains(#""note":"on it""#))
        #expect(line("incident_resolved").contains(#""stage":"resolved""#))
        #expect(
            line("page").contains(#""channel":"mail","reason":"raise","number":1,"end":"sent""#))
        #expect(lines.allSatisfy { $0.hasPrefix(#"{"time":"20"#) && $0.hasSuffix("}") })
    }

    @Test func theSummaryIsWrittenWhenSomethingHappened() {
        let loop = FakeLoop.settled()
        loop.pass(seconds: 70)
        _ = loop.takeTrailJobs()
        func summaries() -> [String] {
            loop.takeTrailJobs().compactMap { job in
                guard case .replace(IncidentFiles.summary, let bytes) = job else { return nil }
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        loop.pass(seconds: 180)
        #expect(summaries().isEmpty, "nothing happened")
        _ = loop.ask(loop.connect(), Self.raise)
        loop.pass(seconds: 61)
        let written = summaries()
        #expect(written.count == 1)
        #expect(
            written.first?.hasPrefix(
                #"{"ok":true,"summary":{"total_incidents":1,"unique_fingerprints":1,"#) == true)
        loop.pass(seconds: 300)
        #expect(summaries().isEmpty)
        loop.pass(seconds: 3_600)
        #expect(summaries().count == 1, "what is older than a day leaves it")
    }

    /// Nothing a reporter writes reaches a line of the protocol or a file unescaped.
    @Test(arguments: [
        #"a\nb"#, #"a\r\nSubject: b"#, #"a\u001b[31mb"#, #"a\u202eb"#, "*_[]()`~#<>&", #"\u0000"#,
        #"a\u2028b"#, #"\u009b2J"#,
    ])
    func hostileTextsAreEscaped(text: String) {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        let long = String(repeating: "x", count: 10_000)
        for (message, source) in [(text, "web"), ("m", text), (text + long, "web")] {
            let reply = loop.ask(
                client,
                "incident raise severity=warning source=\"\(source)\" msg=\"\(message)\" "
                    + "details=\"\(message)\" links=\"\(text)\"")
            #expect(reply.last?.hasPrefix("ok ") == true, "\(reply)")
        }
        let shown =
            loop.ask(client, "incidents", "incident show 1", "incident summary", "events")
        loop.pass(seconds: 2)
        for line in shown + trail(loop) {
            #expect(
                line.unicodeScalars.allSatisfy { !$0.isWrittenEscaped || $0 == "\n" }, "\(line)")
        }
    }

    /// A raise counts, whatever its bytes are.
    @Test func aLineThatIsNotTextIsRepaired() {
        let loop = FakeLoop.settled()
        let client = loop.connect()
        let line =
            Array("incident raise severity=warning source=web msg=\"a".utf8)
            + [0xff, 0x1b] + Array("b\"\n".utf8)
        loop.send(client, line)
        loop.settle()
        #expect(client.take().last?.hasPrefix("ok ") == true)
        #expect(loop.engine.state.incident(1)?.message == "a\u{fffd}\u{fffd}b")
    }
}
