// Bans on their way into the kernel, as the engine sees them: which changes concern it, which replies
// wait for it, and what is said when it refuses.  All of it is idle where `kernel` is nil.

import OpsCore
import OpsLinux

extension Engine {
    /// What a change that is about to be applied means for the kernel.
    func noteForKernel(_ change: Change) {
        switch change {
        case .banned(let ban):
            if !ban.isDryRun {
                kernel?.note(ban.network, ban.deadline, at: now)
            } else if ask({ $0.enforces(ban.network) }) {
                kernel?.note(ban.network, nil, at: now)
            }
        case .confirmed(let network, let deadline, _):
            if ask({ $0.enforces(network) }) { kernel?.note(network, deadline, at: now) }
        case .unbanned(let network, _, _):
            if ask({ $0.enforces(network) }) { kernel?.note(network, nil, at: now) }
        // What ends does so in the kernel by itself; deadlines move only before the table is built.
        case .bansExpired, .bansExpiredMany, .rebased: return
        case .struck, .strikesCleared, .strikesExpired, .remembered, .forgotten, .clockSet,
            .noted, .list(.chunk):
            return
        case .list(.committed), .list(.dropped), .list(.expired): kernel?.lists.note()
        // What another domain has the kernel do comes as a change of the guard.
        default: return
        }
    }

    /// The kernel has answered a batch.
    func kernelChanged(_ ticket: UInt64, _ error: Errno?) {
        let answered = kernel?.answered ?? 0
        kernel?.changed(ticket, error)
        if let error { releaseUnenforced(above: answered, through: ticket, error) }
        touched.insert(all: held)
    }

    /// What has waited for the kernel too long waits no longer.
    func releaseOverdue() {
        let answered = kernel?.answered ?? 0
        guard let ticket = kernel?.overdue(at: now) else { return }
        releaseUnenforced(above: answered, through: ticket, KernelBook.late)
    }

    private func releaseUnenforced(
        above answered: UInt64, through ticket: UInt64, _ error: Errno
    ) {
        for slot in held.slots {
            guard let session = sessions[slot] else { continue }
            session.output.releaseUnenforced(
                above: answered, through: ticket, error: error.name)
            touched.insert(slot)
        }
    }

    /// The reply with what the kernel holds of it.
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

    /// Where what holds an address stands with the kernel.
    func standing(of held: BanView, over network: Network) -> Enforcement? {
        standing(of: held, ask { $0.isExempt(network) })
    }

    private func addEnforcement(to view: inout ListView) {
        guard !view.isDryRun, let list = state.lists[view.name] else { return }
        view.enforcement = kernel?.standing(of: list)
    }

    /// Where a ban or a list stands with the kernel, which is asked to hold no dry runs, and drops
    /// nothing of what is exempt.
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
