// The connection to the daemon: sends request lines, reads reply lines, in order.  Many requests
// may be sent before their replies; it reads while it waits to write, so that two full buffers
// never block each other.  A wait fails when no byte moves for `timeoutMilliseconds`.

import OpsLinux
import OpsProtocol

/// A client's end of the socket.
struct Connection: ~Copyable {
    /// The longest reply line that is accepted, in bytes: the most that `limits.reply_bytes` of the
    /// daemon may be, 16 MiB, and something for its first word.
    static let replyLimitBytes = 17 << 20

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

    /// Readable when the daemon sent something, or when the connection is broken.
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

    /// Returns the next line from the daemon, and sends queued requests while it waits.
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

    /// Returns the next line if it comes within `limit`; nil if it does not.
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

    /// Sends and receives what can be moved now; returns whether a byte was moved.
    private mutating func move() throws(ClientFault) -> Bool {
        var hasMoved = false
        var isShut = false
        while sent < output.count {
            let outcome = stream.send(output.span.extracting(droppingFirst: sent).bytes)
            guard case .bytes(let count) = outcome else {
                // The bytes that the daemon sent before it closed must still be read.
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
