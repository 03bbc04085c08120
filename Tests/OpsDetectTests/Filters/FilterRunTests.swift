import OpsCore
import Testing

@testable import OpsDetect

@Suite("A filter over single lines")
struct FilterRunTests {
    @Test("A failregex that matches is a failure of the address in it, at the time of the line")
    func match() throws {
        let filter = try FilterLines([#"^bad door: <F-USER>\S+</F-USER> from <HOST>$"#])
        let found = filter.findings(
            "bad door: anna from 192.0.2.7", at: .known(someTime - 5000))
        let address = try #require(Network(parsing: "192.0.2.7"))
        #expect(found == [Finding(address: address, time: someTime - 5000, user: "anna")])
        #expect(filter.read("good door: anna from 192.0.2.7") == [])
        #expect(filter.run.statistics.findings == 1)
        #expect(filter.run.statistics.lines == 2)
    }

    @Test("The first failregex that matches decides, in the order of the filter")
    func firstDecides() throws {
        let filter = try FilterLines([
            #"from <F-USER>\S+</F-USER> via <HOST>"#, "from <HOST> via",
        ])
        #expect(filter.read("from 192.0.2.1 via 192.0.2.2") == ["192.0.2.2"])
        let other = try FilterLines(["from <HOST> via", #"from \S+ via <HOST>"#])
        #expect(other.read("from 192.0.2.1 via 192.0.2.2") == ["192.0.2.1"])
    }

    @Test("The content of the prefregex replaces the line for what follows")
    func content() throws {
        let filter = try FilterLines(
            prefix: #"^gate\[\d+\]: <F-CONTENT>.+</F-CONTENT>$"#, ["^refused <HOST>$"])
        #expect(filter.read("gate[7]: refused 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("refused 192.0.2.1") == [])
        #expect(filter.read("gate[7]: was refused 192.0.2.1") == [])
        // `$` is the end of the content wherever that ends in the line.
        let inner = try FilterLines(
            prefix: "<<F-CONTENT>[^>]+</F-CONTENT>>", ["^refused <HOST>$"])
        #expect(inner.read("x <refused 192.0.2.1> y") == ["192.0.2.1"])
    }

    @Test("Values of the prefregex are used where the failregex has none of that name")
    func prefixValues() throws {
        let filter = try FilterLines(
            prefix: #"^<HOST> <F-USER>\w+</F-USER> <F-CONTENT>.+</F-CONTENT>$"#,
            ["^no$", #"^nobody(?: <F-USER>\w+</F-USER>)?$"#])
        #expect(filter.findings("192.0.2.1 anna no").map(\.user) == ["anna"])
        #expect(filter.findings("192.0.2.1 anna nobody bert").map(\.user) == ["bert"])
        // It has one, which took no part.
        #expect(filter.findings("192.0.2.1 anna nobody").map(\.user) == [nil])
    }

    @Test("A prefregex without content only decides whether the line is looked at")
    func prefixWithoutContent() throws {
        let filter = try FilterLines(prefix: "^gate", ["refused <HOST>$"])
        #expect(filter.read("gate: refused 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("door: refused 192.0.2.1") == [])
    }

    @Test("An ignoreregex is asked about the content, after a match")
    func ignoredContent() throws {
        let filter = try FilterLines(
            prefix: "^gate: <F-CONTENT>.+</F-CONTENT>$", ["refused <HOST>$"],
            ignored: ["^refused 192.0.2.1$", "^gate: refused 192.0.2.2$"])
        #expect(filter.read("gate: refused 192.0.2.1") == [])
        // The content has no `gate`.
        #expect(filter.read("gate: refused 192.0.2.2") == ["192.0.2.2"])
        #expect(filter.run.statistics.ignored == 1)
    }

    @Test("With fewer ignoreregexes than failregexes less two they see the whole line first")
    func ignoredFirst() throws {
        let failures = ["^refused <HOST>$", "^a <HOST>$", "^b <HOST>$"]
        for count in [3, 4] {
            let filter = try FilterLines(
                prefix: "^gate: <F-CONTENT>.+</F-CONTENT>$",
                failures.prefix(3) + (count == 4 ? ["^c <HOST>$"] : []),
                ignored: ["^gate: refused"])
            #expect(
                filter.read("gate: refused 192.0.2.1") == (count == 4 ? [] : ["192.0.2.1"]))
        }
    }

    @Test("An ignored match ends the line: no other failregex is tried")
    func ignoredEnds() throws {
        let filter = try FilterLines(
            ["^x <HOST> y", "y <HOST>$"], ignored: ["^x 192.0.2.1"])
        #expect(filter.read("x 192.0.2.1 y 192.0.2.9") == [])
        #expect(filter.read("x 192.0.2.2 y 192.0.2.9") == ["192.0.2.2"])
    }

    @Test(
        "Addresses are parsed, not believed",
        arguments: [
            ("192.0.2.1", ["192.0.2.1"]),
            ("999.9.9.9", []),
            ("192.0.2.01", []),
            ("[2001:db8::1]", ["2001:db8::1/128"]),
            ("2001:DB8:0::1", ["2001:db8::1/128"]),
            ("::ffff:192.0.2.1", ["192.0.2.1"]),
            ("12:34:56", []),
            ("::ffff:c000:201", ["192.0.2.1"]),
        ])
    func addresses(_ text: String, _ expected: [String]) throws {
        let filter = try FilterLines(["^from <HOST>$"])
        #expect(filter.read("from \(text)") == expected)
        #expect(filter.run.statistics.withoutAddress == (expected.isEmpty ? 1 : 0))
    }

    @Test("A host's name is counted and never resolved; an address in its place counts")
    func names() throws {
        let filter = try FilterLines(["^from <DNS>$"])
        #expect(filter.read("from localhost") == [])
        #expect(filter.run.statistics.named == 1)
        #expect(filter.run.statistics.withoutAddress == 0)
        #expect(filter.read("from 192.0.2.1") == ["192.0.2.1"])
    }

    @Test(
        "An identity that is an address goes first; one that is none leaves the address beside it")
    func identities() throws {
        let filter = try FilterLines([#"^id <F-ID>\S+</F-ID>(?: from <ADDR>)?$"#])
        #expect(filter.read("id 192.0.2.1 from 192.0.2.2") == ["192.0.2.1"])
        #expect(filter.read("id anna/3 from 192.0.2.2") == ["192.0.2.2"])
        #expect(filter.read("id [2001:db8::1]") == ["2001:db8::1/128"])
        #expect(filter.read("id anna/3") == [])
        #expect(filter.run.statistics.withoutAddress == 1)
        // A network is not an identity: who writes 0.0.0.0/0 as his name must not be believed.
        #expect(filter.read("id 0.0.0.0/0") == [])
    }

    @Test(
        "A network is struck where the pattern asks for one, and none that is too wide",
        arguments: [
            ("192.0.2.7/24", ["192.0.2.0/24"]), ("192.0.2.7/32", ["192.0.2.7"]),
            ("192.0.2.7", ["192.0.2.7"]), ("192.0.2.7/8", []), ("192.0.2.7/33", []),
            ("192.0.2.7/9999", []), ("2001:db8::7/64", ["2001:db8::/64"]),
            ("2001:db8::7/16", []),
        ])
    func networks(_ text: String, _ expected: [String]) throws {
        let filter = try FilterLines(["^net <SUBNET>$"])
        #expect(filter.read("net \(text)") == expected)
    }

    @Test("User names have stand-ins and parts, and at most 64 bytes")
    func users() throws {
        let filter = try FilterLines([
            #"^a <F-USER>\w*</F-USER> <F-ALT_USER>\w*</F-ALT_USER> <F-ALT_USER_2>\w*</F-ALT_USER_2> <HOST>$"#,
            #"^t <F-USER>\w*</F-USER> <F-TUPLE_USER>\w*</F-TUPLE_USER> <HOST>$"#,
        ])
        func user(_ line: String) -> String? { filter.findings(line).first?.user }
        #expect(user("a anna bert cora 192.0.2.1") == "anna")
        #expect(user("a  bert cora 192.0.2.1") == "bert")
        #expect(user("a   cora 192.0.2.1") == "cora")
        #expect(user("a    192.0.2.1") == "")
        #expect(user("t anna bert 192.0.2.1") == "anna bert")
        let long = String(repeating: "a", count: 63) + "ä" + "b"
        #expect(user("a \(long) x y 192.0.2.1") == String(repeating: "a", count: 63))
    }

    @Test("Bytes that are not UTF-8 do not keep a pattern from matching")
    func brokenText() throws {
        let filter = try FilterLines([#"^user <F-USER>\S+</F-USER> from <HOST>$"#])
        let line = Array("user x".utf8) + [0xFF, 0xC3] + Array(" from 192.0.2.1".utf8)
        #expect(filter.findings(line).map(\.user) == ["x\u{FFFD}\u{FFFD}"])
    }

    @Test("A line matches as if a line feed ended it, and `$` stands before that")
    func lineEnd() throws {
        let filter = try FilterLines([#"^from <HOST>\s*$"#, #"^at <HOST>\n$"#])
        #expect(filter.read("from 192.0.2.1") == ["192.0.2.1"])
        #expect(filter.read("at 192.0.2.1") == ["192.0.2.1"])
    }

    @Test("A filter that names nobody, or does not compile, says which pattern it is")
    func faults() {
        #expect {
            try FilterLines(["from <HOST>", "nothing"])
        } throws: {
            "\($0)".hasPrefix("filter 'test', failregex 2: it names nobody")
        }
        #expect {
            try FilterLines(["from <HOST>"], ignored: ["(", "x"])
        } throws: {
            "\($0)".hasPrefix("filter 'test', ignoreregex 1: ") && "\($0)".contains("at byte 1")
        }
        #expect {
            try FilterLines(prefix: "[", ["from <HOST>"])
        } throws: {
            "\($0)".hasPrefix("filter 'test', prefregex: ")
        }
    }

    @Test("The name of who failed is not passed over for an address behind it")
    func named() throws {
        let filter = try FilterLines([
            #"^error for <F-USER>.*?</F-USER> (?:from )?<HOST>( via \S+)?$"#
        ])
        #expect(filter.read("error for anna from host.example via 192.0.2.1") == [])
        #expect(filter.run.statistics.named == 1)
        #expect(filter.read("error for anna from 192.0.2.7 via 192.0.2.1") == ["192.0.2.7"])
    }
}
