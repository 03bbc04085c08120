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
        #expect(!docker.isBetweenLines)
        _ = docker.read(Array(line(#"end\n"#).utf8).span, into: &text)
        #expect(text.count <= LongLine.limitBytes && text.suffix(4) == Array("xend".utf8)[...])
        #expect(docker.isBetweenLines)
    }

    @Test("a rest whose beginning was refused is not a line, in either stream")
    func rest() {
        let found = read([
            line("a"), "{", line(#"from 192.0.2.1\n"#), line("b", "stderr"),
            line(#"c\n"#, "stderr"), line(#"d\n"#), line(#"e\n"#, "stderr"),
        ])
        #expect(found.map(\.outcome).prefix(5) == [.part, .refused, .rest, .rest, .rest])
        #expect(found.map(\.text) == ["", "", "", "", "", "d", "e"])
    }

    @Test("16 KiB of what docker writes as six bytes each are one part")
    func escapes() {
        let part = String(repeating: #"\u003c"#, count: 16_384)
        let found = read([line(part), line(#"end\n"#)])
        #expect(found[0].outcome == .part)
        #expect(found[1].text.hasPrefix("<<<") && found[1].text.hasSuffix("<end"))
    }

    @Test(
        "where reading begins in the middle, only the line before can say that none is open",
        arguments: [
            (#"","stream":"stdout","#, false), (#"\n","stream":"stdout","time":"x"}"#, true),
            (#"\\n","stream":"stdout","time":"x"}"#, false),
            (#"\n","stream":"stdout"}"# + "\n" + #"{"log":"part","stream":"stdout"}"#, false),
            (#"\n","stream":"stderr"}"#, false), (#"\n\",\"stream\":\"stdout\""#, false),
        ])
    func middle(_ before: String, _ isKnown: Bool) {
        var docker = DockerLines(isInMiddle: true)
        docker.noteBefore(Array((before + "\n").utf8).span)
        var text: [UInt8] = []
        let first = docker.read(Array(line(#"x\n"#).utf8).span, into: &text)
        #expect(first == (isKnown ? .line(time: 1_700_000_000_500) : .rest))
        #expect(
            docker.read(Array(line(#"y\n"#).utf8).span, into: &text)
                == .line(time: 1_700_000_000_500))
    }

    @Test("what is open at the end of a file is passed over in the next")
    func nextFile() {
        var docker = DockerLines()
        var text: [UInt8] = []
        _ = docker.read(Array(line("a").utf8).span, into: &text)
        docker.loseOpenLines()
        #expect(docker.read(Array(line(#"b\n"#).utf8).span, into: &text) == .rest)
        #expect(docker.isBetweenLines)
        docker.loseOpenLines()
        #expect(docker.isBetweenLines)
    }

    @Test(
        "what docker does not write is refused",
        arguments: ["", "text", #"{"log":1}"#, #"{"stream":"stdout"}"#, #"{"log":"a\n""#])
    func refused(_ line: String) { #expect(read([line])[0].outcome == .refused) }
}
