// Queues in the engine: the sections of the configuration, and who has fallen silent.

import OpsConfig
import OpsCore

extension Engine {
    /// Takes the sections of the configuration.
    func adoptQueues() {
        let rules = configuration.queueRules
        update { $0.adopt(rules, at: now) }
    }

    /// Once a second: who is silent, and what is forgotten.
    func keepQueues() {
        if log.isFull { return }
        for change in update({ $0.queueChanges(at: now) }) { commit(change) }
    }

    /// Logs what was reported and is not logged yet, at a stop.
    func flushQueues() {
        if log.isFull { return }
        for change in update({ $0.drainQueues() }) { commit(change) }
    }
}
