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
        changes.applied += names(of: running.probe.mounts, and: new.probe.mounts).map {
            "\(MountSection.name).\($0.quoted)"
        }
        changes.running.probe.mounts = new.probe.mounts
        changes.applied += names(of: running.guard.sources, and: new.guard.sources).map {
            "\(SourceSection.name).\($0)"
        }
        changes.running.guard.sources = new.guard.sources
        changes.applied += names(of: running.watch.sources, and: new.watch.sources).map {
            "\(WatchReader.sources).\($0)"
        }
        changes.applied += names(of: running.watch.rules, and: new.watch.rules).map {
            "\(WatchReader.rules).\($0)"
        }
        changes.running.watch = new.watch
        changes.applied += names(of: running.channels, and: new.channels).map {
            "\(PagerReader.channels).\($0)"
        }
        for severity in Severity.allCases
        where running.pager.route(severity) != new.pager.route(severity) {
            changes.applied.append("\(PagerReader.routes).\(severity.rawValue)")
        }
        changes.running.channels = new.channels
        changes.running.pager = new.pager
        changes.applied += names(of: running.costModels, and: new.costModels).map {
            "\(CostReader.models).\($0.shownAsKey)"
        }
        changes.running.costModels = new.costModels
        changes.running.costs.models = new.costs.models
        changes.applied += names(of: running.endpoints, and: new.endpoints).map {
            "\(EndpointReader.table).\($0.shownAsKey)"
        }
        changes.running.endpoints = new.endpoints
        changes.applied += names(of: running.queues, and: new.queues).map {
            "\(QueueReader.section).\($0.shownAsKey)"
        }
        changes.running.queues = new.queues
        for name in Set((running.objectives + new.objectives).map(\.name)).sorted() {
            let before = running.objectives.first { $0.name == name }
            if before != new.objectives.first(where: { $0.name == name }) {
                changes.applied.append("\(ObjectiveKey.section).\(name)")
            }
        }
        changes.running.objectives = new.objectives
        return changes
    }

    /// The names of the sections that differ, in order.
    private static func names<Section: Equatable>(
        of running: [String: Section], and new: [String: Section]
    ) -> [String] {
        Set(running.keys).union(new.keys).sorted().filter { running[$0] != new[$0] }
    }
}
