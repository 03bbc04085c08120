// What opswatch tells of the logs it reads and of the rules it looks with, as values.  Counts are
// totals since opswatch started, for each name.

/// Bounds of what is told.
package enum DetectorBounds {
    /// The longest name of a source or a rule, UTF-8 bytes.
    package static let nameBytes = 128
    /// The longest path and the longest detail, UTF-8 bytes.
    package static let textBytes = 256
    /// Sources kept, and rules kept.
    package static let rows = 512
    /// The largest count: JSON numbers are exact up to here.
    package static let count = 1 << 53
    /// How long after its last report a row is shown as stale: nanoseconds.
    package static let staleNanoseconds: Int64 = 30_000_000_000
    /// How long after its last report a row is forgotten: nanoseconds.
    package static let keptNanoseconds: Int64 = 600_000_000_000
    /// Events of one kind and source that are told in a minute.
    package static let eventsPerMinute = 10
    /// Events that are told in a minute, of all kinds and sources.
    package static let allEventsPerMinute = 120
}

/// How opswatch reads one log.
package struct SourceReport: Hashable, Sendable {
    /// What state the reading is in.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// It is read up to its end, or on the way there.
        case reading
        /// It is to be read, but not now: something else comes first, such as opsd's answers.
        case waiting
        /// There is no such file, or nothing in the journal that fits.
        case missing
        /// There has been no line for longer than `expect_every`.
        case silent
        /// It may not be read.
        case denied
        /// Reading failed.
        case failed
        /// It is read no more: the row is to be forgotten.
        case gone
    }

    /// What is read.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case file, journal
    }

    /// The name of the source.
    package var name: String
    /// How it stands.
    package var state: State
    /// What is read.
    package var kind: Kind = .file
    /// The path of the file; nil: none, or several.
    package var path: String?
    /// Lines read.
    package var lines = 0
    /// Lines in which a rule found something.
    package var matches = 0
    /// When the last line came; milliseconds since 1970.
    package var lastLine: Int64?
    /// When something was found last; milliseconds since 1970.
    package var lastMatch: Int64?
    /// Bytes that are there and not read.
    package var lagBytes = 0
    /// Bytes that were lost before they were read.
    package var lostBytes = 0
    /// More, in words for people.
    package var detail: String?

    /// Nothing was read so far.
    package init(_ name: String, _ state: State) {
        self.name = name
        self.state = state
    }
}

/// How a rule of opswatch does.
package struct RuleReport: Hashable, Sendable {
    /// What state the rule is in.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// It looks at all lines of its sources.
        case active
        /// It takes too much time, and looks at a sample of the lines.
        case sampled
        /// It cannot be used: its filter or a pattern has a fault.
        case failed
        /// It is off: the row is to be forgotten.
        case gone
    }

    /// The name of the rule.
    package var name: String
    /// How it stands.
    package var state: State
    /// Lines looked at.
    package var looked = 0
    /// Lines in which it found something.
    package var matched = 0
    /// Strikes reported.
    package var strikes = 0
    /// Lines left out by what it ignores.
    package var ignored = 0
    /// Lines given up at a limit of the matching.
    package var limitReached = 0
    /// CPU time used, microseconds.
    package var cpuMicroseconds = 0
    /// How many of 100 lines it looks at.
    package var share = 100
    /// More, in words for people.
    package var detail: String?

    /// It has not looked at anything so far.
    package init(_ name: String, _ state: State) {
        self.name = name
        self.state = state
    }
}
