// A request's way: framed, parsed, authorised, decided, committed, answered once its gate is open.

import OpsConfig
import OpsCore
import OpsProtocol

extension Engine {
    /// Serves the requests that have come, up to a share; what is left waits in line.
    func serve(_ slot: Int, _ session: Session, atMost most: Int) {
        var left = most
        let before = served
        var prefetched = 0
        session.isTight = isTight(session.caller.uid)
        while session.hasRoom {
            if left == 0 || share.isOver {
                if session.framer.hasLine { unserved.append(slot) }
                break
            }
            left -= 1
            if prefetched == 0 { prefetched = prefetch(session) }
            prefetched -= 1
            let outcome = session.framer.next { line in answer(line, slot, session) }
            guard let outcome else { break }
            served += 1
            // The next line has a time of its own, from its first byte on.
            session.lineDeadline = nil
            session.lineTimeLeft = nil
            share.spend(1, clock)
            session.wasServed = true
            if outcome == .tooLong {
                refuse(
                    Refusal(
                        .tooLong,
                        "the request has more than \(configuration.limits.lineBytes) bytes"),
                    session)
                session.isClosing = true
            }
        }
        if let satellite = session.satellite, served != before {
            satellites.heard(satellite, at: now.boot)
        }
        timeLine(session)
        session.closeIfServed()
        touched.insert(slot)
        if session.output.held > 0 { held.insert(slot) }
    }

    /// Prefetches the memory that the first requests of these sessions will need.
    func prefetch(_ slots: [Int]) {
        guard ask({ $0.isWorthPrefetching }) else { return }
        var ahead = PrefetchBatch()
        for index in slots.indices {
            guard let session = session(slots[index]), !session.framer.hasSeveral else { continue }
            addNetworks(session, 1, to: &ahead)
        }
        prefetch(ahead)
    }

    /// Prefetches the memory that the next requests of a session will need; returns for how many
    /// requests that is enough.
    @inline(__always)
    private func prefetch(_ session: Session) -> Int {
        guard session.framer.hasSeveral, ask({ $0.isWorthPrefetching }) else { return .max }
        var ahead = PrefetchBatch()
        addNetworks(session, PrefetchBatch.limit, to: &ahead)
        prefetch(ahead)
        return PrefetchBatch.limit
    }

    /// Adds the networks that the next requests of a session are about.
    @inline(__always)
    private func addNetworks(_ session: Session, _ most: Int, to ahead: inout PrefetchBatch) {
        session.framer.lookAhead(most) { line in
            if let network = HotRequest.network(line) { ahead.add(network) }
        }
    }

    @inline(__always)
    private func prefetch(_ ahead: PrefetchBatch) {
        // With a single network there is nothing to overlap: it would wait for memory all the same.
        if ahead.count > 1 { prefetchSum &+= ask { $0.prefetch(ahead) } }
    }

    /// Keeps the deadline of a line that has begun; its time stands still while nothing is read.
    func timeLine(_ session: Session) {
        if !session.framer.isPartial {
            session.lineDeadline = nil
            session.lineTimeLeft = nil
        } else if session.isPaused {
            if let due = session.lineDeadline { session.lineTimeLeft = max(0, due - now.boot) }
            session.lineDeadline = nil
        } else if session.lineDeadline == nil {
            let left =
                session.lineTimeLeft ?? configuration.limits.lineTimeoutMilliseconds * 1_000_000
            session.lineTimeLeft = nil
            session.lineDeadline = deadline(in: left)
        }
    }

    /// Answers one request, or puts it in line if it is heavy.
    private func answer(_ line: Span<UInt8>, _ slot: Int, _ session: Session) {
        if let request = HotRequest(line), answer(request, session) { return }
        if answerSpend(line, session) { return }
        do throws(Refusal) {
            let (command, row) = try RequestParser.parse(line)
            if !row.roles.meets(session.caller.roles) {
                throw Refusal(
                    .forbidden,
                    "\(row.verb) needs the role \(row.role.name), and yours is "
                        + session.caller.roles.names)
            }
            if row.isHeavy(command) {
                session.postpone(command, row)
                heavy.append(slot)
            } else {
                carryOut(command, row, slot, session)
            }
        } catch {
            refuse(error, session)
        }
    }

    /// Carries out a request of a caller who is allowed to make it.
    func carryOut(_ command: Command, _ row: CommandRow, _ slot: Int, _ session: Session) {
        do throws(Refusal) {
            try perform(command, row, slot, session)
        } catch {
            // A refusal that tells nothing of the state need not wait for a disk that hangs.
            refuse(
                error, session, isGated: row.traits.contains(.showsState) && error != Self.logIsFull
            )
        }
    }

