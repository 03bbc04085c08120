// Connections: accept, read, write, close.  The engine knows them by slot; the poller's generation
// keeps a stale event from reaching the next connection in the slot.

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
    /// Connections accepted in one turn.
    static let acceptsPerTurn = 64
    /// Pieces of work that it takes to accept or to close a connection.
    static let connectionPieces = 4
    /// The size of the kernel's buffer for what a connection is sent: bytes.  The kernel takes
    /// twice as much, and a message more; its own size would be 208 KiB, for each of 10,000.
    static let socketBytes: Int32 = 32 << 10
    /// Bytes that are read at once where sessions hold much: no more than an empty framer keeps.
    static let smallRead = 2 << 10

    /// Accepts those that wait, up to the bound of a turn.
    func acceptConnections() throws(Errno) {
        for _ in 0..<Self.acceptsPerTurn where !arrivals.isOver {
            arrivals.spend(Self.connectionPieces, engine.clock)
            guard let accepted = listener?.accept() else { return }
            switch consume accepted {
            case .connection(let stream, let peer): admit(stream, peer)
            case .wouldBlock: return
            case .obstructed(let error): return try pauseAccepting(error)
            // The listener is of no use any more; a restart makes a new one.
            case .failed(let error): throw error
            }
        }
    }

    /// Leaves connections in the backlog until one ends or a second has passed.  Reported once a
    /// minute at most.
    private func pauseAccepting(_ error: Errno) throws(Errno) {
        isAcceptPaused = true
        let quietSince = engine.now.boot - 60 * Rounds.second
        if acceptTrouble.map({ $0.code != error.code || $0.reported < quietSince }) ?? true {
            acceptTrouble = (error.code, engine.now.boot)
            announcer.say(.warning, "new connections are not accepted until this passes: \(error)")
        }
        if let listenerToken { try poller.update(listenerToken, .none) }
    }

    /// Opens a session for a new connection; one that cannot be watched is refused.
    private func admit(_ stream: consuming UnixStream, _ peer: Peer) {
        let number = stream.descriptor.number
        stream.setSendBuffer(bytes: Self.socketBytes)
        let caller = Caller(uid: peer.userID, roles: roles.roles(of: peer))
        let token: Token
        do throws(Errno) {
            token = try poller.register(number, .read)
        } catch {
            let refusal = Refusal(.busy, "no room for a connection: \(error)")
            return refuse(stream, refusal)
        }
        let slot = Int(token.slot)
        switch engine.open(slot, caller, isTrusted: roles.isTrusted(peer.userID)) {
        case .admitted:
            while sources.count <= slot { sources.append(nil) }
            sources[slot] = .connection(Connection(stream, token))
        case .refused(let refusal):
            poller.deregister(token)
            refuse(stream, refusal)
        }
    }

    private func refuse(_ stream: consuming UnixStream, _ refusal: Refusal) {
        var line: [UInt8] = []
        refusal.writeLine(to: &line)
        _ = stream.send(line.span.bytes)
    }

    func receive(_ connection: Connection, _ ready: Ready) {
        let slot = connection.slot
        // While the session waits nothing is read; what it sent, and its end, are read later.
        if ready.isBroken && engine.stopWaiting(slot) { return }
        if ready.isReadable || ready.isBroken {
            let isTight = engine.ledger.total > Ledger.plentyBytes
            let start = isTight ? buffer.count - Self.smallRead : 0
            switch connection.stream.receive(into: &buffer, at: start) {
            case .bytes(let count):
                let bytes = buffer
                engine.receive(slot, bytes.span.extracting(start..<start + count))
            case .wouldBlock: break
            case .closed:
                if ready.isBroken { return close(connection) }
                engine.finish(slot)
            case .failed: return close(connection)
            }
        }
        if ready.isWritable { engine.touch(slot) }
    }

    private func connection(_ slot: Int) -> Connection? {
        guard slot < sources.count, case .connection(let connection)? = sources[slot] else {
            return nil
        }
        return connection
    }

    func send(_ slot: Int, _ bytes: RawSpan) -> Delivery {
        guard let connection = connection(slot) else { return .gone }
        return switch connection.stream.send(bytes) {
        case .bytes(let count): .sent(count)
        case .wouldBlock: .blocked
        case .closed, .failed: .gone
        }
    }

    func watch(_ slot: Int, _ interest: Interest) -> Bool {
        guard let connection = connection(slot) else { return false }
        do throws(Errno) {
            try poller.update(connection.token, interest)
            return true
        } catch { return false }
    }

    func close(_ slot: Int) {
        if let connection = connection(slot) { close(connection) }
    }

    func close(_ connection: Connection) {
        arrivals.spend(Self.connectionPieces, engine.clock)
        poller.deregister(connection.token)
        sources[connection.slot] = nil
        engine.close(connection.slot)
        resumeAccepting()
    }

    /// Accepts connections again after a pause.
    func resumeAccepting() {
        guard isAcceptPaused, let listenerToken else { return }
        isAcceptPaused = false
        _ = try? poller.update(listenerToken, .read)
    }

    /// At a stop: accepts those that have connected already, and closes the listener.
    func stopAccepting() {
        if listener != nil {
            for _ in 0..<4_096 {
                arrivals = TurnShare(until: .max)
                let before = engine.sessionCount
                try? acceptConnections()
                if engine.sessionCount == before { break }
            }
        }
        if let listenerToken { poller.deregister(listenerToken) }
        listenerToken = nil
        if let listener = listener.take() {
            if !isActivated { listener.remove() }
        }
    }
}
