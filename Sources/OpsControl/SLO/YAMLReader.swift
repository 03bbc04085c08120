// The part of YAML in which people write configuration: block mappings and sequences, plain and
// quoted scalars, flow lists and mappings on one line, block texts, comments, several documents.
// Anchors, aliases, tags and complex keys are refused with their line rather than guessed at.  JSON
// is YAML, and is read as JSON.

import OpsProtocol

/// Reads YAML into the same tree as JSON.
struct YAMLReader {
    /// The most levels of mappings and sequences.
    static let depthLimit = 32

    private var lines: [YAMLLine]
    private var at = 0

    /// The documents of a text.
    static func documents(_ text: String) throws(YAMLFault) -> [JSONValue] {
        if let first = text.first(where: { !$0.isWhitespace }), first == "{" || first == "[" {
            do throws(JSONFault) {
                let value = try JSONValue(parsing: text.utf8Span.span)
                return value.elements.isEmpty ? [value] : value.elements
            } catch {
                let before = text.utf8.prefix(error.offset)
                throw YAMLFault(
                    line: before.count { $0 == 0x0a } + 1, reason: error.reason)
            }
        }
        var documents: [JSONValue] = []
        for lines in try YAMLLines.split(text) {
            var reader = YAMLReader(lines: lines)
            documents.append(try reader.document())
        }
        return documents
    }

    private init(lines: [YAMLLine]) { self.lines = lines }

    private mutating func document() throws(YAMLFault) -> JSONValue {
        guard let first = next() else { return .null }
        let value = try node(first.indent, 0)
        if let rest = next() {
            throw fault(rest, "unexpected indentation: the line belongs to nothing above it")
        }
        return value
    }

    /// The next line that is not blank, without moving past it.
    private mutating func next() -> YAMLLine? {
        while at < lines.count, lines[at].text.isEmpty { at += 1 }
        return at < lines.count ? lines[at] : nil
    }

    private func fault(_ line: YAMLLine, _ reason: String) -> YAMLFault {
        YAMLFault(line: line.number, reason: reason)
    }

    /// Reads the node at this indentation: a sequence, a mapping or a scalar.
    private mutating func node(_ indent: Int, _ depth: Int) throws(YAMLFault) -> JSONValue {
        guard let line = next() else { return .null }
        if depth > Self.depthLimit { throw fault(line, "more than \(Self.depthLimit) levels deep") }
        if line.text == "-" || line.text.hasPrefix("- ") {
            return try sequence(indent, depth)
        }
        if YAMLScalar.key(line.text) != nil { return try mapping(indent, depth) }
        at += 1
        return try YAMLScalar.value(line.text, line.number)
    }

    private mutating func sequence(_ indent: Int, _ depth: Int) throws(YAMLFault) -> JSONValue {
        var elements: [JSONValue] = []
        while let line = next(), line.indent == indent,
            line.text == "-" || line.text.hasPrefix("- ")
        {
            let rest = line.text.dropFirst().drop { $0 == " " }
            if rest.isEmpty {
                at += 1
                let inner = next()
                let isInner = (inner?.indent ?? 0) > indent
                elements.append(isInner ? try node(inner?.indent ?? 0, depth + 1) : .null)
                continue
            }
            // The text after the dash is a node; its indentation is the column where it starts.
            lines[at].indent = indent + line.text.utf8.count - rest.utf8.count
            lines[at].text = String(rest)
            if rest.hasPrefix("|") || rest.hasPrefix(">") {
                at += 1
                elements.append(.string(blockText(indent, isFolded: rest.hasPrefix(">"))))
            } else {
                elements.append(try node(lines[at].indent, depth + 1))
            }
        }
        if let line = next(), line.indent > indent {
            throw fault(line, "unexpected indentation: too deep")
        }
        return .array(elements)
    }

    private mutating func mapping(_ indent: Int, _ depth: Int) throws(YAMLFault) -> JSONValue {
        var members: [JSONValue.Member] = []
        while let line = next(), line.indent == indent, line.text != "-",
            !line.text.hasPrefix("- ")
        {
            guard let (key, rest) = YAMLScalar.key(line.text) else {
                throw fault(line, "expected \"key: value\"")
            }
            guard let name = YAMLScalar.name(key) else {
                throw fault(line, "a key is not plain text")
            }
            if members.contains(where: { $0.name == name }) {
                throw fault(line, "\(name) is given twice")
            }
            at += 1
            members.append(
                JSONValue.Member(name: name, value: try value(rest, line, indent, depth)))
        }
        if let line = next(), line.indent > indent {
            throw fault(line, "unexpected indentation: too deep")
        }
        return .object(members)
    }

    /// Reads the value of a key, which is on the key's line or below it.
    private mutating func value(
        _ rest: String, _ line: YAMLLine, _ indent: Int, _ depth: Int
    ) throws(YAMLFault) -> JSONValue {
        if rest.hasPrefix("|") || rest.hasPrefix(">") {
            return .string(blockText(indent, isFolded: rest.hasPrefix(">")))
        }
        if rest.isEmpty {
            guard let below = next() else { return .null }
            // A sequence may have the same indentation as its key.
            let isList = below.text == "-" || below.text.hasPrefix("- ")
            let isInner = below.indent > indent || (isList && below.indent == indent)
            return isInner ? try node(below.indent, depth + 1) : .null
        }
        var text = rest
        // Plain text continues on lines that are indented further.
        while YAMLScalar.isPlain(rest), let more = next(), more.indent > indent {
            if YAMLScalar.key(more.text) != nil {
                throw fault(more, "unexpected indentation: too deep")
            }
            text += " " + more.text
            at += 1
        }
        return try YAMLScalar.value(text, line.number)
    }

    /// The lines indented further than `indent`, as they stand.
    private mutating func blockText(_ indent: Int, isFolded: Bool) -> String {
        var texts: [Substring] = []
        var margin: Int?
        while at < lines.count {
            let line = lines[at]
            let isBlank = !line.raw.contains { $0 != " " }
            if !isBlank, line.indent <= indent { break }
            if !isBlank, margin == nil { margin = line.indent }
            texts.append(isBlank ? "" : line.raw.dropFirst(margin ?? 0))
            at += 1
        }
        while texts.last == "" { texts.removeLast() }
        return texts.joined(separator: isFolded ? " " : "\n")
    }
}
