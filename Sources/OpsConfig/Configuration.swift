// The daemon's settings as values: numbers with their units, every default in one place.  A value
// that came from `Configuration.load` has passed every check; the file format, the ranges and the
// words about them are in ConfigurationKey.

package import OpsCore

/// Everything `opsd.toml` decides.  `Configuration()` is what an empty file means.
package struct Configuration: Hashable, Sendable {
    /// Where the file is when nobody says otherwise.
    package static let defaultFile = "/etc/opsd/opsd.toml"

    package var paths = Paths()
    package var probe = Probe()
    package var health = Health()
    package var `guard` = GuardRules()
    package var enforce = Enforce()
    package var store = Store()
    package var limits = Limits()
    package var access = Access()
    package var events = Events()
    package var gate = GateRules()
    /// `[slo.NAME]`, by name; never empty.
    package var objectives = [Objective(.standard)]

    package init() {}
}

extension Configuration {
    /// `[paths]`: absolute paths.
    package struct Paths: Hashable, Sendable {
        package var socket = "/run/opsd/opsd.sock"
        package var state = "/var/lib/opsd"
        package var log = "/var/log/opsd"
    }

    /// `[probe]`: how often what is measured, and where a figure becomes an issue or a warning.
    package struct Probe: Hashable, Sendable {
        package var intervalMilliseconds: Int64 = 1_000
        package var processesMilliseconds: Int64 = 10_000
        package var mountsMilliseconds: Int64 = 10_000
        package var trailIntervalMilliseconds: Int64 = 60_000
        package var remoteMounts = false
        package var cpuIssuePercent = 80
        package var memoryIssuePercent = 85
        package var diskIssuePercent = 85
        package var memoryAvailableWarningMebibytes = 100
        package var diskFreeWarningGibibytes = 1
    }

    /// `[health]`: when the host is STRESSED or CRITICAL.
    package struct Health: Hashable, Sendable {
        package var stressedPercent = 75
        package var criticalPercent = 90
        package var holdMilliseconds: Int64 = 5_000
        package var includeDisk = false
        /// Minutes after midnight UTC; `TimeOfDay.never`.
        package var dailyCheckMinutes = 475
    }

    /// `[store]`: how state reaches the disk.
    package struct Store: Hashable, Sendable {
        package var fsync = Fsync.always
        package var snapshotIntervalMilliseconds: Int64 = 300_000

        /// When a change is forced to the disk.
        package enum Fsync: String, Sendable, CaseIterable {
            /// Before its reply.
            case always
            /// Once a second.
            case everysec
            /// Never: the kernel writes when it sees fit.
            case no
        }
    }

    /// `[limits]`: the bounds of the socket.
    package struct Limits: Hashable, Sendable {
        package var lineBytes = 65_536
        package var replyBytes = 1_048_576
        package var lineTimeoutMilliseconds: Int64 = 10_000
        package var connections = 10_000
        package var connectionsPerUser = 1_000
    }

    /// `[access]`: who has which role.  Root and the daemon's own user are admin besides.
    package struct Access: Hashable, Sendable {
        package var admin: [Principal] = [.user("root")]
        package var report: [Principal] = [.group("opsd-report")]
        package var read: [Principal] = [.group("opsd")]
    }

    /// `[events]`: the record of what happened.
    package struct Events: Hashable, Sendable {
        package var tail = 1_000
        package var retentionMilliseconds: Int64 = 90 * 86_400_000
        package var rotateBytes = 67_108_864
    }
}