    /// The answer to a request for a change when no more changes may wait for the disk.
    static let logIsFull = Refusal(
        .busy, "too many changes wait for the disk already",
        hint: "try again later; `health` shows the state of the store")

    /// Answers a request of the hot path, which changes nothing durable.
    /// - Returns: false where the general path has to answer it.
    @inline(__always)
    private func answer(_ request: HotRequest, _ session: Session) -> Bool {
        guard let row = request.row, row.roles.meets(session.caller.roles) else { return false }
        switch request {
        case .ping: session.output.append { Reply.writePong(to: &$0) }
        case .check(let target): check(target, session)
        case .hit(let target):
            guard let answer = update({ $0.admit(target, by: session.caller, at: now) }) else {
                return false
            }
            send(session) { answer.writeLine(to: &$0) }
        case .observe(let name, let event):
            guard update({ $0.observe(event, of: name, at: now) }) else { return false }
            session.output.append { ServiceReply.writeCounted(to: &$0) }
        }
        return true
    }

    /// Answers whether an address is banned, without copying what holds it.
    @inline(__always)
    private func check(_ target: Target, _ session: Session) {
        let network = ask { $0.key(target) }
        guard var held = ask({ $0.holder(of: target.network, at: now) }) else {
            return send(session) { CheckAnswer.writeFree(network, to: &$0) }
        }
        if isEnforcing { held.enforcement = standing(of: held, over: network) }
        send(session) { held.writeHolding(network, to: &$0) }
    }

    /// Sends a reply that shows state and changes none.  It gets a gate unless all of the log is
    /// safe.
    @inline(__always)
    private func send(_ session: Session, _ write: (inout [UInt8]) -> Void) {
        if log.sequence > log.safe {
            session.output.append(heldFor: log.sequence, isAcknowledgement: false, write)
        } else {
            session.output.append(write)
        }
    }

    private func perform(
        _ command: Command, _ row: CommandRow, _ slot: Int, _ session: Session
    ) throws(Refusal) {
        if case .ban(let targets, let terms) = command, targets.others.isEmpty {
            return try ban(targets.first, terms, session)
        }
        if row.traits.contains(.readsObservations) { flushObservations() }
        if case .cost(let command) = command {
            return try perform(command, isGated: row.traits.contains(.showsState), session)
        }
        let decision = try ask { (state: inout State) throws(Refusal) in
            try state.decide(command, by: session.caller, at: now)
        }
        if log.isFull && !decision.changes.isEmpty { throw Self.logIsFull }
        let ticket = ticket { commit(decision.changes) }
        if let telemetry = decision.telemetry { update { $0.apply(telemetry) } }
        if let tally = decision.tally { update { $0.count(tally) } }
        if let reply = decision.reply {
            send(
                withEnforcement(reply), session, isGated: row.traits.contains(.showsState),
                acknowledges: !decision.changes.isEmpty, ticket: ticket)
        }
        if case .wait(let until, let otherwise) = decision.effect {
            begin(Retry(command, row, session.caller, until, otherwise), slot, session)
        } else {
            try perform(decision.effect, slot, session)
        }
        // The table, and with it the manual, says which commands may wait.
        precondition(
            session.wait == nil || row.traits.contains(.mayWait),
            "\(row.verb) waits, and its row does not say so")
    }

    /// Carries out the `ban` of one network: like any command, but without making and copying a
    /// `Decision` and a `Reply`, which counts in a flood of bans.
    private func ban(_ target: Target, _ terms: BanTerms, _ session: Session) throws(Refusal) {
        let claim = try ask { (state: inout State) throws(Refusal) in
            try state.ban(target, terms, by: session.caller, at: now)
        }
        if log.isFull { throw Self.logIsFull }
        let isPlain = claim.effect == nil
        let view = ask { isPlain ? $0.view(claim.ban, at: now) : $0.view(claim, at: now) }
        let ticket = ticket {
            if let release = claim.effect?.release { commit(.released(release)) }
            commit(isPlain ? .claimed(claim.ban) : claim.change)
        }
        send(session, isGated: true, acknowledges: true, ticket: ticket) {
            view.writeBanned(to: &$0)
        }
    }

