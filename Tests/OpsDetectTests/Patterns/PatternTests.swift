import Testing

@testable import OpsDetect

@Suite("Patterns")
struct PatternTests {
    @Test("Groups are ranges of bytes, by number and by name")
    func groups() throws {
        let pattern = try Pattern("user (?P<user>\\S+) from (?P<ip4>[\\d.]+)(x)?")
        #expect(pattern.groups == ["user": 1, "ip4": 2])
        #expect(pattern.groupCount == 3)
        #expect(pattern.text("user", in: "né: user zoë from 192.0.2.1") == "zoë")
        #expect(pattern.text("ip4", in: "user a from 192.0.2.1 ") == "192.0.2.1")
        #expect(pattern.text(3, in: "user a from 192.0.2.1 ") == nil)
        #expect(pattern.text("nobody", in: "user a from 192.0.2.1") == nil)
        #expect(pattern.compiledBytes > 100)
    }

    @Test("A name of several alternatives is the one that took part")
    func duplicateNames() throws {
        let pattern = try Pattern("a (?P<who>\\d+)|b (?P<who>\\w+)")
        #expect(pattern.numbers(of: "who") == [1, 2])
        #expect(pattern.groups == ["who": 1])
        #expect(pattern.text("who", in: "b xy") == "xy")
        #expect(pattern.text("who", in: "a 17") == "17")
    }

    @Test("A search begins where it is told, at a whole character, and anywhere is safe")
    func from() throws {
        let pattern = try Pattern("[é1]")
        func first(from: Int) -> Range<Int>? {
            let bytes = Array("éa1".utf8)
            var match = PatternMatch()
            let outcome = pattern.search(bytes.span, from: from, into: &match)
            return outcome == .found ? match.range : nil
        }
        #expect(first(from: 1) == 3..<4)
        #expect(first(from: 4) == nil)
        #expect(first(from: -7) == 0..<2)
        #expect(first(from: .max) == nil)
        #expect(try Pattern("^$").outcome([]) == .found)
    }

    @Test("A fault says what and where, in bytes of the pattern as it was given")
    func faults() throws {
        #expect(throws: PatternFault(message: "missing closing parenthesis", offset: 2)) {
            try Pattern("(a")
        }
        let fault = try #require(throws: PatternFault.self) { try Pattern("\\Za{,3}(?iu)é[b") }
        #expect(fault.offset == 16)
        #expect(fault.message.hasPrefix("missing terminating ]"))
        #expect(throws: PatternFault.self) {
            try Pattern(String(repeating: "a", count: Pattern.textLimitBytes + 1))
        }
        #expect(throws: PatternFault.self) {
            try Pattern(String(repeating: "(", count: 30_000))
        }
    }

    @Test(
        "Python's spelling",
        arguments: [
            ("^a{,2}$", "aa", "aaa"), ("^[{,2}]$", "{", "a"), ("^\\{,2}$", "{,2}", "aa"),
            ("(?iu)^ab$", "AB", "AC"), ("(?u)^ab$", "ab", "AB"), ("^(?iu:a)b$", "Ab", "AB"),
            ("^a\\Z", "a", "a\n"), ("^\\Q{,2}\\E$", "{,2}", "aa"),
            ("^\\u00e9$", "é", "e"), ("^[\\u00e9]$", "é", "e"), ("^(?#(?u)a$", "a", "b"),
            ("^[]{,2}]$", "{", "a"), ("^[^]{,2}]$", "a", "{"), ("^\\w$", "é", "-"),
        ])
    func python(pattern: String, good: String, bad: String) throws {
        let pattern = try Pattern(pattern)
        #expect(pattern.matches(good))
        #expect(!pattern.matches(bad))
    }

    @Test("Options: case, lines")
    func options() throws {
        #expect(try Pattern("^b$", options: [.utf, .multiline]).matches("a\nb\nc"))
        #expect(try !Pattern("^b$").matches("a\nb\nc"))
        #expect(try Pattern("É", options: [.utf, .caseless]).matches("é"))
        // Only LF ends a line.
        #expect(try Pattern("^a.b$").matches("a\rb"))
    }

    @Test(
        "A line of 8 KiB that makes a pattern go back again and again reaches the limit",
        arguments: [
            ("(a+)+$", "a", "b"), ("(?:a|a)*$", "a", "b"), (".*x.*y$", "xy", "!"),
            ("^(?:.|.)*b", "a", ""),
        ])
    func limits(pattern: String, unit: String, end: String) throws {
        let pattern = try Pattern(pattern)
        let line = String(repeating: unit, count: 8192 / unit.utf8.count - end.utf8.count) + end
        var match = PatternMatch()
        let bytes = Array(line.utf8)
        let budget = LineBudget.ticking(100_000, limit: PatternLimits.lineNanoseconds)
        #expect(pattern.search(bytes.span, into: &match, budget: budget) == .limitReached)
        // The thread's workspace is of use after it.
        #expect(try Pattern("a").matches("a"))
    }

    @Test("A search may be given fewer steps, and the next has all again")
    func fewerSteps() throws {
        let pattern = try Pattern("^(?:a|b)*c")
        let line = Array((String(repeating: "ab", count: 100) + "c").utf8)
        #expect(pattern.outcome(line) == .found)
        #expect(pattern.outcome(line, steps: 50) == .limitReached)
        #expect(pattern.outcome(line, steps: -1) == .limitReached)
        #expect(pattern.outcome(line) == .found)
    }

    @Test("Both forms of a pattern find the same, in short lines and in long ones")
    func watchedForm() throws {
        let texts = [
            "(?x) user \\s (?<who>\\S+) # ( comment", "user (?<who>[^ ]*) (?(who)x|y)",
            "(?i)USER (?P<who>.*?) x", "user (?<who>\\Qzo\\E.) \\w", "(?<who>a)|user (?<who>\\S+)",
        ]
        for text in texts {
            let pattern = try Pattern(text)
            #expect(pattern.text("who", in: "user zoë x") == "zoë")
            let padding = String(repeating: "-", count: 300)
            #expect(pattern.text("who", in: padding + "user zoë x" + padding) == "zoë")
        }
    }

    @Test("A pattern of many groups: the workspace grows")
    func manyGroups() throws {
        let many = try Pattern(String(repeating: "(a)", count: 200))
        let subject = String(repeating: "a", count: 200)
        #expect(many.text(200, in: subject) == "a")
        #expect(many.text(201, in: subject) == nil)
        #expect(try Pattern("(a)").text(1, in: "a") == "a")
    }
}
