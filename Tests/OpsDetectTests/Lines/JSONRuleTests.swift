import OpsCore
import OpsTestKit
import Testing

@testable import OpsDetect

private let now: Int64 = 1_800_000_000_000

private func rule(
    when: [String: [String]], address: String? = "ip", time: String? = "ts", weight: Int? = nil
) -> WatchRule {
    var rule = WatchRule()
    rule.when = when
    rule.address = address
    rule.time = time
    rule.weight = weight
    return rule
}

private func read(
    _ line: String, _ rule: JSONRule, at time: LineTime = .inLine
) -> [Finding] {
    var findings: [Finding] = []
    rule.read(Array(line.utf8).span, at: time, now: now, into: &findings)
    return findings
}

@Suite("rules for JSON lines") struct JSONRuleTests {
    @Test("a rule for incidents finds the line, whomever it names")
    func incident() throws {
        var fields = rule(when: ["level": ["error", "fatal"]], address: nil)
        #expect(throws: JSONRuleFault.self) { _ = try JSONRule(fields) }
        fields.action = .incident
        let errors = try JSONRule(fields)
        let found = read(#"{"level":"fatal","ts":1700000000.5}"#, errors)
        #expect(found == [Finding(address: nil, time: 1_700_000_000_500)])
        #expect(read(#"{"level":"info","ts":1700000000.5}"#, errors) == [])
        #expect(errors.counts.withoutAddress == 0)
    }

    @Test(
        "all fields must have one of their values",
        arguments: [
            (#"{"status":401,"msg":"handled request","ip":"192.0.2.1","ts":1700000000.5}"#, true),
            (#"{"status":"403","msg":"handled request","ip":"192.0.2.1","ts":1700000000.5}"#, true),
            (#"{"status":200,"msg":"handled request","ip":"192.0.2.1","ts":1700000000.5}"#, false),
            (#"{"status":4011,"msg":"handled request","ip":"192.0.2.1","ts":1700000000.5}"#, false),
            (
                #"{"status":401,"msg":"h\u0061ndled request","ip":"192.0.2.1","ts":1700000000.5}"#,
                true
            ),
            (#"{"status":401,"msg":"login failed: x","ip":"192.0.2.1","ts":1700000000.5}"#, true),
            (
                #"{"status":401,"msg":"no login failed: x","ip":"192.0.2.1","ts":1700000000.5}"#,
                false
            ),
            (#"{"status":401,"ip":"192.0.2.1","ts":1700000000.5}"#, false),
            (#"{"status":[401],"msg":"handled request","ip":"192.0.2.1"}"#, false),
            (#"{"msg":"{\"status\":401}","status":200,"ip":"192.0.2.1"}"#, false),
            ("status=401 handled request 192.0.2.1", false),
        ])
    func conditions(_ line: String, _ isMatch: Bool) throws {
        let compiled = try JSONRule(
            rule(when: ["status": ["401", "403"], "msg": ["handled request", "~^login failed:"]]))
        let address: Network = try #require(Network(parsing: "192.0.2.1"))
        let finding = Finding(address: address, time: 1_700_000_000_500)
        #expect(read(line, compiled) == (isMatch ? [finding] : []))
    }

    @Test("a time that is missing is the source's, else now; a later one is now")
    func times() throws {
        let compiled = try JSONRule(rule(when: ["a": ["1"]], weight: 3))
        func time(_ text: String, _ known: LineTime = .inLine) -> Int64? {
            read("{\"a\":1,\"ip\":\"192.0.2.1\"\(text)}", compiled, at: known).first?.time
        }
        #expect(time("") == now && time(",\"ts\":\"soon\"") == now)
        #expect(time("", .known(5)) == 5)
        #expect(time(",\"ts\":1700000000", .known(5)) == 1_700_000_000_000)
        #expect(time(",\"ts\":1900000000") == now)
        #expect(compiled.counts.withoutTime == 2)
        #expect(read(#"{"a":1,"ip":"192.0.2.1"}"#, compiled).map(\.count) == [3])
    }

    @Test("a line without an address strikes nobody, and is counted")
    func noAddress() throws {
        let compiled = try JSONRule(rule(when: [:], address: "h.X[0]", time: nil))
        for line in [
            "{}", #"{"h":{"X":["192.0.2.1, 192.0.2.2"]}}"#, #"{"h":{"X":["unknown"]}}"#,
            #"{"h":{"X":"192.0.2.1"}}"#, #"{"h":{"X":[["192.0.2.1"]]}}"#, #"{"h":{"X":[1]}}"#,
        ] {
            #expect(read(line, compiled).isEmpty)
        }
        #expect(compiled.counts.withoutAddress == 6 && compiled.counts.matches == 6)
        #expect(read(#"{"h":{"X":["[2001:db8::1]:5"]}}"#, compiled).count == 1)
    }

    @Test("two addresses in one line strike neither")
    func ambiguous() throws {
        let compiled = try JSONRule(rule(when: ["a": ["1"]]))
        #expect(read(#"{"a":1,"ip":"192.0.2.1","ip":"192.0.2.2"}"#, compiled).isEmpty)
        #expect(compiled.counts.ambiguous == 1)
    }

    @Test("patterns that take too many steps are not matches, and are counted")
    func limits() throws {
        let compiled = try JSONRule(rule(when: ["a": ["~^(a+)+$"]]))
        let evil = String(repeating: "a", count: 8_000) + "!"
        #expect(read("{\"a\":\"\(evil)\",\"ip\":\"192.0.2.1\"}", compiled).isEmpty)
        #expect(compiled.counts.limitsReached == 1)
        #expect(read(#"{"a":"aaa","ip":"192.0.2.1"}"#, compiled).count == 1)
    }

    @Test("literals are those of the best condition, without what JSON may escape")
    func literals() throws {
        func literals(_ when: [String: [String]]) throws -> Set<String>? {
            (try JSONRule(rule(when: when))).literals.map { set in
                Set(set.literals.map { String(decoding: $0.bytes, as: UTF8.self) })
            }
        }
        #expect(try literals(["status": ["401", "403"]]) == ["401", "403"])
        #expect(
            try literals(["status": ["401"], "m": ["a/handled request"]]) == ["handled request"])
        #expect(try literals(["a": ["1"], "b": ["x\"y"]]) == nil)
        #expect(try literals([:]) == nil)
    }

    @Test("what is wrong with a rule is said by its key")
    func faults() {
        func key(_ rule: WatchRule) -> String? {
            do { _ = try JSONRule(rule) } catch { return error.key }
            return nil
        }
        #expect(key(rule(when: [:], address: nil)) == "address")
        #expect(key(rule(when: [:], address: "a..b")) == "address")
        #expect(key(rule(when: [:], time: "[1]")) == "time")
        #expect(key(rule(when: ["a.": ["1"]])) == "when.a.")
        #expect(key(rule(when: ["a": []])) == "when.a")
        #expect(key(rule(when: ["a": ["~("]])) == "when.a")
    }
}
