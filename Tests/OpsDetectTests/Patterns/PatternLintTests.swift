import Testing

@testable import OpsDetect

@Suite("What an attacker can steer in a pattern")
struct PatternLintTests {
    /// The warnings by what they begin with.
    private func kinds(_ pattern: String) -> String {
        PatternLint.warnings(of: pattern).map { warning in
            let kinds = [
                ("it is not anchored", "start"), ("a catch-all", "host"),
                ("a repetition", "nested"), ("several", "several"), ("it was not", "unknown"),
                ("what stands", "cut"),
            ]
            return kinds.first { warning.hasPrefix($0.0) }?.1 ?? warning
        }.joined(separator: " ")
    }

    @Test(
        "Warnings",
        arguments: [
            ("^Failed password for \\S+ from <HOST>$", ""),
            ("^Failed password for <F-USER>\\S+</F-USER> from <HOST>( port \\d+)?$", ""),
            ("Failed for \\S+ from <HOST>", "start"),
            ("^(?:a|b) <HOST>", ""), ("(?:^a|b) <HOST>", "start"), ("^a <HOST>|b <HOST>", "start"),
            ("(?i)(?=x)^a <HOST>", ""), ("\\A(?#c)a <HOST>", ""), ("(?:^a)+ <HOST>", ""),
            ("(?:^a)? <HOST>", "start"),
            ("^user .* from <HOST>", "host"), ("^user .+ from <HOST>$", ""),
            ("^user .*? from <HOST> port \\d+", "host"), ("^user .* from <HOST>\\s*$", ""),
            ("^user <F-USER>.*</F-USER> from <HOST>: .*$", "host several"),
            ("^user (?:.*|x) from (?:(?P<ip4>\\d+)|(?P<ip6>\\S+))", "host"),
            ("^user [^\"]* from <HOST>", "host"), ("^user [^ ]* from <HOST>", ""),
            ("^<HOST> .*", ""), ("^(?:user .* from <HOST>)$", ""),
            ("^(a+)+$", "nested"), ("^(a|a)*$", "nested"), ("^(?:a*b?)*$", "nested"),
            ("^(?:\\S+ )*<HOST>$", ""), ("^(?:\\S+ ?)*x$", "nested"), ("^(?:.*,)*x$", "nested"),
            ("^(?:a++)*$", ""), ("^(?:\\w|\\d)+$", "nested"), ("^(?:[^ ]+ +)*x$", ""),
            ("^(?:(?:\\d{1,3}\\.){3}\\d{1,3})$", ""), ("^(?:a?)*$", ""),
            ("^(?:(?:a*))*$", "nested"),
            ("^.*a.*b$", "several"), ("^(.*)a(?:.+)b.*c$", "several"),
            ("^x .*<HOST>$", "cut"), ("^x \\S+<HOST>$", "cut"), ("^x \\d*<HOST>$", "cut"),
            ("^x (?:[0-9a-f]+)<HOST>$", "cut"), ("^x [g-z]+<HOST>$", ""),
            ("^x <HOST>\\S*$", "cut"), ("^x \\s*<HOST>$", ""), ("^x \\d?<HOST>$", ""),
            ("^a(*ACCEPT)", "unknown"), ("^a <b> <HOST>$", ""),
        ])
    func warnings(pattern: String, expected: String) {
        #expect(kinds(pattern) == expected)
    }

    @Test("Every warning is one sentence that says what to write instead")
    func sentences() {
        let all = PatternLint.warnings(of: "(a+)+.*x.*<HOST>")
        #expect(all.count == 5)
        for warning in all {
            #expect(warning.contains(": ") && !warning.hasSuffix(".") && !warning.contains("\n"))
        }
    }
}
