// Searching for what a test has as text.

@testable import OpsDetect

extension Pattern {
    /// What the group matched in `text`; nil when there is no match or it took no part.
    func text(_ group: Int = 0, in text: String) -> String? {
        var match = PatternMatch()
        let bytes = Array(text.utf8)
        guard search(bytes.span, into: &match) == .found else { return nil }
        return match[group].map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    func text(_ name: String, in text: String) -> String? {
        var match = PatternMatch()
        let bytes = Array(text.utf8)
        guard search(bytes.span, into: &match) == .found else { return nil }
        return match[name, in: self].map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    func outcome(_ bytes: [UInt8], steps: Int = PatternLimits.steps) -> PatternOutcome {
        var match = PatternMatch()
        return search(bytes.span, into: &match, steps: steps, budget: .still)
    }

    func matches(_ text: String) -> Bool { outcome(Array(text.utf8)) == .found }
}
