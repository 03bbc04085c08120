// Everything that a running daemon is made of.

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore
import OpsSystemd

/// The parts of a daemon that is about to run.
struct DaemonParts: ~Copyable {
    let file: String
    let configuration: Configuration
    let now: Moment
    let bootID: OpsCore.BootID
    let engine: Engine
    let extras: SnapshotExtras
    let roles: Roles
    let directory: StateDirectory
    let listener: Listener
    let isActivated: Bool
    let signals: SignalSource
    let manager: ServiceManager
    let announcer: Announcer
    let logAnswers: Mailbox<LogAnswer>
    let logThread: LogThread
    let snapshotAnswers: Mailbox<SnapshotReport>
    let prober: Prober
    let probe: ProbeReader
    let trails: Trails
    let reader: EventReader
    let archiver: Archiver
    let plan: EnforcementPlan
    let enforcer: Enforcer?
    let poller: Poller
    let bootTimer: BootTimer
    let wallTimer: WallTimer
}
