// What somebody who can write part of a line, such as a user name or a path, could do with a
// pattern: have another's address banned, hide, or make the search slow.
//
// It warns of shapes that are known to be dangerous.  A pattern without a warning is not proven
// safe.

/// Warnings about a pattern.
package enum PatternLint {
    /// What an attacker could steer, one sentence each, with what to write instead.
    ///
    /// `pattern` may have fail2ban's tags, such as `<HOST>`.
    package static func warnings(of pattern: String) -> [String] {
        guard let syntax = RegexSyntax.parse(LintTags.expanded(pattern)) else {
            return ["it was not checked: some of its syntax is not understood by the check"]
        }
        var warnings: [String] = []
        if !syntax.isAnchored(.start, parts: { $0 }) { warnings.append(unanchored) }
        if syntax.branches.contains(where: { isSteered($0) }) { warnings.append(steered) }
        if syntax.branches.contains(where: { cutsAddress($0) }) { warnings.append(cut) }
        if syntax.hasNestedRepeats { warnings.append(nested) }
        if syntax.branches.contains(where: { $0.filter(\.isCatchAll).count > 1 }) {
            warnings.append(several)
        }
        return warnings
    }

    private static let unanchored = """
        it is not anchored at its start, so anyone who can write part of a line can write a whole \
        failure with another's address into it: begin it with ^ and what the program itself writes
        """
    private static let steered = """
        a catch-all (.* or .+) stands before the address and what follows the address does not fix \
        where it is, so text such as "x from 192.0.2.1" in that place bans another's address: write \
        \\S+ and a space, or [^"]*, in its place, or end the pattern with what the program writes last and $
        """
    private static let cut = """
        what stands right before or behind the address can take some of its characters, so of \
        192.0.2.1 another address such as 2.0.2.1 may be found: put a space, or what else the \
        program writes there, between the two
        """
    private static let nested = """
        a repetition within a repetition can split the same text in many ways, so one long line \
        makes the search run into its limit and is missed: make the parts disjoint, as in \
        (?:\\S+ )*, or the inner one possessive, as in (?:a++)*
        """
    private static let several = """
        several catch-alls (.* or .+) are tried against each other, so the time grows with the \
        square of a line's length or worse: write what may stand there, such as \\S+ or [^"]*
        """

    /// Whether a repetition beside the address takes what addresses are made of.
    private static func cutsAddress(_ parts: [RegexNode]) -> Bool {
        guard let host = parts.lastIndex(where: \.hasAddress) else { return false }
        let beside = [parts[..<host].last, parts[(host + 1)...].first]
        return beside.contains { $0?.repeatsAddressBytes == true }
    }

    /// Whether a catch-all before the address can take in a false one.
    private static func isSteered(_ parts: [RegexNode]) -> Bool {
        guard let host = parts.lastIndex(where: \.hasAddress) else { return false }
        guard parts[..<host].contains(where: \.isCatchAll) else { return false }
        let rest = parts[(host + 1)...]
        return rest.contains(where: \.isCatchAll)
            || !RegexNode.sequence(Array(rest)).isAnchored(.end, parts: { $0.reversed() })
    }
}

/// fail2ban's tags, as groups that the check can tell.
enum LintTags {
    private static let addresses: Set<String> = [
        "HOST", "ADDR", "IP4", "IP6", "CIDR", "SUBNET", "DNS", "F-ID",
    ]

    /// The pattern with `<HOST>` and its like as groups, `<F-USER>` and its like as parentheses.
    static func expanded(_ pattern: String) -> String {
        var text = ""
        var rest = pattern[...]
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: ">"), let tag = tag(rest[open...close]) else {
                text.append("<")
                rest = rest.dropFirst()
                continue
            }
            text += tag
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    private static func tag(_ text: Substring) -> String? {
        let name = text.dropFirst().dropLast()
        if addresses.contains(String(name)), name != "F-ID" { return "(?P<ip4>\\S+)" }
        if name == "F-ID" { return "(?P<fid>" }
        if name.hasPrefix("F-") { return "(?:" }
        return name.hasPrefix("/F-") ? ")" : nil
    }
}
