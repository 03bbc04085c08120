// What opsctl says on standard error.

import Testing

@testable import OpsControl

@Suite struct DiagnosticsTests {
    @Test func eachLineOfAMessageIsALine() {
        #expect(
            Diagnostics.text(
                "the configuration has faults:\n/a:1: x\n/a:2: y", hint: "opsd --check")
                    == """
                    opsctl: the configuration has faults:
                    opsctl: /a:1: x
                    opsctl: /a:2: y
                    hint: opsd --check

                    """)
    }

    /// A line is never anybody else's than opsctl's, and other controls stay text.
    @Test func nothingElseIsBelieved() {
        #expect(Diagnostics.text("a\u{1b}[2J\n\nb", hint: nil) == "opsctl: a\\x1b[2J\nopsctl: b\n")
        #expect(Diagnostics.text("a", hint: "b\nc") == "opsctl: a\nhint: b\\nc\n")
    }
}
