// What is due by the clock: samples, scans, trails, the sign of life, mending, snapshots.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProbe
import OpsProtocol
import OpsStore
import OpsSystemd

extension Daemon {
    /// Does what is due.
    func performDue() throws(Errno) {
        let now = engine.now.boot
        if schedule.sample.due <= now {
            lag.note(schedule.sample.lateness(at: now), at: now)
            _ = schedule.sample.take(at: now)
            takeSample()
        }
        if schedule.processes.take(at: now) {
            prober.askProcesses(
                at: engine.now, memoryTotalBytes: engine.monitor.sample?.memory?.totalBytes ?? 0)
        }
        if schedule.mounts.take(at: now) { prober.askMounts() }
        if schedule.surroundings.take(at: now) { prober.askSurroundings() }
        if schedule.scope.take(at: now) { probe.refreshScope() }
        if schedule.trail.take(at: now) { writeProbeTrail() }
        if schedule.housekeeping.take(at: now) { keepHouse() }
        if schedule.prune.take(at: now) {
            trails.submit(
                .prune(
                    retentionSeconds: configuration.events.retentionMilliseconds / 1_000,
                    now: engine.now.wall / 1_000_000_000))
        }
        if schedule.mend.take(at: now) { mend() }
        // The sign of life comes last: it says that a turn with real work went through.
        if schedule.watchdog?.take(at: now) ?? false { manager.watchdog() }
    }

    private func takeSample() {
        guard let minute = engine.observe(probe.sample(at: engine.now)) else { return }
        write(minute)
    }

    /// Writes a finished minute into the ring file.
    func write(_ minute: MinuteRecord) {
        let offset = Int64(minute.slot * MinuteRecord.byteCount)
        trails.submit(.minute(record: minute.encoded(), offset: offset))
    }

    private func writeProbeTrail() {
        guard engine.monitor.sample != nil else { return }
        var line: [UInt8] = []
        engine.hostReport().writeTrail(to: &line)
        line.append(0x0a)
        trails.submit(
            .append(.probe, lines: line, rotateBytes: Int64(configuration.events.rotateBytes)))
    }

    /// Once a second.
    private func keepHouse() {
        if !hasSettled && engine.now.boot - startedAt > 2 * Timetable.second {
            hasSettled = true
            prober.giveBack(.startupCode)
        }
        if wantsTrim && snapshotting == nil {
            wantsTrim = false
            prober.giveBack(.heapHoles)
        }
        engine.watchClock()
        engine.state.sweepRates(1_000, at: engine.now)
        engine.keepServices()
        writeServiceFiles()
        if prober.giveUpStuck(at: engine.now.boot) { probe.adopt(mounts: prober.mounts) }
        announcer.secondIsOver()
        engine.relax()
        engine.log.mark()
        if let listenerToken, isAcceptPaused {
            isAcceptPaused = false
            _ = try? poller.update(listenerToken, .read)
        }
        let wantsSync = snapshotting?.wantsSync(engine.log) ?? false
        if configuration.store.fsync == .everysec || wantsSync, let job = engine.log.syncJob() {
            hand(job)
        }
        considerSnapshot()
        let line = statusLine
        if line != lastStatus {
            lastStatus = line
            manager.status(line)
        }
    }

    /// One line for `systemctl status`.
    var statusLine: String {
        let stats = engine.state.guardStats
        let status =
            engine.log.isDegraded ? "DEGRADED (state is in memory alone)" : engine.status.name
        let gate = engine.state.gate(at: engine.now).word == .closed ? "; deploy gate closed" : ""
        return "\(status); \(stats.activeBans) bans, \(stats.ipsWithStrikes) addresses with strikes"
            + gate
    }

    /// Reads the configuration again: all of it counts, or nothing changes.
    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal> {
        do throws(StartFault) {
            let fresh = try ConfigurationFile.read(file)
            let changes = ConfigurationFile.changes(from: configuration, to: fresh)
            configuration = changes.running
            roles = Roles(configuration.access)
            for name in roles.missing {
                announcer.say(.warning, "access: there is no \(name) on this host")
            }
            schedule.adopt(configuration, at: engine.now.boot)
            prober.adopt(includeRemote: configuration.probe.remoteMounts)
            engine.descriptorRoom = Start.descriptorRoom(configuration).room
            engine.adopt(configuration)
            try? armWallTimer()
            engine.commit(
                .noted(
                    Note(
                        .reload, .info,
                        ConfigurationFile.words(changes.applied, changes.restartRequired),
                        uid: caller == .daemon ? nil : caller.uid)))
            return .success((changes.applied, changes.restartRequired))
        } catch {
            let words = error.words
            engine.commit(
                .noted(
                    Note(
                        .reloadRefused, .warning, words,
                        uid: caller == .daemon ? nil : caller.uid)))
            return .failure(
                Refusal(
                    .refused, "the configuration has faults, nothing was changed: \(words)",
                    hint: "opsd --check --config \(file)"))
        }
    }
}
