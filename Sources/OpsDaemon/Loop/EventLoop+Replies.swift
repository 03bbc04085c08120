// Replies to the sockets: those whose gate is open are sent, and what a connection is watched for
// follows from the state of its session.

import OpsCore
import OpsLinux

extension EventLoop {
    /// Bytes handed to a socket at once.
    private static var sendBytes: Int { 262_144 }

    /// Sends what may go, and closes what is done.
    func flushReplies() {
        let safe = engine.log.safe
        let answered = engine.kernel?.answered ?? .max
        for slot in engine.takeTouched() {
            guard let session = engine.session(slot) else { continue }
            flush(slot, session, safe, answered)
        }
    }

    private func flush(_ slot: Int, _ session: Session, _ safe: UInt64, _ answered: UInt64) {
        if session.isDead { return close(slot) }
        var isBlocked = false
        var moved = false
        while !isBlocked {
            let count = session.output.sendable(safe: safe, answered: answered)
            if count == 0 { break }
            var isGone = false
            let went = session.output.send(min(count, Self.sendBytes)) { bytes in
                switch send(slot, bytes) {
                case .sent(let count): return count
                case .blocked: isBlocked = true
                case .gone: isGone = true
                }
                return 0
            }
            if isGone { return close(slot) }
            moved = moved || went > 0
        }
        if session.isClosing && session.output.count == 0 { return close(slot) }
        engine.noteOutput(slot, moved: moved, isBlocked: isBlocked)
        var interest = session.interest
        if isBlocked { interest.insert(.write) }
        // A connection that cannot be watched would hang for ever.
        if !watch(slot, interest) { close(slot) }
    }
}
