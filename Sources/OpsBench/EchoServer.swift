// The fastest possible line server: it sends back what it receives.  With it opsbench measures its
// own limit.  It is not part of opsd, keeps nothing, and serves every user who may open its socket
// (0600).

import OpsLinux

/// A server that sends back what it receives.
struct EchoServer: ~Copyable {
    /// A connection, and its bytes that could not be sent back yet.
    private final class Peer {
        let stream: UnixStream
        let token: Token
        var rest: [UInt8] = []

        init(_ stream: consuming UnixStream, _ token: Token) {
            self.stream = stream
            self.token = token
        }
    }

    private var poller: Poller
    private let listener: Listener
    private let listenerToken: Token
    private let signals: SignalSource
    private let signalToken: Token
    private var peers: [Peer?] = []
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Listens on `path`; a socket there on which no process listens is replaced.
    init(path: String) throws(BenchFault) {
        let listener = try Self.listen(path)
        let signals = try BenchFault.from { () throws(Errno) in
            try SignalSource([.terminate, .interrupt, .hangUp])
        }
        var poller = try BenchFault.from { () throws(Errno) in try Poller() }
        let listenerToken = try Self.register(listener.descriptor.number, &poller)
        let signalToken = try Self.register(signals.descriptor.number, &poller)
        self.listenerToken = listenerToken
        self.signalToken = signalToken
        self.listener = listener
        self.signals = signals
        self.poller = poller
    }

    private static func listen(_ path: String) throws(BenchFault) -> Listener {
        do throws(SocketFault) {
            return try Listener(
                binding: try SocketPath(path), mode: 0o600, group: nil, stale: .replace)
        } catch {
            throw BenchFault(.unreachable, "cannot listen on \(path): \(error)")
        }
    }

    private static func register(
        _ number: Int32, _ poller: inout Poller
    ) throws(BenchFault) -> Token {
        try BenchFault.from { () throws(Errno) in try poller.register(number, .read) }
    }

    /// Serves until SIGTERM, SIGINT or SIGHUP; then removes the socket.
    /// - Parameter endsWithLast: also end with the last connection.
    consuming func run(endsWithLast: Bool = false) throws(BenchFault) {
        var isRunning = true
        while isRunning {
            try BenchFault.from { () throws(Errno) in try poller.wait(timeoutMilliseconds: -1) }
            while let ready = poller.next() {
                if ready.token == signalToken {
                    isRunning = false
                } else if ready.token == listenerToken {
                    try accept()
                } else if let peer = peers[Int(ready.token.slot)] {
                    try serve(peer)
                }
            }
            if endsWithLast && !peers.isEmpty && peers.allSatisfy({ $0 == nil }) {
                isRunning = false
            }
        }
        listener.remove()
    }

    private mutating func accept() throws(BenchFault) {
        switch listener.accept() {
        case .connection(let stream, _):
            let token = try Self.register(stream.descriptor.number, &poller)
            while peers.count <= Int(token.slot) { peers.append(nil) }
            peers[Int(token.slot)] = Peer(stream, token)
        case .wouldBlock: return
        case .obstructed(let error): throw .failed(error)
        case .failed(let error): throw .failed(error)
        }
    }

    private mutating func serve(_ peer: Peer) throws(BenchFault) {
        if peer.rest.isEmpty {
            switch peer.stream.receive(into: &buffer) {
            case .bytes(let count): try echo(buffer, count, peer)
            case .wouldBlock: return
            case .closed, .failed: close(peer)
            }
        } else {
            let rest = peer.rest
            peer.rest = []
            try echo(rest, rest.count, peer)
        }
    }

    /// Sends back `count` of `bytes`; unsent ones are kept, and nothing is read until they are
    /// sent.
    private mutating func echo(
        _ bytes: [UInt8], _ count: Int, _ peer: Peer
    ) throws(BenchFault) {
        var done = 0
        while done < count {
            switch peer.stream.send(bytes.span.extracting(done..<count).bytes) {
            case .bytes(let sent): done += sent
            case .wouldBlock:
                peer.rest = Array(bytes[done..<count])
                return try watch(peer, .write)
            case .closed, .failed: return close(peer)
            }
        }
        try watch(peer, .read)
    }

    private mutating func watch(_ peer: Peer, _ interest: Interest) throws(BenchFault) {
        try BenchFault.from { () throws(Errno) in try poller.update(peer.token, interest) }
    }

    private mutating func close(_ peer: Peer) {
        poller.deregister(peer.token)
        peers[Int(peer.token.slot)] = nil
    }
}
