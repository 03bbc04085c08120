import OpsCore
import Testing

@testable import OpsDetect

@Suite("Patterns over several lines")
struct MultilineTests {
    private func door(maxLines: Int = 5, ignored: [String] = []) throws -> FilterLines {
        try FilterLines(
            [#"^opened by <HOST>$<SKIPLINES>^refused (?P<why>\w+)$"#], ignored: ignored,
            maxLines: maxLines)
    }

    @Test("Lines that belong together match, with others between them")
    func skipLines() throws {
        let filter = try door()
        #expect(filter.read("opened by 192.0.2.1") == [])
        #expect(filter.read("something else") == [])
        #expect(filter.read("refused key") == ["192.0.2.1"])
        #expect(filter.run.lastFailure?.matches == 2)
        #expect(filter.read("refused key") == [])
    }

    @Test("Lines that were passed over stay, and match with what comes later")
    func passedOver() throws {
        let filter = try door()
        #expect(filter.read("opened by 192.0.2.1") == [])
        #expect(filter.read("opened by 192.0.2.2") == [])
        #expect(filter.read("refused key") == ["192.0.2.1"])
        #expect(filter.read("refused key") == ["192.0.2.2"])
        #expect(filter.read("refused key") == [])
    }

    @Test("Only so many lines are kept")
    func count() throws {
        let filter = try door(maxLines: 2)
        #expect(filter.read("opened by 192.0.2.1") == [])
        #expect(filter.read("other") == [])
        #expect(filter.read("refused key") == [])
    }

    @Test("An ignoreregex is asked about the lines that matched, which are gone then")
    func ignored() throws {
        let filter = try door(ignored: ["^opened by 192.0.2.1\nrefused"])
        #expect(filter.read("opened by 192.0.2.1") == [])
        #expect(filter.read("other") == [])
        #expect(filter.read("refused key") == [])
        #expect(filter.run.statistics.ignored == 1)
        #expect(filter.read("opened by 192.0.2.2") == [])
        #expect(filter.read("refused key") == ["192.0.2.2"])
    }

    @Test("A line without a literal waits with the others for one that has it")
    func literals() throws {
        let filter = try FilterLines([#"^from <HOST>$<SKIPLINES>^refused$"#], maxLines: 5)
        #expect(filter.findings("from 192.0.2.1", candidates: .none).isEmpty)
        #expect(filter.run.statistics.tried == (filter.run.needsEveryLine ? 1 : 0))
        #expect(filter.findings("refused", candidates: .all).count == 1)
    }

    @Test("The bytes of the lines are bounded, but for a line that is longer by itself")
    func bytes() {
        var buffer = LineBuffer(lines: 200, bytes: 100)
        for _ in 0..<50 {
            buffer.append([UInt8](repeating: 0x61, count: 30).span, hasLiteral: false)
            #expect(buffer.text.count <= 100)
        }
        #expect(buffer.count == 3)
        buffer.append([UInt8](repeating: 0x61, count: 300).span, hasLiteral: true)
        #expect(buffer.count == 1)
        #expect(buffer.isCandidate)
        let empty: [UInt8] = [0x0A]
        buffer.append(empty.span, hasLiteral: false)
        #expect(!buffer.isCandidate)
    }

    @Test("The content of a prefregex stands for its lines from then on")
    func prefix() throws {
        let filter = try FilterLines(
            prefix: #"gate: <F-CONTENT>(?s:.+)</F-CONTENT>$"#, ["^refused <HOST>$"], maxLines: 3)
        #expect(filter.read("gate: nothing") == [])
        #expect(filter.read("gate: refused 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("other") == [])
    }
}
