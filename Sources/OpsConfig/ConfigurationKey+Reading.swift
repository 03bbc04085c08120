// From a node of the file to a value of the key's type.  Types are strict: 2.0 is not an integer,
// and a number is not a duration.  A value with a fault changes nothing.

import CToml
import OpsCore

/// What is wrong with one value: a line and a message, or one pair for each bad entry of a list.
struct ValueErrors: Error {
    private(set) var list: [(line: Int, message: String)] = []

    static func one(_ line: Int, _ message: String) -> ValueErrors {
        ValueErrors(list: [(line, message)])
    }

    mutating func add(_ line: Int, _ message: String) { list.append((line, message)) }
}

extension ConfigurationKey {
    /// The longest list entry that is parsed, in bytes.
    private static let entryLimitBytes = 512

    /// Sets the key in `configuration` to the value of `node`.
    func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration
    ) throws(ValueErrors) {
        switch shape {
        case .integer(let valuePath, let range, _):
            configuration[keyPath: valuePath] = try integer(node, range)
        case .duration(let valuePath, let range):
            configuration[keyPath: valuePath] = try duration(node, range)
        case .flag(let valuePath):
            try expect(.boolean, node)
            configuration[keyPath: valuePath] = node.flag
        case .timeOfDay(let valuePath):
            let text = try string(node)
            guard let minutes = TimeOfDay.parse(text) else {
                throw invalid(node, "\(text.shown) is not a time of day")
            }
            configuration[keyPath: valuePath] = minutes
        case .path(let valuePath, let limit):
            configuration[keyPath: valuePath] = try path(node, limit)
        case .fsync(let valuePath):
            let word = try string(node)
            guard let policy = Configuration.Store.Fsync(rawValue: word) else {
                throw invalid(node, "\(word.shown) is unknown")
            }
            configuration[keyPath: valuePath] = policy
        case .mode(let valuePath):
            let word = try string(node)
            guard let mode = Configuration.Enforce.Mode(rawValue: word) else {
                throw invalid(node, "\(word.shown) is unknown")
            }
            configuration[keyPath: valuePath] = mode
        case .networks(let valuePath, let limit):
            configuration[keyPath: valuePath] = try list(
                node, limit, "neither an address nor a network", networks.parse)
        case .principals(let valuePath, let limit):
            configuration[keyPath: valuePath] = try list(
                node, limit, "neither a user nor a group", Principal.init(parsing:))
        case .sources(let valuePath, let limit):
            configuration[keyPath: valuePath] = try list(node, limit, "not a source") { text in
                let isSource =
                    (1...Bounds.sourceBytes).contains(text.utf8.count)
                    && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
                return isSource ? text : nil
            }
        }
    }

    private func invalid(_ node: TomlNode, _ wrong: String) -> ValueErrors {
        .one(node.line, "\(wrong), must be \(allowed)")
    }

    private func expect(_ kind: CTomlKind, _ node: TomlNode) throws(ValueErrors) {
        guard node.kind == kind else { throw invalid(node, node.kindText) }
    }

    private func string(_ node: TomlNode) throws(ValueErrors) -> String {
        try expect(.string, node)
        return node.string
    }

    private func integer(_ node: TomlNode, _ range: ClosedRange<Int>) throws(ValueErrors) -> Int {
        try expect(.integer, node)
        let value = Int(node.integer)
        if value < range.lowerBound { throw invalid(node, "\(value) is too small") }
        if value > range.upperBound { throw invalid(node, "\(value) is too large") }
        return value
    }

    private func duration(
        _ node: TomlNode, _ range: ClosedRange<Int64>
    ) throws(ValueErrors) -> Int64 {
        let text = try string(node)
        guard let value = DurationText.parse(text) else {
            throw invalid(
                node, "\(text.shown) is not a whole number with a unit (ms, s, m, h or d)")
        }
        if value < range.lowerBound { throw invalid(node, "\(text.shown) is too short") }
        if value > range.upperBound { throw invalid(node, "\(text.shown) is too long") }
        return value
    }

    private func path(_ node: TomlNode, _ limitBytes: Int) throws(ValueErrors) -> String {
        let text = try string(node)
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw invalid(node, "\(text.shown) is not absolute")
        }
        guard text.utf8.count <= limitBytes else {
            throw invalid(node, "\(text.utf8.count) bytes are too many")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw invalid(node, "\(text.shown) contains control characters")
        }
        return text
    }

    private func list<Entry>(
        _ node: TomlNode, _ limit: Int, _ wrong: String, _ parse: (String) -> Entry?
    ) throws(ValueErrors) -> [Entry] {
        try expect(.array, node)
        var entries: [Entry] = []
        var errors = ValueErrors()
        for child in node.children {
            guard entries.count < limit, errors.list.count < FaultList.limit else {
                errors.add(child.line, "too many entries, must be \(allowed)")
                break
            }
            guard child.kind == .string else {
                errors.add(child.line, "\(child.kindText) in the list, must be \(allowed)")
                continue
            }
            let text = child.string
            if text.utf8.count <= Self.entryLimitBytes, let entry = parse(text) {
                entries.append(entry)
            } else {
                errors.add(child.line, "\(text.shown) is \(wrong), must be \(allowed)")
            }
        }
        guard errors.list.isEmpty else { throw errors }
        return entries
    }
}
