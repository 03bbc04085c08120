// Where a new claim finds its place among those that others have on its network.

/// A ban that may be made, and what comes of it.
package struct BanClaim: Sendable {
    /// What its source claims from now on.
    package var ban: Ban
    /// What there is besides; nil: nothing, as with most bans.
    package var effect: ClaimEffect?

    /// Its own change, without the release.
    package var change: Change { effect?.isExact == true ? .banned(ban) : .claimed(ban) }

    /// All changes, in order.
    var changes: [Change] {
        if let release = effect?.release { return [.released(release), change] }
        return [change]
    }

    /// The same, with a warning of a resolver of this host that it holds.
    func warning(of resolver: Network) -> BanClaim {
        BanClaim(
            ban: ban,
            effect: ClaimEffect(
                release: effect?.release, isExact: effect?.isExact ?? false,
                dropped: effect?.dropped ?? [], longer: effect?.longer, resolver: resolver))
    }
}

/// What a claim does to those of other sources on its network, and what is to be said of it.  An
/// object, because it is rare, and claims are copied on the hot path.
package final class ClaimEffect: Sendable {
    /// A shorter claim that goes to make room.
    package let release: ClaimRelease?
    /// Whether it takes the place of all claims.
    let isExact: Bool
    /// The sources whose claims it takes the place of, but for its own.
    let dropped: [String]
    /// Another source's claim, which decides before and after.
    let longer: BanEntry?
    /// A resolver of this host that the ban holds.
    let resolver: Network?

    init(
        release: ClaimRelease? = nil, isExact: Bool = false, dropped: [String] = [],
        longer: BanEntry? = nil, resolver: Network? = nil
    ) {
        self.release = release
        self.isExact = isExact
        self.dropped = dropped
        self.longer = longer
        self.resolver = resolver
    }
}

/// What the claims before one in the same request take up.
struct EarlierClaims {
    /// The networks of all of them.
    var networks: Set<Network> = []
    /// Networks that nobody bans so far.
    var bans = 0
    /// Claims beside those of others.
    var others = 0
}

extension State {
    /// Counts a claim as one before the next of its request.
    func count(_ claim: BanClaim, among before: inout EarlierClaims) -> Bool {
        let network = claim.ban.network
        if !before.networks.insert(network).inserted { return false }
        if bans.table[network] == nil {
            before.bans += 1
        } else if bans.number(of: claim.ban.source).flatMap({ bans.claim(on: network, of: $0) })
            == nil
        {
            before.others += 1
        }
        return true
    }

    /// Finds a claim's place; refuses one that finds no room after those before it.
    func place(
        _ ban: Ban, isExact: Bool, share: TableShare, after before: EarlierClaims, at now: Moment
    ) throws(Refusal) -> BanClaim {
        guard let entry = bans.table[ban.network] else {
            let bound = share.bound(
                held: bans.count + before.bans, of: rules.maxTracked,
                own: bans.count(of: share.uid))
            if let bound { throw tooManyBans(bound) }
            try requireRoom(bans.sources.bound(for: ban.source, share), for: ban.source)
            return BanClaim(ban: ban, effect: isExact ? ClaimEffect(isExact: true) : nil)
        }
        let number = bans.number(of: ban.source)
        if number == nil {
            try requireRoom(bans.sources.bound(for: ban.source, share), for: ban.source)
        }
        let isAlone = entry.source == number && bans.others[ban.network].isEmpty
        if isAlone && !ban.isDryRun && !isExact { return BanClaim(ban: ban) }
        return BanClaim(
            ban: ban,
            effect: try effect(
                of: ban, isExact: isExact, number, share: share, after: before, at: now))
    }

    private func tooManyBans(_ bound: TableShare.Bound) -> Refusal {
        bound.refusal(
            "bans", of: rules.maxTracked, full: "there are \(rules.maxTracked) bans already",
            hint: "raise guard.max_tracked, or ban networks")
    }

    /// What a claim does to those of other sources, of which one has this number.
    private func effect(
        of ban: Ban, isExact: Bool, _ number: UInt16?, share: TableShare,
        after before: EarlierClaims, at now: Moment
    ) throws(Refusal) -> ClaimEffect? {
        let boot = now.bootMilliseconds
        let claims = bans.claims(on: ban.network).filter { $0.deadline > boot }
        let others = claims.filter { $0.source != number }
        if isExact {
            if ban.isDryRun, let held = claims.first, !held.traits.contains(.dryRun) {
                throw shielded(ban.network, by: bans.texts(of: held).source)
            }
            return ClaimEffect(isExact: true, dropped: others.map { bans.texts(of: $0).source })
        }
        let own = claims.first { $0.source == number }
        if ban.isDryRun, let own, !own.traits.contains(.dryRun) {
            throw shielded(ban.network, by: ban.source)
        }
        var longer: BanEntry?
        if let first = others.first, !first.traits.contains(.dryRun),
            ban.isDryRun || first.deadline > ban.deadline
        {
            longer = first
        }
        let release =
            own == nil ? try room(for: ban, among: others, share: share, after: before) : nil
        if longer == nil && release == nil { return nil }
        return ClaimEffect(release: release, longer: longer)
    }

