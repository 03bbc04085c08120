// The durable state handed out: whole and sorted to compare live with replayed, and a shard at a
// time for the snapshot thread.

/// All durable state in one comparable value.
package struct DurableImage: Hashable, Sendable {
    /// By network.
    /// The claims that decide, by network.
    package var bans: [Ban]
    /// The other claims, by network and source.
    package var claims: [Ban]
    /// By network, then by deadline.
    package var strikes: [Strike]
    /// By network.
    package var offenses: [Offense]
    /// Oldest first.
    package var events: [Event]
    /// The newest event's id; 0 before the first.
    package var lastEventID: UInt64
    /// Wall clock less boot time, milliseconds.
    package var clockOffset: Int64
    /// The boot that deadlines belong to.
    package var bootID: BootID
    /// Service clock less boot time, milliseconds.
    package var serviceOffset: Int64
    /// What a snapshot would hold of the domains, in its order.
    package var entries: [DomainEntry]
}

/// One part of the tables as it was, for the snapshot thread.  It shares the tables' memory until
/// they change there, so that handing it out costs the loop next to nothing, whatever its size; a
/// change to a part that is still held copies that part once.
package struct SnapshotPart: Sendable {
    fileprivate let banned: BanPart
    fileprivate let struck: StrikePart
    fileprivate let remembered: [OffenseEntry]
    fileprivate let boot: Int64
    /// What the domains add to it.
    package let domains: [any DomainImage]

    /// Calls `body` with each ban.
    package func bans<Failure: Error>(
        _ body: (Ban) throws(Failure) -> Void
    ) throws(Failure) {
        try banned.forEach(body)
    }

    /// Hands over the claims that do not decide over their networks.
    package func claims<Failure: Error>(
        _ body: (Ban) throws(Failure) -> Void
    ) throws(Failure) {
        try banned.forEachOther(body)
    }

    /// Hands over the strikes, an address at a time.
    package func strikes<Failure: Error>(
        _ body: ([Strike]) throws(Failure) -> Void
    ) throws(Failure) {
        try struck.forEach(body)
    }

    /// Calls `body` with each remembered offender.
    package func offenses<Failure: Error>(
        _ body: (Offense) throws(Failure) -> Void
    ) throws(Failure) {
        for entry in remembered where entry.deadline > boot { try body(entry.offense) }
    }
}

extension State {
    /// Whether some bans are not enforced.
    package var hasDryRuns: Bool { bans.dryRunCount > 0 }

    /// Whether a network has several claims, or a source counts by itself.
    package var hasClaims: Bool {
        !bans.others.isEmpty || bans.ownCount > 0 || strikes.ownCount > 0
    }

    /// The number of parts `snapshotPart` gives.
    package static let snapshotParts = 256

    /// What one part, `0..<snapshotParts`, holds; ended entries are left out.
    package func snapshotPart(_ part: Int, at now: Moment) -> SnapshotPart {
        let boot = now.bootMilliseconds
        return SnapshotPart(
            banned: bans.part(part, at: boot), struck: strikes.part(part, at: boot),
            remembered: offenses.table.shards[part].entries, boot: boot,
            domains: domainImages(.part(part), at: now))
    }

    /// The bans and strikes alone of one part, `0..<snapshotParts`.
    package func guardPart(_ part: Int, at now: Moment) -> SnapshotPart {
        let boot = now.bootMilliseconds
        return SnapshotPart(
            banned: bans.part(part, at: boot), struck: strikes.part(part, at: boot),
            remembered: [], boot: boot, domains: [])
    }

    /// All durable state as of `now`; ended entries are left out.
    package func image(at now: Moment) -> DurableImage {
        var bans: [Ban] = []
        var claims: [Ban] = []
        var strikes: [Strike] = []
        var offenses: [Offense] = []
        var entries: [DomainEntry] = []
        for image in domainImages(.beginning, at: now) {
            image.forEachEntry { entries.append($0) }
        }
        for part in 0..<Self.snapshotParts {
            let held = snapshotPart(part, at: now)
            held.bans { bans.append($0) }
            held.claims { claims.append($0) }
            held.strikes { strikes += $0 }
            held.offenses { offenses.append($0) }
            for image in held.domains { image.forEachEntry { entries.append($0) } }
        }
        offenses.sort { $0.network < $1.network }
        bans.sort { $0.network < $1.network }
        claims.sort {
            $0.network == $1.network ? $0.source < $1.source : $0.network < $1.network
        }
        strikes.sort {
            if $0.network != $1.network { return $0.network < $1.network }
            return $0.deadline < $1.deadline
        }
        return DurableImage(
            bans: bans, claims: claims, strikes: strikes, offenses: offenses, events: events.all,
            lastEventID: events.lastID, clockOffset: clockOffset, bootID: bootID,
            serviceOffset: serviceOffset, entries: entries)
    }

    /// The offset for a snapshot's header; nil: it equals the clock offset, which is there too.
    package var snapshotServiceOffset: Int64? {
        serviceOffset == clockOffset ? nil : serviceOffset
    }

    /// Restores what a snapshot held: entries are as they were, no events are made.
    package mutating func restore(_ ban: Ban) {
        bans.insert(ban)
        noteSubnet(of: ban, at: bootTime(created: ban.created))
    }

    /// Restores what was remembered of an address.
    package mutating func restore(_ offense: Offense) { offenses.insert(offense, by: nil) }

    /// Reserves room for about this many bans of a snapshot.
    package mutating func reserve(bans count: Int) { bans.reserve(count) }

    /// Restores what a snapshot held, much faster than `restore`; a ban is there from the next
    /// `settle`, and nothing may be asked or changed before.
    package mutating func load(_ ban: Ban) {
        bans.load(ban)
        noteSubnet(of: ban, at: bootTime(created: ban.created))
    }

    /// The same of a claim that did not decide over its network.
    package mutating func load(claim: Ban) {
        bans.load(other: claim)
        noteSubnet(of: claim, at: bootTime(created: claim.created))
    }

    /// The number of a reason for an entry that is loaded next.
    package mutating func number(ofReason text: String) -> UInt32 { bans.number(ofReason: text) }

    /// The number of a source for an entry that is loaded next.
    package mutating func number(ofSource text: String) -> UInt16 { bans.number(ofSource: text) }

    /// Loads a ban that has the numbers of its texts instead of the texts.
    package mutating func load(_ entry: BanEntry) {
        bans.load(entry)
        noteSubnet(of: entry.network, entry.traits, at: bootTime(created: entry.created))
    }

    /// The wall clock second of a ban in boot time, milliseconds, as far as the clocks were known.
    private func bootTime(created: UInt32) -> Int64 { Int64(created) * 1_000 &- clockOffset }

    /// All bans of the snapshot have been loaded.
    package mutating func settle() { bans.settle() }

    /// Restores one strike; those of an address come oldest first.
    package mutating func restore(_ strike: Strike) { strikes.add(strike, at: .min) }

    /// Restores an event.
    package mutating func restore(_ event: Event) { events.restore(event) }

    /// Restores the clocks and counters of a snapshot.
    /// `serviceOffset` nil: the one there is stays; where there is none, `clockOffset` is taken.
    package mutating func restore(
        lastEventID: UInt64, clockOffset: Int64, bootID: BootID, serviceOffset: Int64? = nil
    ) {
        events.restore(lastID: lastEventID)
        self.clockOffset = clockOffset
        self.bootID = bootID
        if let serviceOffset {
            domains.services.offset = serviceOffset
        } else if domains.services.offset == nil, clockOffset != 0 {
            domains.services.offset = clockOffset
        }
    }
}
