import OpsDetect
import Testing

@testable import OpsWatch

@Suite("lines that the journal has in several entries") struct JournalPartsTests {
    private func line(
        _ message: String, _ more: [String] = [], stream: String = "aa", pid: Int = 7
    ) -> JournalLine {
        var line = JournalLine()
        line.begin()
        let fields =
            ["MESSAGE=\(message)", "_COMM=app", "_PID=\(pid)", "_STREAM_ID=\(stream)"] + more
        for field in fields {
            let bytes = Array(field.utf8)
            line.take(bytes.span, nameLength: bytes.firstIndex(of: 0x3d) ?? 0)
        }
        line.finish(realtime: 1_700_000_000_000_000, uptime: 0)
        return line
    }

    private let cut = ["_LINE_BREAK=line-max"]

    private func take(_ parts: inout JournalParts, _ line: JournalLine) -> String {
        var line = line
        switch parts.take(&line) {
        case .line: return String(decoding: line.bytes, as: UTF8.self)
        case .part: return "part"
        case .rest: return "rest"
        }
    }

    @Test("they are joined, by the output and the process")
    func joined() {
        var parts = JournalParts()
        #expect(take(&parts, line("a", cut)) == "part")
        #expect(take(&parts, line("b", cut)) == "part")
        #expect(take(&parts, line("other", stream: "bb")) == "app[7]: other")
        #expect(take(&parts, line("other", pid: 8)) == "app[8]: other")
        #expect(take(&parts, line("c", ["_LINE_BREAK=eof"])) == "app[7]: abc")
        #expect(take(&parts, line("d")) == "app[7]: d")
        for end in ["nul", "pid-change", "eof"] {
            #expect(take(&parts, line("e", ["_LINE_BREAK=\(end)"])) == "app[7]: e")
        }
        #expect(parts.open.isEmpty)
    }

    @Test("after a restart the rest is not a line")
    func restart() {
        var parts = JournalParts()
        _ = take(&parts, line("a", cut))
        var later = JournalParts(open: parts.open)
        #expect(take(&later, line("x", pid: 8)) == "app[8]: x")
        #expect(take(&later, line("b", cut)) == "part")
        #expect(take(&later, line("forged")) == "rest")
        #expect(take(&later, line("whole")) == "app[7]: whole")
    }

    @Test("those of a container are joined too, by its output")
    func container() {
        func entry(_ message: String, _ isPart: Bool, _ priority: Int = 6) -> JournalLine {
            let part = isPart ? ["CONTAINER_PARTIAL_MESSAGE=true"] : []
            return line(
                message, ["CONTAINER_ID_FULL=ee", "PRIORITY=\(priority)"] + part, stream: "")
        }
        var parts = JournalParts()
        #expect(take(&parts, entry("a", true)) == "part")
        #expect(take(&parts, entry("error", false, 3)) == "app[7]: error")
        #expect(take(&parts, entry("b", false)) == "app[7]: ab")
    }

    @Test("what is kept is bounded, and of what is not kept the rest is not a line")
    func bounded() {
        var parts = JournalParts()
        let long = String(repeating: "x", count: 49_152)
        for number in 0..<200 {
            for _ in 0..<3 { _ = take(&parts, line(long, cut, stream: "s\(number)")) }
        }
        #expect(parts.open.count == JournalParts.capacity)
        #expect(take(&parts, line("end", stream: "s100")) == "rest")
        let last = take(&parts, line("end", stream: "s199"))
        #expect(last.hasPrefix("app[7]: xxx") && last.hasSuffix("xend"))
        #expect(last.utf8.count <= JournalParts.textBytes + 100)
    }
}
