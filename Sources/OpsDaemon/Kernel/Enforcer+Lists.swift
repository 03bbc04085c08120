// Lists, carried to the kernel thread one job at a time, and compared by a thread of their own.

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux

/// A comparison of which the bans are done.
struct ListAuditUnderWay {
    var comparison: Comparison
    /// What became of the bans that differed; nil: none did, or nothing was to be mended.
    var isRepaired: Bool?
    var mends: Bool
    /// Of `KernelLists`, when the lists were handed over; nil: they wait to be whole again.
    var version: UInt64?
    var tries = 0
}

extension Enforcer {
    /// Comparisons that lists may change under before one is given up.
    private static let auditTries = 3

    /// The next job of the lists, where there is one.
    func advanceLists(_ engine: Engine) {
        let now = engine.now
        if engine.kernel?.takesLists == true {
            let job = engine.kernel?.lists.nextJob(
                engine.state.lists.all.filter {
                    $0.deadline > now.bootMilliseconds && !engine.state.isDryRun($0)
                }, at: now)
            if let job { submit(job) }
        }
        if let restored = engine.kernel?.lists.takeRestored(at: now) {
            engine.commit(
                .noted(
                    Note(
                        .enforceRestored, .warning,
                        "\(restored.words); restored \(restored.lists) lists in "
                            + "\(restored.milliseconds) ms")))
        }
        endRepair(engine)
    }

    func take(_ progress: ListProgress, _ engine: Engine) {
        let hadRefusals = engine.kernel?.lists.hasRefusals ?? false
        let recovered = engine.kernel?.lists.listed(progress, at: engine.now)
        if let name = recovered {
            engine.commit(
                .noted(Note(.enforceRecovered, .info, "the kernel has the list \(name) now")))
        }
        guard case .failed(let error) = progress else { return }
        if error.code == ENOENT {
            engine.kernel?.tampered()
            return wantRebuild(fromNothing: false, at: engine.now.boot)
        }
        guard !hadRefusals, let name = engine.kernel?.lists.refusal?.name else { return }
        engine.commit(
            .noted(
                Note(
                    .enforceFailed, .critical,
                    "the kernel refuses the list \(name): \(error.text); it is answered, not "
                        + "enforced")))
    }

    // MARK: Comparing

    /// The bans were compared; now the lists.
    func beginListAudit(after audit: Audit, mends: Bool, _ engine: Engine) {
        listAudit = ListAuditUnderWay(
            comparison: audit.comparison, isRepaired: audit.rebuilt.map { $0.error == nil },
            mends: mends)
        submitListAudit(engine)
    }

    private func submitListAudit(_ engine: Engine) {
        guard let lists = engine.kernel?.lists else { return endListAudit(engine) }
        // Nothing to compare, and those on their way are missing.
        let claims = lists.claims
        if claims.isEmpty { return take(ListAudit(), engine) }
        listAudit?.version = lists.version
        listAudit?.tries += 1
        if auditor.submit(claims) != .accepted { endListAudit(engine) }
    }

    /// The lists were compared.
    func take(_ audit: ListAudit, _ engine: Engine) {
        guard let underWay = listAudit, let lists = engine.kernel?.lists else { return }
        if let version = underWay.version, version != lists.version {
            if underWay.tries < Self.auditTries { return submitListAudit(engine) }
            return endListAudit(engine)
        }
        if let error = audit.error, error.code != ENOENT {
            listAudit = nil
            return engine.end(.audit, Self.unanswered(error))
        }
        var found = audit.comparison
        if audit.error != nil { found.isAltered = true }
        let isSpoiled = !found.isClean
        for list in engine.state.lists.all where !engine.state.isDryRun(list) {
            if lists.standing(of: list) == .held || list.deadline <= engine.now.bootMilliseconds {
                continue
            }
            found.missing += list.count
            found.examples.append("missing: list \(list.name), on its way")
        }
        listAudit?.comparison.add(found)
        guard underWay.mends, !found.isClean else { return endListAudit(engine) }
        if isSpoiled { engine.kernel?.lists.spoiled(found.words, at: engine.now) }
        // `endRepair` goes on when they are whole.
        listAudit?.version = nil
        listAudit?.isRepaired = underWay.isRepaired ?? true
        listAudit?.tries = Self.auditTries
    }

    /// Lists that differed have been loaded again, or were refused.
    private func endRepair(_ engine: Engine) {
        guard let underWay = listAudit, underWay.version == nil,
            underWay.tries == Self.auditTries, engine.kernel?.lists.isSettled ?? true
        else { return }
        if engine.kernel?.lists.hasRefusals ?? true { listAudit?.isRepaired = false }
        endListAudit(engine)
    }

    private func endListAudit(_ engine: Engine) {
        guard let done = listAudit else { return }
        listAudit = nil
        engine.end(.audit, .success(.audited(done.comparison.report(done.isRepaired))))
    }

    static func unanswered(_ error: Errno) -> Result<Reply, Refusal> {
        .failure(Refusal(.internal, "the kernel cannot be asked: \(error.text)"))
    }

    // MARK: Counting

    /// What the counters say: the bans' sets in order, then the lists by name.
    static func dropped(_ counts: [String: DropCount]) -> [DroppedBy] {
        func row(_ counter: String, _ name: String) -> DroppedBy? {
            counts[counter].map {
                DroppedBy(set: name, packets: $0.packets, bytes: $0.bytes)
            }
        }
        let lists = counts.keys.filter { $0.hasPrefix(ListSets.prefix) }.sorted()
        return KernelSet.bans.compactMap { row("\($0.name)", "\($0.name)") }
            + lists.compactMap { row($0, "list:" + $0.dropFirst(ListSets.prefix.count)) }
    }
}
