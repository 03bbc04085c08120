// What the loop asks for, done with the real parts; and the reload of the configuration.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSystemd

extension Daemon {
    func sample() -> Sample? { probe.sample(at: engine.now) }

    func perform(_ errand: Errand) {
        switch errand {
        case .askProcesses(let memory):
            prober.askProcesses(at: engine.now, memoryTotalBytes: memory)
        case .askMounts: prober.askMounts()
        case .askHostNetworks: prober.askHostNetworks()
        case .refreshScope: probe.refreshScope()
        case .giveBack(let memory): prober.giveBack(memory)
        case .giveUpStuck:
            if prober.giveUpStuck(at: engine.now.boot) { probe.adopt(mounts: prober.mounts) }
        case .trail(let job): trails.submit(job)
        case .journalSecond: announcer.secondIsOver()
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
        }
    }

    /// Reads the configuration again: all of it counts, or nothing changes.
    func reload(by caller: Caller) -> Result<(applied: [String], restart: [String]), Refusal> {
        do throws(StartFault) {
            let fresh = try ConfigurationFile.read(file)
            let changes = ConfigurationFile.changes(from: self.configuration, to: fresh)
            let configuration = changes.running
            roles = Roles(configuration.access)
            for name in roles.missing {
                announcer.say(.warning, "access: \(name) does not exist on this host")
            }
            loop.rounds.adopt(configuration, at: engine.now.boot)
            prober.adopt(includeRemote: configuration.probe.remoteMounts)
            engine.descriptorRoom = Start.descriptorRoom(configuration).room
            engine.adopt(configuration)
            try? adoptDailyCheck()
            engine.commit(
                .noted(
                    Note(
                        .reload, .info,
                        ConfigurationFile.reloadSummary(changes.applied, changes.restartRequired),
                        uid: caller == .daemon ? nil : caller.uid)))
            return .success((changes.applied, changes.restartRequired))
        } catch {
            let message = error.message
            engine.commit(
                .noted(
                    Note(
                        .reloadRefused, .warning, message,
                        uid: caller == .daemon ? nil : caller.uid)))
            return .failure(
                Refusal(
                    .refused, "the configuration has faults, nothing was changed: \(message)",
                    hint: "opsd --check --config \(file)"))
        }
    }
}
