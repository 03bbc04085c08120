// The loop's side of enforcement: carries batches to the kernel thread and answers back, hands it the
// state in parts when the table is to be built or compared, hears what others do to the table, and
// tries again what the kernel refused.  It decides nothing about bans, and never waits but at start
// and stop.

import Glibc
import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux

/// Bans in the kernel.
final class Enforcer {
    /// What is done with the whole of the state.
    enum Task: Equatable {
        case rebuild(fromNothing: Bool)
        /// - lists: the lists too.
        case audit(mends: Bool, lists: Bool)
    }

    /// Parts of the state in one job, and jobs that may wait for the thread.
    private static let partsAJob = 8
    static let jobsWaiting = 4
    /// How often the counters are read, and the whole is compared: nanoseconds.
    private static let countPeriod: Int64 = 5_000_000_000
    static let auditPeriod: Int64 = 300_000_000_000
    /// Every how many of these go over the lists as well.
    private static let auditsPerList = 12
    /// From one restoration to the next at least, lest two programs chase each other: nanoseconds.
    private static let restorePeriod: Int64 = 200_000_000
    /// From a refusal to the next try, and at most: nanoseconds.
    private static let retryFloor: Int64 = 1_000_000_000
    private static let retryCeiling: Int64 = 60_000_000_000
    /// How long a start waits for the kernel: milliseconds.
    static let startPatience: Int64 = 5_000
    /// NFNLGRP_NFTABLES.  Source: linux/netfilter/nfnetlink.h.
    private static let group: UInt32 = 7
    /// Changes by others that may wait to be heard, in bytes; more is made up for by a comparison.
    private static let monitorBytes: Int32 = 1 << 20

    let thread: KernelThread
    let answers: Mailbox<KernelAnswer>
    private(set) var monitor: NetfilterSocket?
    private let ownPort: UInt32
    private var layout: Layout
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Under way: the next part to hand over; nil when the job itself has been.
    var task: Task?
    var part: Int?
    /// To be done once that is over, and not before they are due: nanoseconds of boot time.
    var wantedRebuild: (fromNothing: Bool, due: Int64)?
    var wantedAudit: (mends: Bool, lists: Bool, due: Int64)?
    /// The second half of a comparison (Enforcer+Lists.swift).
    let auditor: ListAuditThread
    var listAudit: ListAuditUnderWay?
    private var auditsDone = 0
    /// The state's `protections` that the kernel was told of.
    private var protections: UInt64?
    /// It is being told, and has not answered.
    private var isAllowing = false
    private var audits: Recurring
    private var counts: Recurring
    private var isCounting = false
    private var retryDelay = Enforcer.retryFloor
    private var restoredAt = Int64.min / 2
    /// Set while the kernel refuses.
    var failure: Errno?
    /// Why others were noticed, until it is restored.
    var tampering: String?
    private(set) var elements = 0

    init(layout: Layout, at boot: Int64) throws(Errno) {
        self.layout = layout
        answers = try Mailbox(capacity: KernelThread.queueLimit + 4)
        let socket = try NetfilterSocket()
        ownPort = socket.port
        monitor = Self.listen(besides: ownPort)
        thread = try KernelThread(socket: socket, layout: layout, answers: answers)
        auditor = try ListAuditThread(auditsTo: answers)
        // Where there is no thread to be had, the start says so; it stays from here on.
        if case .failed(let error) = thread.submit(.count) { throw error }
        isCounting = true
        audits = Recurring(every: Self.auditPeriod, from: boot + Self.auditPeriod)
        counts = Recurring(every: Self.countPeriod, from: boot)
    }

    /// Hears changes by others; without it, the comparison alone finds them.
    private static func listen(besides port: UInt32) -> NetfilterSocket? {
        do throws(Errno) {
            let monitor = try NetfilterSocket()
            try monitor.receiveRoom(monitorBytes)
            try monitor.ignore(port: port)
            try monitor.join(group: group)
            return monitor
        } catch { return nil }
    }

    var descriptorNumber: Int32 { answers.descriptorNumber }
    var monitorNumber: Int32? { monitor?.descriptor.number }

    // MARK: Turns

