// The one way durable state changes.  Total: any change applies to any state; reads no clock and
// no randomness; what it needs to know is in the change and its stamp.
//
// A snapshot is taken a part at a time, so replay meets parts that are ahead of the log.  Hence
// every change can be applied again, in order, without harm; and the events, which are made here
// so that a replayed log numbers them as the live run did, come from the change alone and never
// from what the tables happen to hold.

/// Expiries since the last summary.
struct ExpiryCount: Hashable, Sendable {
    /// The boot second counted.
    var second: Int64 = .min
    var announced = 0
    var unannounced: UInt32 = 0
}

extension State {
    /// Applies one durable change; returns the event that it makes, if it makes one.
    @discardableResult
    package mutating func apply(_ change: Change, _ stamp: Stamp) -> Event? {
        switch change {
        case .claimed(let ban):
            strikes.remove(ban.network, consumedBy: ban)
            bans.insert(ban)
            return noteBan(ban, stamp)
        case .banned(let ban):
            strikes.remove(ban.network)
            bans.replaceAll(with: ban)
            return noteBan(ban, stamp)
        case .released(let release): return apply(release, stamp)
        case .unbanned(let network, let reason, let uid):
            return lift(network, reason, uid: uid, stamp)
        case .struck(let strike):
            strikes.add(strike, at: stamp.moment.bootMilliseconds)
            return nil
        case .struckAt(let strike, let place):
            domains.places.note(place)
            return apply(.struck(strike), stamp)
        case .claimedAt(let ban, let place):
            domains.places.note(place)
            return apply(.claimed(ban), stamp)
        case .strikesCleared(let network, let reason, let uid):
            strikes.remove(network)
            if reason != .command { return nil }
            return note(
                EventDraft(.strikesCleared, .info, "strikes cleared by command", uid: uid),
                about: network, stamp)
        case .counterCleared(let network, let counter, _, _):
            strikes.remove(network, in: counter)
            return nil
        case .bansExpired(let mark, let announce):
            return expireBans(through: mark, announce: announce, stamp)
        case .bansExpiredMany(let count):
            expiries.unannounced = 0
            return note(EventDraft(.bansExpired, .info, "\(count) bans expired"), stamp)
        case .strikesExpired(let mark):
            while let first = strikes.table.first, mark.covers(first) {
                strikes.remove(first.network)
            }
            return nil
        case .clockSet(let offset, let step): return setClock(offset: offset, step: step, stamp)
        case .rebased(let rebase): return apply(rebase, stamp)
        case .confirmed(let network, let deadline, let uid):
            bans.confirm(network, deadline: deadline)
            return note(confirmed(deadline, uid: uid), about: network, stamp)
        case .claimConfirmed(let network, let source, let deadline, let uid):
            bans.confirm(network, of: source, deadline: deadline)
            return note(
                confirmed(deadline, uid: uid), about: network, source: source, stamp)
        case .remembered(let offense):
            // The claim of the same decision is in the table by now.
            offenses.insert(offense, by: bans.table[offense.network]?.uid)
            return nil
        case .forgotten(let mark):
            while let first = offenses.table.first, mark.covers(first) {
                offenses.remove(first.network)
            }
            return nil
        case .noted(let note):
            return self.note(
                EventDraft(note.kind, note.severity, note.details, uid: note.uid), stamp)

        case .domain(let record):
            guard let draft = apply(record, at: instant(of: stamp)) else { return nil }
            return note(draft, stamp)
        }
    }

    /// All claims on a network are lifted.
    private mutating func lift(
        _ network: Network, _ reason: ClearReason, uid: UInt32, _ stamp: Stamp
    ) -> Event? {
        strikes.remove(network)
        bans.remove(network)
        if reason == .command { forgive(network) }
        return note(EventDraft(.unban, .info, reason.text, uid: uid), about: network, stamp)
    }

    /// A ban was a mistake: it no longer counts against its address, nor against its neighbours.
    private mutating func forgive(_ network: Network) {
        offenses.remove(network)
        subnets.forget(network)
    }

    private func confirmed(_ deadline: Int64, uid: UInt32) -> EventDraft {
        EventDraft(
            .banConfirmed, .info, "confirmed: it lasts its full time", uid: uid,
            expires: expires(deadline))
    }

    private mutating func setClock(offset: Int64, step: Int64?, _ stamp: Stamp) -> Event? {
        clockOffset = offset
        if domains.services.offset == nil { domains.services.offset = offset }
        guard let step else { return nil }
        return note(EventDraft(.clockStep, .warning, "wall clock moved by \(step) ms"), stamp)
    }

    private func instant(of stamp: Stamp) -> Instant {
        Instant(stamp: stamp, clockOffset: clockOffset)
    }

