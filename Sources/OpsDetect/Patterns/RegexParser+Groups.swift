// Everything that begins with a parenthesis.

extension RegexParser {
    /// A group, an assertion, a condition, options.
    mutating func group() throws(Refusal) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        // Verbs: one of them, `(*ACCEPT)`, makes all that follows it needless.
        if depth > RegexSyntax.depthLimit || byte(1) == UInt8(ascii: "*") { throw Refusal() }
        guard byte(1) == UInt8(ascii: "?") else {
            place += 1
            return .group(try body(), name: nil, isAtomic: false)
        }
        switch byte(2) {
        case UInt8(ascii: ":"), UInt8(ascii: "|"):
            place += 3
            return .group(try body(), name: nil, isAtomic: false)
        case UInt8(ascii: ">"):
            place += 3
            return .group(try body(), name: nil, isAtomic: true)
        case UInt8(ascii: "="), UInt8(ascii: "!"):
            place += 3
            return .look(try body())
        case UInt8(ascii: "<"), UInt8(ascii: "'"), UInt8(ascii: "P"): return try named()
        case UInt8(ascii: "("): return try condition()
        case UInt8(ascii: "R"), UInt8(ascii: "&"), UInt8(ascii: "+"),
            UInt8(
                ascii: "0")...UInt8(
                ascii: "9"):
            try skipToParenthesis()
            return .anything
        case UInt8(ascii: "-") where Self.isDigit(byte(3)):
            try skipToParenthesis()
            return .anything
        default: return try options()
        }
    }

    /// What is within the parentheses, and the closing one.  Options end with it.
    private mutating func body() throws(Refusal) -> RegexNode {
        let outer = flags
        let node = try alternatives()
        flags = outer
        guard !isAtEnd, byte() == UInt8(ascii: ")") else { throw Refusal() }
        place += 1
        return node
    }

    /// Passes over text that has no parenthesis, and the closing one.
    private mutating func skipToParenthesis() throws(Refusal) {
        place += 1
        while !isAtEnd, byte() != UInt8(ascii: ")") {
            if byte() == UInt8(ascii: "(") || byte() == UInt8(ascii: "\\") { throw Refusal() }
            place += 1
        }
        if isAtEnd { throw Refusal() }
        place += 1
    }

    /// `(?<name>`, `(?'name'`, `(?P<name>`, `(?P=name)`, `(?P>name)`, and looking behind.
    private mutating func named() throws(Refusal) -> RegexNode {
        place += 2
        if byte() == UInt8(ascii: "P") {
            place += 1
            if byte() == UInt8(ascii: "=") || byte() == UInt8(ascii: ">") {
                try skipToParenthesis()
                return .anything
            }
        }
        let close: UInt8
        switch byte() {
        case UInt8(ascii: "<"): close = UInt8(ascii: ">")
        case UInt8(ascii: "'"): close = UInt8(ascii: "'")
        default: throw Refusal()
        }
        place += 1
        if byte() == UInt8(ascii: "=") || byte() == UInt8(ascii: "!") {
            place += 1
            return .look(try body())
        }
        let first = place
        while Self.isWord(byte()) { place += 1 }
        guard place > first, byte() == close else { throw Refusal() }
        let name = String(decoding: source[first..<place], as: UTF8.self)
        place += 1
        return .group(try body(), name: name, isAtomic: false)
    }

    /// `(?(condition)yes|no)`: one of two branches, whatever the condition.
    private mutating func condition() throws(Refusal) -> RegexNode {
        place += 2
        if byte(1) == UInt8(ascii: "?") {
            guard case .look = try group() else { throw Refusal() }
        } else {
            try skipToParenthesis()
        }
        let branches = try body()
        // As a group: the branch of a condition outside may be this one alone.
        if case .alternatives(let all) = branches {
            return all.count == 2 ? .group(branches, name: nil, isAtomic: false) : .anything
        }
        return .group(.alternatives([branches, .empty]), name: nil, isAtomic: false)
    }

    /// `(?i)`, `(?i-s)`, `(?^)` to the end of the group, and `(?i:...)`.
    private mutating func options() throws(Refusal) -> RegexNode {
        let outer = flags
        place += 2
        var isOn = true
        if byte() == UInt8(ascii: "^") {
            flags = Flags(isCaseless: false)
            place += 1
        }
        while !isAtEnd {
            switch byte() {
            case UInt8(ascii: "i"): flags.isCaseless = isOn
            case UInt8(ascii: "x"):
                // `(?xx)` takes blanks out of classes, too.
                if byte(1) == UInt8(ascii: "x") { throw Refusal() }
                flags.isExtended = isOn
            case UInt8(ascii: "s"): flags.dotTakesNewline = isOn
            case UInt8(ascii: "m"), UInt8(ascii: "n"), UInt8(ascii: "J"), UInt8(ascii: "U"): break
            case UInt8(ascii: "-"): isOn = false
            case UInt8(ascii: ")"):
                place += 1
                return .empty
            case UInt8(ascii: ":"):
                place += 1
                let node = try body()
                flags = outer
                return .group(node, name: nil, isAtomic: false)
            default: throw Refusal()
            }
            place += 1
        }
        throw Refusal()
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_")
    }
}
