// Dates made up for tests: right ones, odd ones, and right ones with a byte changed.

import OpsTestKit

/// Makes lines with dates, the same ones for the same seed.
struct DateSamples {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func number(_ bounds: ClosedRange<Int>) -> Int {
        bounds.lowerBound + Int(random.next() % UInt64(bounds.count))
    }

    mutating func isOneOf(_ count: Int) -> Bool { random.next() % UInt64(count) == 0 }

    private mutating func digits(_ bounds: ClosedRange<Int>, width: Int = 2) -> String {
        let text = String(number(bounds))
        let missing = max(0, width - text.utf8.count)
        // Now and then a space or nothing instead of a zero.
        let filler = isOneOf(6) ? random.pick([" ", ""]) : "0"
        return String(repeating: filler, count: missing) + text
    }

    private mutating func month() -> String {
        let name = random.pick([
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ])
        return isOneOf(8) ? name.lowercased() : isOneOf(20) ? name.uppercased() : name
    }

    private mutating func year() -> String {
        "\(2_000 + (isOneOf(3) ? number(0...29) : number(24...27)))"
    }

    private mutating func shortYear() -> String { digits(0...29) }

    private mutating func day() -> String { digits(1...31) }

    private mutating func clock() -> String {
        let hours = isOneOf(20) ? number(24...29) : number(0...23)
        let seconds = isOneOf(20) ? number(60...61) : number(0...59)
        return "\(digits(hours...hours)):\(digits(0...59)):\(digits(seconds...seconds))"
    }

    private mutating func fraction(_ marks: [String]) -> String {
        guard isOneOf(3) else { return "" }
        return random.pick(marks)
            + String("0123456789".shuffled(using: &random).prefix(number(0...8)))
    }

    private mutating func zone() -> String {
        random.pick(["Z", "UTC", "GMT", "+0100", "-05:00", "+05:30", "-03", "+0000", "+1", "+2500"])
    }

    private mutating func weekday() -> String {
        random.pick(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "sat"])
    }

    /// A date in one of the shapes of the default patterns, and of some filters.
    mutating func date() -> String {
        date(shape: number(0...24))
    }

    mutating func date(shape: Int) -> String {
        let separator = random.pick(["-", "/", "."])
        switch shape {
        case 0, 1:
            let zone = isOneOf(2) ? random.pick(["", " ", "  "]) + zone() : ""
            return year() + separator + digits(1...12) + separator + day()
                + random.pick(["T", " "])
                + clock() + fraction([".", ","]) + zone
        case 2, 3:
            return "\(month()) \(day()) \(clock())\(fraction(["."]))"
                + (isOneOf(4) ? " " + year() : "")
        case 4: return "\(weekday()) \(month()) \(day()) \(clock())\(fraction(["."])) \(year())"
        case 5: return "\(month()) \(day()) \(year()) \(clock())\(fraction(["."]))"
        case 6: return "\(day())/\(digits(1...12))/\(year()) \(clock())"
        case 7: return "\(day())-\(digits(1...12))-\(shortYear()) \(clock())"
        case 8, 9:
            return "\(day())/\(month())/\(year()):\(clock())" + (isOneOf(4) ? "" : " " + zone())
        case 10: return "\(day())-\(month())-\(year()) \(clock())\(fraction(["."]))"
        case 11: return "\(digits(1...12))/\(day())/\(year()):\(clock())"
        case 12: return "\(digits(1...12))-\(day())-\(year()) \(clock())\(fraction(["."]))"
        case 13: return "\(number(1_000_000_000...1_999_999_999))\(fraction(["."]))"
        case 14: return clock()
        case 15: return "<\(digits(1...12))/\(day())/\(shortYear())@\(clock())>"
        case 16: return "\(shortYear())\(digits(1...12))\(day()) \(clock())"
        case 17:
            return
                "\(month()) \(day()), \(year()) \(digits(0...12)):\(digits(0...59)):\(digits(0...59)) "
                + random.pick(["AM", "PM", "am", "pm", "xm"])
        case 18: return "\(month())-\(day())-\(shortYear()) \(clock())"
        case 19:
            return "\(year())\(digits(1...12))\(day())" + random.pick(["T", " ", "  "])
                + "\(digits(0...23))\(digits(0...59))\(digits(0...59))" + fraction([".", ","])
                + (isOneOf(3) ? zone() : "")
        case 20:
            return random.pick(["CET", "PDT", "EST", "MSK", "ABC"])
                + " \(month()) \(day()) \(clock())"
        case 21: return "\(zone()) \(month()) \(day()) \(clock())"
        case 22: return "@4000000050" + String(number(100_000...999_999)) + "1a2b3c4d"
        case 23: return "\(year()):\(digits(1...12)):\(day())-\(clock())"
        default: return "\(day())/\(digits(1...12))/\(year()) - \(clock())"
        }
    }

    static let prefixes = [
        "", "", "", "", "[", "[[", "<", " ", "  ", "   ", "host ", "192.0.2.7 - - [", "1.2.3.4 [",
        "type=AVC msg=audit(", "\u{e9} ", "\u{e9}", "x", "7", "<34>1 ", "- - - [", "Jan 1 x ",
        "a 2026-01-02 03:04:05 b ", "_", "<W>", "L ", "t=", #"<co ts=""#, "2026 ", "a -- b -- c - ",
        "a -- b -- - ", "=ERROR= ", "=ERROR REPORT==== ", "[Sat ", "x [Sun ",
    ]

    static let suffixes = [
        "", "", "", "]", "] x", " sshd[7]: message", ": x", "\u{e9}", " \u{e9}", "x", "5", ":", ".",
        " 2026", " 2026x", " +0200", " Zulu", " Z", "Z", " UTC.", " GMT", " gmt", " z", " UTx", "|",
        "_",
        "\t+01:00", ".5", ",5 ", "+0", "+01", "+01:", "+01:0", "+01:000", #"" x"#, ">", " ]", ":7)",
        " 203.0.113.5 2025-12-31 23:59:59", "\u{b}Z", " \u{130}", " 202\u{661}", "+0\u{661}00",
        " +010\u{661}", ".\u{661}", " \u{661}",
    ]

    /// A line with a date somewhere, perhaps with a byte of it changed.
    mutating func line(shape: Int? = nil) -> String {
        let made = shape.map { date(shape: $0) } ?? date()
        let line = random.pick(Self.prefixes) + made + random.pick(Self.suffixes)
        return isOneOf(3) ? mutated(line) : line
    }

    /// The same without other characters than ASCII's: where they are, places are counted otherwise
    /// than in fail2ban.
    mutating func asciiLine(shape: Int? = nil) -> String {
        var text = line(shape: shape)
        text.unicodeScalars.removeAll { !$0.isASCII }
        return text
    }

    /// The line with a few characters removed, replaced or put in.
    mutating func mutated(_ line: String) -> String {
        var characters = Array(line.unicodeScalars)
        for _ in 0..<number(1...2) where !characters.isEmpty {
            let place = number(0...characters.count - 1)
            let other = random.pick(
                Array("0123456789:/-. TZ,[]ae\u{e9}\u{661}\u{17f}".unicodeScalars))
            switch number(0...2) {
            case 0: characters.remove(at: place)
            case 1: characters[place] = other
            default: characters.insert(other, at: place)
            }
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: characters)
        return text
    }
}
