// Paths with `*`, `?` and `[...]`, as glob(7) has them: a `*` stays within a name, and a name that
// begins with a dot is matched only by a dot that is written.

/// A part of a path between slashes.
struct GlobComponent: Hashable {
    let text: String
    /// Without `*`, `?`, `[` it is a name.
    let isPattern: Bool

    init(_ text: String) {
        self.text = text
        isPattern = text.utf8.contains { byte in
            byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[")
        }
    }

    /// A name, whatever is in it.
    init(name: String) {
        text = name
        isPattern = false
    }

    func matches(_ name: String) -> Bool {
        if !isPattern { return text == name }
        let pattern = Array(text.utf8)
        let name = Array(name.utf8)
        if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        return GlobComponent.matches(pattern, name)
    }

    /// Goes back to the last `*` alone, so it takes at most the product of both lengths.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var at = 0
        var index = 0
        var star: (at: Int, index: Int)?
        while index < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, index)
                at += 1
            } else if let next = step(pattern, at, name[index]) {
                at = next
                index += 1
            } else if let last = star {
                star = (last.at, last.index + 1)
                at = last.at + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Where the pattern goes on behind one byte of a name; nil: the byte does not fit.
    private static func step(_ pattern: [UInt8], _ at: Int, _ byte: UInt8) -> Int? {
        guard at < pattern.count else { return nil }
        switch pattern[at] {
        case UInt8(ascii: "?"): return at + 1
        case UInt8(ascii: "["):
            guard let end = classEnd(pattern, at) else { return byte == pattern[at] ? at + 1 : nil }
            return isInClass(pattern[(at + 1)..<end], byte) ? end + 1 : nil
        case UInt8(ascii: "\\") where at + 1 < pattern.count:
            return pattern[at + 1] == byte ? at + 2 : nil
        default: return pattern[at] == byte ? at + 1 : nil
        }
    }

    private static func classEnd(_ pattern: [UInt8], _ start: Int) -> Int? {
        var index = start + 1
        if index < pattern.count, isNegation(pattern[index]) { index += 1 }
        // The first `]` belongs to the class.
        index += 1
        while index < pattern.count, pattern[index] != UInt8(ascii: "]") { index += 1 }
        return index < pattern.count ? index : nil
    }

    private static func isNegation(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "!") || byte == UInt8(ascii: "^")
    }

    private static func isInClass(_ body: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        var body = body
        let isNegated = body.first.map(isNegation) ?? false
        if isNegated { body = body.dropFirst() }
        var index = body.startIndex
        while index < body.endIndex {
            if index + 2 < body.endIndex, body[index + 1] == UInt8(ascii: "-") {
                if body[index] <= byte, byte <= body[index + 2] { return !isNegated }
                index += 3
            } else {
                if body[index] == byte { return !isNegated }
                index += 1
            }
        }
        return isNegated
    }
}

/// An absolute path, or a glob of some.
struct GlobPattern: Hashable {
    let text: String
    let components: [GlobComponent]

    init(_ text: String) {
        self.text = text
        components = text.split(separator: "/").filter { $0 != "." }.map {
            GlobComponent(String($0))
        }
    }

    /// It is one path.
    var isLiteral: Bool { components.allSatisfy { !$0.isPattern } }

    /// The path, of a literal one.
    var path: String { "/" + components.map(\.text).joined(separator: "/") }

    /// Whether a path is one that the pattern would find.
    func matches(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard parts.count == components.count else { return false }
        return zip(components, parts).allSatisfy { component, part in
            component.isPattern ? component.matches(String(part)) : component.text == part
        }
    }
}
