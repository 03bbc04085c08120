// What became of what an incident had to tell, for each channel.  An incident that wants a page and
// has no mark for it gets an item of work, whatever was lost in between: that is how nothing is.

/// Why a page is sent.  The raw value is in payloads and on disk.
package enum PageReason: String, Hashable, Sendable, CaseIterable {
    /// It began, or became worse.
    case raise
    /// A window ended, and it was raised again in it.
    case again
    /// Nobody has acknowledged it: to the same channels once more.
    case remind
    /// Nobody has acknowledged it: to further channels.
    case escalate
    /// It is over.
    case resolve
    /// It began and ended before anybody was told.
    case raiseAndResolve = "raise+resolve"
    /// It comes and goes.
    case flapping
    /// Several incidents in one page.
    case digest
    /// `pager test`.
    case test
}

/// How a page ended.
package enum PageEnd: String, Hashable, Sendable, CaseIterable {
    /// The channel took it.
    case sent
    /// It is named or counted in a digest that stands for it from then on.
    case digest
    /// It had nothing to tell any more.
    case cancelled
    /// It could not be sent within its time.
    case expired
    /// The channel will never take it.
    case refused
}

/// One page of an incident: for which channel, why, and how it stands.
package struct PageMark: Hashable, Sendable {
    /// The channel's name.
    package var channel: String
    /// Why it is sent.
    package var reason: PageReason
    /// Which of this reason: the window, or the number of the reminder.
    package var number: UInt32
    /// How often the incident was raised in the time that the page is about.
    package var count: UInt64
    /// The item of work that carries it; 0: none does yet.
    package var item: UInt64
    /// That item is a digest, which tells other incidents as well.
    package var isInDigest: Bool
    /// nil: it is under way.
    package var end: PageEnd?
    /// Since when, wall clock seconds since 1970.
    package var at: Int64

    package init(
        channel: String, reason: PageReason, number: UInt32, count: UInt64 = 1, item: UInt64 = 0,
        isInDigest: Bool = false, end: PageEnd? = nil, at: Int64
    ) {
        self.channel = channel
        self.reason = reason
        self.number = number
        self.count = count
        self.item = item
        self.isInDigest = isInDigest
        self.end = end
        self.at = at
    }
}
