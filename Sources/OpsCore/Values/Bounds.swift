// The domain's fixed bounds, each with its unit.  What an administrator may move is in the
// configuration instead.

/// Bounds that hold for every installation.
package enum Bounds {
    /// The longest `reason`, UTF-8 bytes; what is written as an escape counts as six, here and in
    /// the next ones.
    package static let reasonBytes = 256
    /// The longest `source`, UTF-8 bytes.
    package static let sourceBytes = 64
    /// The longest `route`, UTF-8 bytes.
    package static let routeBytes = 128
    /// The longest `details` of an event, UTF-8 bytes.
    package static let detailsBytes = 1_024
    /// Distinct sources held at once, in bans and in strikes each; half of what 16 bits can number.
    package static let sources = 32_768
    /// The longest ban or strike window: 3650 days, in milliseconds.
    package static let lifetimeMilliseconds: Int64 = 3_650 * 86_400_000
    /// Boot times accepted from a file, nanoseconds: the kernel's own bound, 146 years.
    /// Source: KTIME_MAX / 2, kernel/time/namespace.c.
    package static let bootNanoseconds: ClosedRange<Int64> = 0...1 << 62
    /// Deadlines accepted from a file, milliseconds of boot time: any boot time and twice a
    /// lifetime more.  In nanoseconds they still fit 64 bits.
    package static let deadlineMilliseconds: ClosedRange<Int64> = 0...1 << 43
    /// Wall clock less boot time accepted from a file, milliseconds, and any wall clock.
    package static let wallMilliseconds: ClosedRange<Int64> = -1 << 44...1 << 44
    /// Rows a page may ask for.
    package static let pageRows = 1_000
    /// Strikes after which a page of `strikes` ends.
    package static let pageItems = 10_000
    /// Entries after which a page of `bans` or `strikes` ends, with `next`, full or not.
    package static let pageScan = 16_384
    /// Entries one expiry slice removes.
    package static let expirySlice = 1_000
    /// Expiries announced one by one in a second; more become one event.
    package static let expiriesAnnounced = 100
    /// Networks in `guard.allow`.
    package static let allowEntries = 1_024
    /// Bans that wait to be confirmed.
    package static let unconfirmed = 1_000
    /// Claims on one network, one a source.
    package static let claims = 8
    /// Claims that do not decide over their networks, on all of them.
    package static let otherClaims = 65_536
    /// Streams whose last place is kept; the longest unused goes.
    package static let streams = 1_024
    /// The longest name of a stream, UTF-8 bytes.
    package static let streamBytes = 64
    /// Sources that count by themselves (`guard.source`).
    package static let sourcePolicies = 64
    /// How far in the future a reported strike may lie, milliseconds; it counts as of now.
    package static let strikeAheadMilliseconds: Int64 = 60_000
    /// Sections of `probe.mount`.
    package static let mountSections = 64
    /// Entries of `probe.mounts_exclude`.
    package static let mountPatterns = 64
    /// Bytes of such an entry, or of the mount point of a section.
    package static let mountPatternBytes = 1_024
    /// Sources in `guard.dry_run_sources`.
    package static let dryRunSources = 64
    /// Networks for which the addresses banned lately are counted.
    package static let subnets = 16_384
    /// Addresses of the host, its gateways and logins that are never banned.
    package static let hostNetworks = 4_096
    /// Resolvers of the host; banning one of more is not warned of.
    package static let resolvers = 64
    /// Comparisons of a ban with an entry of `guard.allow` in a turn, after a reload.
    package static let allowChecks = 65_536
    /// Addresses one `check`, `ban` or `unban` may name.
    package static let targets = 1_000
}

extension String {
    /// As many whole characters from the start as fit into this many bytes of UTF-8.
    package func cut(toBytes limit: Int) -> String {
        if utf8.count <= limit { return self }
        var kept = ""
        var size = 0
        for character in self {
            size += character.utf8.count
            if size > limit { break }
            kept.append(character)
        }
        return kept
    }
}
