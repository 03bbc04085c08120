import OpsCore
import OpsTestKit
import Testing

@testable import OpsDetect

/// The text of each field in the line, nil where it is not there; or the fault.
private func read(_ line: [UInt8], _ paths: [String]) throws -> [String?] {
    var json = JSONLine(try paths.map { try #require(JSONPath($0)) })
    try json.read(line.span)
    return paths.indices.map { field in
        json[field].map { value in
            var text: [UInt8] = []
            if case .string = value.kind {
                JSONText.append(line.span, value.range, to: &text)
            } else {
                text = Array(line[value.range])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}

private func read(_ line: String, _ paths: String...) throws -> [String?] {
    try read(Array(line.utf8), paths)
}

@Suite("a line of JSON") struct JSONLineTests {
    @Test("fields are found by their path, whatever is around them")
    func paths() throws {
        let line = """
            {"a":1,"request":{"client_ip":"192.0.2.1","headers":{"X-Forwarded-For":["p","q"],\
            "a.b":true},"list":[[1,2],{"c":null}]},"z":-1.5e+3 , "o" : { } , "e":[ ]}
            """
        #expect(
            try read(
                line, "request.client_ip", "request.headers.X-Forwarded-For[0]",
                "request.headers.X-Forwarded-For[1]", "request.headers.X-Forwarded-For[2]",
                "request.headers.a\\.b", "request.list[0][1]", "request.list[1].c", "z", "o", "e",
                "request.client_ip.x", "client_ip", "a")
                == [
                    "192.0.2.1", "p", "q", nil, "true", "2", "null", "-1.5e+3", "{ }", "[ ]", nil,
                    nil, "1",
                ])
    }

    @Test("escapes are undone, and none makes a line")
    func escapes() throws {
        let line =
            #"{"\u0061":"\"\\\/A\u00e9\ud83d\ude00\t","b":"x\ny\r\u000a\u0000\u2028\u0085z","c":"\ud83dx"}"#
        #expect(
            try read(line, "a", "b", "c") == [
                "\"\\/A\u{e9}\u{1F600}\t",
                "x\u{FFFD}y\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}z", "\u{FFFD}x",
            ])
    }

    @Test("a control character that stands there as it is makes no line either")
    func raw() throws {
        #expect(
            try read("{\"a\":\"b\u{85}c\u{2028}d\u{2029}e\u{7F}\u{E9}\u{2027}\"}", "a")
                == ["b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}\u{E9}\u{2027}"])
        let cut = Array("{\"a\":\"\u{E2}".utf8).dropLast() + [0xE2, 0x80, 0x22, 0x7D]
        #expect(try read(Array(cut), ["a"]) != [nil])
    }

    @Test(
        "what is not an object is refused",
        arguments: [
            "", " ", "1", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{,}",
            "{\"a\":01}", "{\"a\":+1}", "{\"a\":1.}", "{\"a\":.1}", "{\"a\":1e}", "{\"a\":tru}",
            "{\"a\":'b'}", "{a:1}", "{\"a\":1} x", "{}{}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}",
            "{\"a\":\"\\u12", "{\"a\":\"\u{1}\"}", "{\"a\":\"b", "{\"a\":[1 2]}", "{\"a\" 1}",
            "{\"a\":\"b\\", "{\"a\":[1,]}", "{\"a\":-}", "{\"a\":}", "{\"a\":[}", "{\"a\":NaN}",
        ])
    func malformed(_ line: String) {
        #expect(throws: JSONLineFault.self) { try read(line, "a") }
    }

    @Test("a field that is there twice must be the same twice")
    func twice() throws {
        #expect(try read(#"{"a":"1","a":"1"}"#, "a") == ["1"])
        for line in [
            #"{"a":"1","a":"2"}"#, #"{"a":"1","a":1}"#, #"{"a":"1","\u0061":"2"}"#,
            #"{"a":"1","a":"11"}"#,
        ] {
            #expect(throws: JSONLineFault.ambiguous(field: 0)) { try read(line, "a") }
        }
        #expect(throws: JSONLineFault.ambiguous(field: 0)) {
            try read(#"{"r":{"a":"1"},"r":{"a":"2"}}"#, "r.a")
        }
        #expect(try read(#"{"b":"1","b":"2","a":"3"}"#, "a") == ["3"])
    }

    @Test("depth and length are bounded")
    func bounds() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "{\"a\":", count: depth) + "1"
                    + String(repeating: "}", count: depth)).utf8)
        }
        #expect(try read(nested(32), ["b"]) == [nil])
        #expect(throws: JSONLineFault.tooDeep) { try read(nested(33), ["b"]) }
        let arrays = "{\"a\":" + String(repeating: "[", count: 60_000)
        #expect(throws: JSONLineFault.tooDeep) { try read(arrays, "a") }
        let long = "{\"a\":\"" + String(repeating: "x", count: JSONLine.limitBytes) + "\"}"
        #expect(throws: JSONLineFault.tooLong) { try read(long, "a") }
    }

    @Test("bytes that are not UTF-8 are taken as they are")
    func bytes() throws {
        #expect(try read(Array("{\"a\":\"".utf8) + [0xff, 0x22, 0x7d], ["a"]) == ["\u{FFFD}"])
    }

    @Test("damage anywhere is a fault or a value, never a crash")
    func damage() throws {
        let line = Array(#"{"a":{"b":["\u00e9\n",1.5e3,true,null]},"c":"d\\"}"#.utf8)
        let paths = ["a.b[0]", "a.b[1]", "c", "a"]
        var random = SeededGenerator(seed: 7)
        for length in 0..<line.count { _ = try? read(Array(line.prefix(length)), paths) }
        for _ in 0..<20_000 {
            var damaged = line
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                damaged[place] =
                    Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : line[Int.random(in: 0..<line.count, using: &random)]
            }
            _ = try? read(damaged, paths)
        }
    }

    @Test(
        "what is not a path is refused",
        arguments: [
            "", ".", "a.", ".a", "a..b", "[0]", "a[", "a[]", "a[x]", "a]", "a[0]b", "a\\",
            "a[1024]", "a[99999]", "a[0", String(repeating: "a.", count: 16) + "a",
        ])
    func noPath(_ text: String) { #expect(JSONPath(text) == nil) }
}

