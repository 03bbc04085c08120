import Testing

@testable import OpsDetect

@Suite("Annotated samples")
struct AnnotatedSamplesTests {
    /// Holds a file, and perhaps others, against a filter called `gate`.
    private func check(_ text: String, others: [String: String] = [:]) throws -> SampleReport {
        let zone = try LogZone(rule: AnnotatedSamples.zoneRule)
        var samples = AnnotatedSamples(name: "gate", zone: zone) {
            options throws(FilterFault) in
            if options["mode"] == "broken" {
                throw FilterFault(filter: "gate", place: "mode", reason: "there is none")
            }
            let more = options["mode"] == "strict" ? ["^late: <HOST>$"] : []
            let patterns = [#"^\s*refused (?:<F-USER>\w+</F-USER> )?<HOST>$"#] + more
            return FilterDefinition(
                name: "gate", failures: patterns.map(RegexTags.expand))
        }
        return samples.check("main") { name in
            name == "main" ? Array(text.utf8) : others[name].map { Array($0.utf8) }
        }
    }

    @Test("Lines that are what they should be")
    func right() throws {
        let report = try check(
            """
            # a comment, and nothing

            # failJSON: { "time": "2005-08-14T11:59:50", "match": true, "host": "192.0.2.1" }
            2005-08-14 11:59:50 refused 192.0.2.1
            # failJSON: { "match": true, "host": "192.0.2.2", "user": "anna", "attempts": 1 }
            2005-08-14 11:59:51 refused anna 192.0.2.2
            # failJSON: { "match": false }
            2005-08-14 11:59:52 accepted 192.0.2.2
            2005-08-14 11:59:53 without an annotation
            """)
        #expect(report.wrong == [])
        #expect(report.annotated == 3)
        #expect(report.others == 1)
        #expect(report.json == #"{"annotated":3,"wrong":0}"#)
    }

    @Test("Of a wrong line it says where it is, what was expected and what was found")
    func wrong() throws {
        let report = try check(
            """
            # failJSON: { "time": "2005-08-14T11:59:51", "match": true, "host": "192.0.2.1" }
            2005-08-14 11:59:50 refused 192.0.2.1
            # failJSON: { "match": true, "host": "192.0.2.9" }
            2005-08-14 11:59:50 refused 192.0.2.1
            # failJSON: { "match": true, "host": "192.0.2.1", "user": "bert" }
            2005-08-14 11:59:50 refused anna 192.0.2.1
            # failJSON: { "match": false }
            2005-08-14 11:59:50 refused 192.0.2.1
            # failJSON: { "match": true, "host": "192.0.2.1" }
            2005-08-14 11:59:50 accepted 192.0.2.1
            # failJSON: { "match": true, "attempts": 2 }
            2005-08-14 11:59:50 refused 192.0.2.1
            2005-08-14 11:59:50 refused 192.0.2.3
            # failJSON: { not JSON }
            """)
        #expect(report.wrong.map(\.line) == [2, 4, 6, 8, 10, 12, 13, 14])
        #expect(report.json == #"{"annotated":6,"wrong":8}"#)
        #expect(
            report.wrong[1].description
                == """
                main:4: gate: expected host 192.0.2.9, found 192.0.2.1
                  2005-08-14 11:59:50 refused 192.0.2.1
                """)
        #expect(report.wrong[4].expected == "a failure of 192.0.2.1")
        #expect(report.wrong[4].found == "no failure")
    }

    @Test("A host's name is expected to find nobody")
    func named() throws {
        let report = try check(
            """
            # failJSON: { "match": true, "host": "example.org" }
            2005-08-14 11:59:50 refused example.org
            # failJSON: { "match": true, "host": "example.org" }
            2005-08-14 11:59:50 refused 192.0.2.1
            """)
        #expect(report.named == 2)
        #expect(report.wrong.map(\.line) == [4])
    }

    @Test("Options choose the filter, also several at once, and conditions leave lines out")
    func options() throws {
        let report = try check(
            """
            # failJSON: { "match": false }
            late: 192.0.2.1
            # filterOptions: {"mode": "strict"}
            # failJSON: { "match": true, "host": "192.0.2.1" }
            late: 192.0.2.1
            # filterOptions: [{"mode": "strict"}, {}]
            # failJSON: { "match": true, "host": "192.0.2.1", "constraint": "opts.get('mode') == 'strict'" }
            late: 192.0.2.1
            # failJSON: { "match": true, "host": "192.0.2.1", "constraint": "name == 'gate'" }
            late: 192.0.2.1
            # filterOptions: [{"mode": "strict", "test.condition": "name != 'gate'"}]
            # failJSON: { "match": true, "host": "192.0.2.7" }
            late: 192.0.2.1
            """)
        #expect(report.wrong.map(\.line) == [10])
        #expect(report.annotated == 4)
    }

    @Test("Options of the file, lines of the journal, and files that are added")
    func files() throws {
        let report = try check(
            """
            # addFILE: "more"
            # addFILE: "missing"
            """,
            others: [
                "more": """
                # fileOptions: {"mode": "strict"}
                # filterOptions: [{"logtype": "journal", "test.prefix-line": "  "}]
                # failJSON: { "time": "2005-08-14T12:00:00", "match": true, "host": "192.0.2.1" }
                refused 192.0.2.1
                """
            ])
        #expect(report.annotated == 1)
        #expect(report.wrong.map(\.file) == ["missing"])
    }

    @Test("A filter that cannot be made, and a condition that cannot be read, are wrong")
    func faults() throws {
        let report = try check(
            """
            # filterOptions: {"mode": "broken"}
            # filterOptions: {"test.condition": "len(name) > 3"}
            # filterOptions: {}
            # failJSON: { "match": false, "constraint": "exit()" }
            x
            """)
        #expect(report.wrong.map(\.line) == [1, 2, 5])
        #expect(report.wrong[0].found == "filter 'gate', mode: there is none")
    }

    @Test(
        "Conditions",
        arguments: [
            ("name == 'gate'", true), ("name != 'gate'", false), ("name=='gate'", true),
            ("opts.get('mode') == 'x'", true), ("opts.get(\"mode\") != 'x'", false),
            ("opts.get('none') != 'x'", true), ("not name == 'gate'", false),
            ("name == 'x' or name == 'gate'", true), ("name == 'gate' and 'a' == 'b'", false),
        ])
    func conditions(_ text: String, _ expected: Bool) throws {
        #expect(
            try SampleCondition.holds(text, name: "gate", options: ["mode": "x"]) == expected)
    }

    @Test("JSON of annotations", arguments: ["", "{", "[1,", "{\"a\"}", "\"\\u12\"", "tru", "1 2"])
    func notJSON(_ text: String) {
        #expect(SampleValue(text.utf8.span) == nil)
    }

    @Test("Strings of JSON, and nesting that is bounded")
    func json() {
        let text = #" [ "a\"\\\/\n\u00e4\ud83d\ude00", -1.5e3, {"b": [null, true, false, []]} ] "#
        #expect(
            SampleValue(text.utf8.span)
                == .list([
                    .text("a\"\\/\nä😀"), .number("-1.5e3"),
                    .object(["b": .list([.null, .flag(true), .flag(false), .list([])])]),
                ]))
        let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        #expect(SampleValue(deep.utf8.span) == nil)
    }
}
