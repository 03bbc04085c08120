// A daemon for the tests: a real socket in a temporary directory, served by a thread that plays a
// script.  It answers requests in the order they come, well, badly or not at all, and keeps what
// was asked.

import Foundation
import OpsLinux
import OpsTestKit
import Synchronization

final class FakeDaemon: Sendable {
    /// What it does after a request.
    enum Act: Sendable {
        /// Sends a line.
        case line(String)
        /// Sends a line in pieces of this many bytes.
        case slowly(String, pieceBytes: Int)
        /// Sends bytes as they are: half a line, or something that is not a reply.
        case bytes(String)
        /// Closes the connection; whatever else was asked stays unread.
        case close
        /// Sends the client a signal.
        case signal(Int32)
    }

    /// What it does after a request; the first has the number 1.
    typealias Play = @Sendable (_ number: Int, _ request: String) -> [Act]

    /// Holds the socket and the files of the test; removed with the daemon.
    let directory: ScratchDirectory
    /// The path of the socket.
    var socket: String { directory.path(of: "s") }

    private let listener: Listener
    private let play: Play
    private let asked = Mutex<[String]>([])
    private let isStopping = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)

    init(_ play: @escaping Play) throws {
        self.play = play
        directory = try ScratchDirectory()
        listener = try Listener(
            binding: SocketPath(directory.path(of: "s")), mode: 0o600, group: nil, stale: .refuse)
    }

    /// Plays one element for each request, and closes the connection at the request after the last.
    convenience init(_ script: [[Act]]) throws {
        try self.init { number, _ in number <= script.count ? script[number - 1] : [.close] }
    }

    /// Answers each request with one line, and closes the connection at the request after the last.
    convenience init(lines: [String]) throws { try self.init(lines.map { [.line($0)] }) }

    /// What was asked so far, in order.
    var requests: [String] { asked.withLock { $0 } }

    /// Writes a file beside the socket; its path.
    func write(_ text: String, to name: String) throws -> String {
        try directory.write(text, to: name)
    }

    /// What is in a file beside the socket.
    func read(_ name: String) throws -> String {
        String(decoding: try directory.bytes(name), as: UTF8.self)
    }

    /// The names of all that is in its directory.
    func files() -> [String] { directory.names() }

    /// Serves while `body` runs.  The body ends when its client has ended.
    func serving<Result>(_ body: () throws -> Result) throws -> Result {
        // The thread keeps nothing alive: the directory goes when the test does.
        Thread.detachNewThread { [unowned self, ended] in
            self.serve()
            ended.signal()
        }
        defer {
            isStopping.withLock { $0 = true }
            wake()
            ended.wait()
        }
        return try body()
    }

    /// Makes a connection and closes it: the thread is waiting for one.
    private func wake() {
        _ = try? UnixStream(connectingTo: SocketPath(socket), timeoutMilliseconds: 10_000)
    }

    private func serve() {
        while true {
            switch listener.accept() {
            case .connection(let stream, let peer):
                if isStopping.withLock({ $0 }) { return }
                talk(stream, peer)
            case .wouldBlock:
                _ = try? listener.descriptor.wait(for: .read, timeoutMilliseconds: -1)
            case .obstructed: return
            case .failed: return
            }
        }
    }

    /// One connection, to its end.
    private func talk(_ stream: borrowing UnixStream, _ peer: Peer) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            switch stream.receive(into: &buffer) {
            case .bytes(let count): rest += buffer[..<count]
            case .wouldBlock:
                _ = try? stream.descriptor.wait(for: .read, timeoutMilliseconds: -1)
            case .closed, .failed: return
            }
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0a) {
                let request = String(decoding: rest[start..<end], as: UTF8.self)
                start = end + 1
                let number = asked.withLock { asked in
                    asked.append(request)
                    return asked.count
                }
                for act in play(number, request) {
                    if !perform(act, stream, peer) { return }
                }
            }
            rest.removeFirst(start)
        }
    }

    /// Does one thing; false: the connection is over.
    private func perform(_ act: Act, _ stream: borrowing UnixStream, _ peer: Peer) -> Bool {
        switch act {
        case .line(let line): return send(Array((line + "\n").utf8), stream)
        case .bytes(let text): return send(Array(text.utf8), stream)
        case .slowly(let line, let size):
            let bytes = Array((line + "\n").utf8)
            return stride(from: 0, to: bytes.count, by: size).allSatisfy {
                send(Array(bytes[$0..<min(bytes.count, $0 + size)]), stream)
            }
        case .close: return false
        case .signal(let number): return kill(peer.pid, number) == 0
        }
    }

    private func send(_ bytes: [UInt8], _ stream: borrowing UnixStream) -> Bool {
        var done = 0
        while done < bytes.count {
            switch stream.send(bytes.span.extracting(droppingFirst: done).bytes) {
            case .bytes(let count): done += count
            case .wouldBlock:
                _ = try? stream.descriptor.wait(for: .write, timeoutMilliseconds: -1)
            case .closed, .failed: return false
            }
        }
        return true
    }
}
