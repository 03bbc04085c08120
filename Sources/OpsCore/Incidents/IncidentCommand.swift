// The requests about incidents and silences.

/// What is wrong, as whoever raises it says.
package struct RaiseTerms: Hashable, Sendable {
    /// How bad it is.
    package var severity: Severity
    /// Who says so; 1 to `IncidentBounds.sourceBytes`.
    package var source: String
    /// What is wrong; a long one is cut.
    package var message: String
    /// What tells it apart; nil: the beginning of the message does.
    package var key: String?
    /// More words; long ones are cut.
    package var details: String
    /// Addresses of pages that help; what is too long or too many is left out.
    package var links: [String]
    /// How many times it happened, gathered by who says so.  1 to `IncidentBounds.countLimit`.
    package var count: UInt64 = 1
    /// The rule of `[incidents.rules]` that raises it; nil: a program or a person does.
    package var rule: String?

    package init(
        _ severity: Severity, source: String, message: String, key: String? = nil,
        details: String = "", links: [String] = [], rule: String? = nil
    ) {
        self.severity = severity
        self.source = source
        self.message = message
        self.key = key
        self.details = details
        self.links = links
        self.rule = rule
    }
}

/// An incident as a request names it.
package enum IncidentName: Hashable, Sendable {
    case id(UInt64)
    /// The newest with it.
    case fingerprint(String)

    /// 12 hexadecimal digits are a fingerprint, other digits a number; nil: it is neither.
    package init?(_ text: String) {
        let isHex = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
        if isHex && text.utf8.count == 12 {
            self = .fingerprint(text)
        } else if text.utf8.first != 0x30, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }),
            let id = UInt64(text)
        {
            self = .id(id)
        } else {
            return nil
        }
    }
}

/// Which incidents to list, the newest first.
package struct IncidentQuery: Hashable, Sendable {
    /// Which stages.
    package enum Stages: String, Hashable, Sendable, CaseIterable {
        /// Those that are not over.
        case active
        case open, acknowledged, resolved, all
    }

    /// 1...1000.
    package var limit: Int
    /// Only those with a number below this; nil: from the newest.
    package var after: UInt64?
    /// Only those in one of these stages.
    package var stages: Stages
    /// Only those whose highest severity this is.
    package var severity: Severity?
    /// Only those of this source; `*` and `?` as in a silence.
    package var source: String?
    /// Only those raised, or resolved, at this time or later: wall clock seconds since 1970.
    package var since: Int64?

    package init(
        limit: Int = 100, after: UInt64? = nil, stages: Stages = .active,
        severity: Severity? = nil, source: String? = nil, since: Int64? = nil
    ) {
        self.limit = limit
        self.after = after
        self.stages = stages
        self.severity = severity
        self.source = source
        self.since = since
    }
}

/// A silence as it is asked for.
package struct SilenceTerms: Hashable, Sendable {
    /// Incidents of this severity and of those below it; nil: of all.
    package var severity: Severity?
    /// A source, or a pattern; nil: all.
    package var source: String?
    /// Only the incident with this fingerprint; nil: all.
    package var fingerprint: String?
    /// Why.
    package var reason: String
    /// At most `IncidentBounds.silenceMilliseconds`.
    package var milliseconds: Int64

    package init(
        severity: Severity? = nil, source: String? = nil, fingerprint: String? = nil,
        reason: String, milliseconds: Int64
    ) {
        self.severity = severity
        self.source = source
        self.fingerprint = fingerprint
        self.reason = reason
        self.milliseconds = milliseconds
    }
}

/// One request about incidents or silences.
package enum IncidentCommand: Hashable, Sendable {
    case raise(RaiseTerms)
    case acknowledge(IncidentName, note: String?)
    case resolve(IncidentName, note: String?)
    case note(IncidentName, text: String)
    case show(IncidentName)
    case list(IncidentQuery)
    /// 1...720.
    case summary(hours: Int)
    case silence(SilenceTerms)
    case endSilence(UInt64)
    case silences
}
