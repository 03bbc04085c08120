// Bans on their way into the kernel, as the engine sees them: which changes concern it, which replies
// wait for it, and what is said when it refuses.  All of it is idle where `kernel` is nil.

import OpsCore
import OpsLinux

extension Engine {
    /// What a change that is about to be applied means for the kernel.
    func noteForKernel(_ change: Change) {
        switch change {
        case .banned(let ban): kernel?.note(ban.network, ban.deadline, at: now)
        case .unbanned(let network, _, _):
            if state.bans(network) { kernel?.note(network, nil, at: now) }
        // What ends does so in the kernel by itself; deadlines move only before the table is built.
        case .bansExpired, .bansExpiredMany, .rebased: return
        case .struck, .strikesCleared, .strikesExpired, .clockSet, .noted: return
        }
    }

    /// The kernel has answered a batch.
    func kernelChanged(_ ticket: UInt64, _ error: Errno?) {
        let answered = kernel?.answered ?? 0
        kernel?.changed(ticket, error)
        if let error { releaseUnenforced(above: answered, through: ticket, error) }
        touched.formUnion(held)
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
        for slot in held {
            guard let session = sessions[slot] else { continue }
            session.output.releaseUnenforced(
                above: answered, through: ticket, error: error.name)
            touched.insert(slot)
        }
    }

    /// The reply with what the kernel holds of it.
    func withEnforcement(_ reply: Reply) -> Reply {
        guard let kernel else { return reply }
        switch reply {
        case .check(var answer):
            if let network = answer.ban?.network {
                answer.ban?.enforcement = kernel.standing(of: network)
            }
            return .check(answer)
        case .checks(var answers):
            for place in answers.indices {
                guard let network = answers[place].ban?.network else { continue }
                answers[place].ban?.enforcement = kernel.standing(of: network)
            }
            return .checks(answers)
        case .bans(var page):
            for place in page.rows.indices {
                page.rows[place].enforcement = kernel.standing(of: page.rows[place].network)
            }
            return .bans(page)
        case .why(var report):
            for place in report.bans.indices {
                report.bans[place].enforcement = kernel.standing(of: report.bans[place].network)
            }
            return .why(report)
        case .guardStats: return .guardStats(guardStats)
        default: return reply
        }
    }

    /// What the guard holds, and what the kernel has dropped.
    var guardStats: GuardStats {
        var stats = state.guardStats
        stats.dropped = dropped
        return stats
    }

    /// A comparison ended: those who asked for it are answered.
    func auditEnded(_ outcome: Result<AuditReport, Refusal>) {
        for (slot, session) in sessions.enumerated() {
            guard let session, session.awaitsAudit else { continue }
            session.awaitsAudit = false
            switch outcome {
            case .success(let report):
                send(.audited(report), session, isGated: false, acknowledges: false)
            case .failure(let refusal): refuse(refusal, session)
            }
            unserved.insert(slot)
            touched.insert(slot)
        }
    }
}
