// Where a new claim finds its place among those that others have on its network.

/// A ban that may be made, and what comes of it.
package struct BanClaim: Sendable {
    /// What its source claims from now on.
    package var ban: Ban
    /// Behind a reference: most bans have none, and a claim is copied on the hot path.
    private var box: EffectBox?

    init(_ ban: Ban, _ effect: ClaimEffect? = nil) {
        self.ban = ban
        box = effect.map { .some($0) }
    }

    /// What it does to the claims of others; nil: there are none.
    var effect: ClaimEffect? {
        if case .some(let effect)? = box { effect } else { nil }
    }

    /// Whether there is nothing to say or to do but the ban.
    @inline(__always)
    var isPlain: Bool { box == nil }

    /// A shorter claim that goes to make room.
    @inline(__always)
    package var release: ClaimRelease? { isPlain ? nil : effect?.release }

    /// Its own change, without the release.
    @inline(__always)
    package var change: Change { isPlain || !isExact ? .claimed(ban) : .banned(ban) }

    private var isExact: Bool { effect?.isExact == true }

    /// The same, with a warning of a resolver of this host that it holds.
    func warning(of resolver: Network) -> BanClaim {
        var effect = effect ?? ClaimEffect()
        effect.resolver = resolver
        return BanClaim(ban, effect)
    }

    /// All changes, in order.
    var changes: [Change] {
        if let release { return [.released(release), change] }
        return [change]
    }
}

private indirect enum EffectBox: Sendable {
    case some(ClaimEffect)
}

/// What a claim does to those of other sources on its network.
struct ClaimEffect: Sendable {
    /// A shorter claim that goes to make room.
    var release: ClaimRelease?
    /// Whether it takes the place of all claims.
    var isExact = false
    /// The sources whose claims it takes the place of, but for its own.
    var dropped: [String] = []
    /// Another source's claim, which decides before and after.
    var longer: BanEntry?
    /// A resolver of this host that the ban holds: not an effect on a claim, and as rare.
    var resolver: Network?
}

extension State {
    /// Finds a claim's place; refuses one that finds no room when `adding` more are to come before
    /// it.
    func place(
        _ ban: Ban, isExact: Bool, adding: Int, at now: Moment
    ) throws(Refusal) -> BanClaim {
        guard let entry = bans.table[ban.network] else {
            if bans.count + adding >= rules.maxTracked {
                throw Refusal(
                    .tooMany, "there are \(rules.maxTracked) bans already",
                    hint: "raise guard.max_tracked, or ban networks")
            }
            if !bans.hasRoom(forSource: ban.source) { throw Self.tooManySources }
            return BanClaim(ban, isExact ? ClaimEffect(isExact: true) : nil)
        }
        let number = bans.number(of: ban.source)
        if number == nil && !bans.hasRoom(forSource: ban.source) { throw Self.tooManySources }
        let isAlone = entry.source == number && bans.others[ban.network].isEmpty
        if isAlone && !ban.isDryRun && !isExact { return BanClaim(ban) }
        return BanClaim(
            ban, try effect(of: ban, isExact: isExact, number, adding: adding, at: now))
    }

    /// What a claim does to those of other sources, of which one has this number.
    private func effect(
        of ban: Ban, isExact: Bool, _ number: UInt16?, adding: Int, at now: Moment
    ) throws(Refusal) -> ClaimEffect? {
        var effect = ClaimEffect(isExact: isExact)
        let boot = now.bootMilliseconds
        let claims = bans.claims(on: ban.network).filter { $0.deadline > boot }
        let others = claims.filter { $0.source != number }
        if isExact {
            if ban.isDryRun, let held = claims.first, !held.traits.contains(.dryRun) {
                throw shielded(ban.network, by: bans.texts(of: held).source)
            }
            effect.dropped = others.map { bans.texts(of: $0).source }
            return effect
        }
        let own = claims.first { $0.source == number }
        if ban.isDryRun, let own, !own.traits.contains(.dryRun) {
            throw shielded(ban.network, by: ban.source)
        }
        if let first = others.first, !first.traits.contains(.dryRun),
            ban.isDryRun || first.deadline > ban.deadline
        {
            effect.longer = first
        }
        if own == nil {
            effect.release = try room(for: ban, among: others, adding: adding)
        }
        return effect.longer == nil && effect.release == nil ? nil : effect
    }

    /// The claim that goes to make room for one of another source; nil: there is room.
    private func room(
        for ban: Ban, among others: [BanEntry], adding: Int
    ) throws(Refusal) -> ClaimRelease? {
        let isFull = bans.others.count + adding >= Bounds.otherClaims
        guard let last = others.last, isFull || others.count >= Bounds.claims else { return nil }
        let isShorter =
            last.traits.contains(.dryRun) == ban.isDryRun
            ? ban.deadline <= last.deadline : ban.isDryRun
        if isShorter {
            throw Refusal(
                .tooMany,
                others.count >= Bounds.claims
                    ? "\(ban.network) is banned by \(others.count) sources already, each for longer"
                    : "there are \(Bounds.otherClaims) bans of networks that others ban for longer",
                hint: "lift one of them: `why` shows all")
        }
        return ClaimRelease(
            ban.network, source: bans.texts(of: last).source, .evicted, uid: Caller.daemon.uid)
    }

    private func shielded(_ network: Network, by source: String) -> Refusal {
        Refusal(
            .refused,
            "the ban of \(network) by \(named(source)) is enforced; a dry run does not replace it",
            hint: "lift it first, with `unban \(network)"
                + (source.isEmpty ? "`" : " source=\(source)`"))
    }

    private func named(_ source: String) -> String { source.isEmpty ? "no source" : source }

    /// The same for a ban by the rules.
    func room(for ban: Ban, adding: Int, at now: Moment) throws(Refusal) -> ClaimRelease? {
        try place(ban, isExact: false, adding: adding, at: now).release
    }
}