    /// Refuses a source that a table has no room for.  One with a section of its own, and those of
    /// the rules, find room beyond `Bounds.sources`: otherwise a reporter that makes up names would
    /// silence them.
    /// - Parameter bound: what keeps the source out of the table; nil: there is room.
    @inline(__always)
    func requireRoom(_ bound: TableShare.Bound?, for source: String) throws(Refusal) {
        if let bound { try requireSection(bound, for: source) }
    }

    private func requireSection(
        _ bound: TableShare.Bound, for source: String
    ) throws(Refusal) {
        let isAdmitted =
            source == Self.rateSource || source == Self.subnetSource
            || rules.section(of: source) != nil
        if !isAdmitted { throw Self.tooManySources(bound) }
    }

    private static func tooManySources(_ bound: TableShare.Bound) -> Refusal {
        var refusal = bound.refusal(
            "different sources", of: Bounds.sources,
            full: "there are \(Bounds.sources) different sources already",
            hint: "use one source per program, and put details into the reason")
        refusal.message = "source: " + refusal.message
        return refusal
    }

    /// Refuses one more ban that waits to be confirmed, where there is no room for it.
    func requireRoomForUnconfirmed(
        after before: EarlierClaims, _ share: TableShare
    ) throws(Refusal) {
        let bound = share.bound(
            held: bans.unconfirmed.count + before.networks.count, of: Bounds.unconfirmed, own: 0)
        guard let bound else { return }
        throw bound.refusal(
            "bans that wait to be confirmed", of: Bounds.unconfirmed,
            full: "\(Bounds.unconfirmed) bans are waiting to be confirmed already",
            hint: "confirm some, or let them expire")
    }

    /// The claim that goes to make room for one of another source; nil: there is room.
    private func room(
        for ban: Ban, among others: [BanEntry], share: TableShare, after before: EarlierClaims
    ) throws(Refusal) -> ClaimRelease? {
        // An extra claim goes by the table of extra claims alone: the network counts already.
        let bound = share.bound(
            held: bans.others.count + before.others, of: Bounds.otherClaims,
            own: bans.others.owners.count(of: share.uid))
        if case .quarter? = bound { throw tooManyClaims(bound) }
        let isFull = bound != nil
        guard let last = others.last, isFull || others.count >= Bounds.claims else { return nil }
        let isShorter =
            last.traits.contains(.dryRun) == ban.isDryRun
            ? ban.deadline <= last.deadline : ban.isDryRun
        if isShorter {
            if others.count < Bounds.claims { throw tooManyClaims(bound) }
            throw Refusal(
                .tooMany,
                "\(ban.network) is banned by \(others.count) sources already, each for longer",
                hint: Self.claimsHint)
        }
        return ClaimRelease(
            ban.network, source: bans.texts(of: last).source, .evicted, uid: Caller.daemon.uid)
    }

    private static let claimsHint = "lift one of them: `why` shows all"

    private func tooManyClaims(_ bound: TableShare.Bound?) -> Refusal {
        (bound ?? .full).refusal(
            "bans of networks that others ban for longer", of: Bounds.otherClaims,
            full: "there are \(Bounds.otherClaims) bans of networks that others ban for longer",
            hint: Self.claimsHint)
    }

    private func shielded(_ network: Network, by source: String) -> Refusal {
        Refusal(
            .refused,
            "the ban of \(network) by \(named(source)) is enforced; a dry run does not replace it",
            hint: "lift it first, with `unban \(network)"
                + (source.isEmpty ? "`" : " source=\(source)`"))
    }

    /// A source in texts.
    func named(_ source: String) -> String { source.isEmpty ? "an unnamed source" : source }

    /// The same for a ban by the rules.
    func room(
        for ban: Ban, share: TableShare, after before: EarlierClaims = EarlierClaims(),
        at now: Moment
    ) throws(Refusal) -> ClaimRelease? {
        try place(ban, isExact: false, share: share, after: before, at: now).effect?.release
    }
}