    /// The turn's batch, and the next step of what goes over the whole.
    func advance(_ engine: Engine) {
        engine.releaseOverdue()
        adopt(engine)
        if let job = engine.kernel?.nextJob(at: engine.now) { submit(job) }
        advanceLists(engine)
        if audits.take(at: engine.now.boot) {
            auditsDone += 1
            // To read a long list takes seconds; others' changes are heard of, mostly.
            wantAudit(
                mends: true, lists: auditsDone % Self.auditsPerList == 0, at: engine.now.boot)
        }
        if counts.take(at: engine.now.boot), !isCounting, task == nil {
            isCounting = true
            submit(.count)
        }
        if task == nil, let next = takeDue(at: engine.now.boot) {
            task = next
            part = 0
        }
        gather(engine)
    }

    /// When there is something to do: nanoseconds of boot time.
    func nextDue(_ engine: Engine) -> Int64 {
        var next = min(
            audits.due, counts.due, engine.kernel?.deadline ?? .max,
            engine.kernel.map { $0.takesLists ? $0.lists.due : .max } ?? .max)
        if task == nil {
            next = min(next, wantedRebuild?.due ?? .max)
            if listAudit == nil { next = min(next, wantedAudit?.due ?? .max) }
        }
        if part != nil && thread.queuedJobs < Self.jobsWaiting { next = engine.now.boot }
        return next
    }

    private func gather(_ engine: Engine) {
        guard let first = part, let task, thread.queuedJobs < Self.jobsWaiting else { return }
        let end = min(first + Self.partsAJob, State.snapshotParts)
        var drops: [Drop] = []
        for part in first..<end {
            for held in engine.state.bannedPart(part, at: engine.now) {
                drops.append(Drop(held.network, until: held.deadline))
            }
        }
        submit(.gather(drops, isFirst: first == 0))
        part = end
        guard end == State.snapshotParts else { return }
        part = nil
        switch task {
        case .rebuild(let fromNothing): submit(.rebuild(layout, fromNothing: fromNothing))
        case .audit(let mends, _): submit(.audit(layout, mends: mends))
        }
    }

    /// What is never dropped, where that has changed; and another `guard.ipv6_prefix` deals the bans
    /// out anew.
    private func adopt(_ engine: Engine) {
        if isAllowing || protections == engine.state.protections { return }
        isAllowing = true
        protections = engine.state.protections
        submit(.allow(engine.state.exempt))
        // A list may be a dry run now, or none any more.
        engine.kernel?.lists.note()
        let prefix = UInt8(engine.configuration.guard.ipv6Prefix)
        if prefix == layout.ipv6Prefix { return }
        layout = Layout(ipv6Prefix: prefix)
        engine.kernel?.lists.lost()
        wantRebuild(fromNothing: false, at: engine.now.boot)
    }

    /// What is asked for twice is done once: as thoroughly as either wants, and as soon.
    func wantRebuild(fromNothing: Bool, at due: Int64) {
        wantedRebuild = (
            fromNothing || wantedRebuild?.fromNothing ?? false, min(due, wantedRebuild?.due ?? .max)
        )
    }

    func wantAudit(mends: Bool, lists: Bool, at due: Int64) {
        wantedAudit = (
            mends || wantedAudit?.mends ?? false, lists || wantedAudit?.lists ?? false,
            min(due, wantedAudit?.due ?? .max)
        )
    }

    /// The task that is due, if one is.
    private func takeDue(at boot: Int64) -> Task? {
        if let next = wantedRebuild, next.due <= boot {
            wantedRebuild = nil
            return .rebuild(fromNothing: next.fromNothing)
        }
        if let next = wantedAudit, next.due <= boot, listAudit == nil {
            wantedAudit = nil
            return .audit(mends: next.mends, lists: next.lists)
        }
        return nil
    }

    /// Of each kind of job few are under way at once (one change, one list, one count, one list of
    /// what is never dropped, some parts of a whole and the whole itself): they always find room.  One
    /// that was lost would leave its kind under way for ever.
    func submit(_ job: KernelJob) {
        let outcome = thread.submit(job)
        precondition(outcome == .accepted, "more jobs for the kernel than can be under way")
    }

    // MARK: Answers

