// From a node of the file to a value of one type, for every kind of section.

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

/// Reads values of which something is expected.
struct ExpectedValue {
    /// What is allowed: it completes "must be ...".
    let allowed: String

    init(_ allowed: String) { self.allowed = allowed }

    func invalid(_ node: TomlNode, _ wrong: String) -> ValueErrors {
        .one(node.line, "\(wrong), must be \(allowed)")
    }

    func expect(_ kind: CTomlKind, _ node: TomlNode) throws(ValueErrors) {
        guard node.kind == kind else { throw invalid(node, node.kindText) }
    }

    func string(_ node: TomlNode) throws(ValueErrors) -> String {
        try expect(.string, node)
        return node.string
    }

    func integer(_ node: TomlNode, _ range: ClosedRange<Int>) throws(ValueErrors) -> Int {
        try expect(.integer, node)
        let value = Int(node.integer)
        if value < range.lowerBound { throw invalid(node, "\(value) is too small") }
        if value > range.upperBound { throw invalid(node, "\(value) is too large") }
        return value
    }

    func duration(
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

    func path(_ node: TomlNode, _ limitBytes: Int) throws(ValueErrors) -> String {
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

    func list<Entry>(
        _ node: TomlNode, _ limit: Int, _ wrong: String, entryLimitBytes: Int = 512,
        _ parse: (String) -> Entry?
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
            if text.utf8.count <= entryLimitBytes, let entry = parse(text) {
                entries.append(entry)
            } else {
                errors.add(child.line, "\(text.shown) is \(wrong), must be \(allowed)")
            }
        }
        guard errors.list.isEmpty else { throw errors }
        return entries
    }
}
