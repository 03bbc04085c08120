// Escapes and classes.

extension RegexParser {
    /// What a backslash begins, outside a class.
    mutating func escape() throws(Refusal) -> RegexNode {
        guard place + 1 < source.count else { throw Refusal() }
        let letter = byte(1)
        if !Self.isLetter(letter), !Self.isDigit(letter) {
            place += 1
            return character()
        }
        if let set = Self.sets[letter] {
            place += 2
            return .set(set)
        }
        if let code = Self.controls[letter] {
            place += 2
            return literal(code)
        }
        switch letter {
        case UInt8(ascii: "A"), UInt8(ascii: "G"):
            place += 2
            return .anchor(.start)
        case UInt8(ascii: "z"), UInt8(ascii: "Z"):
            place += 2
            return .anchor(.end)
        case UInt8(ascii: "b"), UInt8(ascii: "B"):
            place += 2
            return .anchor(.word)
        case UInt8(ascii: "K"):
            place += 2
            return .empty
        case UInt8(ascii: "R"), UInt8(ascii: "X"):
            place += 2
            return .anything
        case UInt8(ascii: "N") where byte(2) != UInt8(ascii: "{"):
            place += 2
            return .set(.any)
        case UInt8(ascii: "p"), UInt8(ascii: "P"):
            place += 2
            try skipProperty()
            return .set(.any)
        case UInt8(ascii: "x"): return try hexadecimal()
        case UInt8(ascii: "1")...UInt8(ascii: "9") where !Self.isDigit(byte(2)):
            place += 2
            return .anything
        default: throw Refusal()
        }
    }

    /// `L` or `{Latin}` after `\p`.
    private mutating func skipProperty() throws(Refusal) {
        guard byte() == UInt8(ascii: "{") else {
            guard Self.isLetter(byte()) else { throw Refusal() }
            place += 1
            return
        }
        while !isAtEnd, byte() != UInt8(ascii: "}") { place += 1 }
        if isAtEnd { throw Refusal() }
        place += 1
    }

