// What the loop asks for, done with the real parts; and the reload of the configuration.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSystemd

extension Daemon {
    func sample() -> Sample? {
        let sample = probe.sample(at: engine.now)
        if probe.hasNewInterfaces() { prober.askLinks() }
        return sample
    }

    func perform(_ errand: Errand) {
        switch errand {
        case .askProcesses(let memory):
            prober.askProcesses(at: engine.now, memoryTotalBytes: memory)
        case .askMounts: prober.askMounts()
        case .askHostNetworks: prober.askHostNetworks()
        case .refreshScope:
            probe.refreshScope()
            prober.askLinks()
        case .giveBack(let memory): prober.giveBack(memory)
        case .giveUpStuck:
            if prober.giveUpStuck(at: engine.now.boot) { probe.adopt(mounts: prober.mounts) }
        case .trail(let job): trails.submit(job)
        case .archive(let job): archiver.submit(job)
        case .journalSecond:
            announcer.secondIsOver()
            trails.keepChain(
                at: engine.now.boot, publishes: engine.wantsAuditHead,
                configuration.events.room)
        case .resumeAccepting: resumeAccepting()
        case .status(let line): manager.status(line)
        case .watchdog: manager.watchdog()
        case .say(let severity, let message): announcer.say(severity, message)
        case .stopAccepting:
            manager.stopping(status: "stopping")
            stopAccepting()
        case .leave:
            if configuration.enforce.clearOnStop { enforcer?.withdraw() }
            announcer.flush()
            // What it lacks would be lost if it were used.
            if !loop.older.isFinal { StateDirectory.removeOlder(in: configuration.paths.state) }
        }
    }

    /// Opens the trails' files anew, and reads the configuration again: all of it counts, or
    /// nothing changes.  The message of a refusal has a line for each fault.
    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal> {
        trails.submit(.reopen)
        defer { trails.chain.update { $0.link = self.configuration.events.link } }
        do throws(StartFault) {
            let fresh = try ConfigurationFile.read(file)
            let changes = ConfigurationFile.changes(from: self.configuration, to: fresh)
            let configuration = changes.running
            adopt(Roles(configuration.access))
            loop.rounds.adopt(configuration, at: engine.now.boot)
            prober.adopt(
                includeRemote: configuration.probe.remoteMounts,
                excluding: configuration.probe.mountsExclude)
            engine.descriptorRoom = Start.descriptorRoom(configuration).room
            engine.adopt(configuration)
            expectSatellites()
            try? adoptDailyCheck()
            engine.commit(
                .noted(
                    Note(
                        .reload, .info,
                        ConfigurationFile.reloadSummary(changes.applied, changes.restartRequired),
                        uid: caller == .daemon ? nil : caller.uid)))
            return .success((changes.applied, changes.restartRequired))
        } catch {
            let faults = error.message.split(separator: "\n")
            let message = faults.joined(separator: "; ")
            engine.commit(
                .noted(
                    Note(
                        .reloadRefused, .warning, message,
                        uid: caller == .daemon ? nil : caller.uid)))
            return .failure(
                Refusal(
                    .refused,
                    "the configuration has faults, nothing was changed:"
                        + (faults.count > 1 ? "\n" : " ") + error.message,
                    hint: "opsd --check --config \(file)"))
        }
    }

    /// Satellites that should be there are those that have something to do and whose user exists:
    /// where one is not installed, nobody misses it.
    func expectSatellites() {
        let configuration = engine.configuration
        var expected: Set<Satellite> = []
        if configuration.watch.isOn && roles.isGranted(.watch) { expected.insert(.opswatch) }
        if !configuration.channels.isEmpty && roles.isGranted(.pager) {
            expected.insert(.opspager)
        }
        if !configuration.endpoints.isEmpty && roles.isGranted(.check) {
            expected.insert(.opscheck)
        }
        engine.expect(expected)
    }

    /// New roles: connections that had others are closed, for roles never change on a connection.
    private func adopt(_ fresh: Roles) {
        for name in fresh.missing {
            announcer.say(.warning, "access: \(name) does not exist on this host")
        }
        if fresh == roles { return }
        roles = fresh
        engine.closeSessions(whoseRolesDifferFrom: { slot in
            guard case .connection(let connection)? = sources[slot],
                let peer = try? connection.stream.peer()
            else { return nil }
            return fresh.roles(of: peer)
        })
    }
}