    /// Carries out a request about spending: like any command, but what concerns one call without
    /// a `Decision`, a `Change` and a `Reply`, which counts where it is asked for each call.
    private func perform(
        _ command: CostCommand, isGated: Bool, _ session: Session
    ) throws(Refusal) {
        let outcome = try ask { (state: inout State) throws(Refusal) in
            try state.outcome(of: command, by: session.caller, at: now)
        }
        switch outcome {
        case .call(let call):
            let changes = call.effect != .none
            if changes {
                if log.isFull { throw Self.logIsFull }
                commit(call)
            }
            send(session, isGated: isGated, acknowledges: changes, ticket: 0) {
                call.writeLine(to: &$0)
            }
        case .other(let reply, let record, let mark, let telemetry):
            if let record {
                if log.isFull { throw Self.logIsFull }
                if let mark { commit(.cost(.forgotten(mark))) }
                commit(.cost(record))
            }
            if let telemetry { update { $0.apply(telemetry) } }
            send(.cost(reply), session, isGated: isGated, acknowledges: record != nil)
        }
    }

    /// Runs `commit`, and returns the ticket of the kernel's transaction that it is in; 0: none.
    @inline(__always)
    private func ticket(_ commit: () -> Void) -> UInt64 {
        if !isEnforcing {
            commit()
            return 0
        }
        let noted = kernel?.noted
        commit()
        return kernel?.noted == noted ? 0 : kernel?.ticket ?? 0
    }

    private func perform(
        _ effect: Effect, _ slot: Int, _ session: Session
    ) throws(Refusal) {
        switch effect {
        case .none, .wait: return
        case .report(let question):
            send(report(question), session, isGated: false, acknowledges: false)
        case .watch(let topics, let after):
            send(
                .watching(topics, run: runID), session, isGated: false, acknowledges: false)
            beginWatch(topics, after: after, slot, session)
        case .readEvents(let search): try begin(search, slot, session)
        case .list(let step): try perform(step, slot, session)
        case .hello(let satellite, let version):
            let reply = greet(satellite, version: version, slot, session)
            send(reply, session, isGated: false, acknowledges: false)
        case .detector(let command): try perform(command, session)
        case .work(let command): try perform(command, slot, session)
        case .pager(let command): try perform(command, session)
        case .cleanup:
            let before = state.guardStats.totalTrackedIPs
            expire()
            let removed = before - state.guardStats.totalTrackedIPs
            send(.removed(removed), session, isGated: true, acknowledges: removed > 0)
        case .reload:
            guard let host else { return }
            let (applied, restart) = try host.reload(by: session.caller).get()
            send(
                .reloaded(applied: applied, restartRequired: restart), session, isGated: true,
                acknowledges: false)
        case .snapshot:
            guard let host else { return }
            try host.beginSnapshot()
            begin(.snapshot, slot, session)
        case .olderSnapshot(let release):
            guard let host else { return }
            try host.beginSnapshot(for: release)
            begin(.olderSnapshot, slot, session)
        case .audit(let repairs):
            guard let host else { return }
            try host.beginAudit(repairs: repairs)
            begin(.audit, slot, session)
        }
    }

    /// - Parameter ticket: the kernel's transaction that the reply waits for as well; 0: none.
    func send(
        _ reply: Reply, _ session: Session, isGated: Bool, acknowledges: Bool, ticket: UInt64 = 0
    ) {
        let limit = configuration.limits.replyBytes
        send(session, isGated: isGated, acknowledges: acknowledges, ticket: ticket) {
            reply.writeLine(to: &$0, limitBytes: limit)
        }
    }

    @inline(__always)
    private func send(
        _ session: Session, isGated: Bool, acknowledges: Bool, ticket: UInt64,
        _ write: (inout [UInt8]) -> Void
    ) {
        if log.isDegraded && acknowledges {
            session.output.append(
                heldFor: .max, ticket: ticket, isAcknowledgement: true, write)
            session.output.releaseUndurable()
        } else if ticket > 0 || (isGated && log.sequence > log.safe) {
            session.output.append(
                heldFor: log.sequence, ticket: ticket, isAcknowledgement: acknowledges, write)
        } else {
            session.output.append(write)
        }
    }

    func refuse(_ refusal: Refusal, _ session: Session, isGated: Bool = false) {
        if isGated && log.sequence > log.safe {
            session.output.append(heldFor: log.sequence, isAcknowledgement: false) {
                refusal.writeLine(to: &$0)
            }
        } else {
            session.output.append { refusal.writeLine(to: &$0) }
        }
    }
}
