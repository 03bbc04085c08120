// The loop's side of enforcement: carries batches to the kernel thread and answers back, hands it the
// state in parts when the table is to be built or compared, hears what others do to the table, and
// tries again what the kernel refused.  It decides nothing about bans, and never waits but at start
// and stop.

import OpsConfig
import OpsCore
import OpsFirewall
import OpsLinux

/// Bans in the kernel.
final class Enforcer {
    /// What is done with the whole of the state.
    enum Task: Equatable {
        case rebuild(fromNothing: Bool)
        case audit(mends: Bool)
    }

    /// Parts of the state in one job, and jobs that may wait for the thread.
    private static let partsAJob = 8
    private static let jobsWaiting = 4
    /// How often the counters are read, and the whole is compared: nanoseconds.
    private static let countPeriod: Int64 = 5_000_000_000
    private static let auditPeriod: Int64 = 300_000_000_000
    /// From one restoration to the next at least, lest two programs chase each other: nanoseconds.
    private static let restorePeriod: Int64 = 200_000_000
    /// From a refusal to the next try, and at most: nanoseconds.
    private static let retryFloor: Int64 = 1_000_000_000
    private static let retryCeiling: Int64 = 60_000_000_000
    /// How long a start waits for the kernel: milliseconds.
    private static let startPatience: Int64 = 5_000
    /// NFNLGRP_NFTABLES.  Source: linux/netfilter/nfnetlink.h.
    private static let group: UInt32 = 7
    /// Changes by others that may wait to be heard, in bytes; more is made up for by a comparison.
    private static let monitorBytes: Int32 = 1 << 20

    private let thread: KernelThread
    private let answers: Mailbox<KernelAnswer>
    private var monitor: NetfilterSocket?
    private let ownPort: UInt32
    private var layout: Layout
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Under way: the next part to hand over; nil when the job itself has been.
    private var task: Task?
    private var part: Int?
    /// To be done once that is over, and not before they are due: nanoseconds of boot time.
    private var wantedRebuild: (fromNothing: Bool, due: Int64)?
    private var wantedAudit: (mends: Bool, due: Int64)?
    private var audits: Recurring
    private var counts: Recurring
    private var isCounting = false
    private var retryDelay = Enforcer.retryFloor
    private var restoredAt = Int64.min / 2
    /// Set while the kernel refuses.
    private(set) var failure: Errno?
    /// Why others were noticed, until it is restored.
    private var tampering: String?
    private(set) var elements = 0

    init(layout: Layout, at boot: Int64) throws(Errno) {
        self.layout = layout
        answers = try Mailbox(capacity: KernelThread.queueLimit + 2)
        let socket = try NetfilterSocket()
        ownPort = socket.port
        monitor = Self.listen(besides: ownPort)
        thread = try KernelThread(socket: socket, layout: layout, answers: answers)
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
        if audits.take(at: engine.now.boot) { wantAudit(mends: true, at: engine.now.boot) }
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
        var next = min(audits.due, counts.due, engine.kernel?.deadline ?? .max)
        if task == nil {
            next = min(next, wantedRebuild?.due ?? .max, wantedAudit?.due ?? .max)
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
        case .audit(let mends): submit(.audit(layout, mends: mends))
        }
    }

    /// Another `guard.ipv6_prefix` deals the bans out anew.
    private func adopt(_ engine: Engine) {
        let prefix = UInt8(engine.configuration.guard.ipv6Prefix)
        if prefix == layout.ipv6Prefix { return }
        layout = Layout(ipv6Prefix: prefix)
        wantRebuild(fromNothing: false, at: engine.now.boot)
    }

    /// What is asked for twice is done once: as thoroughly as either wants, and as soon.
    private func wantRebuild(fromNothing: Bool, at due: Int64) {
        wantedRebuild = (
            fromNothing || wantedRebuild?.fromNothing ?? false, min(due, wantedRebuild?.due ?? .max)
        )
    }

    private func wantAudit(mends: Bool, at due: Int64) {
        wantedAudit = (
            mends || wantedAudit?.mends ?? false, min(due, wantedAudit?.due ?? .max)
        )
    }

    /// The task that is due, if one is.
    private func takeDue(at boot: Int64) -> Task? {
        if let next = wantedRebuild, next.due <= boot {
            wantedRebuild = nil
            return .rebuild(fromNothing: next.fromNothing)
        }
        if let next = wantedAudit, next.due <= boot {
            wantedAudit = nil
            return .audit(mends: next.mends)
        }
        return nil
    }

