// Random regular expressions, each with a text that often matches it.

import OpsTestKit

struct RandomPattern {
    var pattern = ""
    /// What a match could be.
    var witness = ""

    private static let letters = Array("abcksABKS19 []\"-:,").map(String.init)
    private static let special = ["\\", "[", "]", "-"]
    private static let sets: [(String, [String])] = [
        ("\\w", ["a", "é", "9"]), ("\\d", ["1", "9"]), ("\\s", [" ", "\t"]),
        (".", ["a", "]", "é"]),
        ("\\S", ["a", "-"]), ("[^ab]", ["c", "é"]), ("[a-c]", ["a", "b"]), ("[aA]", ["a", "A"]),
        ("[[:alpha:]]", ["a", "B"]), ("[]a]", ["]", "a"]), ("[\\]b]", ["]", "b"]), ("[s]", ["s"]),
        ("[^\\W]", ["k"]), ("\\x41", ["A"]), ("\\x{6b}", ["k"]), ("\\u0073", ["s"]),
        ("\\x{17f}", ["\u{17F}"]), ("é", ["é"]), ("\\t", ["\t"]), ("\\p{L}", ["a"]), ("\\]", ["]"]),
        ("\\.", ["."]), ("[b-b]", ["b"]), ("[[:k]", ["k", ":"]), ("\\N", ["a"]), ("\\x{41}", ["A"]),
    ]
    private static let empties = [
        "\\b", "\\B", "(?#a)", "\\E", "\\Q\\E", "(?=a)", "(?!zz)", "(?<=a)", "(?<!zz)", "(?=.*k)",
        "(?!(?i)z|y)", "\\K", "()", "(?:)", "(?<n>)?",
    ]

    /// One of up to so many levels.
    static func make(_ numbers: inout SeededGenerator, depth: Int = 4) -> RandomPattern {
        var made = RandomPattern()
        let flags = ["(?i)", "(?x)", "(?xi)", "^", "\\A", "(?s)", "(?iu)", "(?^)"]
        if numbers.next() % 3 == 0 { made.pattern = numbers.pick(flags) }
        let rest = alternatives(&numbers, depth)
        made.pattern += rest.pattern
        made.witness = rest.witness
        if numbers.next() % 8 == 0 { made.pattern += numbers.pick(["$", "\\z", "\\Z", "\\b"]) }
        return made
    }

    private static func alternatives(
        _ numbers: inout SeededGenerator, _ depth: Int
    ) -> RandomPattern {
        var made = sequence(&numbers, depth)
        while numbers.next() % 4 == 0 {
            let other = sequence(&numbers, depth)
            made.pattern += "|" + other.pattern
            if numbers.next() % 2 == 0 { made.witness = other.witness }
        }
        return made
    }

    private static func sequence(_ numbers: inout SeededGenerator, _ depth: Int) -> RandomPattern {
        var made = RandomPattern()
        for _ in 0..<numbers.next() % 6 {
            let part = quantified(&numbers, depth)
            made.pattern += part.pattern
            made.witness += part.witness
        }
        return made
    }

    private static func quantified(
        _ numbers: inout SeededGenerator, _ depth: Int
    ) -> RandomPattern {
        var made = item(&numbers, depth)
        guard numbers.next() % 4 == 0 else { return made }
        let kinds: [(String, [Int])] = [
            ("*", [0, 1, 3]), ("+", [1, 2]), ("?", [0, 1]), ("{2}", [2]), ("{0,2}", [0, 2]),
            ("{,2}", [0, 1]), ("{1,}", [1, 3]), ("{3,4}", [3, 4]), ("{0}", [0]), ("*?", [0, 2]),
            ("++", [2]), ("{1,2}+", [1, 2]), ("??", [0]), ("{2}{2}", [4]), ("+{0,1}", [0, 1]),
            ("{10}", [10]), ("\\Q\\E*", [0, 1]), ("(?#b)?", [0]), (" ?", [0, 1]), ("\\E{2}", [2]),
        ]
        let (text, counts) = numbers.pick(kinds)
        made.pattern += text
        made.witness = String(repeating: made.witness, count: numbers.pick(counts))
        return made
    }

    private static func item(_ numbers: inout SeededGenerator, _ depth: Int) -> RandomPattern {
        switch numbers.next() % (depth > 0 ? 14 : 9) {
        case 0...4:
            let letter = numbers.pick(letters)
            let isSpecial = special.contains(letter)
            return RandomPattern(pattern: isSpecial ? "\\" + letter : letter, witness: letter)
        case 5:
            let words = ["abc", "Failed", "ask", "[]", "1 2", "{,2}", "{x}", "k s"]
            let word = numbers.pick(words)
            let isQuoted = word.contains("[") || numbers.next() % 2 == 0
            return RandomPattern(pattern: isQuoted ? "\\Q\(word)\\E" : word, witness: word)
        case 6, 7:
            let (pattern, texts) = numbers.pick(sets)
            return RandomPattern(pattern: pattern, witness: numbers.pick(texts))
        case 8: return RandomPattern(pattern: numbers.pick(empties))
        case 9:
            let calls = ["(?1)", "\\1", "(?R)?", "(?P=n)", "\\2", "(?&n)"]
            return RandomPattern(pattern: numbers.pick(calls), witness: "a")
        case 10:
            let yes = sequence(&numbers, depth - 1)
            let no = sequence(&numbers, depth - 1)
            let conditions = ["1", "<n>", "n", "?=a", "?!.b", "DEFINE", "2"]
            let other = numbers.next() % 2 == 0 ? "|" + no.pattern : ""
            return RandomPattern(
                pattern: "(?(\(numbers.pick(conditions)))\(yes.pattern)\(other))",
                witness: numbers.pick([yes.witness, no.witness, ""]))
        default:
            let opens = [
                "(", "(?:", "(?>", "(?i:", "(?<n>", "(?P<n>", "(?'n'", "(?-i:", "(?i)(", "((?i)",
                "(?|", "(?x: ", "(?x)(# (a\n", "(?^:", "(?-x:",
            ]
            let inner = alternatives(&numbers, depth - 1)
            return RandomPattern(
                pattern: numbers.pick(opens) + inner.pattern + ")", witness: inner.witness)
        }
    }

    /// The pattern with a few characters put in, taken out or doubled, which may be no pattern.
    func mutated(_ numbers: inout SeededGenerator) -> RandomPattern {
        let marks = Array("()[]{}|?*+\\^$.,-:=!<>P#QEiRxk1 a]\n\u{e9}'&0_")
        var text = Array(pattern)
        for _ in 0...numbers.next() % 3 {
            let place = Int(numbers.next() % UInt64(text.count + 1))
            switch numbers.next() % 4 {
            case 0 where place < text.count: text.remove(at: place)
            case 1 where place < text.count: text.insert(text[place], at: place)
            default: text.insert(numbers.pick(marks), at: place)
            }
        }
        return RandomPattern(pattern: String(text), witness: witness)
    }

    /// The witness, with its case or a byte changed, and something around it.
    func subject(_ numbers: inout SeededGenerator) -> String {
        var text = witness
        switch numbers.next() % 6 {
        case 0: text = text.uppercased()
        case 1: text = text.lowercased()
        case 2: text = String(text.map { $0 == "s" ? "\u{17F}" : $0 == "k" ? "\u{212A}" : $0 })
        case 3: text = String(text.map { numbers.next() % 8 == 0 ? "a" : $0 })
        default: break
        }
        return numbers.pick(["", "", "a ", "zz", "\n"]) + text + numbers.pick(["", "", " a", "\n"])
    }
}
