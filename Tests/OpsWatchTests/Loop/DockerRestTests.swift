import Testing

@testable import OpsWatch

@Suite("Lines of json-file in several parts")
struct DockerRestTests {
    private let bench: DetectorBench

    init() throws {
        bench = try DetectorBench(
            """
            [watch]
            rules = []
            [watch.source.app]
            files = ["%/*-json.log"]
            format = "docker"
            [watch.rule.app]
            sources = ["app"]
            pattern = '^login failed for \\S+ from <HOST>(?: |$)'
            """)
        _ = bench.turn()
    }

    private func part(_ text: String, _ stream: String = "stdout") -> String {
        #"{"log":"\#(text)","stream":"\#(stream)","time":"2027-01-15T08:00:00Z"}"# + "\n"
    }

    private let head = "login failed for a"
    private let forged = #"login failed for b from 192.0.2.9 from 192.0.2.1\n"#

    @Test("One is joined over a restart, and what was told in between has its old place")
    func restart() throws {
        try bench.append(part(head + "x"), to: "c-json.log")
        #expect(bench.turn() == [])
        bench.restart()
        try bench.append(part(forged), to: "c-json.log")
        #expect(bench.turn() == [])
        try bench.append(part(head), to: "c-json.log")
        try bench.append(part(head + #" from 192.0.2.2\n"#, "stderr"), to: "c-json.log")
        #expect(bench.turn() == ["192.0.2.2"])
        bench.restart()
        try bench.append(part(#" from 192.0.2.3\n"#), to: "c-json.log")
        #expect(bench.turn() == ["192.0.2.2", "192.0.2.3"])
        bench.restart()
        #expect(bench.turn() == [])
    }

    @Test("What follows more than is read again is not a line after a restart")
    func long() throws {
        let filler = part(String(repeating: "y", count: 16_384))
        try bench.append(part(head), to: "c-json.log")
        for _ in 0..<80 { try bench.append(filler, to: "c-json.log") }
        #expect(bench.turn() == [])
        bench.restart()
        try bench.append(part(forged), to: "c-json.log")
        #expect(bench.turn() == [])
        try bench.append(part(head + #" from 192.0.2.2\n"#), to: "c-json.log")
        #expect(bench.turn() == ["192.0.2.2"])
    }

    @Test("The rest in a new file is not a line", arguments: [false, true])
    func rotated(_ isRestarted: Bool) throws {
        try bench.append(part(head), to: "c-json.log")
        #expect(bench.turn() == [])
        bench.rename("c-json.log", "c-json.log.1")
        try bench.append(part(forged), to: "c-json.log")
        if isRestarted { bench.restart() }
        #expect(bench.turn() == [])
        try bench.append(part(head + #" from 192.0.2.2\n"#), to: "c-json.log")
        #expect(bench.turn() == ["192.0.2.2"])
    }

    @Test("At the first start the rest of a line is none, and the next is one")
    func firstStart() throws {
        let fresh = try DetectorBench(
            """
            [watch]
            rules = []
            [watch.source.app]
            files = ["%/c-json.log"]
            format = "docker"
            [watch.rule.app]
            sources = ["app"]
            pattern = '^login failed for \\S+ from <HOST>(?: |$)'
            """)
        try fresh.append(part(head), to: "c-json.log")
        #expect(fresh.turn() == [])
        try fresh.append(part(forged), to: "c-json.log")
        try fresh.append(part(head + #" from 192.0.2.2\n"#), to: "c-json.log")
        #expect(fresh.turn() == ["192.0.2.2"])
    }
}