    private func submit(_ job: KernelJob) { _ = thread.submit(job) }

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
                task = nil
                take(audit, engine)
            case .counted(let counts):
                isCounting = false
                engine.dropped = KernelSet.allCases.compactMap { set in
                    counts[set].map {
                        DroppedBy(set: "\(set.name)", packets: $0.packets, bytes: $0.bytes)
                    }
                }
            case .withdrawn: continue
            }
        }
    }

    private func take(_ rebuilt: Rebuilt, _ engine: Engine) {
        engine.kernel?.rebuilt(rebuilt.error)
        if let error = rebuilt.error { return refused(error, engine) }
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

    private func take(_ audit: Audit, _ engine: Engine) {
        if let error = audit.error {
            refused(error, engine)
            return engine.auditEnded(
                .failure(Refusal(.internal, "the kernel cannot be asked: \(error.text)")))
        }
        let found = audit.comparison
        if let rebuilt = audit.rebuilt {
            if tampering == nil { tampering = found.words }
            take(rebuilt, engine)
        } else if found.isClean {
            tampering = nil
            if failure == nil { engine.kernel?.rebuilt(nil) }
        }
        engine.auditEnded(.success(found.report(audit.rebuilt)))
    }

    /// The kernel said no: said once, and tried again later and later.
    private func refused(_ error: Errno, _ engine: Engine) {
        let isTableGone = error.code == 2
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
                let bytes = buffer.span.extracting(first: count)
                if let found = Tampering.found(in: bytes, ownPort: ownPort) {
                    tampered(found, engine)
                }
            case .overrun:
                wantAudit(mends: true, at: engine.now.boot)
            case .wouldBlock, .failed, nil: return
            }
        }
    }

    private func tampered(_ found: Tampering, _ engine: Engine) {
        engine.kernel?.tampered()
        tampering =
            found == .structure
            ? "somebody changed table inet \(Layout.table)"
            : "somebody changed elements of table inet \(Layout.table)"
        wantRebuild(
            fromNothing: found == .structure,
            at: max(engine.now.boot, restoredAt + Self.restorePeriod))
    }

    /// `enforce verify` and `repair`.
    func beginAudit(mends: Bool, _ engine: Engine) {
        wantAudit(mends: mends, at: engine.now.boot)
    }

    // MARK: Start and stop

    /// Puts every ban into the kernel before anybody is told that the daemon is ready.  What stood
    /// there stands until that has happened.
    func restoreAtStart(_ engine: Engine) {
        wantRebuild(fromNothing: false, at: engine.now.boot)
        let deadline = Clocks.bootNanoseconds() + Self.startPatience * 1_000_000
        while task != nil || wantedRebuild != nil {
            advance(engine)
            let left = (deadline - Clocks.bootNanoseconds()) / 1_000_000
            if left <= 0 || failure != nil { return }
            if part != nil && thread.queuedJobs < Self.jobsWaiting { continue }
            _ = try? answers.wait(timeoutMilliseconds: Int32(left))
            collect(engine)
        }
    }

    /// Takes the table away, and waits for that, a second at most.
    func withdraw() {
        submit(.withdraw)
        let deadline = Clocks.bootNanoseconds() + 1_000_000_000
        while true {
            let left = (deadline - Clocks.bootNanoseconds()) / 1_000_000
            if left <= 0 { return }
            _ = try? answers.wait(timeoutMilliseconds: Int32(left))
            for answer in answers.drain() { if case .withdrawn = answer { return } }
        }
    }
}

// MARK: - In words

extension Enforcer {
    /// `enforcement` in `status`.
    func status(_ engine: Engine) -> String {
        guard let failure else { return "nftables" }
        return "nftables: \(failure.name)"
    }

    /// The component in `health`.
    func detail(_ engine: Engine) -> String {
        if let failure {
            return "the kernel refuses bans: \(failure.text); tried again within a minute"
        }
        var words = "nftables: table inet \(Layout.table)"
        let open = engine.kernel?.doubts.count ?? 0
        if open > 0 { words += "; \(open) changes are on their way" }
        if monitor == nil { words += "; changes by others are noticed late: no monitor" }
        return words
    }

    func isBroken(_ engine: Engine) -> Bool { failure != nil }
}

extension Comparison {
    /// For an event.
    fileprivate var words: String {
        var parts: [String] = []
        if isAltered { parts.append("its table or rules were changed") }
        if missing > 0 { parts.append("\(missing) bans were missing") }
        if extra > 0 { parts.append("\(extra) elements were nobody's") }
        if wrong > 0 { parts.append("\(wrong) had another end") }
        return "the kernel differed: " + parts.joined(separator: ", ")
    }

    fileprivate func report(_ rebuilt: Rebuilt?) -> AuditReport {
        AuditReport(
            elements: elements, missing: missing, extra: extra, wrong: wrong,
            isAltered: isAltered, examples: examples,
            isRepaired: rebuilt.map { $0.error == nil })
    }
}

extension Daemon {
    /// Has the kernel compared with the state.
    func beginAudit(mends: Bool) throws(Refusal) {
        guard let enforcer else {
            throw Refusal(.refused, "bans are not enforced here", hint: "`health` says why")
        }
        enforcer.beginAudit(mends: mends, engine)
    }
}
