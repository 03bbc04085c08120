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
        if log.isFull { return false }
        var share = share(of: TurnShare.paging)
        repeat {
            let changes = update { state in
                state.page(at: now) { $0.json() }
            }
            if changes.isEmpty { return false }
            for change in changes { commit(change) }
            share.spend(changes.count, clock)
        } while !share.isOver
        return true
    }
}
