// The connection to the daemon: request lines out, reply lines in, in order.  Requests may be sent
// far ahead of their replies; it reads while it waits until it can write, so that two full buffers
// never block each other.  Every wait ends after `timeoutMilliseconds` without a byte moving.

import OpsLinux
import OpsProtocol

/// A client's end of the socket.
struct Connection: ~Copyable {
    /// The longest reply line that is accepted; the daemon's own bound is far below.
    static let replyLimitBytes = 64 << 20

    private let stream: UnixStream
    private let timeoutMilliseconds: Int32
    private var framer = LineFramer(limitBytes: Connection.replyLimitBytes)
    private var output: [UInt8] = []
    private var sent = 0
    private var buffer = [UInt8](repeating: 0, count: 16_384)

    init(path: String, timeoutMilliseconds: Int32) throws(ClientFault) {
        do throws(SocketFault) {
            stream = try UnixStream(
                connectingTo: try SocketPath(path), timeoutMilliseconds: Int64(timeoutMilliseconds))
        } catch {
            throw .unreachable(path, error)
        }
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Readable when there is something from the daemon, or the connection is broken.
    var descriptorNumber: Int32 { stream.descriptor.number }

    /// Queues a request, without its LF.
    mutating func queue(_ line: [UInt8]) {
        output.append(contentsOf: line)
        output.append(UInt8(ascii: "\n"))
    }

    /// Sends one request and waits for its reply.
    mutating func ask(_ line: [UInt8]) throws(ClientFault) -> ReplyLine {
        queue(line)
        return try next()
    }

    /// The next line from the daemon, sending what is queued meanwhile.
    mutating func next() throws(ClientFault) -> ReplyLine {
        while true {
            if let line = try nextLine() { return line }
            let moved = try move()
            if moved { continue }
            guard try wait(timeoutMilliseconds) else {
                throw .silent(forMilliseconds: timeoutMilliseconds)
            }
        }
    }

    /// The next line if it comes within this time; nil when the time is over.
    mutating func next(withinMilliseconds limit: Int32) throws(ClientFault) -> ReplyLine? {
        while true {
            if let line = try nextLine() { return line }
            if try move() { continue }
            guard try wait(limit) else { return nil }
        }
    }

    private mutating func nextLine() throws(ClientFault) -> ReplyLine? {
        var line: ReplyLine?
        switch framer.next({ line = ReplyLine($0) }) {
        case nil: return nil
        case .tooLong:
            throw .daemonFailed("the daemon's answer is longer than \(Self.replyLimitBytes) bytes")
        case .line:
            guard let line else { throw .daemonFailed("what answers at the socket is not opsd") }
            return line
        }
    }

    /// Sends and receives what can be moved now; whether a byte was.
    private mutating func move() throws(ClientFault) -> Bool {
        var hasMoved = false
        var isShut = false
        while sent < output.count {
            let outcome = stream.send(output.span.extracting(droppingFirst: sent).bytes)
            guard case .bytes(let count) = outcome else {
                // What the daemon sent before it closed is still to be read.
                if outcome != .wouldBlock { isShut = true }
                break
            }
            sent += count
            hasMoved = true
        }
        if sent == output.count {
            output.removeAll(keepingCapacity: output.capacity <= 1 << 20)
            sent = 0
        }
        switch stream.receive(into: &buffer) {
        case .bytes(let count):
            let received = buffer
            framer.feed(received.span.extracting(first: count))
            return true
        case .wouldBlock:
            if isShut { throw .daemonFailed("opsd closed the connection") }
            return hasMoved
        case .closed: throw .daemonFailed("opsd closed the connection")
        case .failed(let error): throw .daemonFailed("the connection to opsd broke: \(error)")
        }
    }

    private func wait(_ milliseconds: Int32) throws(ClientFault) -> Bool {
        do throws(Errno) {
            return try stream.descriptor.wait(
                for: sent < output.count ? [.read, .write] : .read,
                timeoutMilliseconds: milliseconds)
        } catch {
            throw .daemonFailed("the connection to opsd broke: \(error)")
        }
    }
}
