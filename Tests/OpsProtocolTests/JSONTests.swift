// The JSON writer and reader against tables of what RFC 8259 allows, and against each other.

import OpsProtocol
import OpsTestKit
import Testing

private func parse(_ text: String) throws(JSONFault) -> JSONValue {
    let bytes = Array(text.utf8)
    return try JSONValue(parsing: bytes.span)
}

private func fault(_ bytes: [UInt8]) -> JSONFault? {
    do throws(JSONFault) {
        _ = try JSONValue(parsing: bytes.span)
        return nil
    } catch {
        return error
    }
}

@Suite struct JSONTests {
    @Test func writesStructure() {
        var json = JSONWriter()
        json.object { json in
            json.key("a")
            json.integer(-5)
            json.key("b")
            json.array { json in
                json.bool(true)
                json.null()
                json.object { _ in }
            }
            json.key("c")
            json.string("x")
        }
        #expect(json.text == #"{"a":-5,"b":[true,null,{}],"c":"x"}"#)
    }

    @Test(
        arguments: [
            (54.44, 1, "54.4"), (54.45, 1, "54.5"), (0.05, 1, "0.1"), (16.724, 2, "16.72"),
            (-1.25, 1, "-1.3"), (-0.01, 1, "0.0"), (1e300, 1, "null"), (.nan, 1, "null"),
            (.infinity, 0, "null"), (99.99, 1, "100.0"), (7, 0, "7"),
        ] as [(Double, Int, String)])
    func writesNumbers(value: Double, decimals: Int, text: String) {
        var json = JSONWriter()
        json.number(value, decimals: decimals)
        #expect(json.text == text)
    }

    @Test(arguments: [
        ("a\"b\\", #""a\"b\\""#), ("\n\r\t\u{8}\u{c}", #""\n\r\t\b\f""#),
        ("\u{1b}[31m\u{7f}\u{0}", #""\u001b[31m\u007f\u0000""#),
        ("\u{85}\u{9b}", #""\u0085\u009b""#), ("\u{202e}\u{2066}", #""\u202e\u2066""#),
        ("\u{61c}\u{2028}\u{200f}", #""\u061c\u2028\u200f""#), ("ü€😀", "\"ü€😀\""),
        ("\u{a0}\u{2027}\u{202f}\u{206a}", "\"\u{a0}\u{2027}\u{202f}\u{206a}\""),
    ])
    func writesNothingUnfitRaw(text: String, json: String) throws {
        var writer = JSONWriter()
        writer.string(text)
        #expect(writer.text == json)
        #expect(try parse(writer.text) == .string(text))
    }

    @Test func appendsToABufferInPlace() {
        var buffer = Array("ok ".utf8)
        JSONWriter.append(to: &buffer) { $0.object { _ in } }
        #expect(String(decoding: buffer, as: UTF8.self) == "ok {}")
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "-",
        "1.", ".5", "1e", "+1", "nul", "tru", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
        "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "[1}", "{\"a\":1]", "'a'", "NaN",
        "\"\\u00g0\"",
    ])
    func refuses(text: String) {
        #expect(fault(Array(text.utf8)) != nil)
    }

    @Test func refusesBadUTF8AndDepth() {
        #expect(fault([0x22, 0xff, 0x22]) != nil)
        #expect(fault([0x22, 0xc0, 0x80, 0x22]) != nil)
        #expect(fault([0x22, 0xed, 0xa0, 0x80, 0x22]) != nil)
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(fault(deep)?.offset == JSONReader.depthLimit)
    }

    @Test func readsAll() throws {
        let text = #" { "a" : [ 1 , -2.5e1 , true , null ] , "\u00fc" : "\ud83d\ude00\/" } "#
        #expect(
            try parse(text)
                == .object([
                    .init(
                        name: "a",
                        value: .array([.integer(1), .number(-25), .bool(true), .null])),
                    .init(name: "ü", value: .string("😀/")),
                ]))
        #expect(try parse("-9223372036854775808") == .integer(.min))
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    }

    @Test func skipsAndRemembersThePlace() throws {
        let bytes = Array(#"{"a":{"b":[1,{"c":"}"}]} ,"d":[],"e":5}"#.utf8)
        var reader = JSONReader()
        try reader.beginObject(bytes.span)
        var places: [String] = []
        while let key = try reader.nextKey(bytes.span) {
            let name = JSONReader.text(bytes.span, key)
            let place = try reader.skip(bytes.span)
            places.append(name + "=" + JSONReader.text(bytes.span, place))
        }
        try reader.end(bytes.span)
        #expect(places == [#"a={"b":[1,{"c":"}"}]}"#, "d=[]", "e=5"])
    }

    @Test func numbersOutOfRangeAreFaults() throws {
        func integer<Value: FixedWidthInteger>(_ text: String, _ type: Value.Type) -> Value? {
            let bytes = Array(text.utf8)
            var reader = JSONReader()
            return try? reader.integer(type, bytes.span)
        }
        #expect(integer("255", UInt8.self) == 255)
        #expect(integer("256", UInt8.self) == nil)
        #expect(integer("-1", UInt8.self) == nil)
        #expect(integer("-128", Int8.self) == -128)
        #expect(integer("1.0", Int.self) == nil)
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func mutatedTextNeverTraps(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let sample = Array(
            #"{"ban":"1.2.3.4","n":[1,-2,3.5e2,true,null,"\u00e9\n"],"o":{"x":{}}}"#.utf8)
        for _ in 0..<2_000 {
            var bytes = sample
            for _ in 0...Int(random.next() % 3) {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int(random.next() % UInt64(bytes.count))], at: place)
                }
            }
            _ = fault(bytes)
        }
    }
}
