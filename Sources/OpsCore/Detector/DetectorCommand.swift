// The requests about the log detector, and their replies.

/// One request by opswatch, or about it.
package enum DetectorCommand: Hashable, Sendable {
    /// How a log is read.
    case source(SourceReport)
    /// How a rule does.
    case rule(RuleReport)
    /// Something happened that is to be an event.
    case event(DetectorEvent)
    case sources(DetectorQuery)
    case rules(DetectorQuery)
}

/// Which rows to show.
package struct DetectorQuery: Hashable, Sendable {
    /// 1...1000.
    package var limit: Int
    /// Begin after this name; nil: at the start.
    package var after: String?

    package init(limit: Int = 100, after: String? = nil) {
        self.limit = limit
        self.after = after
    }
}

/// What happened, told by opswatch.
package struct DetectorEvent: Hashable, Sendable {
    /// What.
    package var kind: EventKind
    /// The source or rule that it is about.
    package var source: String
    /// More, in words for people.
    package var detail: String?

    package init(_ kind: EventKind, source: String, detail: String? = nil) {
        self.kind = kind
        self.source = source
        self.detail = detail
    }

    /// The kinds that opswatch may tell.
    package static let kinds: [EventKind] = [
        .sourceSilent, .sourceMissing, .sourceDenied, .sourceBack, .logLost, .filterSlow,
        .filterWell, .filterFailed, .clockOffset, .oneAddress, .canary,
    ]

    /// How much it matters.
    package var severity: Severity {
        switch kind {
        case .sourceBack, .filterWell, .canary: .info
        default: .warning
        }
    }

    /// The event.
    /// - Parameter untold: how many of the same kind and source were not told before it.
    package func note(untold: Int, uid: UInt32) -> Note {
        var details = source
        if let detail { details += ": \(detail)" }
        if untold > 0 {
            let more = "; \(untold) more before it were not told"
            details = details.cut(toBytes: Bounds.detailsBytes - more.utf8.count) + more
        }
        return Note(kind, severity, details, uid: uid)
    }
}

/// A page of rows by name.
package struct DetectorPage<Row: Hashable & Sendable>: Hashable, Sendable {
    /// The rows.
    package var rows: [Row]
    /// What to pass as `after` for the following page; nil: there is none.
    package var next: String?

    package init(rows: [Row], next: String?) {
        self.rows = rows
        self.next = next
    }
}

/// A row of `detector sources`.
package struct SourceRow: Hashable, Sendable {
    /// What was told last.
    package var report: SourceReport
    /// How long ago that was.
    package var ageSeconds: Int64
    /// How long ago the last line came; nil: none did.
    package var lineAgeSeconds: Int64?
    /// How long ago something was found; nil: nothing was.
    package var matchAgeSeconds: Int64?
    /// Nobody knows how it stands now.
    package var isStale: Bool

    package init(
        _ report: SourceReport, ageSeconds: Int64, lineAgeSeconds: Int64?,
        matchAgeSeconds: Int64?, isStale: Bool
    ) {
        self.report = report
        self.ageSeconds = ageSeconds
        self.lineAgeSeconds = lineAgeSeconds
        self.matchAgeSeconds = matchAgeSeconds
        self.isStale = isStale
    }
}

/// A row of `detector rules`.
package struct RuleRow: Hashable, Sendable {
    /// What was told last.
    package var report: RuleReport
    /// How long ago that was.
    package var ageSeconds: Int64
    /// CPU time of one core between the last two reports; nil: there was only one.
    package var cpuPercent: Double?
    /// Nobody knows how it stands now.
    package var isStale: Bool

    package init(_ report: RuleReport, ageSeconds: Int64, cpuPercent: Double?, isStale: Bool) {
        self.report = report
        self.ageSeconds = ageSeconds
        self.cpuPercent = cpuPercent
        self.isStale = isStale
    }
}

/// One answer about the log detector.
package enum DetectorReply: Hashable, Sendable {
    /// A report was taken.
    case noted
    /// Whether the event was made, and how many of its kind and source wait to be told.
    case told(Bool, untold: Int)
    case sources(DetectorPage<SourceRow>)
    case rules(DetectorPage<RuleRow>)
}
