// Silences: incidents that are kept and shown, and not told, for a time.  What a silence holds is
// counted, so that it can be seen for what it was.

/// What is not told, until when, and why.
package struct Silence: Entity {
    /// Counts up; never used again.
    package var id: UInt64
    /// Incidents of this severity and of those below it; nil: of all.
    package var severity: Severity?
    /// A source; `*` stands for any characters, `?` for one.  nil: all.
    package var source: String?
    /// Only the incident with this fingerprint; nil: all.
    package var fingerprint: String?
    /// Why; at most `IncidentBounds.silenceReasonBytes`.
    package var reason: String
    /// Who added it.
    package var uid: UInt32
    /// When, wall clock seconds since 1970.
    package var created: Int64
    /// Raises that were not told because of it.
    package var silenced: UInt64
    /// When it ends, milliseconds of boot time.
    package var deadline: Int64
    /// Members that a newer version wrote.
    package var unknown: String = ""

    package init(
        id: UInt64, severity: Severity?, source: String?, fingerprint: String?, reason: String,
        uid: UInt32, created: Int64, silenced: UInt64 = 0, deadline: Int64
    ) {
        self.id = id
        self.severity = severity
        self.source = source
        self.fingerprint = fingerprint
        self.reason = reason
        self.uid = uid
        self.created = created
        self.silenced = silenced
        self.deadline = deadline
    }

    /// Whether it keeps an incident from being told.  Nothing silences a critical incident of the
    /// pager itself: nobody would learn that nobody learns anything.
    package func holds(_ incident: Incident) -> Bool {
        holds(incident.highest, source: incident.group.source, fingerprint: incident.fingerprint)
    }

    /// The same of any three values; the fingerprint is made only where it is asked for.
    func holds(
        _ severity: Severity, source: String, fingerprint: @autoclosure () -> String
    ) -> Bool {
        if severity == .critical && source == Self.neverSilenced { return false }
        if let most = self.severity, severity.rank > most.rank { return false }
        if let pattern = self.source, !Glob.matches(pattern, source) { return false }
        if let wanted = self.fingerprint, wanted != fingerprint() { return false }
        return true
    }

    /// The source whose critical incidents are always told.
    package static let neverSilenced = "opspager"
}

/// Patterns of `*` and `?`.
package enum Glob {
    /// Whether the whole text matches; time is at most the product of both lengths.
    package static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let text = Array(text.unicodeScalars)
        var (at, place) = (0, 0)
        // Where to go on when what follows the newest `*` does not fit.
        var (star, resume) = (-1, 0)
        while place < text.count {
            if at < pattern.count, pattern[at] == "*" {
                (star, resume) = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == "?" || pattern[at] == text[place] {
                at += 1
                place += 1
            } else if star >= 0 {
                at = star + 1
                resume += 1
                place = resume
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}