    /// Applies what is not logged.
    package mutating func apply(_ telemetry: Telemetry) {
        switch telemetry {
        case .hit(let network, let caller, let boot):
            rates.admit(network, by: caller, at: boot)
        case .refused(let network, let boot): rates.refuse(network, at: boot)
        case .observed(let index, let observation, let minute):
            domains.services.gather(observation, index: index, minute: minute)
        case .observedMany(let index, let batch, let minute):
            domains.services.gather(batch, index: index, minute: minute)
        case .spent(let model, let amount, let minute):
            _ = domains.costs.gather(amount, model, minute: minute)
        case .checked(let report, let place, let instant):
            note(report, at: place, instant)
        case .queued(let queue): domains.queues.take(queue)
        }
    }

    /// What every ban brings about once it is in the table.
    @inline(__always)
    private mutating func noteBan(_ ban: Ban, _ stamp: Stamp) -> Event? {
        noteSubnet(of: ban, at: stamp.moment.bootMilliseconds)
        return note(
            EventDraft(
                .ban, ban.isAutomatic ? .warning : .info, ban.text, reason: ban.reason,
                uid: ban.uid, expires: expires(ban.deadline)),
            about: ban.network, source: ban.source, stamp)
    }

    private mutating func apply(_ release: ClaimRelease, _ stamp: Stamp) -> Event? {
        let network = release.network
        bans.remove(network, of: release.source)
        if release.reason == .command { strikes.remove(network, from: release.source) }
        if release.forgets { forgive(network) }
        if release.reason == .ended { return nil }
        return note(
            EventDraft(.unban, .info, release.reason.text, uid: release.uid), about: network,
            source: release.source, stamp)
    }

    private mutating func expireBans(
        through mark: ExpiryMark, announce: Bool, _ stamp: Stamp
    ) -> Event? {
        let second = stamp.moment.bootMilliseconds / 1_000
        if second != expiries.second {
            expiries.second = second
            expiries.announced = 0
        }
        while let first = bans.table.first, mark.covers(first) {
            bans.expire(first.network, through: mark)
            if !announce { expiries.unannounced += 1 }
        }
        if !announce { return nil }
        expiries.announced += 1
        return note(
            EventDraft(.banExpired, .info, "the ban expired"), about: mark.network, stamp)
    }

    /// Another boot: every deadline moves.
    private mutating func apply(_ rebase: Rebase, _ stamp: Stamp) -> Event? {
        rebaseDomains(rebase, at: instant(of: stamp))
        bans.rebase(rebase.moved)
        strikes.rebase(rebase.moved)
        offenses.rebase(rebase.moved)
        subnets = SubnetWatch()
        bootID = rebase.bootID
        clockOffset = rebase.wall - rebase.boot
        return note(EventDraft(.rebased, .info, "deadlines moved to this boot"), stamp)
    }

    /// Numbers an event and keeps it.  Only events of the guard have an address, and the source of
    /// its ban.
    @inline(__always)
    private mutating func note(
        _ draft: EventDraft, about network: Network? = nil, source: String? = nil, _ stamp: Stamp
    ) -> Event? {
        events.append { id in
            Event(
                id: id, kind: draft.kind, severity: draft.severity, wall: stamp.moment.wall,
                gauges: stamp.gauges, details: draft.details, network: network,
                reason: draft.reason, source: source, uid: draft.uid, expires: draft.expires,
                subject: draft.subject)
        }
        return events.newest
    }
}

extension ExpiryMark {
    /// Whether the entry ends at this mark or before it.
    func covers(_ entry: some Expiring) -> Bool {
        entry.deadline != deadline ? entry.deadline < deadline : entry.network <= network
    }
}

extension ClearReason {
    /// For the `details` of an event.
    var text: String {
        switch self {
        case .command: "lifted by command"
        case .success: "lifted by a successful request"
        case .allowed: "lifted: the address is allowed now"
        case .evicted: "lifted to make room"
        case .unconfirmed: "lifted: it was not confirmed in time"
        case .ended: "its time was over"
        }
    }
}

extension Ban {
    /// For the `details` of its event.
    fileprivate var text: String {
        let cause =
            traits.contains(.subnet)
            ? "banned for the addresses in it that were banned"
            : isAutomatic ? "banned by its strikes" : "banned by command"
        // The usual texts are constants, so nothing is allocated for them.
        if !isDryRun && confirmedDeadline == nil { return cause }
        let wait = confirmedDeadline == nil ? "" : "; it ends early unless it is confirmed"
        return isDryRun ? "dry run: would be \(cause)\(wait)" : cause + wait
    }
}
