// `list add` has two ways through the parser: they must agree, and neither may accept what is
// wrong.

import Testing

@testable import OpsCore
@testable import OpsProtocol

@Suite struct ListRequestTests {
    private func both(_ text: String) -> (short: Command?, table: Result<Command, Refusal>) {
        let bytes = Array(text.utf8)
        let table = Result { () throws(Refusal) in
            try RequestParser.parseByTable(bytes.span).command
        }
        return (RequestParser.parseHot(bytes.span)?.command, table)
    }

    @Test(arguments: [
        "list add 1 192.0.2.1", "list add 18446744 192.0.2.0/24,198.51.100.7,2001:db8::/32",
        "list add 999999999999999999 ::1", "list add 7 ::ffff:1.2.3.4,::2/128",
    ])
    func bothWaysAgree(_ text: String) throws {
        let (short, table) = both(text)
        #expect(try table.get() == short)
    }

    /// Only the table accepts these.
    @Test(arguments: [
        "list add 1 192.0.2.1 192.0.2.2", "list add 1 \"192.0.2.1\"",
        "list add 18446744073709551615 192.0.2.1", "list add \"1\" 192.0.2.1",
    ])
    func theTableTakesMore(_ text: String) throws {
        let (short, table) = both(text)
        #expect(short == nil)
        guard case .list(.add) = try table.get() else {
            Issue.record("no list add")
            return
        }
    }

    @Test(arguments: [
        "list add", "list add ", "list add 1", "list add 1 ", "list add 01 192.0.2.1",
        "list add x 192.0.2.1", "list add -1 192.0.2.1", "list add 1 192.0.2.1,",
        "list add 1 ,192.0.2.1", "list add 1 192.0.2.1,,192.0.2.2", "list add 1  192.0.2.1",
        "list add 1 010.0.0.1", "list add 1 10.0.0.1/8", "list add 1 192.0.2.1 ",
        "list add 99999999999999999999 192.0.2.1", "list add 1 192.0.2.1\u{1}", "list add 1 a=b",
    ])
    func bothRefuseWhatIsWrong(_ text: String) {
        let (short, table) = both(text)
        #expect(short == nil)
        #expect(throws: Refusal.self) { try table.get() }
    }

    @Test func noMoreThanTheBound() throws {
        let most = ListBounds.entriesAtOnce
        for (count, isTaken) in [(most, true), (most + 1, false)] {
            let text =
                "list add 1 " + (0..<count).map { _ in "1.1.1.1" }.joined(separator: ",")
            let (short, table) = both(text)
            #expect((short != nil) == isTaken)
            #expect(((try? table.get()) != nil) == isTaken)
        }
    }

    @Test func names() throws {
        for (text, isName) in [("a", true), ("a.b_c-1", true), ("A", false), ("a/b", false)] {
            let (_, table) = both("list drop \(text)")
            #expect(((try? table.get()) != nil) == isName)
        }
        #expect(try both("list show").table.get() == .list(.show(name: nil, PageQuery())))
        #expect(
            try both("list show a limit=5").table.get()
                == .list(.show(name: "a", PageQuery(limit: 5))))
        #expect(throws: Refusal.self) { try both("list show a b").table.get() }
    }

    /// Thousands of refused networks: the reply keeps its bound, and says how many there were.
    @Test func aReplyFullOfRefusalsIsCut() throws {
        let long = String(repeating: "x", count: 200)
        for limit in [524_288, 1_048_576] {
            let bytes = line(.list(.staged(staged(8_192, long))), limitBytes: limit)
            #expect(bytes.count <= limit)
            let reply = try #require(object(bytes))
            #expect(reply["refused_count"] == .integer(8_192) && reply["cut"] == .bool(true))
        }
        let page = Page(rows: (0..<1_000).map { address($0) }, next: nil)
        let bytes = line(.list(.page(listView(), page)), limitBytes: 5_000)
        #expect(bytes.count <= 5_000)
        let reply = try #require(object(bytes))
        #expect(reply["next"] == reply["ips"]?.elements.last)
    }
}
