// From the options of a filter, and those of its jail, to the filter as it runs.
//
// Patterns of the jail come besides those of the filter; `prefregex` and `maxlines` of the filter
// win over the jail's, `datepattern` of the jail over the filter's.  (A jail's option usually takes
// the filter's out beforehand; this is about those in the brackets of its name.)

/// Options of a filter and of its jail.
struct FilterOptions {
    var filter: OrderedTexts
    var jail: OrderedTexts
    /// A fault about an option, at its place.
    var fault: (_ key: String, _ message: String) -> Fail2banFault

    /// The lines of an option that are not empty, the filter's first.
    func lines(_ key: String) -> [String] {
        ((filter[key]?.configLines ?? []) + (jail[key]?.configLines ?? [])).filter {
            !$0.trimmed.isEmpty
        }
    }

    /// The filter called `name`.
    func definition(_ name: String, warnings: [String]) throws(Fail2banFault) -> FilterDefinition {
        var unsupported = warnings
        let prefix = (filter["prefregex"] ?? jail["prefregex"]).flatMap {
            $0.isEmpty ? nil : RegexTags.expand($0)
        }
        let failures = lines("failregex").map(RegexTags.expand)
        let ignored = lines("ignoreregex").map(RegexTags.expand)
        guard failures.count <= Fail2banLimits.patterns, ignored.count <= Fail2banLimits.patterns
        else {
            throw fault(
                "failregex", "has too many patterns, must be at most \(Fail2banLimits.patterns)")
        }
        if !(prefix.map(RegexTags.namesSubject) ?? false) {
            for pattern in failures where !RegexTags.namesSubject(pattern) {
                throw fault(
                    "failregex",
                    "a pattern says nothing of whom it is about, expected <HOST>, <ADDR>, "
                        + "<F-ID> or the like in \"\(pattern.shortened)\"")
            }
        }
        return FilterDefinition(
            name: name, prefix: prefix, failures: failures, ignored: ignored,
            maxLines: try maxLines(&unsupported),
            datePattern: jail["datepattern"] ?? filter["datepattern"],
            journalMatches: journalMatches(&unsupported), unsupported: unsupported)
    }

    private func maxLines(_ unsupported: inout [String]) throws(Fail2banFault) -> Int {
        let texts = [filter["maxlines"], jail["maxlines"]].compactMap { $0 }
        guard let text = texts.first(where: { !$0.trimmed.isEmpty }) else { return 1 }
        guard let count = Int(text.trimmed), count > 0 else {
            throw fault(
                "maxlines", "\"\(text.shortened)\" is not a number of lines, must be at least 1")
        }
        if count > Fail2banLimits.lines {
            unsupported.append(
                "maxlines = \(count): at most \(Fail2banLimits.lines) lines are matched together")
        }
        return min(count, Fail2banLimits.lines)
    }

    private func journalMatches(_ unsupported: inout [String]) -> [JournalMatch] {
        var all: [JournalMatch] = []
        for line in lines("journalmatch") {
            guard let matches = JournalMatch.matches(of: line) else {
                unsupported.append("journalmatch \"\(line.shortened)\": a quote is not closed")
                continue
            }
            for match in matches where !all.contains(match) {
                guard match.isValid else {
                    unsupported.append(
                        "journalmatch \"\(match.text.shortened)\": expected FIELD=value")
                    continue
                }
                if !match.isTrusted { unsupported.append(Self.warning(of: match)) }
                if all.count < 64 { all.append(match) }
            }
        }
        return all
    }

    /// What a caller should tell of a match that any local user can fake.
    static func warning(of match: JournalMatch) -> String {
        "journalmatch \"\(match.text.shortened)\": every local user can write such entries and so "
            + "get any address banned; add _UID=0 (\"\(match.narrowedToTrusted.text.shortened)\") or the unit"
    }
}
