// Objectives and the gate in the engine: observations become changes once a second, and before
// their figures are read; then alerts and the gate are decided.

import OpsCore

extension Engine {
    /// Logs what was observed since the last time.
    func flushObservations() {
        for change in update({ $0.drainObservations() }) { commit(change) }
    }

    /// Once a second.
    func keepServices() {
        flushObservations()
        for change in ask({ $0.serviceChanges(at: now) }) { commit(change) }
        update { $0.keptServices(at: now) }
    }
}
