// Replies to the sockets: those whose gate is open are sent, and what a connection is watched for
// follows from the state of its session.  Thousands may become free to go at once, and each is a
// system call: so replies have a share of the turn, and the rest of them stand in line.

import OpsCore
import OpsLinux

extension EventLoop {
    /// Bytes handed to a socket at once.
    private static var sendBytes: Int { 262_144 }
    /// Bytes that take no longer to send than a small reply.
    private static var pieceBytes: Int { 1_024 }
    /// What closing a connection takes, in small replies.
    private static var closing: Int { 8 }
    /// Small replies that make a piece of work: a look at the clock after some dozens is enough.
    private static var repliesPerPiece: Int { 4 }

    /// Sends what may go, and closes what is done: first for sessions that were served in this
    /// turn, then for those that have waited.
    func flushReplies() {
        let safe = engine.log.safe
        let answered = engine.kernel?.answered ?? .max
        var share = engine.share(of: TurnShare.replies)
        var work = 0
        for slot in engine.takeTouched() {
            if share.isOver {
                engine.late.append(slot)
                if let session = engine.session(slot) { engine.charge(slot, session) }
            } else {
                work += flush(slot, safe, answered)
                share.spend(work / Self.repliesPerPiece, engine.clock)
                work %= Self.repliesPerPiece
            }
        }
        if engine.late.isEmpty { return }
        share = engine.share(of: TurnShare.lateReplies)
        while !share.isOver, let slot = engine.late.popFirst() {
            work += flush(slot, safe, answered)
            share.spend(work / Self.repliesPerPiece, engine.clock)
            work %= Self.repliesPerPiece
        }
    }

    /// Returns how much work it was, in replies.
    private func flush(_ slot: Int, _ safe: UInt64, _ answered: UInt64) -> Int {
        guard let session = engine.session(slot) else { return 1 }
        if session.isDead {
            close(slot)
            return Self.closing
        }
        var isBlocked = false
        var moved = 0
        while !isBlocked {
            let count = session.output.sendable(safe: safe, answered: answered)
            if count == 0 { break }
            var isGone = false
            moved += session.output.send(min(count, Self.sendBytes)) { bytes in
                switch send(slot, bytes) {
                case .sent(let count): return count
                case .blocked: isBlocked = true
                case .gone: isGone = true
                }
                return 0
            }
            if isGone {
                close(slot)
                return Self.closing
            }
        }
        if session.isClosing && (session.output.count == 0 || session.isShed) {
            close(slot)
            return Self.closing
        }
        if isBlocked { session.output.shrink() }
        engine.noteOutput(slot, moved: moved > 0, isBlocked: isBlocked)
        var interest = session.interest
        if isBlocked { interest.insert(.write) }
        // A connection that cannot be watched would hang for ever.
        if !watch(slot, interest) {
            close(slot)
        } else if session.watch != nil {
            engine.resumeWatch(slot, session)
        }
        return 1 + moved / Self.pieceBytes
    }
}
