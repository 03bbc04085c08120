// The loop's side of enforcement: hands the kernel thread its jobs, gives it the state in parts
// when the table is to be built or compared, hears what others do to the table, and tries again
// what the kernel refused.
//
// It reads the engine as an `EnforcedState`, works on the `KernelBook` that it is lent, and returns
// what the engine is to do as `EnforcementEffect`s (Engine+Enforcer.swift carries them out).  It
// decides nothing about bans, and waits only at a start and a stop.

import Glibc
import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux

/// What the enforcer may know of the engine.  It changes none of it.
protocol EnforcedState {
    /// The time of this turn.
    var now: Moment { get }
    /// Counts what may have changed `exempt`.
    var protections: UInt64 { get }
    /// What is never dropped, whatever bans or lists it.
    var exempt: [Network] { get }
    /// The length of the IPv6 networks that are banned as one address: bits.
    var ipv6Prefix: Int { get }
    /// The lists that the kernel should hold now.
    var enforcedLists: [AddressList] { get }
    /// Appends the bans of one of `State.snapshotParts` that the kernel should hold now.
    func appendDrops(ofPart part: Int, to drops: inout [Drop])
}

/// What the enforcer asks the engine for, to be carried out in order.
enum EnforcementEffect {
    /// Make this an event.
    case note(Note)
    /// The kernel has answered the batch of this ticket; nil: it holds all of it.
    case answered(ticket: UInt64, Errno?)
    /// The comparison with the kernel is over: answer those who wait for it.
    case audited(Result<Reply, Refusal>)
    /// What the sets have dropped so far.
    case counted([DroppedBy])
}

/// Keeps the bans in the kernel as they are in the state.
final class Enforcer {
    /// A job that needs the whole of the state.
    enum Task: Equatable {
        case rebuild(fromNothing: Bool)
        /// - lists: whether lists are compared too.
        case audit(repairs: Bool, lists: Bool)
    }

    /// How many parts of the state one job has, and how many jobs may wait for the thread.
    private static let partsAJob = 8
    static let jobsWaiting = 4
    /// How often the counters are read: nanoseconds.
    private static let countPeriod: Int64 = 5_000_000_000
    /// How often the whole of the state is compared with the kernel: nanoseconds.
    static let auditPeriod: Int64 = 300_000_000_000
    /// One comparison in this many includes the lists.
    private static let auditsPerList = 12
    /// The least time between two restorations, so that two programs do not chase each other:
    /// nanoseconds.
    private static let restorePeriod: Int64 = 200_000_000
    /// The time from a refusal to the next try, which doubles, and its limit: nanoseconds.
    private static let retryFloor: Int64 = 1_000_000_000
    private static let retryCeiling: Int64 = 60_000_000_000
    /// How long a start waits for the kernel: milliseconds.
    static let startPatience: Int64 = 5_000
    /// NFNLGRP_NFTABLES.  Source: linux/netfilter/nfnetlink.h.
    private static let group: UInt32 = 7
    /// Bytes of notices of changes by others that may wait to be read; if more come, some are lost
    /// and the whole is compared.
    private static let monitorBytes: Int32 = 1 << 20

    let thread: KernelThread
    let answers: Mailbox<KernelAnswer>
    private(set) var monitor: NetfilterSocket?
    private let ownPort: UInt32
    private var layout: Layout
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// The task being done.
    var task: Task?
    /// The next part of the state to submit for `task`; nil: all have been.
    var part: Int?
    /// Tasks to begin after `task`, not before each is due: nanoseconds of boot time.
    var wantedRebuild: (fromNothing: Bool, due: Int64)?
    var wantedAudit: (repairs: Bool, lists: Bool, due: Int64)?
    /// The second half of a comparison (Enforcer+Lists.swift).
    let auditor: ListAuditThread
    var listAudit: ListAuditUnderWay?
    private var auditsDone = 0
    /// `EnforcedState.protections` when `exempt` was last submitted.
    private var protections: UInt64?
    /// The kernel has not answered the last `allow` job yet.
    private var isAllowing = false
    private var audits: Recurring
    private var counts: Recurring
    private var isCounting = false
    private var retryDelay = Enforcer.retryFloor
    private var restoredAt = Int64.min / 2
    /// Set while the kernel refuses.
    var failure: Errno?
    /// What others did to the table, until it is restored.
    private var tampering: String?

    init(layout: Layout, at boot: Int64) throws(Errno) {
        self.layout = layout
        answers = try Mailbox(capacity: KernelThread.queueLimit + 4)
        let socket = try NetfilterSocket()
        ownPort = socket.port
        monitor = Self.listen(besides: ownPort)
        let hearing = try? monitor?.membership(of: Self.group)
        thread = try KernelThread(
            socket: socket, hearing: hearing, layout: layout, answers: answers)
        auditor = try ListAuditThread(auditsTo: answers)
        // If no thread can be started, the start fails here; after this there is one.
        if case .failed(let error) = thread.submit(.count) { throw error }
        isCounting = true
        audits = Recurring(every: Self.auditPeriod, from: boot + Self.auditPeriod)
        counts = Recurring(every: Self.countPeriod, from: boot)
    }

