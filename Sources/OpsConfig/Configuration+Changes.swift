// What a reload does: the table says for every key whether a new value takes effect at once or at
// the next start.

import OpsCore

/// The difference between a running configuration and a new one.
package struct ConfigurationChanges: Hashable, Sendable {
    /// Paths of the keys whose new value takes effect now.
    package var applied: [String] = []
    /// Paths of the keys whose old value remains until a restart.
    package var restartRequired: [String] = []
    /// The configuration to run with: new values that take effect now, and old ones that remain.
    /// The next reload is compared with this.
    package var running: Configuration
}

extension Configuration {
    /// What changes when `new` is loaded while `running` runs.
    package static func changes(
        from running: Configuration, to new: Configuration
    ) -> ConfigurationChanges {
        var changes = ConfigurationChanges(running: running)
        for key in ConfigurationKey.all where !key.isSame(running, new) {
            switch key.reload {
            case .applied:
                changes.applied.append(key.path)
                key.copy(from: new, to: &changes.running)
            case .restart:
                changes.restartRequired.append(key.path)
            }
        }
        let sources = (running.guard.sources, new.guard.sources)
        for name in Set(sources.0.keys).union(sources.1.keys).sorted()
        where sources.0[name] != sources.1[name] {
            changes.applied.append("\(SourceSection.name).\(name)")
        }
        changes.running.guard.sources = sources.1
        for name in Set((running.objectives + new.objectives).map(\.name)).sorted() {
            let before = running.objectives.first { $0.name == name }
            if before != new.objectives.first(where: { $0.name == name }) {
                changes.applied.append("\(ObjectiveKey.section).\(name)")
            }
        }
        changes.running.objectives = new.objectives
        return changes
    }
}
