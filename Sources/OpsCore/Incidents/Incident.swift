// One thing that is wrong, from the first raise to its end.  What tells two incidents apart is the
// group: the source, and the key or else the beginning of the message.  Severity is an attribute:
// a warning that becomes critical stays one incident.
//
// Notes and evidence grow, so they are entities of their own (IncidentNote.swift).  Texts are kept
// as they were given, cut at their bounds; whoever shows them escapes what a terminal must not get.

/// How an incident stands.
package enum IncidentStage: String, Hashable, Sendable, CaseIterable {
    /// Nobody has taken it on.
    case open
    /// Somebody has: silent until it is worse or resolved.
    case acknowledged
    /// It is over; the next raise of its group opens another incident.
    case resolved

    /// Whether it is not over.
    package var isActive: Bool { self != .resolved }
}

/// What tells incidents apart, byte by byte.
package struct IncidentGroup: Hashable, Sendable {
    /// Who raises it: 1 to `IncidentBounds.sourceBytes`.
    package var source: String
    /// The key that was given, or else the first 50 code points of the message.
    package var key: String
    /// The key was given.
    package var isKeyed: Bool

    /// The group of a raise.
    package init(source: String, key: String?, message: String) {
        self.source = source
        self.key = key ?? message.codePoints(atMost: IncidentBounds.fingerprintCodePoints)
        isKeyed = key != nil
    }

    /// The group that stands for all those of a source that found no place.
    package static func flood(_ source: String) -> IncidentGroup {
        IncidentGroup(source: source, key: IncidentBounds.floodKey, message: "")
    }

    /// Byte by byte.
    package static func == (one: IncidentGroup, two: IncidentGroup) -> Bool {
        one.isKeyed == two.isKeyed && one.source.isSame(as: two.source)
            && one.key.isSame(as: two.key)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(ExactText(source))
        hasher.combine(ExactText(key))
    }
}

/// Something that happened to an incident, for its timeline.
package struct IncidentStep: Hashable, Sendable {
    /// What may happen to an incident.  The raw value is written to disk and shown.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case raised, worse, acknowledged, resolved, reopened, silenced, flapping, escalated, paged,
            digested, refused
    }

    /// What happened.
    package var kind: Kind
    /// Wall clock seconds since 1970.
    package var at: Int64
    /// Who did it; nil: opsd itself.
    package var uid: UInt32?
    /// A few words, at most `IncidentBounds.stepBytes`; may be empty.
    package var text: String

    /// A text that is too long is cut.
    package init(_ kind: Kind, at: Int64, uid: UInt32? = nil, text: String = "") {
        self.kind = kind
        self.at = at
        self.uid = uid
        self.text = text.cut(toWrittenBytes: IncidentBounds.stepBytes)
    }
}

