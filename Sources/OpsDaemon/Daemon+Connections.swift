// Connections: accept, read, write, close.  The engine knows them by slot; the poller's generation
// keeps a stale event from reaching whoever has the slot next.

import OpsCore
import OpsLinux
import OpsProtocol

/// A connected client.
final class Connection {
    let stream: UnixStream
    let token: Token

    init(_ stream: consuming UnixStream, _ token: Token) {
        self.stream = stream
        self.token = token
    }

    var slot: Int { Int(token.slot) }
}

extension Daemon {
    /// Newcomers taken in one turn.
    static let acceptsPerTurn = 64

    func acceptNewcomers() throws(Errno) {
        for _ in 0..<Self.acceptsPerTurn {
            guard let accepted = listener?.accept() else { return }
            switch consume accepted {
            case .connection(let stream, let peer): admit(stream, peer)
            case .wouldBlock: return
            case .obstructed(let error): return try pauseAccepting(error)
            // Whoever starts us again has another one.
            case .failed(let error): throw error
            }
        }
    }

    /// The newcomer stays in the backlog, until a connection ends or a second has passed.  Told once
    /// a minute at most, however they come and go.
    private func pauseAccepting(_ error: Errno) throws(Errno) {
        isAcceptPaused = true
        let quietSince = engine.now.boot - 60 * Timetable.second
        if acceptTrouble.map({ $0.code != error.code || $0.told < quietSince }) ?? true {
            acceptTrouble = (error.code, engine.now.boot)
            announcer.say(.warning, "nobody is let in for now, until that changes: \(error)")
        }
        if let listenerToken { try poller.update(listenerToken, .none) }
    }

    /// A newcomer that cannot be watched is turned away; the others go on.
    private func admit(_ stream: consuming UnixStream, _ peer: Peer) {
        let number = stream.descriptor.number
        let caller = Caller(uid: peer.userID, roles: roles.roles(of: peer))
        let token: Token
        do throws(Errno) {
            token = try poller.register(number, .read)
        } catch {
            let refusal = Refusal(.busy, "no room for a connection: \(error)")
            return turnAway(stream, refusal)
        }
        let slot = Int(token.slot)
        switch engine.open(slot, caller, isTrusted: roles.isTrusted(peer.userID)) {
        case .admitted:
            while sources.count <= slot { sources.append(nil) }
            sources[slot] = .connection(Connection(stream, token))
        case .refused(let refusal):
            poller.deregister(token)
            turnAway(stream, refusal)
        }
    }

    private func turnAway(_ stream: consuming UnixStream, _ refusal: Refusal) {
        var line: [UInt8] = []
        refusal.writeLine(to: &line)
        _ = stream.send(line.span.bytes)
    }

    func receive(_ connection: Connection, _ ready: Ready) {
        let slot = connection.slot
        // Nothing is read while it waits; what it sent behind is read, and its end, once it does not.
        if ready.broken && engine.stopWaiting(slot) { return }
        if ready.readable || ready.broken {
            switch connection.stream.receive(into: &buffer) {
            case .bytes(let count):
                let bytes = buffer
                engine.take(slot, bytes.span.extracting(first: count))
            case .wouldBlock: break
            case .closed:
                if ready.broken { return close(connection) }
                engine.finish(slot)
            case .failed: return close(connection)
            }
        }
        if ready.writable { engine.touch(slot) }
    }

    /// Sends what may go, and closes what is done.
    func flushReplies() {
        let safe = engine.log.safe
        let answered = engine.kernel?.answered ?? .max
        for slot in engine.takeTouched() {
            guard slot < sources.count, case .connection(let connection)? = sources[slot],
                let session = engine.session(slot)
            else { continue }
            flush(connection, session, safe, answered)
        }
    }

    private func flush(
        _ connection: Connection, _ session: Session, _ safe: UInt64, _ answered: UInt64
    ) {
        if session.isDead { return close(connection) }
        var isBlocked = false
        var moved = false
        while !isBlocked {
            let count = session.output.sendable(safe: safe, answered: answered)
            if count == 0 { break }
            var isGone = false
            let went = session.output.send(min(count, 262_144)) { bytes in
                switch connection.stream.send(bytes) {
                case .bytes(let count): return count
                case .wouldBlock: isBlocked = true
                case .closed, .failed: isGone = true
                }
                return 0
            }
            if isGone { return close(connection) }
            moved = moved || went > 0
        }
        if session.isClosing && session.output.count == 0 { return close(connection) }
        engine.noteOutput(connection.slot, moved: moved, isBlocked: isBlocked)
        var interest = session.interest
        if isBlocked { interest.insert(.write) }
        do throws(Errno) {
            try poller.update(connection.token, interest)
        } catch {
            // It would never be heard of again.
            close(connection)
        }
    }

    func close(_ connection: Connection) {
        poller.deregister(connection.token)
        sources[connection.slot] = nil
        engine.close(connection.slot)
        if isAcceptPaused, let listenerToken {
            isAcceptPaused = false
            _ = try? poller.update(listenerToken, .read)
        }
    }
}
