// The engine's sessions: who is let in, what they send and are sent, when they are closed.

import OpsConfig
import OpsCore
import OpsProtocol

extension Engine {
    /// Whether a new connection is accepted.
    enum Admission {
        case admitted
        /// It is sent this, then closed.
        case refused(Refusal)
    }

    /// Opens a session in `slot`.  `isTrusted`: root or the daemon's own user, for whom room is
    /// kept.
    func open(_ slot: Int, _ caller: Caller, isTrusted: Bool) -> Admission {
        let limits = configuration.limits
        let bound = min(limits.connections, descriptorRoom)
        if sessionCount >= bound
            && !(isTrusted && sessionCount < bound + Self.reservedConnections)
        {
            return .refused(Refusal(.tooMany, "\(bound) connections are open already"))
        }
        let ofUser = sessionsPerUser[caller.uid] ?? 0
        if ofUser >= limits.connectionsPerUser && caller.uid != 0 {
            return .refused(
                Refusal(
                    .tooMany, "user \(caller.uid) has \(ofUser) connections open already"))
        }
        if caller.roles.isEmpty {
            return .refused(
                Refusal(
                    .forbidden, "user \(caller.uid) has no role",
                    hint: "roles are granted in [access] of opsd.toml"))
        }
        while sessions.count <= slot { sessions.append(nil) }
        sessions[slot] = Session(
            caller: caller, lineLimitBytes: limits.lineBytes, buffers: buffers)
        sessionCount += 1
        sessionsPerUser[caller.uid] = ofUser + 1
        return .admitted
    }

    /// Connections, beyond the general bound, that are kept for root and the daemon's own user.
    static let reservedConnections = 16

    /// The connection is gone.
    func close(_ slot: Int) {
        guard let session = sessions[slot] else { return }
        sessions[slot] = nil
        sessionCount -= 1
        let left = (sessionsPerUser[session.caller.uid] ?? 1) - 1
        sessionsPerUser[session.caller.uid] = left > 0 ? left : nil
        touched.remove(slot)
        arrived.remove(slot)
        unserved.remove(slot)
        heavy.remove(slot)
        held.remove(slot)
        late.remove(slot)
        ledger.charge(slot, session.caller.uid, 0)
        endWatch(slot, session)
        waiting.remove(slot)
        retries.remove(slot)
        lists.forget(slot)
        work.forget(slot)
        if let satellite = session.satellite { satellites.left(satellite, slot) }
    }

    /// The session in a slot.
    func session(_ slot: Int) -> Session? { slot < sessions.count ? sessions[slot] : nil }

    /// Bytes from a connection.  `serveArrived` serves them together with those of other
    /// connections in this turn, so that memory is prefetched for all at once.
    @inline(__always)
    func receive(_ slot: Int, _ bytes: Span<UInt8>) {
        guard let session = session(slot), !session.isClosing else { return }
        session.framer.feed(bytes)
        arrived.insert(slot)
        if arrived.slots.count == PrefetchBatch.limit { serveArrived() }
    }

    /// Serves the sessions whose bytes have come.
    func serveArrived() {
        if arrived.isEmpty { return }
        let slots = arrived.take()
        if slots.count > 1 { prefetch(slots) }
        for index in slots.indices {
            let slot = slots[index]
            // It may have been closed since.
            guard let session = session(slot), !session.isClosing else { continue }
            serve(slot, session, atMost: SessionBounds.requestsOnArrival)
        }
    }

    /// The peer has finished sending: it is answered, then closed.
    func finish(_ slot: Int) {
        guard let session = session(slot) else { return }
        session.hasEnded = true
        if session.framer.hasLine { unserved.append(slot) } else { session.closeIfServed() }
        touched.insert(slot)
    }

    /// Has the loop look at this slot.
    func touch(_ slot: Int) { touched.insert(slot) }

    /// There is output that may be free to go.
    var hasReplies: Bool { !touched.isEmpty || !late.isEmpty }

    /// Removes and returns the slots that the loop should look at now.
    func takeTouched() -> [Int] { touched.take() }