    /// Opens a socket that hears changes by others; without it, only comparisons find them.
    private static func listen(besides port: UInt32) -> NetfilterSocket? {
        do throws(Errno) {
            let monitor = try NetfilterSocket()
            try monitor.setReceiveBuffer(bytes: monitorBytes)
            try monitor.ignore(port: port)
            try monitor.join(group: group)
            return monitor
        } catch { return nil }
    }

    var descriptorNumber: Int32 { answers.descriptorNumber }
    var monitorNumber: Int32? { monitor?.descriptor.number }

    // MARK: Turns

    /// Submits the turn's batch, and the next step of a task that goes over the whole state.
    func advance(
        _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        let boot = state.now.boot
        adoptSettings(state, &book)
        if let job = book.nextJob(at: state.now) { submit(job) }
        let effects = advanceLists(state, &book)
        if audits.fireIfDue(at: boot) {
            auditsDone += 1
            // Reading a long list takes seconds, and the monitor hears of most changes by others.
            wantAudit(repairs: true, lists: auditsDone % Self.auditsPerList == 0, at: boot)
        }
        if counts.fireIfDue(at: boot), !isCounting, task == nil {
            isCounting = true
            submit(.count)
        }
        if task == nil, let next = takeDue(at: boot) {
            task = next
            part = 0
        }
        gather(state)
        return effects
    }

    /// When there is something to do: nanoseconds of boot time.
    /// - Parameter book: when the book has something to do, in the same unit.
    func nextDue(book: Int64, at boot: Int64) -> Int64 {
        if canGather { return boot }
        var next = min(audits.due, counts.due, book)
        if task == nil {
            next = min(next, wantedRebuild?.due ?? .max)
            if listAudit == nil { next = min(next, wantedAudit?.due ?? .max) }
        }
        return next
    }

    private func gather(_ state: some EnforcedState) {
        guard let first = part, let task, thread.queuedJobs < Self.jobsWaiting else { return }
        let end = min(first + Self.partsAJob, State.snapshotParts)
        var drops: [Drop] = []
        for part in first..<end { state.appendDrops(ofPart: part, to: &drops) }
        submit(.gather(drops, isFirst: first == 0))
        part = end
        guard end == State.snapshotParts else { return }
        part = nil
        switch task {
        case .rebuild(let fromNothing): submit(.rebuild(layout, fromNothing: fromNothing))
        case .audit(let repairs, _): submit(.audit(layout, repairs: repairs))
        }
    }

    /// Submits what is never dropped, if that has changed.  A new `guard.ipv6_prefix` puts bans
    /// into other sets, so the table is built again.
    private func adoptSettings(_ state: some EnforcedState, _ book: inout KernelBook) {
        if isAllowing || protections == state.protections { return }
        isAllowing = true
        protections = state.protections
        submit(.allow(state.exempt))
        // A list may have become a dry run, or ceased to be one.
        book.lists.note()
        let prefix = UInt8(state.ipv6Prefix)
        if prefix == layout.ipv6Prefix { return }
        layout = Layout(ipv6Prefix: prefix)
        book.lists.lost()
        wantRebuild(fromNothing: false, at: state.now.boot)
    }

    /// Merges a rebuild into one already wanted: as thorough as either wants, as soon as either is
    /// due.
    func wantRebuild(fromNothing: Bool, at due: Int64) {
        wantedRebuild = (
            fromNothing || wantedRebuild?.fromNothing ?? false, min(due, wantedRebuild?.due ?? .max)
        )
    }

    /// Merges a comparison likewise into one already wanted.  `repairs`: what differs is repaired.
    func wantAudit(repairs: Bool, lists: Bool, at due: Int64) {
        wantedAudit = (
            repairs || wantedAudit?.repairs ?? false, lists || wantedAudit?.lists ?? false,
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
            return .audit(repairs: next.repairs, lists: next.lists)
        }
        return nil
    }

    /// Only a few jobs of a kind are under way at once (one change, one list, one count, one list
    /// of what is never dropped, some parts of a whole and the whole itself), so there is always
    /// room for them.  If a job were lost, its kind would seem under way for ever.
    func submit(_ job: KernelJob) {
        let outcome = thread.submit(job)
        precondition(outcome == .accepted, "more jobs for the kernel than can be under way")
    }

    // MARK: Answers