    func collect(_ engine: Engine) {
        for answer in answers.drain() {
            switch answer {
            case .changed(let ticket, let error):
                engine.kernelChanged(ticket, error)
                if let error { refused(error, engine) }
            case .gathered: continue
            case .rebuilt(let rebuilt):
                task = nil
                take(rebuilt, engine)
            case .audited(let audit):
                let what = task
                task = nil
                take(audit, what, engine)
            case .allowed(let error):
                isAllowing = false
                if let error { refused(error, engine) }
            case .listed(let progress): take(progress, engine)
            case .kept(let error): engine.kernel?.lists.kept(error, at: engine.now)
            case .listsAudited(let audit): take(audit, engine)
            case .counted(let counts):
                isCounting = false
                engine.dropped = Self.dropped(counts)
            case .withdrawn: continue
            }
        }
    }

    private func take(_ rebuilt: Rebuilt, _ engine: Engine) {
        engine.kernel?.rebuilt(rebuilt.error)
        if let error = rebuilt.error { return refused(error, engine) }
        if rebuilt.lostLists { engine.kernel?.lists.lost() }
        elements = rebuilt.elements
        retryDelay = Self.retryFloor
        restoredAt = engine.now.boot
        if let words = tampering {
            tampering = nil
            engine.commit(
                .noted(
                    Note(
                        .enforceRestored, .warning,
                        "\(words); restored \(rebuilt.elements) bans in "
                            + "\(rebuilt.milliseconds) ms")))
        }
        if failure != nil {
            failure = nil
            engine.commit(
                .noted(
                    Note(
                        .enforceRecovered, .info,
                        "the kernel has all \(rebuilt.elements) bans again")))
        }
    }

    private func take(_ audit: Audit, _ what: Task?, _ engine: Engine) {
        if let error = audit.error {
            refused(error, engine)
            return engine.end(.audit, Self.unanswered(error))
        }
        let found = audit.comparison
        if let rebuilt = audit.rebuilt {
            if tampering == nil { tampering = found.words }
            take(rebuilt, engine)
        } else if found.isClean {
            tampering = nil
            if failure == nil { engine.kernel?.rebuilt(nil) }
        }
        if case .audit(let mends, lists: true) = what {
            return beginListAudit(after: audit, mends: mends, engine)
        }
        engine.end(.audit, .success(.audited(found.report(audit.rebuilt.map { $0.error == nil }))))
    }

    /// The kernel said no: said once, and tried again later and later.
    func refused(_ error: Errno, _ engine: Engine) {
        let isTableGone = error.code == ENOENT
        wantRebuild(
            fromNothing: false,
            at: engine.now.boot + (isTableGone && failure == nil ? 0 : retryDelay))
        retryDelay = min(retryDelay * 2, Self.retryCeiling)
        if failure != nil || isTableGone { return }
        failure = error
        engine.commit(
            .noted(
                Note(
                    .enforceFailed, .critical,
                    "the kernel refuses bans: \(error.text); they are answered, not enforced")))
    }

    // MARK: Others

    /// What others did to the table.
    func listen(_ engine: Engine) {
        // A bounded look: what is left is there in the next turn.
        for _ in 0..<64 {
            switch monitor?.receive(into: &buffer) {
            case .bytes(let count):
                let heard = buffer
                let found = Tampering.found(
                    in: heard.span.extracting(first: count), ownPort: ownPort)
                if !found.isEmpty { tampered(found, engine) }
            case .overrun:
                wantAudit(mends: true, lists: true, at: engine.now.boot)
            case .wouldBlock, .failed, nil: return
            }
        }
    }

    private func tampered(_ found: Tampering, _ engine: Engine) {
        if found.contains(.lists) {
            engine.kernel?.lists.spoiled(
                "somebody changed elements of lists in table inet \(Layout.table)",
                at: engine.now)
        }
        if found.isDisjoint(with: [.structure, .elements]) { return }
        engine.kernel?.tampered()
        let isStructure = found.contains(.structure)
        tampering =
            isStructure
            ? "somebody changed table inet \(Layout.table)"
            : "somebody changed elements of table inet \(Layout.table)"
        wantRebuild(
            fromNothing: isStructure, at: max(engine.now.boot, restoredAt + Self.restorePeriod))
    }

    /// `enforce verify` and `repair`.
    func beginAudit(mends: Bool, _ engine: Engine) {
        wantAudit(mends: mends, lists: true, at: engine.now.boot)
    }
}
