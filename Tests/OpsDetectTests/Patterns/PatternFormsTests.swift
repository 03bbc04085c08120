import OpsTestKit
import Testing

@testable import OpsDetect

@Suite("The forms of a pattern")
struct PatternFormsTests {
    /// What is found in text of ASCII by the form that is for it, and by that for any text.
    private func difference(_ text: String, _ subject: String) -> String? {
        guard let pattern = try? Pattern(text),
            let other = try? Pattern(text, options: [.utf], hasPlainForm: false)
        else { return nil }
        let bytes = Array(subject.utf8)
        var match = PatternMatch()
        var otherMatch = PatternMatch()
        let found = pattern.search(bytes.span, into: &match, budget: .still)
        let otherFound = other.search(bytes.span, into: &otherMatch, budget: .still)
        if found != otherFound { return "\(found), \(otherFound)" }
        guard found == .found else { return nil }
        for group in 0...pattern.groupCount where match[group] != otherMatch[group] {
            return "group \(group)"
        }
        return nil
    }

    @Test("Text of ASCII is found alike by the form for it and by the form for all text")
    func random() {
        var numbers = SeededGenerator(seed: 20)
        var compared = 0
        for _ in 0..<4_000 {
            let made = RandomPattern.make(&numbers)
            var texts = [made.witness, "x" + made.witness + " y", "k S9 [a]-"]
            texts.append(String(made.witness.reversed()))
            for text in texts where text.utf8.allSatisfy({ $0 < 0x80 }) {
                compared += 1
                if let difference = difference(made.pattern, text) {
                    let pattern = made.pattern.debugDescription
                    Issue.record("\(pattern) in \(text.debugDescription): \(difference)")
                    return
                }
            }
        }
        #expect(compared > 8_000)
    }

    @Test(
        "What ASCII has of Unicode's classes",
        arguments: [
            "\\w", "\\d", "\\s", "\\b", "[[:alpha:]]", "[[:punct:]]", "[[:print:]]", "[[:graph:]]",
            "[[:space:]]", "[[:cntrl:]]", "[[:upper:]]", "[[:word:]]", "[[:xdigit:]]",
            "[[:blank:]]", "\\h", "\\v", "\\R", "\\X", "\\N", ".", "[^\\W]", "\\p{Lu}", "\\p{S}",
            "(?i)[k-s]", "(?i)K",
            "\\x{e9}?.", "[\\x{80}-\\x{ff}]?.", "\\x{17f}?.", "(?i)[^s]",
        ])
    func classes(pattern: String) {
        for byte in UInt8(0)..<0x80 {
            let subject = String(decoding: [byte], as: UTF8.self)
            #expect(difference(pattern, subject) == nil, "\(pattern) in byte \(byte)")
        }
    }
}
