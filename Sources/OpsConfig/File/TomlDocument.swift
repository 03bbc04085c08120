// CToml in Swift: an owned document and nodes that keep it alive.

import CToml

/// Why bytes are not TOML.
struct TomlError: Error {
    /// The line, counted from 1; 0 means the document as a whole.
    let line: Int
    /// Not yet escaped.
    let message: String
}

/// A parsed document.
final class TomlDocument {
    private let handle: OpaquePointer

    init(_ bytes: [UInt8]) throws(TomlError) {
        try Self.checkEncoding(bytes)
        var error = CTomlError()
        let handle = bytes.withUnsafeBytes { buffer in
            ctoml_parse(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, &error)
        }
        guard let handle else {
            let message = withUnsafeBytes(of: &error.message) { buffer in
                String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw TomlError(line: Int(error.line), message: message)
        }
        self.handle = handle
    }

    deinit { ctoml_free(handle) }

    /// The parser checks the encoding too, but reports the wrong line if a line begins with a bad
    /// byte.
    private static func checkEncoding(_ bytes: [UInt8]) throws(TomlError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let good = bytes[..<error.byteOffsets.lowerBound]
            let line = good.count { $0 == UInt8(ascii: "\n") } + 1
            throw TomlError(line: line, message: "bytes that are not UTF-8")
        }
    }

    var root: TomlNode { TomlNode(document: self, index: 0) }

    fileprivate func node(_ index: Int) -> CTomlNode {
        var node = CTomlNode()
        let found = ctoml_node(handle, index, &node)
        precondition(found, "a node beyond the document")
        return node
    }
}

/// One value with its place.
struct TomlNode {
    private let document: TomlDocument
    private let index: Int
    private let node: CTomlNode

    fileprivate init(document: TomlDocument, index: Int) {
        self.document = document
        self.index = index
        node = document.node(index)
    }

    var kind: CTomlKind { node.kind }
    var line: Int { Int(node.line) }
    /// The last part of the key; empty for array elements.
    var key: String { text(node.key) }
    /// A string's value.
    var string: String { text(node.text) }
    /// An integer's value.
    var integer: Int64 { node.integer }
    /// A float's value.
    var float: Double { node.number }
    fileprivate var end: Int { node.end }
    /// A boolean's value.
    var flag: Bool { node.integer != 0 }
    /// A table's entries or an array's elements, in no particular order for tables.
    var children: TomlChildren {
        TomlChildren(document: document, first: index + 1, end: node.end)
    }

    /// The kind of value with an article ("a string"), for faults.
    var kindText: String {
        switch node.kind {
        case .table: "a table"
        case .array: "a list"
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a float"
        case .boolean: "a boolean"
        case .dateTime: "a date or time"
        }
    }

    private func text(_ text: CTomlText) -> String {
        String(
            decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.count), as: UTF8.self)
    }
}

/// The children of a node, one at a time.
struct TomlChildren: Sequence, IteratorProtocol {
    private let document: TomlDocument
    private var at: Int
    private let end: Int

    fileprivate init(document: TomlDocument, first: Int, end: Int) {
        self.document = document
        at = first
        self.end = end
    }

    mutating func next() -> TomlNode? {
        guard at < end else { return nil }
        let node = TomlNode(document: document, index: at)
        at = node.end
        return node
    }
}
