// OpenSLO there and back, ordinary documents as people write them, and what is refused.

import OpsProtocol
import Testing

@testable import OpsControl

@Suite struct OpenSLOTests {
    private let ordinary = """
        # An SLO as the specification shows it.
        apiVersion: openslo/v1
        kind: SLO
        metadata:
          name: web-availability
          displayName: "Web: availability"
        spec:
          description: |
            Most requests
              are good.
          service: web
          indicator:
            metadata: { name: good, labels: [a, 'b c'] }
            spec:
              ratioMetric:
                counter: true
                good: {metricSource: {type: Prometheus}}
          timeWindow:
          - duration: 4w     # set in no further than its key
            isRolling: true
          budgetingMethod: Occurrences
          objectives:
            - displayName: plain text
                that goes on
              target: 0.9995
        ---
        kind: Service
        apiVersion: openslo/v1
        metadata:
          name: web
        ---
        apiVersion: openslo/v1
        kind: SLO
        metadata:
          name: web-latency
        spec:
          service: web
          indicator:
            spec:
              thresholdMetric: {}
          timeWindow:
            - duration: 1Q
              calendar: {startTime: "2026-01-01 00:00:00", timeZone: UTC}
          budgetingMethod: Timeslices
          objectives:
            - op: lte
              value: 250.5
              target: 0.95
            - {op: lte, value: 900, targetPercent: 99}
            - op: lte
              value: 2000
              target: 0.999
        """

    @Test func ordinaryDocuments() throws {
        let read = OpenSLOImport(try YAMLReader.documents(ordinary))
        #expect(
            read.text == """
                [slo.web-availability]
                window = "28d"
                availability = 99.95
                latency_p95_ms = 250.5
                latency_p99_ms = 900.0

                """)
        for words in ["Service has no counterpart", "Timeslices", "calendar window", "99.9 of 100"]
        {
            #expect(read.notes.contains { $0.contains(words) }, "\(words): \(read.notes)")
        }
    }

    @Test func thereAndBack() throws {
        let reply = #"""
            {"objectives":[{"slo":"api","targets":{"p95_ms":800.0,"p99_ms":1200.5,
            "daily_error_budget_pct":0.5,"availability":99.95,"window_seconds":604800,
            "min_events":5,"min_bad":2,"gate":false}}]}
            """#
        let bytes = Array(reply.utf8)
        let value = try JSONValue(parsing: bytes.span)
        let yaml = OpenSLOExport.text(value["objectives"]?.elements ?? [])
        let read = OpenSLOImport(try YAMLReader.documents(yaml))
        let keys = Set(read.text.split(separator: "\n").map(String.init))
        #expect(
            keys == [
                "[slo.api]", "window = \"7d\"", "daily_error_budget_pct = 0.5", "min_events = 5",
                "min_bad = 2", "gate = false", "availability = 99.95", "latency_p95_ms = 800.0",
                "latency_p99_ms = 1200.5",
            ])
    }

    @Test func jsonIsYAML() throws {
        let json = #"{"apiVersion":"openslo/v1","kind":"SLO","metadata":{"name":"a"},"spec":{}}"#
        #expect(!OpenSLOImport(try YAMLReader.documents(json)).isEmpty)
        #expect(throws: YAMLFault.self) { try YAMLReader.documents("{\n\"a\": }") }
    }

    @Test(arguments: [
        ("a: &x 1", 1, "anchors"), ("a: 1\nb: *x", 2, "anchors"), ("a: !!str 1", 1, "anchors"),
        ("a:\n\tb: 1", 2, "tab"), ("a: 1\na: 2", 2, "twice"), ("a: 1\n   b: 2", 2, "indentation"),
        ("a: [1, 2", 1, "expected a comma"), ("a: \"x", 1, "quote"), ("a: {b}", 1, "key: value"),
        ("a: 1\nnothing", 2, "key: value"), ("- a\nb: 1", 2, "belongs"),
        ("a: 'x' y", 1, "unexpected text after"),
    ])
    func refused(_ text: String, _ line: Int, _ words: String) {
        do {
            let documents = try YAMLReader.documents(text)
            Issue.record("\(text) was read as \(documents)")
        } catch {
            #expect(error.line == line && error.reason.contains(words), "\(text): \(error)")
        }
    }

    /// Whatever comes: a value or a fault, never a crash.
    @Test func noise() {
        var seed: UInt64 = 5
        func random(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % count
        }
        let parts = [
            "- ", "a: ", "\n", "  ", "|", ">", "\"", "'", "[", "]", "{", "}", ",", ":", "#",
            "---\n", "é", "\\", "&", "1", "\t", "\r\n", "k: v\n",
        ]
        for _ in 0..<3_000 {
            let text = (0..<random(40)).map { _ in parts[random(parts.count)] }.joined()
            if let documents = try? YAMLReader.documents(text) { _ = OpenSLOImport(documents).text }
        }
        let deep = (0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(throws: YAMLFault.self) { try YAMLReader.documents(deep) }
        let flow = "a: " + String(repeating: "[", count: 9_000)
        #expect(throws: YAMLFault.self) { try YAMLReader.documents(flow) }
    }
}
