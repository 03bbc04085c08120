// Where pages go: what opsd must know of `[pager]`.  How a channel is reached is known to opspager
// alone, and its secrets never come here.

/// What a channel is.
package enum ChannelKind: String, Hashable, Sendable, CaseIterable {
    case telegram, smtp, webhook, file
    /// A dead man's service: it takes no pages.
    case heartbeat
}

/// One channel.
package struct PagerChannel: Hashable, Sendable {
    /// Bytes of a name.
    package static let nameBytes = 32

    /// Lower case letters, digits, `-` and `_`.
    package var name: String
    /// What it is.
    package var kind: ChannelKind
    /// Pages a minute; what is beyond goes as a digest.
    package var perMinute: Int

    package init(name: String, kind: ChannelKind, perMinute: Int = 20) {
        self.name = name
        self.kind = kind
        self.perMinute = perMinute
    }

    /// What the kinds of work that opspager takes begin with.
    package static let workPrefix = "page/"

    /// The kind of work that opspager takes for a channel.
    package static func workKind(of channel: String) -> String { workPrefix + channel }

    /// The kind of work that opspager takes for it.
    package var workKind: String { Self.workKind(of: name) }
}

/// Where incidents of one severity go.
package struct PagerRoute: Hashable, Sendable {
    /// When they are told.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
        case now
        /// At the next tick, all together.
        case tick
        /// Never: they are in the log and in `incidents`.
        case never
    }

    /// When its incidents are told.
    package var moment: Moment
    /// All of them get it.
    package var channels: [String] = []
    /// Get it where one of `channels` is parked, or will never take it.
    package var fallback: [String] = []
    /// Get it when nobody has acknowledged it after `escalateMilliseconds`.
    package var escalate: [String] = []
    /// How long it may stay unacknowledged before `escalate` get it.
    package var escalateMilliseconds: Int64 = 900_000
    /// To `channels` again while nobody acknowledges it; nil: not.
    package var repeatMilliseconds: Int64?
    /// Its end is told to whoever was told of it.
    package var tellsEnd = true

    package init(_ moment: Moment) { self.moment = moment }
}

/// A part of each day, UTC; may pass midnight.
package struct QuietHours: Hashable, Sendable {
    /// Minutes after midnight.
    package var from: Int
    /// The same; not in it any more.
    package var to: Int

    package init(from: Int, to: Int) {
        self.from = from
        self.to = to
    }

    /// Whether a wall clock time, seconds since 1970, is in it.
    package func holds(_ wall: Int64) -> Bool {
        let day: Int64 = 1_440
        let minute = Int(((wall / 60) % day + day) % day)
        return from <= to ? (from..<to).contains(minute) : minute >= from || minute < to
    }
}

/// What opsd knows of the pager.
package struct PagerSettings: Hashable, Sendable {
    /// Those of the configuration, in its order; none: nothing is paged.
    package var channels: [PagerChannel] = []
    /// Where incidents that are critical go.
    package var critical = PagerRoute(.now)
    /// Where warnings go.
    package var warning = PagerRoute(.tick)
    /// Where the others go.
    package var info = PagerRoute(.never)
    /// From tick to tick.
    package var tickMilliseconds: Int64 = 300_000
    /// When warnings wait for its end; nil: never.
    package var quiet: QuietHours?
    /// How long a page is tried.
    package var keepMilliseconds: Int64 = 86_400_000

    /// No channels.
    package init() {}

    /// From tick to tick, in whole seconds.
    package var tickSeconds: Int64 {
        get { tickMilliseconds / 1_000 }
        set { tickMilliseconds = newValue * 1_000 }
    }

    /// The route of a severity.
    package func route(_ severity: Severity) -> PagerRoute {
        switch severity {
        case .info: info
        case .warning: warning
        case .critical: critical
        }
    }

    /// The channels that take pages.
    package var pageable: [PagerChannel] { channels.filter { $0.kind != .heartbeat } }
}
