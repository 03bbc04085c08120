// Incidents become pages in the turn that changes them: after everything that may raise or resolve
// one, and before work is handed to those who wait for it.

import OpsConfig
import OpsCore
import OpsProtocol

extension Engine {
    /// New channels and routes.
    func adoptPager() {
        let pager = configuration.pager
        update { state in
            state.workKinds = Set(pager.pageable.map(\.workKind))
            state.adopt(pager, host: hostName)
        }
    }

    /// Makes pages of what incidents have to tell; true when some are left for the next turn.
    func advancePaging() -> Bool {
        if log.isFull || !ask({ $0.hasPaging(at: now) }) { return false }
        var share = share(of: TurnShare.paging)
        repeat {
            let changes = update { state in
                state.page(at: now) { $0.json() }
            }
            if changes.isEmpty { return false }
            wantsAuditHead = true
            for change in changes {
                commit(change)
                noteEnds(in: change)
            }
            share.spend(changes.count, clock)
        } while !share.isOver
        return true
    }

    /// How pages ended is in `incidents.ndjson`.
    private func noteEnds(in change: Change) {
        guard case .domain(.incident(.marked(let marks))) = change, marks.end != nil else { return }
        for page in marks.pages {
            guard let incident = ask({ $0.incident(page.incident) }),
                let mark = incident.pages.last(where: {
                    $0.channel == marks.channel && $0.reason == page.reason
                        && $0.number == page.number
                })
            else { continue }
            noteInTrail(mark, of: incident)
        }
    }
}
