// The texts of `[endpoint.NAME]`.  Whatever becomes part of a request is checked here: no line
// break gets further.

import OpsCore

extension SectionText {
    /// What one is, with an article.
    var oneOfEndpoints: String {
        switch self {
        case .endpoint:
            "a URL without a user, such as \"https://shop.example.org/health\", \"tcp://host:25\", "
                + "\"unix:///run/app.sock\", \"icmp://host\", \"dns://192.0.2.53/example.org\", "
                + "\"redis://host\" or \"postgres://host/database\""
        case .header: "a header line of at most \(limitBytes) bytes such as \"Accept: text/html\""
        case .status: "a status such as \"200\", or several such as \"200-299\""
        case .objective: "the name of an objective such as \"default\""
        default: "the name of an endpoint"
        }
    }

    /// Whether a text may stand here; it has the right length and no control characters.
    func isOfEndpoints(_ text: String) -> Bool {
        switch self {
        case .endpoint: EndpointTarget(text) != nil
        case .header: Self.isHeader(text)
        case .status: StatusRange(text) != nil
        case .objective: ObjectiveName(text) != nil
        default: EndpointSettings.isName(text)
        }
    }

    /// A token, a colon, and a value.  Source: RFC 9110, section 5.1.
    private static func isHeader(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let name = text.utf8[..<colon]
        let value = text[text.index(after: colon)...]
        let marks = Array("!#$%&'*+-.^_`|~".utf8)
        return !name.isEmpty && value.contains { $0 != " " }
            && name.allSatisfy {
                $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || marks.contains($0)
            }
    }
}

/// Statuses of HTTP that are right.
package struct StatusRange: Hashable, Sendable {
    /// 100...599.
    package var first: Int
    /// The same, and not below `first`.
    package var last: Int

    /// `200` or `200-299`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        let numbers = parts.compactMap { part in
            part.utf8.count == 3 && part.utf8.allSatisfy { $0 &- 0x30 < 10 } ? Int(part) : nil
        }
        guard numbers.count == parts.count, let first = numbers.first, let last = numbers.last,
            first >= 100, last <= 599, first <= last
        else { return nil }
        (self.first, self.last) = (first, last)
    }
}
