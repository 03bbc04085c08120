// Whether the answer of a web server is the right one.

import OpsConfig
import OpsCore
import OpsProtocol

/// What a server answered to a request.
struct PageAnswer: Hashable, Sendable {
    var status: Int
    /// At most `HTTPTransfer.bodyLimitBytes`.
    var body: [UInt8] = []
}

enum PageVerdict {
    /// Why the answer is wrong; nil: it is right.
    static func fault(_ answer: PageAnswer, _ settings: EndpointSettings) -> String? {
        let isRight = settings.statuses.compactMap { StatusRange($0) }
            .contains { ($0.first...$0.last).contains(answer.status) }
        if !isRight { return "status: \(answer.status)" }
        if let text = settings.body, !contains(Array(text.utf8), answer.body) {
            return "body: \"\(text.prefix(60))\" is not in it"
        }
        guard let path = settings.json else { return nil }
        guard let json = try? JSONValue(parsing: answer.body.span) else {
            return "body: it is not JSON"
        }
        guard let value = member(path, of: json) else { return "body: it has no \(path)" }
        guard let wanted = settings.equals else { return nil }
        return text(value) == wanted
            ? nil : "body: \(path) is \(shown(value)), expected \(wanted.prefix(60))"
    }

    private static func contains(_ text: [UInt8], _ body: [UInt8]) -> Bool {
        guard let first = text.first, text.count <= body.count else { return text.isEmpty }
        for start in 0...(body.count - text.count)
        where body[start] == first && body[start..<start + text.count].elementsEqual(text) {
            return true
        }
        return false
    }

    /// A member by its path; a number names an element of a list.
    private static func member(_ path: String, of json: JSONValue) -> JSONValue? {
        var value = json
        for part in path.split(separator: ".") {
            if case .array(let elements) = value {
                guard let index = Int(part), elements.indices.contains(index) else { return nil }
                value = elements[index]
            } else {
                guard let next = value[String(part)] else { return nil }
                value = next
            }
        }
        return value
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): text
        case .array: "a list"
        case .object: "an object"
        }
    }

    private static func shown(_ value: JSONValue) -> String { String(text(value).prefix(60)) }
}