@Suite("times of JSON lines") struct JSONTimeTests {
    @Test(
        "numbers by their size, and RFC 3339",
        arguments: [
            ("1700000000", 1_700_000_000_000), ("1700000000.1239", 1_700_000_000_123),
            ("1700000000123", 1_700_000_000_123), ("1700000000123456", 1_700_000_000_123),
            ("1700000000123456789", 1_700_000_000_123), ("1.7e9", 1_700_000_000_000),
            ("1.7000000001234e+09", 1_700_000_000_123), ("0", 0),
            ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-14T22:13:20.5Z", 1_700_000_000_500),
            ("2023-11-14T23:13:20.123456789+01:00", 1_700_000_000_123),
            ("2023-11-14 20:13:20,007-0200", 1_700_000_000_007),
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ] as [(String, Int64)])
    func read(_ text: String, _ expected: Int64) {
        #expect(JSONTime.milliseconds(Array(text.utf8).span) == expected)
    }

    @Test(
        "anything else is not a time",
        arguments: [
            "", "x", "-1", "1700000000.", "1e400", "2023-02-29T00:00:00Z", "2023-11-14",
            "2023-11-14T22:13:20", "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z",
            "2023-11-14T22:13:20Zx", "99999999999999999999", "2023-11-14T22:13:20+99:00", "1.5.5",
            "nan", "inf", "0x10", "1e", "2023-00-10T00:00:00Z", "2023-04-31T00:00:00Z",
        ])
    func refused(_ text: String) {
        #expect(JSONTime.milliseconds(Array(text.utf8).span) == nil)
    }

    @Test("a text without a zone has that of its source")
    func zone() {
        let text = Array("2023-11-14T23:13:20".utf8)
        #expect(JSONTime.milliseconds(text.span, zoneMinutes: 60) == 1_700_000_000_000)
    }
}

@Suite("addresses in fields") struct AddressTextTests {
    @Test(
        "with and without a port",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:80", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::1", "::1"),
        ])
    func read(_ text: String, _ expected: String) {
        let address = AddressText.address(Array(text.utf8).span)
        #expect(address != nil && address == Network(parsing: expected))
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "x", "localhost", "192.0.2.1/32", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:123456",
            "192.0.2.1, 192.0.2.2", "[192.0.2.1", "[2001:db8::1]x", "[2001:db8::1]:", "999.9.9.9",
            "192.0.2.01", " 192.0.2.1", "192.0.2.1 ", "fe80::1%eth0", ":", "[", "[]", "::1:x",
        ])
    func refused(_ text: String) { #expect(AddressText.address(Array(text.utf8).span) == nil) }
}
