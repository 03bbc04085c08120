// From a section with a name of its own to values.

import CToml
import OpsCore

extension SectionKey {
    /// Sets the key in `section` to the value of `node`.
    func read(
        _ node: TomlNode, networks: NetworkNotation, into section: inout Section
    ) throws(ValueErrors) {
        let expected = ExpectedValue(allowed)
        switch shape {
        case .text(let place, let kind):
            let text = try expected.string(node)
            guard kind.accepts(text) else {
                throw expected.invalid(node, "\(text.shown) is \(kind.wrong)")
            }
            section[keyPath: place] = text
        case .texts(let place, let kind, let limit):
            section[keyPath: place] = try expected.list(
                node, limit, kind.wrong, entryLimitBytes: kind.limitBytes
            ) { text in kind.accepts(text) ? text : nil }
        case .duration(let place, let range):
            section[keyPath: place] = try expected.duration(node, range)
        case .integer(let place, let range):
            section[keyPath: place] = try expected.integer(node, range)
        case .word(let place, let words):
            let word = try expected.string(node)
            guard words.contains(word) else {
                throw expected.invalid(node, "\(word.shown) is unknown")
            }
            section[keyPath: place] = word
        case .flag(let place):
            try expected.expect(.boolean, node)
            section[keyPath: place] = node.flag
        case .zone(let place):
            let text = try expected.string(node)
            switch ZoneText(parsing: text) {
            case .local: section[keyPath: place] = nil
            case .offset(let minutes): section[keyPath: place] = minutes
            case nil: throw expected.invalid(node, "\(text.shown) is not a zone")
            }
        case .networks(let place, let limit):
            section[keyPath: place] = try expected.list(
                node, limit, "neither an address nor a network", networks.parse)
        case .money(let place): section[keyPath: place] = try expected.money(node)
        case .conditions(let place, let limit):
            try expected.expect(.table, node)
            var conditions: [String: [String]] = [:]
            try read(node, expected, "", &conditions)
            guard conditions.count <= limit else {
                throw expected.invalid(node, "\(conditions.count) members are too many")
            }
            section[keyPath: place] = conditions
        }
    }

    /// The most values of one member.
    private static var valueLimit: Int { 64 }

    /// Reads members and their values; a table within is a longer path.
    private func read(
        _ table: TomlNode, _ expected: ExpectedValue, _ path: String,
        _ conditions: inout [String: [String]]
    ) throws(ValueErrors) {
        for child in table.children {
            let place = path + child.key
            if child.kind == .table {
                try read(child, expected, place + ".", &conditions)
                continue
            }
            guard SectionText.field.accepts(place) else {
                throw expected.invalid(child, "\(place.shown) is not the path of a member")
            }
            guard conditions[place] == nil else {
                throw expected.invalid(child, "\(place.shown) is named twice")
            }
            var values: [String] = []
            if child.kind == .array {
                for value in child.children { values.append(try text(value, expected)) }
            } else {
                values = [try text(child, expected)]
            }
            guard (1...Self.valueLimit).contains(values.count) else {
                throw expected.invalid(
                    child,
                    "\(values.count) values of \(place.shown), 1 to \(Self.valueLimit) are allowed")
            }
            conditions[place] = values
        }
    }

    /// A value of JSON as text.
    private func text(
        _ node: TomlNode, _ expected: ExpectedValue
    ) throws(ValueErrors) -> String {
        switch node.kind {
        case .integer: return String(node.integer)
        case .boolean: return node.flag ? "true" : "false"
        case .string:
            let text = node.string
            guard text.utf8.count <= SectionText.pattern.limitBytes, !text.utf8.contains(0) else {
                throw expected.invalid(node, "\(text.shown) is not a value")
            }
            return text
        default: throw expected.invalid(node, "\(node.kindText) as a value")
        }
    }
}

extension SectionText {
    /// What an entry is that is not one: it completes "X is ...".
    fileprivate var wrong: String {
        switch self {
        case .source: "not a name"
        case .path: "not an absolute path"
        case .journal: "not a match"
        case .pattern: "not a pattern"
        case .filter: "not a filter"
        case .field: "not the path of a member"
        case .date: "not a date pattern"
        case .channel: "not the name of a channel"
        case .secret: "neither an absolute path nor the name of a credential"
        case .url: "not a URL"
        case .host: "not a host"
        case .address: "not an address of a mailbox"
        case .chat: "not a chat"
        case .word: "not a name"
        case .model: "not the name of a model"
        case .endpointName: "not the name of an endpoint"
        case .endpoint: "not a URL that opscheck knows"
        case .header: "not a header line"
        case .status: "not a status"
        case .objective: "not the name of an objective"
        case .queue: "not the name of a queue"
        }
    }
}
