// Severities of `[incidents.rules]`, as words.

import CToml
import OpsCore

/// The severity of what a rule raises.
enum RuleSeverity {
    /// Of a rule that raises nothing.
    static let off = "off"

    /// All words, the most severe first.
    static let words = Severity.allCases.reversed().map(\.rawValue) + [off]

    /// The word of a severity; nil: `off`.
    static func text(_ severity: Severity?) -> String { severity?.rawValue ?? off }

    /// The severity of a word; nil: it is none.
    static func parse(_ text: String) -> Severity?? {
        if text == off { return .some(nil) }
        return Severity(rawValue: text).map { .some($0) }
    }
}

extension ExpectedValue {
    /// The severity that a node names; nil: `off`.
    func ruleSeverity(_ node: TomlNode) throws(ValueErrors) -> Severity? {
        let text = try string(node)
        guard let severity = RuleSeverity.parse(text) else {
            throw invalid(node, "\(text.shown) is not a severity")
        }
        return severity
    }
}
