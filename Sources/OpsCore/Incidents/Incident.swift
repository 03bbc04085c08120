// One thing that is wrong, from the first raise to its end.  What tells two incidents apart is the
// group: the source, and the key or else the beginning of the message.  Severity is an attribute:
// a warning that becomes critical stays one incident.
//
// Notes and evidence grow, so they are entities of their own.

/// How an incident stands.
package enum IncidentStage: String, Hashable, Sendable, CaseIterable {
    /// Nobody has taken it on.
    case open
    /// Somebody has: silent until it is worse or resolved.
    case acknowledged
    case resolved
}

/// What tells incidents apart.
package struct IncidentGroup: Hashable, Sendable {
    /// Who raises it: 1 to `IncidentBounds.sourceBytes`.
    package var source: String
    /// The key that was given, or else the first 50 code points of the message.
    package var key: String
    /// The key was given.
    package var isKeyed: Bool

    package init(source: String, key: String?, message: String) {
        self.source = source
        self.key = key ?? message.codePoints(atMost: IncidentBounds.fingerprintCodePoints)
        isKeyed = key != nil
    }
}

/// Something that happened to an incident, for its timeline.
package struct IncidentStep: Hashable, Sendable {
    /// What may happen to an incident.  The raw value is written to disk and shown.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case raised, worse, acknowledged, resolved, reopened, silenced, flapping, escalated, paged,
            digested, refused
    }

    package var kind: Kind
    /// Wall clock seconds since 1970.
    package var at: Int64
    /// Who did it; nil: opsd itself.
    package var uid: UInt32?
    /// A few words; may be empty.
    package var text: String

    package init(_ kind: Kind, at: Int64, uid: UInt32? = nil, text: String = "") {
        self.kind = kind
        self.at = at
        self.uid = uid
        self.text = text
    }
}

/// An incident.
package struct Incident: Entity {
    /// Counts up; never used again.
    package var id: UInt64
    package var group: IncidentGroup
    /// The severity of the newest raise.
    package var severity: Severity
    /// The highest severity so far: that of the fingerprint.
    package var highest: Severity
    /// The text of the newest raise at the highest severity.
    package var message: String
    package var details: String
    /// At most `IncidentBounds.links`.
    package var links: [String]
    package var stage: IncidentStage
    /// The rule of `[incidents.rules]` that raised it; nil: a program or a person did.
    package var rule: String?
    /// Who raised it first.
    package var uid: UInt32
    /// Wall clock seconds since 1970: first raise, newest raise, and the end.
    package var opened: Int64
    package var updated: Int64
    package var resolved: Int64?
    /// How often it was raised, the first time included.
    package var raises: UInt64
    /// How often it was raised in this window, beyond the raise that was told.
    package var repeats: UInt64
    /// What is raised until then is counted, not told: milliseconds of boot time.
    package var windowEnds: Int64
    /// Counts the windows: the pages of each are told apart by it.
    package var window: UInt32
    /// Since when its stage, or the severity that counts for paging, is what it is: milliseconds
    /// of boot time.  Reminders and escalation go by it.
    package var since: Int64
    /// The severity that was acknowledged: what is worse is told again.
    package var acknowledgedSeverity: Severity?
    /// Wall clock seconds since 1970 of the newest openings and ends of its group, for flapping.
    package var changes: [Int64]
    /// It stands for more than one group: a source raised too many.
    package var isFlood: Bool
    /// The silence that keeps it from being told; nil: none.
    package var silence: UInt64?
    /// The newest steps, the oldest first; at most `IncidentBounds.steps`.
    package var steps: [IncidentStep]
    /// What became of its pages; at most `IncidentBounds.pages`.
    package var pages: [PageMark]
    /// When it is forgotten: milliseconds of boot time; `Ban.never` while it is not resolved.
    package var deadline: Int64
    package var unknown: String = ""
}

extension Incident {
    /// S2-10: the first 12 hexadecimal digits of SHA-256 of "SEVERITY:source:message", the message
    /// cut at 50 code points, the severity in capitals and the highest so far.
    package var fingerprint: String {
        Self.fingerprint(highest, source: group.source, message: message)
    }

    /// S2-10, for any three values.
    package static func fingerprint(
        _ severity: Severity, source: String, message: String
    ) -> String {
        let cut = message.codePoints(atMost: IncidentBounds.fingerprintCodePoints)
        let text = "\(severity.rawValue.uppercased()):\(source):\(cut)"
        return String(SHA256.hexadecimal(of: Array(text.utf8)).prefix(12))
    }
}

extension String {
    /// Its beginning, in Unicode code points (not characters, not bytes).
    package func codePoints(atMost limit: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(limit)))
    }
}

/// The fixed bounds of incidents.
package enum IncidentBounds {
    /// Incidents kept, and the bytes of memory that they may take.
    package static let incidents = 10_000
    package static let memoryBytes = 32 << 20
    package static let fingerprintCodePoints = 50
    package static let sourceBytes = 64
    package static let keyBytes = 128
    package static let messageBytes = 1 << 10
    package static let detailsBytes = 2 << 10
    package static let links = 4
    package static let linkBytes = 512
    package static let steps = 32
    package static let pages = 48
    package static let notes = 100
    package static let noteBytes = 1 << 10
    package static let evidenceBytes = 8 << 10
    /// New groups that one source may open in a minute.
    package static let newPerMinute = 100
}
