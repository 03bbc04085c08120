// Matches of the journal, and which of them a local user can fit.
//
// journald fills in the fields that begin with `_`, but some of those a local user can still
// choose: `_COMM` with prctl(2), `_EXE` and `_CMDLINE` by starting that program.  So a match counts
// only with a field that takes privileges to have: the unit, the control group, the user.  Any
// other match is narrowed to what root logged.
// Source: systemd.journal-fields(7), journalctl(1).

/// Fields that an entry of the journal has: all of them.
package struct JournalMatch: Hashable, Sendable {
    /// `FIELD=value`, as journalctl(1) takes them; several of one field are alternatives.
    package var fields: [String]

    /// An entry has all of these.
    package init(fields: [String]) { self.fields = fields }

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
}
