import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("Literals that a match must contain")
struct RequiredLiteralsTests {
    /// The literals of a pattern, folded ones marked by `~`.
    private func literals(_ pattern: String) -> [String]? {
        RequiredLiterals.of(pattern)?.literals.map {
            ($0.isFolded ? "~" : "") + String(decoding: $0.bytes, as: UTF8.self)
        }
    }

    @Test(
        "The best of a pattern",
        arguments: [
            ("^Failed password for \\S+ from <HOST>", ["Failed password for "]),
            ("(?:Failed|Accepted) \\w+ for", ["Accepted ", "Failed "]),
            ("\\d+ (?i)failed (?-i)LOGIN", ["~ failed login"]),
            ("(?i:ab)c|(?i)DEF", ["~abc", "~def"]),
            ("a(?i)bc|def", ["~abc", "~def"]),
            ("[Ff]ailed", ["Failed", "failed"]),
            ("^[a]b[c]+d", ["abc"]),
            ("user(?: unknown)? x", ["user unknown x", "user x"]),
            ("foo(?:bar)+baz", ["barbaz"]),
            ("(?i:fail)[sS][eE]", ["~failse"]),
            ("(?:abc){2}x", ["abcabcx"]),
            ("\\Qa.b[\\E\\.c", ["a.b[.c"]),
            ("(?x) a b # comment (\n c\\ d [ ]e", ["abc d e"]),
            ("(?P<x>abc)(?=def)ghi(?<!zz)\\bjkl$", ["abcghijkl"]),
            ("(?P<q>['\"])abc(?P=q)", ["'abc", "\"abc"]),
            ("(?(1)yes|nope) and", ["nope and", "yes and"]),
            ("abc\u{E9}defg", ["defg"]),
            ("\\[\\] \"PUT", ["] \"PUT"]),
            ("abcd\\nefg", ["abcd"]),
            ("ab\\x63\\x{64}\\u0065", ["abcde"]),
            ("(?#skip (this)abc", ["abc"]),
            ("(?>abc)++d", ["abcd"]),
            ("a{3}b", ["aaab"]),
            ("(?|abc|(def))ghi", ["abcghi", "defghi"]),
            ("12 456789 \\S+ abc", ["12 456789 "]),
        ])
    func best(pattern: String, expected: [String]) throws {
        #expect(literals(pattern)?.sorted() == expected.sorted())
        _ = try? Pattern(pattern)
    }

    @Test(
        "None can be told",
        arguments: [
            "", "ab", "\\d+", "abc|", "(?:abc)?", "(?:abc|\\d)", "abc(*ACCEPT)def", "(abc)*",
            "(?(DEFINE)(?<x>abcdef))", "a.b.c", "[abc][def]ghi|\\w", "\\S+ \\S+", "(?xx)abc [d ]",
            "abc\\", "(abc", "abc)", "[abc", "a\\c]bcd", "abc{ 0 }", "[\\Q]\\E]abcd", "(?=abcd)",
            "(?(1)(?(2)abcd|efgh))", "(?!abcd)", "\\10abcd", "{0}abcd", "(?x)a\u{85}*bcd",
        ])
    func none(pattern: String) {
        #expect(literals(pattern) == nil)
    }

    @Test("Texts where a date may have been cut out are not literals")
    func dates() {
        #expect(literals("x \\[\\]  denied") == [" denied"])
        #expect(literals("abcd  efgh") == ["abcd "] || literals("abcd  efgh") == [" efgh"])
        #expect(literals("\"\"\\[\\]\\(\\)") == nil)
    }

    @Test("A long literal is cut, many alternatives are kept, too many are none")
    func bounds() throws {
        let pattern = String(repeating: "abcdefgh", count: 2_000)
        let long = try #require(literals(pattern))
        #expect(long.allSatisfy { $0.utf8.count == RequiredLiterals.longestBytes })
        let names = (100..<400).map { "name\($0)" }
        #expect(literals("(?:\(names.joined(separator: "|")))")?.count == 300)
        let many = (0..<600).map { "name\($0 + 1000)" }
        #expect(literals("(?:\(many.joined(separator: "|")))") == nil)
        // Deep and wide ones end.
        for depth in [60, 100, 5_000] {
            let pattern =
                String(repeating: "(", count: depth) + "abcd" + String(repeating: ")", count: depth)
            #expect((literals(pattern) == ["abcd"]) == (depth == 60))
            _ = literals(String(repeating: "(", count: depth))
            _ = literals(String(repeating: "(?=", count: depth))
        }
        for part in ["(?:abc|def)", "(?:a|b){8}", "a?", "(?:ab|c)+", "a{3}{3}{3}"] {
            _ = literals(String(repeating: part, count: 20) + "x")
        }
    }

    @Test("No match of a random pattern lacks its literal", arguments: 0..<3)
    func sound(seed: Int) throws {
        var numbers = SeededGenerator(seed: UInt64(seed))
        var match = PatternMatch()
        var hits = LiteralHits()
        var matches = 0
        for _ in 0..<1_200 {
            var made = RandomPattern.make(&numbers)
            if numbers.next() % 3 == 0 { made = made.mutated(&numbers) }
            _ = PatternLint.warnings(of: made.pattern)
            guard let pattern = try? Pattern(made.pattern),
                let set = RequiredLiterals.of(made.pattern)
            else { continue }
            let scanner = LineScanner(set.literals.map { (literal: $0, group: 0) })
            for _ in 0..<4 {
                let subject = Array(made.subject(&numbers).utf8)
                guard pattern.search(subject.span, into: &match) == .found else { continue }
                matches += 1
                scanner.find(in: subject.span, hits: &hits)
                if hits.contains(0) { continue }
                let text = String(decoding: subject, as: UTF8.self)
                Issue.record(
                    "\(made.pattern.debugDescription) matches \(text.debugDescription) without \(set)"
                )
                return
            }
        }
        #expect(matches > 80)
    }
}
