// One connection to opsd: requests out, answers in.  It knows nothing of what they mean.

package import OpsLinux
package import OpsProtocol

/// Why a connection cannot go on.
package struct ConnectionFault: Error, Hashable, Sendable {
    /// Why.
    package var message: String
}

/// A connection, or none.
package final class OpsdConnection {
    private static let answerLimitBytes = 1 << 20
    private static let outputLimitBytes = 4 << 20

    private var stream: UnixStream?
    private var output: [UInt8] = []
    private var framer = LineFramer(limitBytes: answerLimitBytes)
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Its registration with the loop's poller.
    package var token: Token?
    /// It waits for room to send.
    package var isBlocked: Bool { !output.isEmpty }
    /// There is one.
    package var isOpen: Bool { stream != nil }

    /// None so far.
    package init() {}

    /// Connects; returns the number of the descriptor.
    package func open(_ path: String) throws(SocketFault) -> Int32 {
        let made = try UnixStream(
            connectingTo: try SocketPath(path), timeoutMilliseconds: 1_000)
        let number = made.descriptor.number
        stream = consume made
        output.removeAll()
        framer = LineFramer(limitBytes: Self.answerLimitBytes)
        return number
    }

    /// Closes it; the registration has ended before.
    package func close() {
        stream = nil
        output.removeAll()
    }

    /// Adds a request; `flush` sends it.  false: there is no room for it.
    package func send(_ line: String) -> Bool {
        guard stream != nil, output.count < Self.outputLimitBytes else { return false }
        output.append(contentsOf: line.utf8)
        output.append(UInt8(ascii: "\n"))
        return true
    }

    /// Sends what can be sent.  What goes wrong here shows when it is read from.
    package func flush() {
        while !output.isEmpty {
            let pending = output
            guard case .bytes(let count)? = stream?.send(pending.span.bytes) else { return }
            output.removeFirst(count)
        }
    }

    /// What opsd has answered.
    package func receive(_ take: (Answer) -> Void) throws(ConnectionFault) {
        for _ in 0..<64 {
            guard let outcome = stream?.receive(into: &buffer) else { return }
            switch outcome {
            case .wouldBlock: return
            case .closed: throw ConnectionFault(message: "opsd closed the connection")
            case .failed(let error):
                throw ConnectionFault(message: "the connection to opsd broke: \(error)")
            case .bytes(let count):
                let arrived = buffer
                framer.feed(arrived.span.extracting(first: count))
                try takeLines(take)
            }
        }
    }

    private func takeLines(_ take: (Answer) -> Void) throws(ConnectionFault) {
        while true {
            var answer: Answer?
            switch framer.next({ answer = Answer($0) }) {
            case nil: return
            case .tooLong: throw ConnectionFault(message: "an answer of more than 1 MiB")
            case .line:
                guard let answer else {
                    throw ConnectionFault(message: "what answers at the socket is not opsd")
                }
                take(answer)
            }
        }
    }
}

/// How long to wait before the next try.
package struct Backoff: Sendable {
    private static let first: Int64 = 100
    private static let last: Int64 = 5_000
    private var pause = first
    /// Milliseconds of boot time.
    package private(set) var next: Int64 = 0

    /// At once.
    package init() {}

    /// The next try comes after twice the pause.
    package mutating func failed(at boot: Int64) {
        next = boot + pause
        pause = min(pause * 2, Self.last)
    }

    /// The next failure is followed by a short pause again.
    package mutating func succeeded() { pause = Self.first }
}
