import Testing

@testable import OpsWatch

@Suite("an entry as a line") struct JournalLineTests {
    private func line(_ fields: [String]) -> String {
        var line = JournalLine()
        for _ in 0..<2 {
            line.begin()
            for field in fields {
                let bytes = Array(field.utf8)
                line.take(bytes.span, nameLength: bytes.firstIndex(of: 0x3d) ?? 0)
            }
            line.finish(realtime: 1_700_000_000_123_456, uptime: 1_500_000)
        }
        return String(decoding: line.bytes, as: UTF8.self)
    }

    @Test(
        "host, program, process and message, as far as they are there",
        arguments: [
            (["MESSAGE=m"], "m"), ([], ""), (["_HOSTNAME=h", "MESSAGE=m"], "h m"),
            (["_COMM=c", "_PID=7", "MESSAGE=m"], "c[7]: m"),
            (["SYSLOG_IDENTIFIER=s", "_COMM=c", "_PID=7", "SYSLOG_PID=8"], "s[8]: "),
            (["_PID=7", "MESSAGE=m"], "m"),
            (["SYSLOG_IDENTIFIER=kernel", "MESSAGE=m"], "kernel: [    1.500000] m"),
            (
                ["SYSLOG_IDENTIFIER=kernel", "_SOURCE_MONOTONIC_TIMESTAMP=12345678000042"],
                "kernel: [12345678.000042] "
            ),
            (["SYSLOG_IDENTIFIER=a\nb", "MESSAGE=c\nd"], "a\\nb: c\\nd"),
            (["=", "MESSAGE", "XMESSAGE=n", "MESSAGES=n"], ""),
        ])
    func form(_ fields: [String], _ expected: String) { #expect(line(fields) == expected) }

    @Test(
        "the time is the program's, unless it is later than the entry",
        arguments: [
            ("1700000000000999", 1_700_000_000_000), ("1800000000000000", 1_700_000_000_123),
            ("x", 1_700_000_000_123), ("99999999999999999999", 1_700_000_000_123),
        ] as [(String, Int64)])
    func time(_ text: String, _ expected: Int64) {
        var line = JournalLine()
        line.begin()
        let field = Array("_SOURCE_REALTIME_TIMESTAMP=\(text)".utf8)
        line.take(field.span, nameLength: 26)
        line.finish(realtime: 1_700_000_000_123_456, uptime: 0)
        #expect(line.time == expected)
    }

    @Test("a message is bounded whatever its length and line feeds")
    func bounded() {
        var line = JournalLine()
        for count in [8_191, 8_192, 8_193, 20_000, 65_536] {
            for filler in ["x", "\n"] {
                line.begin()
                for _ in 0..<3 {
                    let text = "MESSAGE=" + String(repeating: filler, count: count) + "$end"
                    line.take(Array(text.utf8).span, nameLength: 7)
                }
                line.finish(realtime: 0, uptime: 0)
                #expect(line.bytes.count <= JournalLine.messageLimitBytes)
            }
        }
    }
}