/// An incident.
package struct Incident: Entity {
    /// Counts up; never used again.
    package var id: UInt64
    /// What tells it apart.
    package var group: IncidentGroup
    /// The severity of the newest raise.
    package var severity: Severity
    /// The highest severity so far: that of the fingerprint.
    package var highest: Severity
    /// The text of the newest raise at the highest severity that was told: not of those that were
    /// only counted.
    package var message: String
    /// More words, of the same raise; may be empty.
    package var details: String
    /// At most `IncidentBounds.links`.
    package var links: [String]
    /// How it stands.
    package var stage: IncidentStage
    /// The rule of `[incidents.rules]` that raised it; nil: a program or a person did.
    package var rule: String?
    /// Who raised it first.
    package var uid: UInt32
    /// Its first raise, wall clock seconds since 1970, as the next two.
    package var opened: Int64
    /// Its newest raise.
    package var updated: Int64
    /// Its end; nil: it is not over.
    package var resolved: Int64?
    /// How often it was raised, the first time included.
    package var raises: UInt64
    /// How often it was raised in this window, beyond the raise that was told.
    package var repeats: UInt64
    /// The same of the window before, for the page that tells of this one; 0: there was none.
    package var earlierRepeats: UInt64
    /// What is raised until then is counted, not told: milliseconds of boot time.
    package var windowEnds: Int64
    /// Counts the windows from 1: the pages of each are told apart by it.
    package var window: UInt32
    /// Since when its stage, or the severity that counts for paging, is what it is: milliseconds
    /// of boot time.  Reminders and escalation go by it.
    package var since: Int64
    /// The severity that was acknowledged: what is worse is told again.
    package var acknowledgedSeverity: Severity?
    /// Wall clock seconds since 1970 of the newest openings and ends of its group, for flapping; at
    /// most `IncidentBounds.changes`, the oldest first.
    package var changes: [Int64]
    /// It stands for more than one group: a source raised too many.
    package var isFlood: Bool
    /// The silence that keeps it from being told; nil: none.  It follows the silences: one that is
    /// added takes what it matches, and one that ends lets it go.
    package var silence: UInt64?
    /// The newest steps, the oldest first; at most `IncidentBounds.steps`.
    package var steps: [IncidentStep]
    /// What became of its pages; at most `IncidentBounds.pages`.
    package var pages: [PageMark]
    /// When it is forgotten: milliseconds of boot time; `Ban.never` while it is not resolved.
    package var deadline: Int64
    /// Members that a newer version wrote.
    package var unknown: String = ""

    /// One that has just begun, raised once; nothing else is known of it.
    package init(
        id: UInt64, group: IncidentGroup, severity: Severity, message: String, uid: UInt32,
        opened: Int64, since: Int64, windowEnds: Int64
    ) {
        self.id = id
        self.group = group
        self.severity = severity
        highest = severity
        self.message = message
        details = ""
        links = []
        stage = .open
        self.uid = uid
        self.opened = opened
        updated = opened
        raises = 1
        repeats = 0
        earlierRepeats = 0
        self.windowEnds = windowEnds
        window = 1
        self.since = since
        changes = []
        isFlood = false
        steps = []
        pages = []
        deadline = Ban.never
    }
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
        // No code point is shorter than a byte.
        if utf8.count <= limit { return self }
        return String(unicodeScalars.prefix(limit))
    }
}

/// The fixed bounds of incidents.
package enum IncidentBounds {
    /// Incidents kept.  The last `keptForFloods` places are for incidents that stand for several.
    package static let incidents = 10_000
    /// Places that only incidents of floods may use.
    package static let keptForFloods = 64
    /// Bytes of memory that incidents, their notes and their evidence may take.
    package static let memoryBytes = 32 << 20
    /// Code points of the message that the fingerprint and the group are made of (S2-10).
    package static let fingerprintCodePoints = 50
    /// The longest source; here and in the next ones a character that is written as an escape
    /// counts as six bytes.
    package static let sourceBytes = 64
    /// The longest key.
    package static let keyBytes = 128
    /// The longest message; of a longer one the beginning is kept.
    package static let messageBytes = 1 << 10
    /// The longest details; of longer ones the beginning is kept.
    package static let detailsBytes = 2 << 10
    /// Links kept of one raise.
    package static let links = 4
    /// The longest link; a longer one is left out.
    package static let linkBytes = 512
    /// Steps kept of each; of more, the oldest go, but never the first.
    package static let steps = 32
    /// The longest text of a step.
    package static let stepBytes = 64
    /// Page marks kept of each.
    package static let pages = 40
    /// Openings and ends that are kept to see flapping.
    package static let changes = 16
    /// The longest name of a rule.
    package static let ruleBytes = 64
    /// Notes of each.
    package static let notes = 100
    /// The longest note.
    package static let noteBytes = 1 << 10
    /// The longest evidence.
    package static let evidenceBytes = 8 << 10
    /// New groups that one source may open in a minute; what is beyond becomes a flood.
    package static let newPerMinute = 100
    /// The key of the incident that stands for a flood of its source.
    package static let floodKey = "flood"
    /// The source of the incident that stands for what found no place anywhere.
    package static let daemonSource = "opsd"
    /// How many times one raise may say that it happened.
    package static let countLimit: UInt64 = 1_000_000
    /// Messages that a flood quotes.
    package static let samples = 8
    /// The longest of them, bytes.
    package static let sampleBytes = 120
    /// Silences at once.
    package static let silences = 256
    /// The longest silence: 30 days, in milliseconds.
    package static let silenceMilliseconds: Int64 = 30 * 86_400_000
    /// The longest reason of a silence.
    package static let silenceReasonBytes = 256
}