    /// Handles one answer of the threads.
    func handle(
        _ answer: KernelAnswer, _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        switch answer {
        case .changed(let ticket, let error):
            let answered = [EnforcementEffect.answered(ticket: ticket, error)]
            guard let error else { return answered }
            return answered + refused(error, at: state.now.boot)
        case .rebuilt(let rebuilt):
            task = nil
            return handle(rebuilt, &book, at: state.now.boot)
        case .audited(let audit):
            let what = task
            task = nil
            return handle(audit, what, state, &book)
        case .allowed(let error):
            isAllowing = false
            if let error { return refused(error, at: state.now.boot) }
        case .listed(let progress): return handle(progress, &book, at: state.now)
        case .kept(let error): book.lists.kept(error, at: state.now)
        case .listsAudited(let audit): return handle(audit, state, &book)
        case .counted(let counts):
            isCounting = false
            return [.counted(Self.dropped(counts))]
        case .missed(let answer):
            wantAudit(
                repairs: true, lists: true,
                at: max(state.now.boot, restoredAt) + Self.restorePeriod)
            return handle(answer, state, &book)
        case .gathered, .withdrawn: break
        }
        return []
    }

    private func handle(
        _ rebuilt: Rebuilt, _ book: inout KernelBook, at boot: Int64
    ) -> [EnforcementEffect] {
        book.rebuilt(rebuilt.error)
        if let error = rebuilt.error { return refused(error, at: boot) }
        if rebuilt.lostLists { book.lists.lost() }
        retryDelay = Self.retryFloor
        restoredAt = boot
        var effects: [EnforcementEffect] = []
        if tampering == nil, !rebuilt.strange.isEmpty {
            let examples = rebuilt.strange.prefix(10).joined(separator: ", ")
            tampering = "another program had put into table inet \(Layout.table): \(examples)"
        }
        if let message = tampering {
            tampering = nil
            effects.append(
                .note(
                    Note(
                        .enforceRestored, .warning,
                        "\(message); restored \(rebuilt.elements) bans in "
                            + "\(rebuilt.milliseconds) ms")))
        }
        if failure != nil {
            failure = nil
            effects.append(
                .note(
                    Note(
                        .enforceRecovered, .info,
                        "the kernel has all \(rebuilt.elements) bans again")))
        }
        return effects
    }

    private func handle(
        _ audit: Audit, _ what: Task?, _ state: some EnforcedState, _ book: inout KernelBook
    ) -> [EnforcementEffect] {
        if let error = audit.error {
            return refused(error, at: state.now.boot) + [.audited(Self.unanswered(error))]
        }
        let found = audit.comparison
        var effects: [EnforcementEffect] = []
        if let rebuilt = audit.rebuilt {
            if tampering == nil { tampering = found.message }
            effects = handle(rebuilt, &book, at: state.now.boot)
        } else if found.isClean {
            tampering = nil
            if failure == nil { book.rebuilt(nil) }
        }
        if case .audit(let repairs, lists: true) = what {
            return effects + beginListAudit(after: audit, repairs: repairs, state, &book)
        }
        let report = found.report(audit.rebuilt.map { $0.error == nil })
        return effects + [.audited(.success(.audited(report)))]
    }

    /// The kernel refused: reports it once, and tries again after a growing delay.
    private func refused(_ error: Errno, at boot: Int64) -> [EnforcementEffect] {
        let isTableGone = error.code == ENOENT
        wantRebuild(
            fromNothing: false, at: boot + (isTableGone && failure == nil ? 0 : retryDelay))
        retryDelay = min(retryDelay * 2, Self.retryCeiling)
        if failure != nil || isTableGone { return [] }
        failure = error
        return [
            .note(
                Note(
                    .enforceFailed, .critical,
                    "the kernel refuses bans: \(error.text); they are recorded, not enforced"))
        ]
    }

    // MARK: Others

    /// Reads what others did to the table.
    func listen(_ book: inout KernelBook, at now: Moment) {
        // Reads a bounded number of notices; the rest is read in the next turn.
        for _ in 0..<64 {
            switch monitor?.receive(into: &buffer) {
            case .bytes(let count):
                let heard = buffer
                let found = Tampering.found(
                    in: heard.span.extracting(first: count), ownPort: ownPort)
                if !found.isEmpty { tampered(found, &book, at: now) }
            case .overrun:
                wantAudit(repairs: true, lists: true, at: now.boot)
            case .wouldBlock, .failed, nil: return
            }
        }
    }

    private func tampered(_ found: Tampering, _ book: inout KernelBook, at now: Moment) {
        if found.contains(.lists) {
            book.lists.spoiled(
                "another program changed elements of lists in table inet \(Layout.table)", at: now)
        }
        if found.isDisjoint(with: [.structure, .elements]) { return }
        book.tampered()
        let isStructure = found.contains(.structure)
        tampering =
            isStructure
            ? "another program changed table inet \(Layout.table)"
            : "another program changed elements of table inet \(Layout.table)"
        wantRebuild(fromNothing: isStructure, at: max(now.boot, restoredAt + Self.restorePeriod))
    }
}
