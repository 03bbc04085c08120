// Changes of the engine's state: applied, logged, and announced.  Every change of a running daemon
// goes through `commit`; events leave by `takeEvents`, once a crash cannot undo them.

import OpsConfig
import OpsCore
import OpsProtocol

extension Engine {
    /// Applies a change and logs it.
    func commit(_ change: Change) {
        let stamp = Stamp(moment: now, gauges: gauges)
        let event =
            isEnforcing ? applyForKernel(change, stamp) : update { $0.apply(change, stamp) }
        let sequence = log.record(change, stamp)
        if let event { outbox.append(event, waitingFor: sequence) }
    }

    /// The same of what a request about one call comes to, which makes no event.
    func commit(_ call: CostCall) {
        if let mark = call.forgotten { commit(.cost(.forgotten(mark))) }
        update { $0.apply(call) }
        log.record(call, Stamp(moment: now, gauges: gauges))
    }

    func commit(_ changes: Changes) {
        switch changes {
        case .none: return
        case .one(let change): commit(change)
        case .several(let changes): for change in changes { commit(change) }
        }
    }

    /// Removes what has ended, up to a slice; true when there is more.  It may be put off while the
    /// disk hangs: requests compare deadlines themselves.
    @discardableResult
    func expire() -> Bool {
        if log.isFull {
            expireLeases()
            return false
        }
        // As many may end as came, however long that takes: otherwise short bans would come faster
        // than they end.
        var owed = log.sequence - sequenceOfExpiry
        defer { sequenceOfExpiry = log.sequence }
        lists.sweep(at: now.boot)
        let isMoreInDomains = expireDomains()
        guard let due = ask({ $0.nextDeadline }), due <= now.bootMilliseconds else {
            return isMoreInDomains
        }
        var silent: Change?
        var slice = Bounds.expirySlice
        var share = share(of: TurnShare.housekeeping)
        /// Whether this turn may end another ban or strike.
        func isLeft() -> Bool {
            if slice == 0 || (share.isOver && owed == 0) { return false }
            slice -= 1
            owed -= min(1, owed)
            share.spend(1, clock)
            return true
        }
        while isLeft(), let change = ask({ $0.dueBan(at: now) }) {
            if case .bansExpired(_, announce: false) = change {
                // Silent marks are cumulative: the last one stands for all.
                update { $0.apply(change, Stamp(moment: now)) }
                silent = change
            } else {
                if let mark = silent {
                    log.record(mark, Stamp(moment: now, gauges: gauges))
                }
                silent = nil
                commit(change)
            }
        }
        if let silent { log.record(silent, Stamp(moment: now, gauges: gauges)) }
        while isLeft(), let change = ask({ $0.dueClaim(at: now) }) { commit(change) }
        var struck: Change?
        while isLeft(), let change = ask({ $0.dueStrikes(at: now) }) {
            update { $0.apply(change, Stamp(moment: now)) }
            struck = change
        }
        if let struck { log.record(struck, Stamp(moment: now, gauges: gauges)) }
        var forgotten: Change?
        while isLeft(), let change = ask({ $0.dueOffense(at: now) }) {
            update { $0.apply(change, Stamp(moment: now)) }
            forgotten = change
        }
        if let forgotten { log.record(forgotten, Stamp(moment: now, gauges: gauges)) }
        if let summary = ask({ $0.expirySummary(at: now) }) { commit(summary) }
        return isMoreInDomains || slice == 0 || share.isOver
    }

    /// Ends what is due in the domains, up to a slice; true when there may be more.
    private func expireDomains() -> Bool {
        let changes = ask { $0.dueInDomains(at: now, atMost: Bounds.expirySlice) }
        for change in changes { commit(change) }
        return changes.count == Bounds.expirySlice
    }

    /// After new settings: undoes a first slice of what they no longer allow; `settle` does the
    /// rest.
    func applySettings() {
        allowWalk = AllowWalk()
        settle()
    }

    /// Undoes what the settings no longer allow, up to a slice; true when there is more.
    @discardableResult
    func settle() -> Bool {
        if log.isFull { return false }
        if allowWalk == nil && ask({ $0.beyondBounds }) == nil { return false }
        var slice = Bounds.expirySlice
        var share = share(of: TurnShare.housekeeping)
        while slice > 0, !share.isOver, let change = ask({ $0.beyondBounds }) {
            slice -= 1
            share.spend(1, clock)
            commit(change)
        }
        while slice > 0, !share.isOver, var walk = allowWalk {
            let lifts = state.bansToLift(&walk, atMost: min(slice, TurnShare.piecesPerLook))
            allowWalk = lifts == nil ? nil : walk
            // A batch of bans with none to lift: that is enough for this turn.
            guard let lifts, !lifts.isEmpty else { break }
            for lift in lifts { commit(lift) }
            slice -= lifts.count
            share.spend(lifts.count, clock)
        }
        return slice == 0 || share.isOver || allowWalk != nil
    }

    /// Logs how far the wall clock was set, if it was.
    func watchClock() {
        if let change = ask({ $0.clockChange(at: now) }) { commit(change) }
    }

    /// Drops rate windows that have emptied, a little each second.
    func sweepRates() { update { $0.sweepRates(1_000, at: now) } }

    /// Puts the state of the host on record, changed or not (S1-13).
    func checkDaily() {
        let status = status
        let severity: Severity =
            switch status {
            case .healthy: .info
            case .stressed: .warning
            case .critical: .critical
            }
        commit(.noted(Note(.healthCheck, severity, "Status: \(status.name)")))
    }

    /// The log broke: no reply waits for it any more, and acknowledgements say so.
    func degrade(_ message: String) {
        let wasDegraded = log.isDegraded
        log.degrade(message, at: now.boot)
        if wasDegraded { return }
        // All of them in one turn, with what they hold (`Ledger`): once, when a disk fails.
        for slot in held.take() {
            guard let session = sessions[slot] else { continue }
            session.output.releaseUndurable()
            late.append(slot)
        }
        commit(.noted(Note(.degraded, .critical, message)))
    }

    /// The log is whole again.
    func noteRecovered() {
        commit(.noted(Note(.recovered, .info, "the state is durable again")))
    }

    /// Once a second: releases memory that a busy time needed and an idle one does not.
    func relax() {
        log.relax()
        outbox.relax()
        detector.sweep(at: now)
    }

    /// More of the log is safe: output that waited for it may go.
    func releaseHeld() {
        // To join a line takes some nanoseconds; what takes longer is done from there, in slices.
        for slot in held.slots { late.append(slot) }
    }

    /// Events that are safe to announce, in order, in the batches of their turns; each is returned
    /// once.  Watchers get them through the ring.  Events that became safe together with replies
    /// wait until these have been sent, which may take more than one turn.
    func takeEvents() -> [[Event]] {
        outbox.endTurn()
        var batches: [[Event]] = []
        if let gate = eventGate, late.hasPassed(gate.ticket) {
            batches = outbox.removeReady(through: gate.safe)
            eventGate = nil
        }
        if eventGate == nil {
            if late.isEmpty {
                batches += outbox.removeReady(through: log.safe)
            } else if !outbox.isEmpty {
                eventGate = (log.safe, late.lastTicket)
            }
        }
        append(batches)
        noteIncidents(batches)
        return batches
    }
}
