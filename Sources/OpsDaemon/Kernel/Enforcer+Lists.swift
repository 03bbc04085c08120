// Lists: handed to the kernel thread one job at a time, and compared by a thread of their own.

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux

/// A comparison whose first half, the bans, is done.
struct ListAuditUnderWay {
    var comparison: Comparison
    /// Whether bans that differed were repaired; nil: none differed, or no repair was asked for.
    var isRepaired: Bool?
    var repairs: Bool
    /// `KernelLists.version` when the lists were handed over; nil: they are being loaded again.
    var version: UInt64?
    var tries = 0
}

extension Enforcer {
    /// After this many comparisons during which lists changed, no further one is tried.
    private static let auditTries = 3

    /// Submits the next job of the lists, where there is one.
    func advanceLists(
        _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        let now = state.now
        if book.takesLists, let job = book.lists.nextJob(state.enforcedLists, at: now) {
            submit(job)
        }
        var effects: [EnforcementEffect] = []
        if let restored = book.lists.takeRestored(at: now) {
            effects.append(
                .note(
                    Note(
                        .enforceRestored, .warning,
                        "\(restored.message); restored \(restored.lists) lists in "
                            + "\(restored.milliseconds) ms")))
        }
        if let ended = endRepair(book) { effects.append(ended) }
        return effects
    }

    /// A part of a list is in the kernel, or all of it, or the kernel refused.
    func handle(
        _ progress: ListProgress, _ book: inout KernelBook, at now: Moment
    ) -> [EnforcementEffect] {
        let hadRefusals = book.lists.hasRefusals
        var effects: [EnforcementEffect] = []
        if let name = book.lists.listed(progress, at: now) {
            effects.append(
                .note(Note(.enforceRecovered, .info, "the kernel has the list \(name) now")))
        }
        guard case .failed(let error) = progress else { return effects }
        if error.code == ENOENT {
            book.tampered()
            wantRebuild(fromNothing: false, at: now.boot)
        } else if !hadRefusals, let name = book.lists.refusal?.name {
            effects.append(
                .note(
                    Note(
                        .enforceFailed, .critical,
                        "the kernel refuses the list \(name): \(error.text); it is recorded, "
                            + "not enforced")))
        }
        return effects
    }

    // MARK: Comparing

    /// The bans were compared; now the lists.
    func beginListAudit(
        after audit: Audit, repairs: Bool, _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        listAudit = ListAuditUnderWay(
            comparison: audit.comparison, isRepaired: audit.rebuilt.map { $0.error == nil },
            repairs: repairs)
        return submitListAudit(state, &book)
    }

    private func submitListAudit(
        _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        // Without claims there is nothing to ask about; lists that are being loaded count as
        // missing.
        let claims = book.lists.claims
        if claims.isEmpty { return handle(ListAudit(), state, &book) }
        listAudit?.version = book.lists.version
        listAudit?.tries += 1
        if auditor.submit(claims) == .accepted { return [] }
        return endListAudit()
    }

    /// The lists were compared.
    func handle(
        _ audit: ListAudit, _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        guard let underWay = listAudit else { return [] }
        if let version = underWay.version, version != book.lists.version {
            if underWay.tries < Self.auditTries { return submitListAudit(state, &book) }
            return endListAudit()
        }
        if let error = audit.error, error.code != ENOENT {
            listAudit = nil
            return [.audited(Self.unanswered(error))]
        }
        var found = audit.comparison
        if audit.error != nil { found.isAltered = true }
        let isSpoiled = !found.isClean
        for list in state.enforcedLists where book.lists.standing(of: list) != .enforced {
            found.missing += list.count
            found.examples.append("missing: list \(list.name), being loaded")
        }
        listAudit?.comparison.add(found)
        guard underWay.repairs, !found.isClean else { return endListAudit() }
        if isSpoiled { book.lists.spoiled(found.message, at: state.now) }
        // `endRepair` goes on when the lists are whole.
        listAudit?.version = nil
        listAudit?.isRepaired = underWay.isRepaired ?? true
        listAudit?.tries = Self.auditTries
        return []
    }

    /// Lists that differed have been loaded again, or were refused.
    private func endRepair(_ book: borrowing KernelBook) -> EnforcementEffect? {
        guard let underWay = listAudit, underWay.version == nil,
            underWay.tries == Self.auditTries, book.lists.isSettled
        else { return nil }
        if book.lists.hasRefusals { listAudit?.isRepaired = false }
        return endListAudit().first
    }

    private func endListAudit() -> [EnforcementEffect] {
        guard let done = listAudit else { return [] }
        listAudit = nil
        return [.audited(.success(.audited(done.comparison.report(done.isRepaired))))]
    }

    /// The answer to those who wait for the comparison when the kernel could not be asked.
    static func unanswered(_ error: Errno) -> Result<Reply, Refusal> {
        .failure(Refusal(.internal, "cannot query the kernel: \(error.text)"))
    }

    // MARK: Counting

    /// The counters as rows: the bans' sets in order, then the lists by name.
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
