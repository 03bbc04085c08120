// Python's spelling of regular expressions, where PCRE2 spells differently:
//
//   `{,n}`        `{0,n}`     (before 10.43 PCRE2 takes it for text, silently)
//   `(?iu)`       `(?i)`      (Unicode is always on; `(?u)` becomes `(?:)`)
//   `\Z`          `\z`        (Python's is the very end; PCRE2's also before a last newline)
//   `\u00E9`      `\x{00E9}`
//
// Everything else passes as it is.  Nothing is rewritten within a class but `\u`, and nothing
// between `\Q` and `\E`.

/// A pattern as PCRE2 takes it, and where each byte of it came from.
struct PatternSpelling {
    /// The pattern for PCRE2.
    private(set) var bytes: [UInt8] = []
    /// For each of `bytes` the place in the pattern as it was given.
    private var origins: [Int] = []
    private let source: [UInt8]
    private var place = 0
    private var inClass = false

    /// Rewrites `text`.
    init(_ text: String) {
        source = Array(text.utf8)
        bytes.reserveCapacity(source.count)
        origins.reserveCapacity(source.count)
        while place < source.count { step() }
    }

    /// The place in the given pattern for a place in `bytes`.
    func offset(of place: Int) -> Int {
        place >= 0 && place < origins.count ? origins[place] : source.count
    }

    private func byte(_ ahead: Int) -> UInt8 {
        place + ahead < source.count ? source[place + ahead] : 0
    }

    private mutating func copy(_ count: Int) {
        for _ in 0..<count where place < source.count {
            write(source[place])
            place += 1
        }
    }

    private mutating func write(_ byte: UInt8) {
        bytes.append(byte)
        origins.append(place)
    }

    private mutating func replace(_ count: Int, with text: StaticString) {
        text.withUTF8Buffer { for byte in $0 { write(byte) } }
        place = min(place + count, source.count)
    }

    private mutating func step() {
        switch source[place] {
        case UInt8(ascii: "\\"): escape()
        case UInt8(ascii: "["):
            copy(1)
            if inClass { return }
            inClass = true
            if byte(0) == UInt8(ascii: "^") { copy(1) }
            // A bracket that comes first is one of the class.
            if byte(0) == UInt8(ascii: "]") { copy(1) }
        case UInt8(ascii: "]") where inClass:
            inClass = false
            copy(1)
        case UInt8(ascii: "{") where !inClass && isOpenRange: replace(2, with: "{0,")
        case UInt8(ascii: "(") where !inClass && byte(1) == UInt8(ascii: "?"): flags()
        default: copy(1)
        }
    }

    private mutating func escape() {
        switch byte(1) {
        case UInt8(ascii: "Z") where !inClass: replace(2, with: "\\z")
        case UInt8(ascii: "u") where (2..<6).allSatisfy { Self.isHexadecimal(byte($0)) }:
            replace(2, with: "\\x{")
            copy(4)
            write(UInt8(ascii: "}"))
        case UInt8(ascii: "Q"):
            while place < source.count,
                !(byte(0) == UInt8(ascii: "\\") && byte(1) == UInt8(ascii: "E"))
            { copy(1) }
        default: copy(2)
        }
    }

    /// Whether `{,n}` is here.
    private var isOpenRange: Bool {
        guard byte(1) == UInt8(ascii: ",") else { return false }
        var ahead = 2
        while Self.isDigit(byte(ahead)) { ahead += 1 }
        return ahead > 2 && byte(ahead) == UInt8(ascii: "}")
    }

    /// `(?` and what follows: flags lose their `u`, a comment is passed over, others are copied.
    private mutating func flags() {
        if byte(2) == UInt8(ascii: "#") {
            while place < source.count, byte(0) != UInt8(ascii: ")") { copy(1) }
            return
        }
        var end = 2
        while Self.isFlag(byte(end)) { end += 1 }
        let closes = byte(end) == UInt8(ascii: ")") || byte(end) == UInt8(ascii: ":")
        guard closes, (2..<end).contains(where: { byte($0) == UInt8(ascii: "u") }) else {
            return copy(2)
        }
        let kept = source[place + 2..<place + end].filter { $0 != UInt8(ascii: "u") }
        copy(2)
        if kept.isEmpty, byte(end - 2) == UInt8(ascii: ")") { write(UInt8(ascii: ":")) }
        for flag in kept { write(flag) }
        place += end - 2
    }

    private static func isFlag(_ byte: UInt8) -> Bool {
        isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "^")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
    }
}
