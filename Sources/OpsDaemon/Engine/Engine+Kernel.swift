// Bans and the kernel, as the engine sees them: which changes concern the kernel, which replies
// wait for it, and what they say when it refuses.  All of it is idle where `kernel` is nil.

import OpsCore
import OpsLinux

extension Engine {
    /// Applies a change, and notes what it means for the kernel: another end for a network, or
    /// none.
    func applyForKernel(_ change: Change, _ stamp: Stamp) -> Event? {
        let network: Network
        switch change {
        case .banned(let ban), .claimed(let ban), .claimedAt(let ban, _): network = ban.network
        case .released(let release): network = release.network
        case .unbanned(let held, _, _), .confirmed(let held, _, _),
            .claimConfirmed(let held, _, _, _):
            network = held
        case .domain(.list(.committed)), .domain(.list(.dropped)), .domain(.list(.expired)):
            kernel?.lists.note()
            return update { $0.apply(change, stamp) }
        // Bans end in the kernel by themselves, but for a dry run that goes on, which is not there.
        // Deadlines move only before the table is built; other domains reach the kernel through
        // changes of the guard.
        case .bansExpired, .bansExpiredMany, .rebased, .struck, .struckAt, .strikesCleared,
            .counterCleared, .strikesExpired, .remembered, .forgotten, .clockSet, .noted,
            .domain(.list(.chunk)), .domain(.service), .domain(.place), .domain(.work),
            .domain(.incident), .domain(.cost), .domain(.endpoint), .domain(.queue),
            .domain(.trend):
            return update { $0.apply(change, stamp) }
        }
        if kernel == nil { return update { $0.apply(change, stamp) } }
        let before = ask { $0.enforcedDeadline(of: network) }
        let event = update { $0.apply(change, stamp) }
        let after = ask { $0.enforcedDeadline(of: network) }
        if before != after { kernel?.note(network, after, at: now) }
        return event
    }

    /// The kernel has answered a batch.
    func kernelChanged(_ ticket: UInt64, _ error: Errno?) {
        let answered = kernel?.answered ?? 0
        kernel?.changed(ticket, error)
        if let error { releaseUnenforced(above: answered, through: ticket, error) }
        releaseHeld()
    }

    /// Releases replies that have waited for the kernel too long.
    func releaseOverdue() {
        let answered = kernel?.answered ?? 0
        guard let ticket = kernel?.overdue(at: now) else { return }
        releaseUnenforced(above: answered, through: ticket, KernelBook.late)
    }

    private func releaseUnenforced(
        above answered: UInt64, through ticket: UInt64, _ error: Errno
    ) {
        // All of them in one turn, with what they hold (`Ledger`): once in a second at most, since
        // the next transaction waits that long after one that failed or was late.
        for slot in held.slots {
            guard let session = sessions[slot] else { continue }
            session.output.releaseUnenforced(
                above: answered, through: ticket, error: error.name)
            late.append(slot)
        }
    }

    /// The reply, with what the kernel holds of the bans and lists that it shows.
    func withEnforcement(_ reply: Reply) -> Reply {
        if !isEnforcing { return reply }
        switch reply {
        case .check(var answer):
            addEnforcement(to: &answer)
            return .check(answer)
        case .checks(var answers):
            for place in answers.indices { addEnforcement(to: &answers[place]) }
            return .checks(answers)
        case .bans(var page):
            for place in page.rows.indices {
                page.rows[place].enforcement = standing(of: page.rows[place])
            }
            return .bans(page)
        case .why(var report):
            let isExempt = ask { $0.isExempt(report.network) }
            for place in report.bans.indices {
                report.bans[place].enforcement = standing(of: report.bans[place], isExempt)
            }
            return .why(report)
        case .list(.all(var views)):
            for place in views.indices { addEnforcement(to: &views[place]) }
            return .list(.all(views))
        case .list(.page(var view, let page)):
            addEnforcement(to: &view)
            return .list(.page(view, page))
        case .guardStats: return .guardStats(guardStats)
        default: return reply
        }
    }

    private func addEnforcement(to answer: inout CheckAnswer) {
        guard let held = answer.ban else { return }
        answer.ban?.enforcement = standing(of: held, over: answer.network)
    }

    /// Whether the kernel holds the ban or list that holds an address.
    func standing(of held: BanView, over network: Network) -> Enforcement? {
        standing(of: held, ask { $0.isExempt(network) })
    }

    private func addEnforcement(to view: inout ListView) {
        guard !view.isDryRun, let list = state.lists[view.name] else { return }
        view.enforcement = kernel?.standing(of: list)
    }

    /// Whether the kernel holds a ban or a list.  It is not asked to hold dry runs, and drops
    /// nothing that is exempt.
    private func standing(of ban: BanView, _ isExempt: Bool = false) -> Enforcement? {
        if ban.isDryRun { return nil }
        if isExempt { return .pending }
        guard let name = ban.list else { return kernel?.standing(of: ban.network) }
        return state.lists[name].flatMap { kernel?.standing(of: $0) }
    }

    /// What the guard holds, and what the kernel has dropped.
    var guardStats: GuardStats {
        var stats = state.guardStats
        stats.dropped = dropped
        return stats
    }
}
