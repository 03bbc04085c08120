// The objectives in a few figures, for the screen of `status`: how many there are in each state,
// and the names of the worst.

/// All objectives at a glance.
package struct ServiceSummary: Hashable, Sendable {
    /// The most names that are given.
    package static let namesShown = 5

    /// An objective that is not well.
    package struct Entry: Hashable, Sendable {
        /// Which one.
        package var name: ObjectiveName
        /// How it stands.
        package var state: PromiseState

        /// An objective and its state.
        package init(name: ObjectiveName, state: PromiseState) {
            self.name = name
            self.state = state
        }
    }

    /// How many are in each state; a state without any is missing.
    package var counts: [PromiseState: Int] = [:]
    /// The worst that are not ok, at most `namesShown`.
    package var worst: [Entry] = []

    /// No objectives.
    package init() {}

    /// All of them.
    package var total: Int { counts.values.reduce(0, +) }

    /// From the objectives in the order of the configuration.
    package init(_ entries: [Entry]) {
        for entry in entries { counts[entry.state, default: 0] += 1 }
        for state in [PromiseState.firing, .broken, .watch, .unknown] {
            let room = Self.namesShown - worst.count
            worst += entries.filter { $0.state == state }.prefix(room)
        }
    }
}

extension State {
    /// The objectives now.  Each costs what it costs in `slo budget`.
    package func serviceSummary(at now: Moment) -> ServiceSummary {
        ServiceSummary(
            domains.services.objectives.map {
                ServiceSummary.Entry(name: $0.name, state: budget($0, at: now).state)
            })
    }
}
