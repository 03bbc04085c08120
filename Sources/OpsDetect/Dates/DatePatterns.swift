// fail2ban's default date patterns, in its order, and how a pattern becomes a template.
//
// 1. The order is a fact of compatibility: `01/02/2026` is the first of February.
// 2. Each pattern that need not begin a line is there twice: first, with a weight of 100, at the
//    line's beginning, then anywhere.
// 3. `{DATE}` within a pattern stands for each of them in turn.  fail2ban puts the words `Epoch`
//    and `TAI64N` into it for those two, which only works behind `^`; elsewhere they are left out
//    here.

/// The default patterns, and templates out of patterns.
enum DatePatterns {
    // What `%d`, a separator and `%m` are with the same separator again.
    static let iso =
        #"%ExY(?P<_sep>[-/.])%m(?P=_sep)%d(?:T|  ?)%H:%M:%S(?:[.,]%f)?(?:\s*%z)?"#
    /// As filters for nginx and others have it.
    static let isoOneSpace =
        #"%ExY(?P<_sep>[-/.])%m(?P=_sep)%d[T ]%H:%M:%S(?:[.,]%f)?(?:\s*%z)?"#
    static let syslog = #"(?:%a )?%b %d %k:%M:%S(?:\.%f)?(?: %ExY)?"#
    static let accessLog =
        #"%d(?P<_sep>[-/])%b(?P=_sep)%ExY[ :]?%H:%M:%S(?:\.%f)?(?: %z)?"#

    /// A default pattern, and what a line must have for it.
    struct Default {
        var pattern: String
        var needs: LineTraits
    }

