// A server for the tests: each line gets what the test says, on a thread that ends with its last
// connection.

import Foundation
import OpsLinux
import OpsTestKit
import Synchronization

final class LineServer: Sendable {
    /// What is sent for a line; nil: the connection is closed.
    typealias Answer = @Sendable (_ number: Int, _ line: String) -> [UInt8]?

    let path: String
    private let scratch: ScratchDirectory
    private let lines = Mutex<[String]>([])
    private let done = DispatchSemaphore(value: 0)

    /// - Parameter pieces: the most bytes that are sent at once.
    init(pieces: Int = 1 << 20, _ answer: @escaping Answer) throws {
        scratch = try ScratchDirectory()
        path = scratch.path(of: "s")
        let listener = try Listener(
            binding: SocketPath(path), mode: 0o600, group: nil, stale: .refuse)
        let number = listener.descriptor.number
        let held = Held(listener)
        Thread.detachNewThread { [self] in
            self.serve(held, number, pieces, answer)
            done.signal()
        }
    }

    /// The lines that came, once all connections have ended.
    func received() -> [String] {
        done.wait()
        return lines.withLock { $0 }
    }

    private final class Held: Sendable {
        let listener: Listener
        init(_ listener: consuming Listener) { self.listener = listener }
    }

    private final class Peer {
        let stream: UnixStream
        var rest: [UInt8] = []
        init(_ stream: consuming UnixStream) { self.stream = stream }
    }

    private func serve(_ held: Held, _ number: Int32, _ pieces: Int, _ answer: Answer) {
        guard var poller = try? Poller(), let own = try? poller.register(number, .read) else {
            return
        }
        var peers: [Token: Peer] = [:]
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var hasBegun = false
        while !hasBegun || !peers.isEmpty {
            try? poller.wait(timeoutMilliseconds: 10_000)
            while let ready = poller.next() {
                if ready.token == own {
                    if case .connection(let stream, _) = held.listener.accept(),
                        let token = try? poller.register(stream.descriptor.number, .read)
                    {
                        peers[token] = Peer(stream)
                        hasBegun = true
                    }
                } else if let peer = peers[ready.token] {
                    if case .bytes(let count) = peer.stream.receive(into: &buffer),
                        handle(Array(buffer[..<count]), peer, pieces, answer)
                    {
                        continue
                    }
                    poller.deregister(ready.token)
                    peers[ready.token] = nil
                }
            }
        }
    }

    /// Answers the lines that are whole; false: close.
    private func handle(_ bytes: [UInt8], _ peer: Peer, _ pieces: Int, _ answer: Answer)
        -> Bool
    {
        peer.rest += bytes
        while let end = peer.rest.firstIndex(of: 0x0a) {
            let line = String(decoding: peer.rest[..<end], as: UTF8.self)
            peer.rest.removeFirst(end + 1)
            let number = lines.withLock { lines in
                lines.append(line)
                return lines.count
            }
            guard let reply = answer(number, line) else { return false }
            var from = 0
            while from < reply.count {
                let end = min(reply.count, from + pieces)
                switch peer.stream.send(reply.span.extracting(from..<end).bytes) {
                case .bytes(let count): from += count
                case .wouldBlock:
                    _ = try? peer.stream.descriptor.wait(for: .write, timeoutMilliseconds: 1_000)
                case .closed, .failed: return false
                }
            }
        }
        return true
    }
}
