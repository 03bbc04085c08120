// Reads a log line that is one JSON object (RFC 8259), and keeps the places of the fields that are
// wanted.  All of the line is checked; what nobody wants is passed over without being copied.
//
// 1. Bounded: 256 KiB a line, 32 levels.  Each byte is looked at once.
// 2. Strict: what is not JSON is refused, and so is a field that is there twice with two values:
//    readers disagree which of them counts, and a stranger may have added one.
// 3. Bytes that are not UTF-8 are taken: what programs log is not always.

/// Why a line is not taken.
package enum JSONLineFault: Error, Hashable, Sendable {
    /// More than `JSONLine.limitBytes`.
    case tooLong
    /// More levels than `JSONLine.depthLimit`.
    case tooDeep
    /// No JSON object, at this byte.
    case malformed(Int)
    /// This field is there twice, with different values.
    case ambiguous(field: Int)
}

/// A field that was found.
package struct JSONLineValue: Hashable, Sendable {
    /// What it is.
    package enum Kind: Hashable, Sendable {
        case string(isEscaped: Bool)
        case number, boolean, null, object, array
    }

    /// What it is.
    package var kind: Kind
    /// Where its text is: of a string, between the quotes.
    package var range: Range<Int>
}

/// A reader of lines that are JSON.
package struct JSONLine {
    /// The longest line that is read: as long as a slice of a log is.
    package static let limitBytes = 256 << 10
    /// The deepest nesting of objects and arrays.
    package static let depthLimit = 32

    /// A step of one or more paths.
    private struct Node {
        var names: [(name: [UInt8], node: Int)] = []
        var elements: [(number: Int, node: Int)] = []
        var fields: [Int] = []
    }

    private var nodes = [Node()]
    private var values: [JSONLineValue?]
    private var position = 0
    private var depth = 0
    private var scratch: [UInt8] = []

    /// Looks for these fields, which are numbered in their order.
    package init(_ paths: [JSONPath]) {
        values = Array(repeating: nil, count: paths.count)
        for (field, path) in paths.enumerated() {
            var node = 0
            for step in path.steps { node = child(of: node, step) }
            nodes[node].fields.append(field)
        }
    }

    private mutating func child(of node: Int, _ step: JSONPath.Step) -> Int {
        switch step {
        case .name(let name):
            if let known = nodes[node].names.first(where: { $0.name == name }) { return known.node }
            nodes[node].names.append((name, nodes.count))
        case .element(let number):
            if let known = nodes[node].elements.first(where: { $0.number == number }) {
                return known.node
            }
            nodes[node].elements.append((number, nodes.count))
        }
        nodes.append(Node())
        return nodes.count - 1
    }

    /// The field, if the last line that was read has it.
    package subscript(field: Int) -> JSONLineValue? { values[field] }

    /// Reads a line, without its line end.
    package mutating func read(_ line: Span<UInt8>) throws(JSONLineFault) {
        for field in values.indices { values[field] = nil }
        guard line.count <= Self.limitBytes else { throw .tooLong }
        position = 0
        depth = 0
        skipSpace(line)
        guard position < line.count, line[position] == UInt8(ascii: "{") else {
            throw .malformed(position)
        }
        try object(line, 0)
        skipSpace(line)
        guard position == line.count else { throw .malformed(position) }
    }

    // MARK: Values

    /// Reads a value; `node` is its place among the paths, -1 where nobody wants it.
    private mutating func value(_ line: Span<UInt8>, _ node: Int) throws(JSONLineFault) {
        skipSpace(line)
        guard position < line.count else { throw .malformed(position) }
        var range = position..<position
        let kind: JSONLineValue.Kind
        switch line[position] {
        case UInt8(ascii: "\""):
            let (inner, isEscaped) = try string(line)
            range = inner
            kind = .string(isEscaped: isEscaped)
        case UInt8(ascii: "{"):
            try object(line, node)
            kind = .object
        case UInt8(ascii: "["):
            try array(line, node)
            kind = .array
        case UInt8(ascii: "t"):
            try word(line, "true")
            kind = .boolean
        case UInt8(ascii: "f"):
            try word(line, "false")
            kind = .boolean
        case UInt8(ascii: "n"):
            try word(line, "null")
            kind = .null
        default:
            try number(line)
            kind = .number
        }
        guard node >= 0 else { return }
        if case .string = kind {} else { range = range.lowerBound..<position }
        for field in nodes[node].fields {
            let found = JSONLineValue(kind: kind, range: range)
            if let known = values[field], !Self.isSame(known, found, line) {
                throw .ambiguous(field: field)
            }
            values[field] = found
        }
    }

    private static func isSame(
        _ one: JSONLineValue, _ other: JSONLineValue, _ line: Span<UInt8>
    ) -> Bool {
        guard one.kind == other.kind, one.range.count == other.range.count else { return false }
        for offset in 0..<one.range.count
        where line[one.range.lowerBound + offset] != line[other.range.lowerBound + offset] {
            return false
        }
        return true
    }

    private mutating func object(_ line: Span<UInt8>, _ node: Int) throws(JSONLineFault) {
        try enter()
        position += 1
        skipSpace(line)
        if try !closes(line, UInt8(ascii: "}")) {
            while true {
                skipSpace(line)
                let (name, isEscaped) = try string(line)
                let next = node < 0 ? -1 : member(line, name, isEscaped, of: node)
                skipSpace(line)
                try expect(line, UInt8(ascii: ":"))
                try value(line, next)
                skipSpace(line)
                if try closes(line, UInt8(ascii: "}")) { break }
                try expect(line, UInt8(ascii: ","))
            }
        }
        depth -= 1
    }

    private mutating func array(_ line: Span<UInt8>, _ node: Int) throws(JSONLineFault) {
        try enter()
        position += 1
        skipSpace(line)
        if try !closes(line, UInt8(ascii: "]")) {
            var number = 0
            while true {
                var next = -1
                if node >= 0 {
                    for element in nodes[node].elements where element.number == number {
                        next = element.node
                    }
                }
                try value(line, next)
                number += 1
                skipSpace(line)
                if try closes(line, UInt8(ascii: "]")) { break }
                try expect(line, UInt8(ascii: ","))
            }
        }
        depth -= 1
    }

    private mutating func enter() throws(JSONLineFault) {
        depth += 1
        if depth > Self.depthLimit { throw .tooDeep }
    }

    /// The node of the member with this name; -1: nobody wants it.
    private mutating func member(
        _ line: Span<UInt8>, _ name: Range<Int>, _ isEscaped: Bool, of node: Int
    ) -> Int {
        if isEscaped {
            scratch.removeAll(keepingCapacity: true)
            JSONText.append(line, name, to: &scratch)
            for child in nodes[node].names where child.name == scratch { return child.node }
            return -1
        }
        for child in nodes[node].names {
            let isNamed = JSONText.isEqual(line, name, child.name)
            if isNamed { return child.node }
        }
        return -1
    }

    // MARK: Tokens

    /// Reads a string: its place between the quotes, and whether anything in it is escaped.
    private mutating func string(
        _ line: Span<UInt8>
    ) throws(JSONLineFault) -> (Range<Int>, isEscaped: Bool) {
        try expect(line, UInt8(ascii: "\""))
        let start = position
        var isEscaped = false
        while position < line.count {
            let byte = line[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return (start..<position - 1, isEscaped)
            }
            if byte < 0x20 { throw .malformed(position) }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try escape(line)
            } else {
                position += 1
            }
        }
        throw .malformed(position)
    }

    private mutating func escape(_ line: Span<UInt8>) throws(JSONLineFault) {
        guard position + 1 < line.count else { throw .malformed(position) }
        switch line[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard JSONText.unit(line, position + 2) != nil else { throw .malformed(position) }
            position += 6
        default: throw .malformed(position)
        }
    }

    private mutating func number(_ line: Span<UInt8>) throws(JSONLineFault) {
        if at(line, UInt8(ascii: "-")) { position += 1 }
        let first = position
        if at(line, UInt8(ascii: "0")) { position += 1 } else { skipDigits(line) }
        guard position > first else { throw .malformed(position) }
        if at(line, UInt8(ascii: ".")) {
            position += 1
            try digits(line)
        }
        if at(line, UInt8(ascii: "e")) || at(line, UInt8(ascii: "E")) {
            position += 1
            if at(line, UInt8(ascii: "+")) || at(line, UInt8(ascii: "-")) { position += 1 }
            try digits(line)
        }
    }

    private mutating func digits(_ line: Span<UInt8>) throws(JSONLineFault) {
        let first = position
        skipDigits(line)
        guard position > first else { throw .malformed(position) }
    }

    private mutating func skipDigits(_ line: Span<UInt8>) {
        while position < line.count, line[position] &- 0x30 < 10 { position += 1 }
    }

    private mutating func word(_ line: Span<UInt8>, _ word: StaticString) throws(JSONLineFault) {
        for offset in 0..<word.utf8CodeUnitCount {
            try expect(line, word.utf8Start[offset])
        }
    }

    private mutating func skipSpace(_ line: Span<UInt8>) {
        while position < line.count {
            switch line[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private func at(_ line: Span<UInt8>, _ byte: UInt8) -> Bool {
        position < line.count && line[position] == byte
    }

    private mutating func expect(_ line: Span<UInt8>, _ byte: UInt8) throws(JSONLineFault) {
        guard at(line, byte) else { throw .malformed(position) }
        position += 1
    }

    private mutating func closes(
        _ line: Span<UInt8>, _ byte: UInt8
    ) throws(JSONLineFault) -> Bool {
        guard position < line.count else { throw .malformed(position) }
        guard line[position] == byte else { return false }
        position += 1
        return true
    }
}
