// Entries to journald over a nonblocking datagram socket of our own.  Nothing here ever waits: when
// journald does not read, entries queue up to a bound in number and in bytes, and beyond it the
// newest are dropped and counted.  When journald was restarted, the socket connects again.  An
// entry too large for a datagram is sent as a sealed memfd.
//
// What the loop must do: after `send` and `flush`, watch the descriptor for writing only while
// `wantsWriting`, flush when it is writable, and flush once a second in any case.

@preconcurrency import Glibc

/// A connection to journald.
package struct Journal: ~Copyable {
    /// Where journald listens.
    package static let path = "/run/systemd/journal/socket"
    /// Bytes of the largest entry that is accepted.
    package static let entryLimitBytes = 1 << 20

    /// Whether journald takes entries now.
    private enum State {
        case open, full, unreachable
    }

    private enum Attempt {
        case sent, full, unreachable, refused
    }

    private let socket: Descriptor
    private let path: SocketPath
    private let queueLimitEntries: Int
    private let queueLimitBytes: Int
    private var queue: [[UInt8]] = []
    private var head = 0
    private var queuedBytes = 0
    private var state = State.unreachable
    /// Entries that were never delivered.
    package private(set) var droppedEntries: UInt64 = 0

    /// Succeeds whether or not journald is running.
    package init(
        path: String = Journal.path, queueLimitEntries: Int = 1024,
        queueLimitBytes: Int = 1 << 20
    ) throws(SocketFault) {
        let checked = try SocketPath(path)
        let opened = try SocketFault.from { () throws(Errno) in
            Descriptor(owning: try Syscalls.unixSocket(datagram: true, nonBlocking: true))
        }
        self.path = checked
        socket = opened
        self.queueLimitEntries = queueLimitEntries
        self.queueLimitBytes = queueLimitBytes
        connect()
    }

    /// The descriptor to watch with a `Poller`.
    package var descriptorNumber: Int32 { socket.number }

    /// Whether the descriptor should be watched for writing: journald is running and not reading.
    package var wantsWriting: Bool { state == .full }

    /// How many entries are queued.
    package var queuedEntries: Int { queue.count - head }

    /// Sends the entry, or queues it after those that wait, or drops and counts it.
    package mutating func send(_ entry: JournalEntry) {
        let bytes = entry.bytes
        guard bytes.count <= Journal.entryLimitBytes, queuedEntries < queueLimitEntries,
            bytes.count <= queueLimitBytes - queuedBytes
        else {
            droppedEntries += 1
            return
        }
        queue.append(bytes)
        queuedBytes += bytes.count
        // While journald is full or gone, trying to send each entry would only cost system calls.
        if state == .open { flush() }
    }

    /// Sends queued entries until journald takes no more.
    package mutating func flush() {
        if state == .unreachable { connect() }
        guard state != .unreachable else { return }
        state = .open
        while head < queue.count {
            var outcome = attempt(queue[head])
            if outcome == .unreachable {
                // journald may have been restarted: try once more with a new connection.
                connect()
                guard state == .open else { return }
                outcome = attempt(queue[head])
            }
            switch outcome {
            case .sent: break
            case .refused: droppedEntries += 1
            case .full:
                state = .full
                return
            case .unreachable:
                state = .unreachable
                return
            }
            removeFirst()
        }
    }

    private mutating func removeFirst() {
        queuedBytes -= queue[head].count
        queue[head] = []
        head += 1
        if head == queue.count || head >= 256 {
            queue.removeFirst(head)
            head = 0
        }
    }

    private mutating func connect() {
        do throws(Errno) {
            try Syscalls.connect(socket.number, path)
            state = .open
        } catch {
            state = .unreachable
        }
    }

    private func attempt(_ bytes: [UInt8]) -> Attempt {
        do throws(Errno) {
            _ = try Syscalls.send(socket.number, bytes.span.bytes)
            return .sent
        } catch {
            guard error.code == EMSGSIZE || error.code == ENOBUFS else {
                return Journal.outcome(error)
            }
        }
        do throws(Errno) {
            let file = Descriptor(owning: try Syscalls.memfd("journal-entry"))
            try file.writeAll(bytes.span.bytes)
            try Syscalls.seal(file.number)
            try Syscalls.sendDescriptor(socket.number, file.number)
            return .sent
        } catch {
            return Journal.outcome(error)
        }
    }

    /// Any other error concerns only this entry, which is dropped so that the next ones are sent.
    /// EMFILE from memfd_create(2) is one of those: if we waited for a free descriptor, no event of
    /// the socket would end the wait.
    private static func outcome(_ error: Errno) -> Attempt {
        switch error.code {
        case EAGAIN: .full
        case ECONNREFUSED, ECONNRESET, ENOTCONN, EDESTADDRREQ, EPIPE, ENOENT: .unreachable
        default: .refused
        }
    }
}
