// JSON as a tree, for programs that look at whole replies (opsctl, tests).  The daemon reads with
// the cursor instead.

/// One JSON value; members keep their order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A name and its value.
    package struct Member: Hashable, Sendable {
        /// The name, decoded.
        package var name: String
        /// The value.
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Parses one value; after it there may be only white space.
    package init(parsing bytes: Span<UInt8>) throws(JSONFault) {
        var reader = JSONReader()
        self = try Self.value(&reader, bytes)
        try reader.end(bytes)
    }

    /// The member of an object; nil: there is none, or this is not an object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A number of either kind.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// A whole number.
    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// `true` or `false`.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array; empty if this is not an array.
    package var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// The members of an object; empty if this is not an object.
    package var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    private static func value(
        _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(JSONFault) -> JSONValue {
        switch reader.peek(bytes) {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            try reader.beginObject(bytes)
            while let key = try reader.nextKey(bytes) {
                var name = JSONReader(at: key.lowerBound - 1)
                members.append(
                    Member(name: try name.string(bytes), value: try value(&reader, bytes)))
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try reader.beginArray(bytes)
            while try reader.nextElement(bytes) { elements.append(try value(&reader, bytes)) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try reader.string(bytes))
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try reader.bool(bytes))
        case UInt8(ascii: "n"):
            _ = try reader.isNull(bytes)
            return .null
        default:
            var whole = reader
            if let integer = try? whole.integer(Int64.self, bytes) {
                reader = whole
                return .integer(integer)
            }
            return .number(try reader.double(bytes))
        }
    }
}
