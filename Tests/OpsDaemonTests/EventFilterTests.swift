// The filters of `events` over files, against jq(1).  Where there is no jq, this is not asked.

import Foundation
import OpsCore
import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct EventFilterTests {
    private static let jq = "/usr/bin/jq"
    private static let year: Int64 = 1_767_225_600

    private static let filters: [(EventFilter, String)] = [
        (EventFilter(), "true"),
        (EventFilter(severity: .critical), #".severity == "critical""#),
        (EventFilter(severity: .info), #".severity == "info""#),
        (EventFilter(kind: .ban), #".event == "ban""#),
        (
            EventFilter(kind: .unban, severity: .warning),
            #".event == "unban" and .severity == "warning""#
        ),
        (EventFilter(topic: .health), #".event == "health" or .event == "health_check""#),
        (
            EventFilter(topic: .store, severity: .critical),
            #"(.event == "started" or .event == "degraded") and .severity == "critical""#
        ),
        (EventFilter(network: Network(ipv4: 0xcb00_7107)), #".ip == "203.0.113.7""#),
        (
            EventFilter(since: (year + 100) * 1_000, until: (year + 1_000) * 1_000),
            #".timestamp >= "2026-01-01T00:01:40" and .timestamp < "2026-01-01T00:16:40""#
        ),
    ]

    /// Two thousand events of any kind, with texts that look like members.
    private func write(_ scratch: ScratchDirectory) throws {
        var random = SeededGenerator(seed: 7)
        let kinds: [EventKind] = [
            .ban, .unban, .health, .healthCheck, .started, .degraded, .sloFiring, .incidentOpened,
        ]
        let texts = [
            #""severity":"critical""#, #"{"event":"ban"}"#, "ä€𝄞 \u{202e}", "\\\"severity\\\":",
            "line\nfeed", "", #","ip":"203.0.113.7""#,
        ]
        var bytes: [UInt8] = []
        for id in 1...UInt64(2_000) {
            let kind = random.pick(kinds)
            let address = UInt32(0xcb00_7100) | UInt32(random.next() % 16)
            let event = Event(
                id: id, kind: kind, severity: random.pick(Severity.allCases),
                wall: (Self.year + Int64(id)) * 1_000_000_000 + Int64(random.next() % 1_000_000),
                gauges: Gauges(), details: random.pick(texts),
                network: kind.topic == .guard ? Network(ipv4: address) : nil,
                reason: random.pick(texts),
                subject: kind == .incidentOpened
                    ? .incident(
                        IncidentSubject(incident: id, fingerprint: "c75893c52574", source: "x"))
                    : nil)
            event.writeObject(to: &bytes)
            bytes.append(0x0a)
            if id % 50 == 0 { bytes += Array("{\"audit\":\"chain\",\"seq\":\(id)}\n".utf8) }
        }
        try scratch.write(bytes, to: "log/events.ndjson")
    }

    private static func ids(_ program: String, _ path: String) throws -> [UInt64] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: jq)
        process.arguments = ["select(.id and (\(program))) | .id", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap {
            UInt64($0)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: jq)))
    func filtersFindWhatJqFinds() throws {
        let scratch = try ScratchDirectory()
        try scratch.makeDirectory("log")
        try write(scratch)
        for (filter, program) in Self.filters {
            let expected = try Self.ids(program, scratch.log + "/events.ndjson")
            let search = EventSearch(
                query: EventQuery(limit: 1_000, filter), floor: 5_000, rows: [], seen: 0, kept: [])
            let page = EventFileSearch.page(search, path: scratch.log)
            #expect(page.total == expected.count && page.total > 0, "\(program)")
            #expect(
                page.rows.map(\.place.id) == Array(expected.reversed().prefix(1_000)), "\(program)")
        }
    }
}
