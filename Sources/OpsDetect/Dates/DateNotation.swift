// fail2ban's notation of dates: directives as in strftime(3) inside a regular expression.
//
// 1. `%Y` and its like become a named group; the name says which field it is.  `%%` is a percent
//    sign.  `%Ex` before a directive asks for exact digits (`%Exm`: two of them), or for years from
//    2000 to 2049 (`%ExY`), or takes every abbreviation of a zone (`%Exz`, `%ExZ`).
// 2. A percent sign before anything else is a fault.
// 3. A pattern with names in it (`%a %A %b %B %p %c`) matches in either case.
//
// fail2ban reckons the years of `%ExY` from the clock at its start (2000 to 2029 in 2026); these do
// not depend on it.

/// The groups that a directive stands for, and a pattern written with directives.
enum DateNotation {
    /// A pattern as PCRE2 takes it.
    struct Expansion {
        var regex: String
        /// Whether it has names of months, days or halves of the day.
        var hasNames: Bool
    }

    /// Puts groups in place of the directives.
    static func expand(_ pattern: String) throws(DateFault) -> Expansion {
        var expansion = Expansion(regex: "", hasNames: false)
        var rest = pattern[...]
        while let percent = rest.firstIndex(of: "%") {
            expansion.regex += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            guard let (name, group) = directive(rest) else {
                let next = rest.first.map { "%\($0)" } ?? "%"
                throw DateFault(
                    message: "datepattern \"\(pattern)\": \"\(next)\" is not a directive;"
                        + " a percent sign is written %%")
            }
            rest = rest.dropFirst(name.count)
            expansion.regex += group
            if "aAbBpc".contains(name) { expansion.hasNames = true }
        }
        expansion.regex += rest
        return expansion
    }

    private static func directive(_ text: Substring) -> (name: String, group: String)? {
        for length in [3, 1] {
            let name = String(text.prefix(length))
            if name.count == length, let group = groups[name] { return (name, group) }
        }
        return nil
    }

    private static let dayNames = "mon|tue|wed|thu|fri|sat|sun"
    private static let monthNames = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    private static let abbreviation = "[A-Z](?:[A-Z]{2,4})?"
    private static let offset = #"[+-][01]\d(?::?\d{2})?"#
    /// What `%c`, `%x` and `%X` are made of where locales are English.
    private static let dayOfMonth = #"(?P<d>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])"#
    private static let clock =
        #"(?P<H>2[0-3]|[0-1]\d|\d):(?P<M>[0-5]\d|\d):(?P<S>6[0-1]|[0-5]\d|\d)"#

    /// Directives, without the percent sign.
    private static let groups: [String: String] = [
        "%": "%",
        // Years.
        "Y": #"(?P<Y>\d{4})"#,
        "y": #"(?P<y>\d\d)"#,
        "ExY": #"(?P<Y>20[0-4]\d)"#,
        "Exy": #"(?P<y>\d{2})"#,
        "G": #"(?P<G>\d\d\d\d)"#,
        // Months and days.
        "m": #"(?P<m>0?[1-9]|1[0-2])"#,
        "Exm": #"(?P<m>0[1-9]|1[0-2])"#,
        "b": "(?P<b>\(monthNames))",
        "B": "(?P<B>\(DateName.months.joined(separator: "|")))",
        "d": #"(?P<d>[1-2]\d|[0 ]?[1-9]|3[0-1])"#,
        "Exd": #"(?P<d>[1-2]\d|0[1-9]|3[0-1])"#,
        "j": #"(?P<j>36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9])"#,
        "a": "(?P<a>\(dayNames))",
        "A": "(?P<A>\(DateName.weekdays.joined(separator: "|")))",
        "w": "(?P<w>[0-6])",
        "u": "(?P<u>[1-7])",
        "U": #"(?P<U>5[0-3]|[0-4]\d|\d)"#,
        "W": #"(?P<W>5[0-3]|[0-4]\d|\d)"#,
        "V": #"(?P<V>5[0-3]|0[1-9]|[1-4]\d|\d)"#,
        // The time of day.
        "H": #"(?P<H>[0-1]?\d|2[0-3])"#,
        "ExH": #"(?P<H>[0-1]\d|2[0-3])"#,
        "k": #" ?(?P<H>[0-2]?\d)"#,
        "Exk": #" ?(?P<H>[0-1]?\d|2[0-3])"#,
        "I": #"(?P<I>1[0-2]|0[1-9]|[1-9])"#,
        "l": #" ?(?P<I>1?\d)"#,
        "Exl": #" ?(?P<I>1[0-2]|\d)"#,
        "p": "(?P<p>am|pm)",
        "M": #"(?P<M>[0-5]?\d)"#,
        "ExM": #"(?P<M>[0-5]\d)"#,
        "S": #"(?P<S>[0-5]?\d|6[0-1])"#,
        "ExS": #"(?P<S>[0-5]\d|6[0-1])"#,
        "f": "(?P<f>[0-9]{1,6})",
        // Zones.
        "z": "(?P<z>Z|UTC|GMT|\(offset))",
        "Z": "(?P<Z>Z|[A-Z]{3,5})",
        "Exz": "(?P<z>(?:\(abbreviation))?\(offset)|\(abbreviation))",
        "ExZ": "(?P<Z>\(abbreviation))",
        // Whole dates.
        "c":
            #"(?P<a>\#(dayNames))\s+(?P<b>\#(monthNames))\s+\#(dayOfMonth)\s+\#(clock)\s+(?P<Y>\d{4})"#,
        "x": #"(?P<m>1[0-2]|0[1-9]|[1-9])/\#(dayOfMonth)/(?P<y>\d\d)"#,
        "X": clock,
    ]
}
