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
    /// Applies one durable change.
    package mutating func apply(_ change: Change, _ stamp: Stamp) {
        switch change {
        case .banned(let ban):
            strikes.remove(ban.network)
            bans.put(ban)
            noteSubnet(of: ban, at: stamp.moment.bootMilliseconds)
            note(
                .ban, ban.isAutomatic ? .warning : .info, stamp, ban: ban, details: ban.words,
                uid: ban.uid)
        case .unbanned(let network, let lifting, let uid):
            strikes.remove(network)
            bans.remove(network)
            if lifting == .command {
                offenses.remove(network)
                subnets.forget(network)
            }
            note(.unban, .info, stamp, details: lifting.words, network: network, uid: uid)
        case .struck(let strike):
            strikes.add(strike, at: stamp.moment.bootMilliseconds)
        case .strikesCleared(let network, let lifting, let uid):
            strikes.remove(network)
            if lifting != .command { return }
            note(
                .strikesCleared, .info, stamp, details: "strikes cleared by command",
                network: network, uid: uid)
        case .bansExpired(let mark, let announce):
            expireBans(through: mark, announce: announce, stamp)
        case .bansExpiredMany(let count):
            expiries.unannounced = 0
            note(.bansExpired, .info, stamp, details: "\(count) bans ended", uid: nil)
        case .strikesExpired(let mark):
            while let first = strikes.table.first, mark.covers(first) {
                strikes.remove(first.network)
            }
        case .clockSet(let offset, let step):
            clockOffset = offset
            if services.offset == nil { services.offset = offset }
            guard let step else { return }
            note(.clockStep, .warning, stamp, details: "wall clock moved by \(step) ms", uid: nil)
        case .rebased(let rebase):
            apply(rebase, stamp)
        case .confirmed(let network, let deadline, let uid):
            bans.confirm(network, deadline: deadline)
            note(
                .banConfirmed, .info, stamp, details: "confirmed: it has its full time",
                network: network, uid: uid, expires: expires(deadline))
        case .remembered(let offense): offenses.put(offense)
        case .forgotten(let mark):
            while let first = offenses.table.first, mark.covers(first) {
                offenses.remove(first.network)
            }
        case .noted(let note):
            self.note(note.kind, note.severity, stamp, details: note.details, uid: note.uid)

        case .observed(let delta): apply(delta, stamp)
        case .alerted(let change): apply(change, stamp)
        case .rebaselined(let change): apply(change, stamp)
        case .gateHeld(let change): apply(change, stamp)
        case .gateOverridden(let override): apply(override, stamp)
        case .gateOverrideEnded(let uid): endOverride(uid: uid, stamp)
        case .objectiveDropped(let name): drop(name)
        case .listChunk(let chunk): lists.take(chunk)
        case .listCommitted(let commit): apply(commit, stamp)
        case .listDropped(let drop): apply(drop, stamp)
        case .listExpired(let end): apply(end, stamp)
        }
    }

    /// Applies what is not logged.
    package mutating func apply(_ telemetry: Telemetry) {
        switch telemetry {
        case .hit(let network, let boot): rates.admit(network, at: boot)
        case .observed(let place, let observation, let minute):
            services.gather(observation, place: place, minute: minute)
        case .observedMany(let place, let batch, let minute):
            services.gather(batch, place: place, minute: minute)
        }
    }

    private mutating func expireBans(through mark: ExpiryMark, announce: Bool, _ stamp: Stamp) {
        let second = stamp.moment.bootMilliseconds / 1_000
        if second != expiries.second {
            expiries.second = second
            expiries.announced = 0
        }
        while let first = bans.table.first, mark.covers(first) {
            bans.remove(first.network)
            if !announce { expiries.unannounced += 1 }
        }
        if announce {
            expiries.announced += 1
            note(
                .banExpired, .info, stamp, details: "its time is over", network: mark.network,
                uid: nil)
        }
    }

    /// Another boot: what is left of each deadline by the wall clock, but never more than there
    /// was at the last moment recorded, however the wall clock was set in between.
    private mutating func apply(_ rebase: Rebase, _ stamp: Stamp) {
        let move = { (deadline: Int64) -> Int64 in
            let atMost = max(0, deadline - rebase.lastBoot)
            let byWall = deadline + rebase.earlierOffset - rebase.wall
            return rebase.boot + min(max(0, byWall), atMost)
        }
        rebaseServiceClock(rebase)
        bans.rebase(move)
        strikes.rebase(move)
        offenses.rebase(move)
        subnets = SubnetWatch()
        lists.rebase(move)
        bootID = rebase.bootID
        clockOffset = rebase.wall - rebase.boot
        note(.rebased, .info, stamp, details: "deadlines moved to this boot", uid: nil)
    }

    mutating func note(
        _ kind: EventKind, _ severity: Severity, _ stamp: Stamp, ban: Ban? = nil, details: String,
        network: Network? = nil, reason: String? = nil, uid: UInt32? = nil,
        expires until: Int64? = nil, subject: EventSubject? = nil
    ) {
        let ends = until ?? (kind == .ban ? ban.flatMap { expires($0.deadline) } : nil)
        events.append { id in
            Event(
                id: id, kind: kind, severity: severity, wall: stamp.moment.wall,
                gauges: stamp.gauges, details: details, network: ban?.network ?? network,
                reason: ban?.reason ?? reason, source: ban?.source, uid: uid,
                expires: ends, subject: subject)
        }
    }
}

extension ExpiryMark {
    /// Whether the entry ends at this mark or before it.
    func covers(_ entry: some Expiring) -> Bool {
        entry.deadline != deadline ? entry.deadline < deadline : entry.network <= network
    }
}

extension Lifting {
    /// For the `details` of an event.
    var words: String {
        switch self {
        case .command: "lifted by command"
        case .success: "lifted by a successful request"
        case .allowed: "lifted: the address is allowed now"
        case .evicted: "lifted to make room"
        case .unconfirmed: "lifted: nobody confirmed it in time"
        }
    }
}

extension Ban {
    /// For the `details` of its event.
    fileprivate var words: String {
        let cause =
            traits.contains(.subnet)
            ? "banned for the addresses banned in it"
            : isAutomatic ? "banned by its strikes" : "banned by command"
        // The usual words are put together nowhere: they are in the program.
        if !isDryRun && confirmedDeadline == nil { return cause }
        let wait = confirmedDeadline == nil ? "" : "; lifts itself unless it is confirmed"
        return isDryRun ? "dry run: would be \(cause)\(wait)" : cause + wait
    }
}