    /// Output was sent, or could not be; updates the deadlines.
    func noteOutput(_ slot: Int, moved: Bool, isBlocked: Bool) {
        guard let session = session(slot) else { return }
        if session.output.held > 0 { held.insert(slot) } else { held.remove(slot) }
        if !isBlocked {
            // A watcher without output may still be one whose socket takes no events.
            if moved || session.watch?.isBlocked != true { session.stallDeadline = nil }
        } else if moved || session.stallDeadline == nil {
            session.stallDeadline = deadline(in: SessionBounds.stallNanoseconds)
        }
        charge(slot, session)
        // A pause may have begun or ended here.
        timeLine(session)
        if session.framer.hasLine && session.hasRoom { unserved.append(slot) }
    }

    func deadline(in nanoseconds: Int64) -> Int64 {
        let grain = SessionBounds.deadlineGrain
        let due = (now.boot + nanoseconds + grain - 1) / grain * grain
        sweepAt = min(sweepAt, due)
        return due
    }
}

extension Engine {
    /// After a change of who may do what: closes the sessions whose roles are others now.  All of
    /// them are looked at in one turn, that of a reload, which reads files and looks up users; they
    /// are closed in slices.  What they were promised is still sent, and what they asked for and is
    /// not begun is not done.
    /// - Parameter roles: what the peer in a slot may be now; nil: it cannot be told.
    func closeSessions(whoseRolesDifferFrom roles: (Int) -> RoleSet?) {
        for (slot, session) in sessions.enumerated() {
            guard let session, !session.isClosing, let roles = roles(slot),
                roles != session.caller.roles
            else { continue }
            if session.wait == .turn {
                heavy.remove(slot)
                _ = session.takeHeavyRequest()
            }
            endWatch(slot, session)
            session.isClosing = true
            late.append(slot)
        }
    }

    /// At a stop: closes sessions whose requests are answered, and waits for the rest.  With
    /// `patient`, those that have sent no request yet may still send their first.  Looks at a slice
    /// of them; `stopSlot` is 0 once it has come to the end.
    func closeServed(patient: Bool) {
        let end = min(sessions.count, stopSlot + SessionBounds.slotsPerTurn)
        for slot in stopSlot..<end {
            guard let session = sessions[slot], !session.isClosing else { continue }
            if patient && !session.wasServed { continue }
            session.hasEnded = true
            if let watch = session.watch {
                // A watcher is sent the event of the stop first.
                if hasUntold || isBehind(watch) { continue }
                endWatch(slot, session)
                session.isClosing = true
            } else if session.framer.hasLine {
                unserved.append(slot)
            } else {
                session.closeIfServed()
            }
            late.append(slot)
        }
        stopSlot = end < sessions.count ? end : 0
    }

    /// There are events that have not been announced.
    var hasUntold: Bool { !outbox.isEmpty }
}

extension Engine {
    /// Closes sessions that are past a deadline.  Cheap until one is due.  Looks at a slice of
    /// them; true when there are more.
    func sweepSessions() -> Bool {
        if sweepSlot == 0 {
            if now.boot < sweepAt { return false }
            sweepAt = lists.nextDeadline
        }
        let end = min(sessions.count, sweepSlot + SessionBounds.slotsPerTurn)
        for slot in sweepSlot..<end {
            if let session = sessions[slot] { sweep(slot, session) }
        }
        sweepSlot = end < sessions.count ? end : 0
        return sweepSlot > 0
    }

    private func sweep(_ slot: Int, _ session: Session) {
        if let due = session.lineDeadline {
            if due <= now.boot {
                let seconds = configuration.limits.lineTimeoutMilliseconds / 1_000
                refuse(Refusal(.badRequest, "the line did not end within \(seconds) s"), session)
                session.isClosing = true
                session.lineDeadline = nil
                late.append(slot)
            } else {
                sweepAt = min(sweepAt, due)
            }
        }
        if let due = session.stallDeadline {
            if due <= now.boot {
                session.isDead = true
                late.append(slot)
            } else {
                sweepAt = min(sweepAt, due)
            }
        }
    }

    /// When the engine must be woken; nanoseconds of boot time, `Int64.max`: not at all.
    var nextDeadline: Int64 {
        var soonest = min(sweepAt, retries.due, work.due)
        if log.isFull { return soonest }
        let page = ask { $0.nextPaging }
        if page != .max { soonest = min(soonest, page * 1_000_000) }
        guard let due = ask({ $0.nextDeadline }) else { return soonest }
        // `Bounds.deadlineMilliseconds` keeps this within 64 bits.
        return min(soonest, due * 1_000_000)
    }
}
