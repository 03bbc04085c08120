// Byte strings that a line must contain for a pattern to match, and groups of them that were hit.

/// A string of bytes to look for in raw lines.
package struct Literal: Hashable, Sendable {
    /// The bytes: ASCII without line ends, in lower case when `isFolded`.
    package let bytes: [UInt8]
    /// Whether letters are found in both cases (as PCRE2 has it: U+017F is an s, U+212A is a k).
    package let isFolded: Bool

    /// These bytes; folded, they are made lower case.
    package init(_ bytes: [UInt8], isFolded: Bool = false) {
        self.bytes = isFolded ? bytes.map(Self.lower) : bytes
        self.isFolded = isFolded
    }

    /// A letter A...Z in lower case, and any other byte as it is.
    static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}

/// Literals of which each match of a pattern contains at least one.
package struct LiteralSet: Hashable, Sendable {
    /// The literals, each at least `RequiredLiterals.shortestBytes` long; never empty.
    package var literals: [Literal]

    /// These literals.
    package init(literals: [Literal]) {
        self.literals = literals
    }
}
