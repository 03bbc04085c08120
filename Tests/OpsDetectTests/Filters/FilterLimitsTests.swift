import OpsCore
import Testing

@testable import OpsDetect

@Suite("What a line can cost")
struct FilterLimitsTests {
    @Test("Of a line over 8 KiB the middle is left out: patterns see its start and its end")
    func longLine() throws {
        let filter = try FilterLines([#"^user <F-USER>\S+</F-USER> .*from <HOST>$"#])
        let middle = String(repeating: "x", count: 20_000)
        let found = filter.findings("user anna \(middle) from 192.0.2.1")
        #expect(found.map { $0.address?.description ?? "-" } == ["192.0.2.1"])
        #expect(filter.run.statistics.shortened == 1)
        #expect(filter.findings("user anna from 192.0.2.1").count == 1)
        #expect(filter.run.statistics.shortened == 1)
    }

    @Test("Where the middle was left out, start and end do not read as one")
    func joint() throws {
        let filter = try FilterLines([#"client: <HOST>, "#, "client: *<HOST>, "])
        // The end begins within the address `11.22.33.44`, with all of `1.22.33.44`.
        let head = "client: 1"
        let end = "1.22.33.44, "
        let start =
            String(repeating: "y", count: LongLine.headBytes - head.utf8.count)
            + head
        let tail = end + String(repeating: "z", count: LongLine.tailBytes - end.utf8.count)
        #expect(filter.read(start + String(repeating: "x", count: 500) + tail) == [])
        #expect(filter.read(start + tail) == ["11.22.33.44"])
    }

    @Test("A line that ends within a character, or is all of odd bytes, is read")
    func oddBytes() throws {
        let filter = try FilterLines(["from <HOST>$"])
        let odd = [UInt8](repeating: 0xE2, count: 30_000)
        #expect(filter.findings(odd + Array(" from 192.0.2.1".utf8)).count == 1)
        #expect(filter.findings(odd).isEmpty)
        #expect(filter.findings([UInt8]()).isEmpty)
        #expect(filter.findings([0, 0x0A, 0]).isEmpty)
    }

    @Test("A pattern that takes too many steps does not match, and the others are tried")
    func steps() throws {
        let filter = try FilterLines(["^(?:a+)+b<HOST>", "from <HOST>$"])
        let line = String(repeating: "a", count: 40) + " b from 192.0.2.1"
        #expect(filter.read(line) == ["192.0.2.1"])
        #expect(filter.run.statistics.limitReached == 1)
    }

    @Test("A line without a literal is counted, and nothing else happens")
    func withoutLiteral() throws {
        var questions = 0
        let filter = try FilterLines(
            ["refused from <HOST>"],
            clock: {
                questions += 1
                return 0
            })
        filter.budget.begin()
        questions = 0
        #expect(filter.findings("refused from 192.0.2.1", candidates: .none).isEmpty)
        #expect(filter.run.statistics.lines == 1)
        #expect(filter.run.statistics.tried == 0)
        // The one at the start of the line.
        #expect(questions == 1)
    }

    @Test("Only the patterns whose literals are in the line are tried, and those that need none")
    func candidates() throws {
        let filter = try FilterLines([
            "refused from <HOST>", "denied by <HOST>", "[.] <HOST>",
        ])
        #expect(filter.run.needsEveryLine)
        #expect(filter.run.literalGroups == 3)
        #expect(Set(filter.run.literals(from: 10).map(\.group)) == [10, 11])
        var hits = LiteralHits()
        hits.insert(11)
        hits.insert(0)
        func read(_ line: String) -> Int {
            filter.findings(line, candidates: .hits(hits, first: 10)).count
        }
        #expect(read("refused from 192.0.2.1") == 0)
        #expect(read("denied by 192.0.2.1") == 1)
        #expect(read(". 192.0.2.1") == 1)
    }
}
