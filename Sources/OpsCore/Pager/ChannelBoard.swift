// What opspager has told of its channels: telemetry, in memory, bounded.  What it has not told of
// for a minute is unknown, never fine.

/// How a channel does, as opspager tells it.
package struct ChannelReport: Hashable, Sendable {
    /// Bytes of an error.
    package static let errorBytes = WorkBounds.errorBytes

    /// Its name.
    package var channel: String
    /// What it is.
    package var kind: ChannelKind
    /// Messages that were taken, since opspager started.
    package var sent = 0
    /// Attempts that failed, since then.
    package var failed = 0
    /// Pages under way.
    package var inHand = 0
    /// Wall clock seconds since 1970; nil: none.
    package var lastSuccess: Int64?
    /// The newest error in the provider's words; nil: none.
    package var lastError: String?
    /// When that was, wall clock seconds since 1970; nil: it is not known.
    package var lastErrorAt: Int64?

    /// Nothing has happened yet.
    package init(_ channel: String, _ kind: ChannelKind) {
        self.channel = channel
        self.kind = kind
    }
}

/// Channels by name, each with what was told last.
package struct ChannelBoard: Sendable {
    /// After this long without a report nobody knows: nanoseconds.  opspager tells every 10 s.
    package static let staleNanoseconds: Int64 = 60_000_000_000
    /// Channels kept.
    package static let limit = 64

    private var told: [String: (report: ChannelReport, at: Int64)] = [:]

    /// Nothing has been told.
    package init() {}

    /// Takes a report.  A full board forgets the channel that was told of longest ago.
    package mutating func note(_ report: ChannelReport, at now: Moment) {
        if told[report.channel] == nil, told.count >= Self.limit,
            let oldest = told.min(by: { ($0.value.at, $0.key) < ($1.value.at, $1.key) })
        {
            told[oldest.key] = nil
        }
        told[report.channel] = (report, now.boot)
    }

    /// What was told of a channel, and whether that is too long ago; nil: nothing was.
    package func report(
        of channel: String, at now: Moment
    ) -> (report: ChannelReport, isStale: Bool)? {
        told[channel].map { ($0.report, now.boot - $0.at > Self.staleNanoseconds) }
    }
}
