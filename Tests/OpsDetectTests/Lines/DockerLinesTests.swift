import Testing

@testable import OpsDetect

@Suite("docker's json-file") struct DockerLinesTests {
    private func read(_ lines: [String]) -> [(text: String, outcome: DockerOutcome)] {
        var docker = DockerLines()
        var text: [UInt8] = []
        return lines.map { line in
            let outcome = docker.read(Array(line.utf8).span, into: &text)
            return (String(decoding: text, as: UTF8.self), outcome)
        }
    }

    private func line(_ log: String, _ stream: String = "stdout", second: Int = 20) -> String {
        #"{"log":"\#(log)","stream":"\#(stream)","time":"2023-11-14T22:13:\#(second).5Z"}"#
    }

    @Test("the line is in `log`, its time in `time`")
    func whole() {
        let found = read([
            line(#"a \u003cb\u003e\n"#), line(#"\r\n"#), line(#"c\td\r\n"#), line(#"e\\\n"#),
            #"{"log":"f\n"}"#, #"{"log":"x\ny\n","time":"no time"}"#,
        ])
        #expect(found.map(\.text) == ["a <b>", "", "c\td", "e\\", "f", "x\u{FFFD}y"])
        #expect(found[0].outcome == .line(time: 1_700_000_000_500))
        #expect(found[4].outcome == .line(time: nil) && found[5].outcome == .line(time: nil))
    }

    @Test("parts of a line are joined, each stream by itself, with the first part's time")
    func parts() {
        let found = read([
            line("a", second: 20), line(#"b\\n"#, second: 21), line(#"other\n"#, "stderr"),
            line(#"c\n"#, second: 22), line(#"d\n"#, second: 23),
        ])
        #expect(found.map(\.text) == ["", "", "other", "ab\\nc", "d"])
        #expect(
            found.map(\.outcome) == [
                .part, .part, .line(time: 1_700_000_000_500), .line(time: 1_700_000_000_500),
                .line(time: 1_700_000_003_500),
            ])
    }

    @Test("what is kept of a line is bounded, its end too")
    func bounded() {
        var docker = DockerLines()
        var text: [UInt8] = []
        let part = Array(line(String(repeating: "x", count: 16_000)).utf8)
        for _ in 0..<100 { #expect(docker.read(part.span, into: &text) == .part) }
        #expect(docker.isPartKept)
        _ = docker.read(Array(line(#"end\n"#).utf8).span, into: &text)
        #expect(text.count <= LongLine.limitBytes && text.suffix(4) == Array("xend".utf8)[...])
        #expect(!docker.isPartKept)
    }

    @Test(
        "what docker does not write is refused",
        arguments: ["", "text", #"{"log":1}"#, #"{"stream":"stdout"}"#, #"{"log":"a\n""#])
    func refused(_ line: String) { #expect(read([line])[0].outcome == .refused) }
}
