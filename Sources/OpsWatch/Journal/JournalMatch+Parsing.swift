// Matches of the journal: reading what the configuration says, and making sure that what fits a
// match was logged by whom it claims to be.
//
// journald fills in the fields that begin with `_`, but some of those a local user can still
// choose: `_COMM` with prctl(2), `_EXE` by running that program.  So a match counts only with a
// field that takes privileges to have: the unit, the control group, the user.  Any other match is
// narrowed to what root logged.
// Source: systemd.journal-fields(7), journalctl(1).

package import OpsDetect

/// A match that is none.
package struct JournalMatchFault: Error, Hashable, Sendable {
    /// What is wrong, and what was expected.
    package var message: String

    package init(_ message: String) { self.message = message }
}

extension JournalMatch {
    /// The most fields of one match.
    package static let fieldLimit = 32

    /// Reads `FIELD=value` words that are separated by spaces: those of one field are alternatives,
    /// different fields must all hold, and `+` begins another alternative, as for journalctl(1).
    /// A text without a word is one match that every entry fits.
    package static func parsing(_ text: String) throws(JournalMatchFault) -> [JournalMatch] {
        var matches: [JournalMatch] = []
        var fields: [String] = []
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            if word == "+" {
                guard !fields.isEmpty else {
                    throw JournalMatchFault("`\(text)`: expected FIELD=value before `+`")
                }
                matches.append(JournalMatch(fields: fields))
                fields = []
            } else {
                fields.append(String(word))
            }
        }
        guard !fields.isEmpty || matches.isEmpty else {
            throw JournalMatchFault("`\(text)`: expected FIELD=value after `+`")
        }
        matches.append(JournalMatch(fields: fields))
        for match in matches { try match.check() }
        return matches
    }

    /// Throws unless journald could have such fields.
    package func check() throws(JournalMatchFault) {
        guard fields.count <= Self.fieldLimit else {
            throw JournalMatchFault(
                "a match has at most \(Self.fieldLimit) fields, this one \(fields.count)")
        }
        for field in fields where !Self.isMatch(field) {
            throw JournalMatchFault(
                "`\(field)` is no match of the journal; "
                    + "expected FIELD=value, such as `_SYSTEMD_UNIT=ssh.service`")
        }
    }

    /// The names of its fields, each once, in their order.
    package var names: [Substring] {
        var names: [Substring] = []
        for field in fields {
            let name = field.prefix { $0 != "=" }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Whether only who has the privileges can log an entry that fits: all alternatives of some
    /// field say so.
    package var isTrusted: Bool {
        names.contains { name in
            fields.allSatisfy { field in
                field.prefix { $0 != "=" } != name || Self.takesPrivileges(field, name)
            }
        }
    }

    /// The match itself if it is trusted, else the same of what root logged (`_UID=0`).
    package var narrowedToTrusted: JournalMatch {
        isTrusted ? self : JournalMatch(fields: fields + ["_UID=0"])
    }

    /// What to tell of a match that is narrowed; nil: it is taken as it is.
    package var warning: String? {
        if isTrusted { return nil }
        let text = fields.isEmpty ? "no match" : "the match `\(fields.joined(separator: " "))`"
        return "\(text) is narrowed to what root logged (_UID=0), because any local user can log "
            + "entries that fit; name the unit (_SYSTEMD_UNIT=) or the user (_UID=)"
    }

    private static func takesPrivileges(_ field: String, _ name: Substring) -> Bool {
        switch name {
        case "_UID", "_GID", "_SYSTEMD_UNIT", "_SYSTEMD_CGROUP", "_SYSTEMD_SLICE",
            "_SYSTEMD_INVOCATION_ID", "_SYSTEMD_OWNER_UID":
            return true
        case "_TRANSPORT":
            return ["kernel", "audit", "driver"].contains(field.dropFirst(name.utf8.count + 1))
        default:
            return false
        }
    }

    private static func isMatch(_ field: String) -> Bool {
        guard let equals = field.utf8.firstIndex(of: UInt8(ascii: "=")), field.utf8.count <= 512
        else { return false }
        let name = field.utf8[..<equals]
        // `__CURSOR` and its like are addresses of an entry, not fields.
        guard (1...64).contains(name.count), !name.starts(with: "__".utf8) else { return false }
        return name.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
