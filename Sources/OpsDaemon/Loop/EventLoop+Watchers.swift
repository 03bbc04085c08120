// Events to the sockets of those that watch.  They go from the ring to the socket; a session's
// output holds the rest of one event at most, so that a watcher stands between two events, where
// its replies may go out.  A watcher whose socket is full is not visited until it takes something.

import OpsCore
import OpsLinux
import OpsProtocol

extension EventLoop {
    /// Sends watchers what is safe to tell, up to a share; true when there is more that could be
    /// sent now.
    func serveWatchers() -> Bool {
        if engine.watchers == 0 { return false }
        engine.renderEvents()
        if !engine.watchLine.isDone {
            var share = engine.share(of: TurnShare.watchers)
            while !share.isOver, !engine.watchLine.isDone, let slot = engine.watchLine.next() {
                let pieces = visit(slot)
                share.spend(pieces, engine.clock)
            }
        }
        return !engine.watchLine.isDone || engine.ring.waitingCount > 0
    }

    /// Returns how much work it was, in pieces.
    private func visit(_ slot: Int) -> Int {
        // Output goes first; with the last of it the watcher comes back into the line.
        guard let session = engine.session(slot), var watch = session.watch,
            !session.isClosing, !session.isDead, session.output.count == 0
        else { return 1 }
        let portion = engine.nextPortion(&watch)
        session.watch = watch
        switch portion {
        case .nothing:
            engine.watchLine.append(slot, isBehind: false)
            return 1
        case .skipped:
            engine.watchLine.append(slot, isBehind: true)
            return TurnShare.piecesPerLook
        case .lost(let count):
            engine.endWatch(slot, session)
            session.output.append { Event.writeLostLine(count, to: &$0) }
            session.isClosing = true
            engine.touch(slot)
            return 1
        case .run:
            sendRun(slot, session, &watch)
            return TurnShare.piecesPerLook
        }
    }

    private func sendRun(_ slot: Int, _ session: Session, _ watch: inout Watch) {
        let bytes = engine.run.bytes
        let went: Int
        switch send(slot, bytes.span.bytes) {
        case .sent(let count): went = count
        case .blocked: went = 0
        case .gone: return close(slot)
        }
        let (events, end) = engine.run.sent(went)
        engine.note(sent: events, &watch)
        watch.isBlocked = went < bytes.count
        session.watch = watch
        if went < end { session.output.appendRest(bytes[went..<end]) }
        if watch.isBlocked {
            engine.noteOutput(slot, moved: went > 0, isBlocked: true)
            if !self.watch(slot, session.interest.union(.write)) { close(slot) }
        } else {
            session.stallDeadline = nil
            engine.watchLine.append(slot, isBehind: engine.isDue(watch))
        }
    }
}