    static let defaults: [Default] = [
        // 2026-11-28T19:10:12.5, 2026/11/28 19:10:12, 2026.11.28 19:10:12
        Default(pattern: iso, needs: [.yearFirst, .clock]),
        // Sat Nov 28 19:10:12.011 2026, Nov 28 19:10:12
        Default(pattern: syslog, needs: [.monthSpace, .clock]),
        // Sat Nov 28 2026 19:10:12.011
        Default(
            pattern: #"(?:%a )?%b %d %ExY %k:%M:%S(?:\.%f)?"#, needs: [.monthSpace, .clock]),
        // 28/11/2026 19:10:12, 28-11-26 19:10:12
        Default(
            pattern: #"%d(?P<_sep>[-/])%m(?P=_sep)(?:%ExY|%Exy) %k:%M:%S"#,
            needs: [.numericDate, .clock]),
        // 28/Nov/2026:19:10:12 +0100, 28-Nov-2026 19:10:12.252
        Default(pattern: accessLog, needs: [.monthBetween, .clock]),
        // 11/28/2026:19:10:12
        Default(pattern: "%m/%d/%ExY:%H:%M:%S", needs: [.numericDate, .clock]),
        // 11-28-2026 19:10:12.252
        Default(pattern: #"%m-%d-%ExY %k:%M:%S(?:\.%f)?"#, needs: [.numericDate, .clock]),
        Default(pattern: "EPOCH", needs: [.tenDigits]),
        // 19:10:12
        Default(pattern: "{^LN-BEG}%H:%M:%S", needs: [.clock]),
        // <11/28/26@19:10:12>
        Default(pattern: "^<%m/%d/%Exy@%H:%M:%S>", needs: [.numericDate, .at, .clock]),
        // 261128 19:10:12
        Default(pattern: "%Exy%Exm%Exd  ?%H:%M:%S", needs: [.sixDigits, .clock]),
        // Nov 28, 2026 7:10:12 PM
        Default(pattern: "%b %d, %ExY %I:%M:%S %p", needs: [.monthSpace, .clock]),
        // Nov-28-26 19:10:12
        Default(pattern: "^%b-%d-%Exy %k:%M:%S", needs: [.monthDash, .clock]),
        // 20261128T191012
        Default(
            pattern: #"%ExY%Exm%Exd(?:T|  ?)%ExH%ExM%ExS(?:[.,]%f)?(?:\s*%z)?"#,
            needs: [.eightDigits]),
        // CET Nov 28 19:10:12
        Default(
            pattern: #"(?:%Z )?(?:%a )?%b %d %k:%M:%S(?:\.%f)?(?: %ExY)?"#,
            needs: [.monthSpace, .clock]),
        // +01:00 Nov 28 19:10:12.011 2026
        Default(
            pattern: #"(?:%z )?(?:%a )?%b %d %k:%M:%S(?:\.%f)?(?: %ExY)?"#,
            needs: [.monthSpace, .clock]),
        Default(pattern: "TAI64N", needs: [.at]),
    ]

    /// The weight of a default pattern at the line's beginning.
    private static let lineBeginWeight = 100.0
    /// Where a default pattern is looked for, in bytes of the line, if it may be anywhere.
    static let reachBytes = 512

    /// All default templates, or those bound to the line's beginning.
    static func all(onlyAtLineBegin: Bool) throws(DateFault) -> [DateTemplate] {
        var bound: [DateTemplate] = []
        var others: [DateTemplate] = []
        for known in defaults {
            if !known.pattern.hasPrefix("^"), !known.pattern.hasPrefix(lineBegin) {
                bound.append(
                    try template(
                        lineBegin + known.pattern, weight: lineBeginWeight, needs: known.needs))
            }
            let template = try template(known.pattern, needs: known.needs, reach: reachBytes)
            if !onlyAtLineBegin || template.regex.anchors.contains(.lineBegin) {
                others.append(template)
            }
        }
        return bound + others
    }

    /// The default templates in place of `{DATE}` in a pattern.
    static func all(within pattern: String) throws(DateFault) -> [DateTemplate] {
        let pieces = split(pattern)
        var templates: [DateTemplate] = []
        for known in defaults {
            var date = known.pattern
            if date.hasPrefix(lineBegin) { date.removeFirst(lineBegin.utf8.count) }
            let text = pieces.joined(separator: date)
            let template = try template(text, needs: known.needs)
            if !date.contains("%"), case .fields = template.reading { continue }
            templates.append(template)
        }
        return templates
    }

    static let lineBegin = "{^LN-BEG}"
    private static let unbound = "{UNB}"

    /// The pattern as it is compared with words: without directives in capitals.
    static func key(_ pattern: String) -> String {
        pattern.contains("%") ? pattern : pattern.uppercased()
    }

    /// What is between the `{DATE}`s of a pattern.
    static func split(_ pattern: String) -> [String] { split(pattern, at: "{DATE}") }

    private static func split(_ pattern: String, at mark: String) -> [String] {
        let bytes = Array(pattern.utf8)
        let capitals = Array(pattern.utf8.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 })
        let wanted = Array(mark.utf8)
        var pieces: [String] = []
        var start = 0
        var position = 0
        while position + wanted.count <= bytes.count {
            if capitals[position..<position + wanted.count].elementsEqual(wanted),
                position == 0 || bytes[position - 1] != UInt8(ascii: "\\")
            {
                pieces.append(String(decoding: bytes[start..<position], as: UTF8.self))
                position += wanted.count
                start = position
            } else {
                position += 1
            }
        }
        pieces.append(String(decoding: bytes[start...], as: UTF8.self))
        return pieces
    }

    /// A template of one pattern.
    static func template(
        _ pattern: String, weight: Double = 1, needs: LineTraits = [], reach: Int = .max
    ) throws(DateFault) -> DateTemplate {
        let key = key(pattern)
        for (isLong, word) in [(true, "LEPOCH"), (false, "EPOCH")] {
            let pieces = split(pattern, at: "{\(word)}")
            if pieces.count > 1 { return epoch(within: pieces, isLong: isLong) }
            if [word, lineBegin + word, "^" + word].contains(key) {
                return epoch(isLong: isLong, atLineBegin: key != word, weight, needs, reach)
            }
        }
        if ["TAI64N", lineBegin + "TAI64N", "^TAI64N"].contains(key) {
            let regex = DateRegex(
                "@[0-9a-f]{24}", begin: key == "TAI64N" ? .anything : .line, endsWord: true)
            return DateTemplate(regex, .tai64n, weight: weight, needs: needs, reach: reach)
        }
        var text = pattern
        var begin = DateRegex.Begin.word
        let isUnbound = text.hasPrefix(unbound)
        if isUnbound {
            text.removeFirst(unbound.utf8.count)
            begin = .anything
        } else if text.hasPrefix(lineBegin) {
            text.removeFirst(lineBegin.utf8.count)
            begin = .line
        }
        let expansion = try DateNotation.expand(text)
        let regex = DateRegex(
            (expansion.hasNames ? "(?iu)" : "") + expansion.regex, begin: begin,
            endsWord: !isUnbound)
        return DateTemplate(
            regex, .fields, weight: weight, needs: needs, reach: reach,
            recogniser: DateRecogniser(pattern: pattern))
    }

    // MARK: Seconds since 1970

    private static func digits(isLong: Bool) -> String {
        isLong
            ? #"\d{10,11}(?:\d{3}(?:\.\d{1,6}|\d{3})?)?"# : #"\d{10,11}\b(?:\.\d{3,6})?"#
    }

    /// `{EPOCH}` in a pattern: all of what matches is cut out.
    private static func epoch(within pieces: [String], isLong: Bool) -> DateTemplate {
        var pieces = pieces
        var begin = DateRegex.Begin.word
        if pieces[0].hasPrefix(lineBegin) {
            pieces[0].removeFirst(lineBegin.utf8.count)
            begin = .line
        }
        let group = "(?P<\(DateTemplate.epochGroup)>\(digits(isLong: isLong)))"
        let regex = DateRegex(
            "(" + pieces.joined(separator: group) + ")", begin: begin, endsWord: true)
        return DateTemplate(regex, .epoch(isLong: isLong))
    }

    /// At the line's beginning, after `[` there if `]` follows, or in `audit(` of the kernel.
    private static func epoch(
        isLong: Bool, atLineBegin: Bool, _ weight: Double, _ needs: LineTraits, _ reach: Int
    ) -> DateTemplate {
        let digits = digits(isLong: isLong)
        let inSquare = #"(?(square)(?=\]))"#
        let regex =
            atLineBegin
            ? DateRegex(
                #"((?P<square>(?<=^\[))?\#(digits))\#(inSquare)"#, begin: .line, endsWord: true)
            : DateRegex(
                #"((?:^|(?P<square>(?<=^\[))|(?P<selinux>(?<=\baudit\()))\#(digits))"#
                    + #"(?:(?(selinux)(?=:\d+\)))|\#(inSquare))"#,
                begin: .anything, endsWord: true)
        return DateTemplate(
            regex, .epoch(isLong: isLong), weight: weight, needs: needs, reach: reach)
    }
}