    /// `\x41` and `\x{41}`.
    private mutating func hexadecimal() throws(Refusal) -> RegexNode {
        var value = 0
        place += 2
        if byte() == UInt8(ascii: "{") {
            place += 1
            guard Self.digit(byte()) != nil else { throw Refusal() }
            while let digit = Self.digit(byte()) {
                value = min(value * 16 + digit, 0x11_0000)
                place += 1
            }
            guard byte() == UInt8(ascii: "}") else { throw Refusal() }
            place += 1
        } else {
            guard let high = Self.digit(byte()), let low = Self.digit(byte(1)) else {
                throw Refusal()
            }
            value = high * 16 + low
            place += 2
        }
        if value < 0x80 { return literal(UInt8(value)) }
        return .set(RegexSet(bytes: ByteSet(), hasOthers: true, isExact: false))
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private static let controls: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "e"): 0x1B, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    /// `\d`, `\w`, `\s`, `\h`, `\v` and their opposites, of Unicode: some of their characters are
    /// not ASCII.
    private static let sets: [UInt8: RegexSet] = {
        let word = (0..<128).filter { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
        let kinds: [(UInt8, [UInt8])] = [
            (UInt8(ascii: "d"), (0..<128).filter(isDigit)), (UInt8(ascii: "w"), word),
            (UInt8(ascii: "s"), [0x20] + (0x09...0x0D)), (UInt8(ascii: "h"), [0x20, 0x09]),
            (UInt8(ascii: "v"), Array(0x0A...0x0D)),
        ]
        var sets: [UInt8: RegexSet] = [:]
        for (letter, members) in kinds {
            var bytes = ByteSet()
            for byte in members { bytes.insert(byte) }
            sets[letter] = RegexSet(bytes: bytes, hasOthers: true, isExact: false)
            sets[letter & ~0x20] = RegexSet(
                bytes: bytes.inverted, hasOthers: true, isExact: false)
        }
        return sets
    }()

    // MARK: Classes

    /// A class in brackets.
    mutating func characterClass() throws(Refusal) -> RegexNode {
        place += 1
        var isNegated = false
        if byte() == UInt8(ascii: "^") {
            isNegated = true
            place += 1
        }
        var set = RegexSet(bytes: ByteSet(), hasOthers: false, isExact: true)
        var isFirst = true
        while true {
            if isAtEnd { throw Refusal() }
            if byte() == UInt8(ascii: "]"), !isFirst { break }
            isFirst = false
            try member(of: &set)
        }
        place += 1
        if isNegated {
            // What may be in the class need not be out of it.
            let bytes = set.isExact && !flags.isCaseless ? set.bytes.inverted : ByteSet.all
            return .set(RegexSet(bytes: bytes, hasOthers: true, isExact: false))
        }
        let members = set.bytes.bytes
        if set.isExact, members.count == 1 { return literal(members[0]) }
        if flags.isCaseless {
            for byte in members where Self.isLetter(byte) { set.bytes.insert(byte ^ 0x20) }
            set.isExact = false
            set.hasOthers = true
        }
        return .set(set)
    }

    /// One character, range, escape or name in a class.
    private mutating func member(of set: inout RegexSet) throws(Refusal) {
        if byte() == UInt8(ascii: "["), skipName() {
            set = .any
            return
        }
        guard let first = try single(&set) else { return }
        guard byte() == UInt8(ascii: "-"), byte(1) != UInt8(ascii: "]"), place + 1 < source.count
        else { return set.bytes.insert(first) }
        place += 1
        if byte() == UInt8(ascii: "["), skipName() {
            set = .any
            return
        }
        guard let last = try single(&set), first <= last else {
            set = .any
            return
        }
        for byte in first...last { set.bytes.insert(byte) }
    }

    /// One character of a class; nil when it is not a byte of ASCII, and then `set` has it.
    private mutating func single(_ set: inout RegexSet) throws(Refusal) -> UInt8? {
        let first = byte()
        if first >= 0x80 {
            _ = character()
            set.hasOthers = true
            set.isExact = false
            // The end of a range is not known.
            if byte() == UInt8(ascii: "-") { set = .any }
            return nil
        }
        guard first == UInt8(ascii: "\\") else {
            place += 1
            return first
        }
        guard place + 1 < source.count else { throw Refusal() }
        let letter = byte(1)
        // Quoting and control characters may hide the end of the class.
        switch letter {
        case UInt8(ascii: "Q"), UInt8(ascii: "E"), UInt8(ascii: "c"): throw Refusal()
        default: break
        }
        place += 2
        if letter >= 0x80 {
            place -= 1
            _ = character()
            set = .any
            return nil
        }
        if !Self.isLetter(letter), !Self.isDigit(letter) { return letter }
        if let code = Self.controls[letter] { return code }
        if let known = Self.sets[letter] {
            set.bytes.formUnion(known.bytes)
            set.hasOthers = true
            set.isExact = false
        } else {
            set = .any
        }
        return nil
    }

    /// Passes over `[:alpha:]`, `[.x.]` or `[=x=]`, by PCRE2's rule for what is one.
    private mutating func skipName() -> Bool {
        let mark = byte(1)
        guard mark == UInt8(ascii: ":") || mark == UInt8(ascii: ".") || mark == UInt8(ascii: "=")
        else { return false }
        var ahead = place + 2
        while ahead + 1 < source.count {
            let (here, next) = (source[ahead], source[ahead + 1])
            let closes = next == UInt8(ascii: "]")
            if here == UInt8(ascii: "\\"), closes || next == UInt8(ascii: "\\") {
                ahead += 1
            } else if here == UInt8(ascii: "["), next == mark {
                return false
            } else if here == UInt8(ascii: "]") {
                return false
            } else if here == mark, closes {
                place = ahead + 2
                return true
            }
            ahead += 1
        }
        return false
    }
}
