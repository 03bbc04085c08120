// What fills up, in the engine: a look a minute, and the hours that are over.

import OpsCore

extension Engine {
    /// Once a second; looks once a minute.
    func keepTrends() {
        if log.isFull { return }
        if let sample = monitor.sample { update { $0.observeTrends(sample, at: now) } }
        if let change = update({ $0.trendChange(at: now) }) { commit(change) }
    }
}
