// The regular expression of a date pattern: what fail2ban puts around it.
//
// 1. The date shall be a word: unless the pattern begins with `^` or `**` (within parentheses or
//    not), a boundary goes before it; unless it ends with `$`, `\b`, `\s` or `**`, one goes behind.
//    `**` itself is taken out.  A word that must begin a line may have two other characters before.
// 2. Group 1 is what is cut out of the line.  Without a group of its own the pattern becomes one.
// 3. Flags such as `(?iu)` go to the front.
//
// Whether the result begins or ends with the line decides how the detector searches (DateDetector).

/// How a date's place is bounded.
struct DateAnchors: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }

    static let lineBegin = DateAnchors(rawValue: 8)
    static let lineEnd = DateAnchors(rawValue: 4)
    static let wordBegin = DateAnchors(rawValue: 2)
    static let wordEnd = DateAnchors(rawValue: 1)
}

/// A regular expression with its boundaries.
struct DateRegex: Hashable, Sendable {
    /// What comes before the pattern unless it says so itself.
    enum Begin {
        case anything
        case word
        case line
    }

    let text: String
    let anchors: DateAnchors

    init(_ pattern: String, begin: Begin, endsWord: Bool) {
        var regex = pattern
        let flags = Self.takeFlags(&regex)
        let isBound = begin != .anything && !Self.beginsUnbound(regex)
        let isEndBound = endsWord && !Self.endsUnbound(regex)
        if !Self.hasGroup(regex) { regex = Self.grouped(regex) }
        var anchors: DateAnchors = []
        if isBound {
            anchors.insert(begin == .line ? .lineBegin : .wordBegin)
            regex = (begin == .line ? #"^(?:\W{0,2})?"# : #"(?=^|\b|\W)"#) + regex
        }
        if isEndBound {
            anchors.insert(.wordEnd)
            regex += #"(?=\b|\W|$)"#
        }
        if Self.beginsLine(regex) { anchors.insert(.lineBegin) }
        if Self.endsLine(regex) { anchors.insert(.lineEnd) }
        text = flags + Self.withoutMarks(regex)
        self.anchors = anchors
    }

    /// Takes the first `(?letters)` out.
    private static func takeFlags(_ regex: inout String) -> String {
        var from = regex.startIndex
        while let open = regex[from...].firstIndex(of: "(") {
            if let end = flags(regex[open...]) {
                let flags = String(regex[open..<end])
                regex.removeSubrange(open..<end)
                return flags
            }
            from = regex.index(after: open)
        }
        return ""
    }

    /// The end of `(?letters)` at the start of this text.
    private static func flags(_ text: Substring) -> Substring.Index? {
        guard text.hasPrefix("(?"), let close = text.firstIndex(of: ")") else { return nil }
        let letters = text[text.index(text.startIndex, offsetBy: 2)..<close]
        guard !letters.isEmpty, letters.allSatisfy({ ("a"..."z").contains($0) }) else { return nil }
        return text.index(after: close)
    }

    /// What is behind all opening parentheses at the start, and behind flags after them.
    private static func heart(_ regex: String) -> (text: Substring, isInGroup: Bool) {
        let inner = regex[...].drop { $0 == "(" }
        return (inner, inner.startIndex > regex.startIndex)
    }

    private static func beginsUnbound(_ regex: String) -> Bool {
        let (inner, isInGroup) = heart(regex)
        return inner.hasPrefix("^") || inner.hasPrefix("**")
            || (isInGroup && inner.hasPrefix("?:^"))
    }

    private static func beginsLine(_ regex: String) -> Bool {
        if regex.hasPrefix("^") { return true }
        for group in ["(^", "(?:^"] where regex.hasPrefix(group) {
            return !regex.dropFirst(group.count).hasPrefix("|")
        }
        return false
    }

    /// What is before the end where the text ends so, unless a backslash is before that.
    private static func unescaped(_ text: Substring, endsWith ending: String) -> Substring? {
        guard text.hasSuffix(ending) else { return nil }
        let before = text.dropLast(ending.count)
        return before.last == "\\" ? nil : before
    }

    private static func endsUnbound(_ regex: String) -> Bool {
        for ending in ["$", "$)", #"\b"#, #"\s"#]
        where unescaped(regex[...], endsWith: ending) != nil { return true }
        return endMarks(regex) != nil
    }

    private static func endsLine(_ regex: String) -> Bool {
        for ending in ["$", "$)"] {
            if let before = unescaped(regex[...], endsWith: ending), before.last != "|" {
                return true
            }
        }
        return false
    }

    /// Where `**` is at the end, but for closing parentheses.
    private static func endMarks(_ regex: String) -> Range<String.Index>? {
        var end = regex.endIndex
        while end > regex.startIndex, regex[regex.index(before: end)] == ")" {
            end = regex.index(before: end)
        }
        guard let before = unescaped(regex[..<end], endsWith: "**") else { return nil }
        return before.endIndex..<end
    }

    private static func withoutMarks(_ regex: String) -> String {
        var text = regex
        if let marks = endMarks(text) { text.removeSubrange(marks) }
        let (inner, _) = heart(text)
        if inner.hasPrefix("**") {
            text.removeSubrange(inner.startIndex..<text.index(inner.startIndex, offsetBy: 2))
        }
        return text
    }

    /// Whether it has a group without a name.
    private static func hasGroup(_ regex: String) -> Bool {
        let bytes = Array(regex.utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "(") {
            if index > 0, bytes[index - 1] == UInt8(ascii: "\\") { continue }
            if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "?") { continue }
            // The parenthesis of a condition, `(?(name)...)`.
            if index > 1, bytes[index - 1] == UInt8(ascii: "?"),
                bytes[index - 2] == UInt8(ascii: "(")
            {
                continue
            }
            return true
        }
        return false
    }

    /// The same as group 1, but for `^` and `$` at its ends.
    private static func grouped(_ regex: String) -> String {
        var inner = regex[...]
        var before = ""
        if inner.hasPrefix("^") {
            before = "^"
            inner.removeFirst()
        }
        var behind = ""
        if inner.hasSuffix("$") {
            behind = "$"
            inner.removeLast()
        }
        return before + "(" + inner + ")" + behind
    }
}
