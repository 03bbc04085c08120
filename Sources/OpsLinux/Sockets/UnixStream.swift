// One end of a Unix stream connection.  `receive` and `send` never wait, even on a blocking socket,
// and never raise SIGPIPE; the outcome is a value with four cases.

import COpsLinux
@preconcurrency import Glibc

/// The outcome of one `receive` or `send`.
package enum Transfer: Hashable, Sendable {
    /// The number of bytes moved: at least 1, unless there was nothing to send.
    case bytes(Int)
    /// Nothing can be moved now: wait until the descriptor is ready.
    case wouldBlock
    /// The peer has closed the connection, or has finished sending.
    case closed
    case failed(Errno)
}

/// A connected Unix stream socket.
package struct UnixStream: ~Copyable, Sendable {
    /// The socket.
    package let descriptor: Descriptor

    /// Takes ownership of a connected socket.
    package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Connects, waiting at most this long for room in the backlog.  ENOENT or ECONNREFUSED in
    /// `.failed`: no process listens.
    package init(connectingTo path: SocketPath, timeoutMilliseconds: Int64) throws(SocketFault) {
        do throws(Errno) {
            let socket = Descriptor(
                owning: try Syscalls.unixSocket(datagram: false, nonBlocking: false))
            try Syscalls.setSendTimeout(socket.number, milliseconds: timeoutMilliseconds)
            try Syscalls.connect(socket.number, path)
            descriptor = socket
        } catch {
            // A blocking connect fails with EAGAIN when its SO_SNDTIMEO is over.
            if error.code == EAGAIN { throw .timedOut }
            throw .failed(error)
        }
    }

    /// Reads once into `buffer[offset...]`, which must not be empty.  Source: recv(2).
    package func receive(into buffer: inout [UInt8], at offset: Int = 0) -> Transfer {
        do throws(Errno) {
            let count = try Syscalls.receive(descriptor.number, into: &buffer, at: offset)
            return count == 0 ? .closed : .bytes(count)
        } catch {
            return UnixStream.outcome(error)
        }
    }

    /// Writes once, perhaps in part.  Source: send(2).
    package func send(_ bytes: RawSpan) -> Transfer {
        do throws(Errno) {
            return .bytes(try Syscalls.send(descriptor.number, bytes))
        } catch {
            return UnixStream.outcome(error)
        }
    }

    /// Bounds what the kernel holds of what is sent and not read: it takes about twice `bytes`.
    /// Where it refuses, its own size stays.  Source: socket(7), SO_SNDBUF.
    package func setSendBuffer(bytes: Int32) {
        try? Syscalls.setSocketSendBuffer(descriptor.number, bytes)
    }

    /// The credentials of the other end, as of its connect(2) or listen(2).
    package func peer() throws(Errno) -> Peer { try Peer(of: descriptor) }

    private static func outcome(_ error: Errno) -> Transfer {
        switch error.code {
        case EAGAIN: .wouldBlock
        case EPIPE, ECONNRESET: .closed
        default: .failed(error)
        }
    }
}

/// The process at the other end of a connection, as the kernel recorded it when the connection was
/// made.
/// Source: unix(7), SO_PEERCRED; SO_PEERGROUPS.
package struct Peer: Hashable, Sendable {
    /// Its process id.
    package let pid: Int32
    /// Its effective user id.
    package let userID: UInt32
    /// Its effective group id.
    package let groupID: UInt32
    /// Its supplementary groups; at most 65,536.
    package let groups: [UInt32]

    init(pid: Int32, userID: UInt32, groupID: UInt32, groups: [UInt32]) {
        self.pid = pid
        self.userID = userID
        self.groupID = groupID
        self.groups = groups
    }

    init(of socket: borrowing Descriptor) throws(Errno) {
        let peer = try Syscalls.peer(socket.number)
        pid = peer.pid
        userID = peer.uid
        groupID = peer.gid
        groups = try Syscalls.peerGroups(socket.number)
    }

    /// Whether the peer is in that group, by its effective or a supplementary group.
    package func isMember(ofGroup group: UInt32) -> Bool {
        groupID == group || groups.contains(group)
    }
}
