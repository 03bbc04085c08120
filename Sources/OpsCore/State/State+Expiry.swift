// What ends by itself.  A turn asks for the next due entry, applies its mark, and so on up to a
// slice.  Marks are cumulative, so a run of silent ones is logged as its last; an announced one is
// a record of its own, since it makes an event.

extension State {
    /// The change that removes the ban due first, if one is; `announce` is false once enough have
    /// been announced in this second.
    package func dueBan(at now: Moment) -> Change? {
        guard let first = bans.table.first, first.deadline <= now.bootMilliseconds else {
            return nil
        }
        if bans.confirmedDeadline(of: first) != nil { return release(first, .unconfirmed) }
        let isSameSecond = expiries.second == now.bootMilliseconds / 1_000
        let announced = isSameSecond ? expiries.announced : 0
        return .bansExpired(
            ExpiryMark(deadline: first.deadline, network: first.network),
            announce: announced < Bounds.expiriesAnnounced)
    }

    /// The same for the claims that do not decide over their networks.
    package func dueClaim(at now: Moment) -> Change? {
        guard let first = bans.others.first, first.deadline <= now.bootMilliseconds else {
            return nil
        }
        return release(first, bans.confirmedDeadline(of: first) == nil ? .ended : .unconfirmed)
    }

    private func release(_ claim: BanEntry, _ reason: ClearReason) -> Change {
        .released(
            ClaimRelease(
                claim.network, source: bans.texts(of: claim).source, reason,
                uid: Caller.daemon.uid))
    }

    /// The same for struck addresses whose last strike has ended.
    package func dueStrikes(at now: Moment) -> Change? {
        guard let first = strikes.table.first, first.deadline <= now.bootMilliseconds else {
            return nil
        }
        return .strikesExpired(ExpiryMark(deadline: first.deadline, network: first.network))
    }

    /// The change that forgets banned addresses whose time is over, if there are any.
    package func dueOffense(at now: Moment) -> Change? {
        guard let first = offenses.table.first, first.deadline <= now.bootMilliseconds else {
            return nil
        }
        return .forgotten(ExpiryMark(deadline: first.deadline, network: first.network))
    }

    /// The summary of a second in which more ended than were announced, once it is over.
    package func expirySummary(at now: Moment) -> Change? {
        let isOver = expiries.second != now.bootMilliseconds / 1_000
        return expiries.unannounced > 0 && isOver
            ? .bansExpiredMany(count: expiries.unannounced) : nil
    }

    /// When something ends next, milliseconds of boot time; nil: nothing does.
    package var nextDeadline: Int64? {
        var next = Int64.max
        if let ban = bans.table.first { next = min(next, ban.deadline) }
        if let claim = bans.others.first { next = min(next, claim.deadline) }
        if let struck = strikes.table.first { next = min(next, struck.deadline) }
        if let offense = offenses.table.first { next = min(next, offense.deadline) }
        next = min(next, nextDomainDeadline)
        if expiries.unannounced > 0 { next = min(next, (expiries.second + 1) * 1_000) }
        return next == .max ? nil : next
    }

    /// Drops rate windows that have emptied, or that a lower bound has no room for; a little each
    /// second keeps the table small.
    package mutating func sweepRates(_ steps: Int, at now: Moment) {
        rates.sweep(steps, at: now.boot)
        rates.shrink(steps)
    }

    /// The change that notes how the wall clock stands, if it was set since.
    package func clockChange(at now: Moment) -> Change? {
        let offset = now.wallMilliseconds - now.bootMilliseconds
        let step = offset - clockOffset
        return abs(step) > 1_000 ? .clockSet(offset: offset, step: step) : nil
    }
}
