// What the daemon knows of itself, for `status` and `health`.

import OpsConfig
import OpsCore
import OpsLinux

extension Daemon {
    var enforcementFault: String? {
        guard let enforcer, enforcer.isBroken(engine.kernel) else { return nil }
        return enforcer.detail(engine.kernel)
    }

    func vitals() -> Vitals {
        var vitals = Vitals(version: Release.version)
        vitals.uptimeSeconds = (engine.now.boot - loop.startedAt) / 1_000_000_000
        if let host {
            vitals.hostName = host.hostName
            vitals.platform = "Linux-\(host.kernelRelease)-\(host.machine)"
        }
        fillStore(&vitals)
        vitals.rssBytes = UInt64(clamping: probe.cost.residentBytes)
        vitals.cpuSeconds = Double(probe.cost.cpuMicroseconds) / 1_000_000
        vitals.threads = probe.cost.threads
        vitals.loopLagMilliseconds = Double(loop.lag.last) / 1_000_000
        vitals.loopLagMaxMilliseconds = Double(loop.lag.max2Minutes) / 1_000_000
        vitals.turnMaxMilliseconds = Double(turns.max2Minutes) / 1_000_000
        vitals.turnP999Milliseconds = Double(turns.p999) / 1_000_000
        vitals.connections = engine.sessionCount
        vitals.heldBytes = engine.ledger.total
        vitals.shedConnections = engine.shedConnections
        vitals.trailsFault = trails.fault ?? archiver.fault
        vitals.droppedRecords = announcer.dropped + trails.droppedLines + engine.outbox.lost
        vitals.probeMissing = probe.missing
        vitals.stuckProbes = prober.stuck
        if let enforcer {
            vitals.enforcement = enforcer.status(engine.kernel)
            vitals.enforcementDetail = enforcer.detail(engine.kernel)
            vitals.isEnforcementBroken = enforcer.isBroken(engine.kernel)
        } else {
            vitals.enforcement = plan.status
            vitals.enforcementDetail = plan.detail
        }
        return vitals
    }
}
