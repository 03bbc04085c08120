// ip_bans.json in and out.

import OpsProtocol
import Testing

@testable import OpsControl

private func read(_ text: String) throws -> ImportFile {
    let bytes = Array(text.utf8)
    return try ImportFile(bytes.span)
}

@Suite struct ImportFileTests {
    @Test func entriesKeepTheirOrder() throws {
        let file = try read(
            #"{"strikes": {"1.1.1.1": [1, 2.5]}, "note": {"x": [1]}, "bans": {"2.2.2.2": 3}}"#)
        #expect(file.entries.map(\.kind) == [.strike, .strike, .ban])
        #expect(
            file.entries.map(\.stamp) == [
                .milliseconds(1_000), .milliseconds(2_500), .milliseconds(3_000),
            ])
        #expect(file.others == ["note"])
    }

    @Test(arguments: [
        ("1795257708", ImportFile.Stamp.milliseconds(1_795_257_708_000)),
        ("1795257708.25", .milliseconds(1_795_257_708_250)),
        ("1.795257708e9", .milliseconds(1_795_257_708_000)), ("0", .milliseconds(0)),
        (#""2026-11-21T10:41:48Z""#, .milliseconds(1_795_257_708_000)),
        (#""2026-11-21T10:41:48""#, .milliseconds(1_795_257_708_000)),
        (#""2026-11-21T10:41:48.123456""#, .milliseconds(1_795_257_708_123)),
        (#""2026-11-21 10:41:48""#, .milliseconds(1_795_257_708_000)),
        (#""2026-11-21T12:41:48+02:00""#, .milliseconds(1_795_257_708_000)),
        (#""1795257708.25""#, .milliseconds(1_795_257_708_250)), ("null", .never),
        ("-5", .bad), ("1e300", .bad), ("99999999999999", .bad), ("true", .bad), ("[1]", .bad),
        (#"{"a":1}"#, .bad), (#""""#, .bad), (#""yesterday""#, .bad), (#""2026-11-21""#, .bad),
        (#""2026-13-01T00:00:00""#, .bad),
    ])
    func stamps(_ text: String, _ stamp: ImportFile.Stamp) throws {
        let file = try read(#"{"bans": {"203.0.113.9": \#(text)}}"#)
        #expect(file.entries.map(\.stamp) == [stamp])
    }

    @Test func strikesAreListsOfTimes() throws {
        let file = try read(#"{"strikes": {"a": [], "b": 5, "c": [null, "x", 7]}}"#)
        #expect(file.entries.map(\.stamp) == [.bad, .bad, .bad, .milliseconds(7_000)])
    }

    @Test(arguments: [
        ("", 1, 1), ("[]", 1, 1), ("null", 1, 1), ("{", 1, 2), (#"{"bans": 1}"#, 1, 10),
        ("{\n  \"bans\": {\n    \"1.2.3.4\": 5,\n  }\n}", 4, 3), (#"{"bans": {}} x"#, 1, 14),
        (#"{"bans": {"a": nul}}"#, 1, 16), (#"{"other": 1}"#, 1, 1), (#"{"bans": {"a": 1"#, 1, 17),
        ("{\"bans\": {\"a\u{1}\": 1}}", 1, 13), (#"{"bans": {"a": 1e999}}"#, 0, 0),
    ])
    func noSuchFile(_ text: String, _ line: Int, _ column: Int) {
        do {
            let file = try read(text)
            // Too large for a number, but a number: a bad stamp, not a bad file.
            #expect(line == 0 && file.entries.map(\.stamp) == [.bad])
        } catch {
            #expect((error as? ImportFile.Fault)?.line == line)
            #expect((error as? ImportFile.Fault)?.column == column)
        }
    }

    @Test func deepNestingIsAFault() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: ImportFile.Fault.self) { try read(#"{"x": "# + deep) }
    }

    @Test func anyCutOfAFileIsAFault() throws {
        let text = #"{"bans": {"1.2.3.4": 5, "b": "x"}, "strikes": {"c": [1, 2]}}"#
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            let cut = Array(bytes[..<count])
            #expect(throws: ImportFile.Fault.self) { try ImportFile(cut.span) }
        }
    }

    @Test func brokenUTF8IsNoCrash() throws {
        let bytes = Array(#"{"bans": {""#.utf8) + [0xff, 0xc0, 0x80] + Array(#"": 5}}"#.utf8)
        _ = try? ImportFile(bytes.span)
    }

    @Test func linesOfEntries() throws {
        let text = "{\"bans\": {\n\"a\": 1,\n\n\"b\": 2}}"
        let file = try read(text)
        var counter = LineCounter()
        let bytes = Array(text.utf8)
        #expect(file.entries.map { counter.place(of: $0.offset, in: bytes.span).line } == [2, 4])
    }
}

@Suite struct ExportFileTests {
    @Test func sortedAndReadableByImport() throws {
        var file = ExportFile()
        for row in [
            #"{"ip":"203.0.113.9","expires":"2026-11-21T10:41:48Z"}"#,
            #"{"ip":"2001:db8::/64","expires":null,"permanent":true}"#,
            #"{"ip":"10.0.0.0/8","expires":"2026-11-21T10:41:49Z"}"#,
            #"{"ip":"9.0.0.1","expires":"2026-11-21T10:41:49Z"}"#,
        ] { #expect(file.add(ban: try Fixtures.json(row))) }
        let strikes =
            #"{"ip":"192.0.2.1","strikes":3,"items":[{"at":"2026-11-21T10:41:48Z","weight":2},{"at":"2026-11-21T10:41:40Z","weight":1}]}"#
        #expect(file.add(strikes: try Fixtures.json(strikes)))
        #expect(file.permanentCount == 1)
        let text = file.text()
        #expect(
            String(decoding: text, as: UTF8.self) == """
                {
                  "bans": {
                    "9.0.0.1": 1795257709,
                    "10.0.0.0/8": 1795257709,
                    "203.0.113.9": 1795257708,
                    "2001:db8::/64": null
                  },
                  "strikes": {
                    "192.0.2.1": [1795257700, 1795257708, 1795257708]
                  }
                }

                """)
        let again = try ImportFile(text.span)
        #expect(again.entries.count == 7)
        #expect(again.entries.last?.stamp == .milliseconds(1_795_257_708_000))
        #expect(again.entries.dropFirst(3).first?.stamp == .never)
    }

    @Test func emptyIsValid() throws {
        var file = ExportFile()
        let text = file.text()
        #expect(
            String(decoding: text, as: UTF8.self) == "{\n  \"bans\": {},\n  \"strikes\": {}\n}\n")
        #expect(try ImportFile(text.span).entries.isEmpty)
    }

    @Test(arguments: [
        "{}", #"{"ip":"x"}"#, #"{"ip":"1.2.3.4"}"#, #"{"ip":"1.2.3.4","expires":"soon"}"#,
        #"{"ip":"1.2.3.4","expires":5}"#,
    ])
    func rowsThatAreNotUnderstood(_ row: String) throws {
        var file = ExportFile()
        #expect(!file.add(ban: try Fixtures.json(row)))
    }
}
