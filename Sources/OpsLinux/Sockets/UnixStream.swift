// One end of a Unix stream connection.  `receive` and `send` never wait, whatever mode the socket is
// in, and never raise SIGPIPE; what happened is a value with four cases.

import COpsLinux
@preconcurrency import Glibc

/// What one `receive` or `send` came to.
package enum Transfer: Hashable, Sendable {
    /// So many bytes went; at least 1, except when 0 were offered for sending.
    case bytes(Int)
    /// Nothing can go now: wait until the descriptor is ready.
    case wouldBlock
    /// The peer is gone, or has finished sending.
    case closed
    case failed(Errno)
}

/// A connected Unix stream socket.
package struct UnixStream: ~Copyable, Sendable {
    package let descriptor: Descriptor

    /// Takes over a connected socket.
    package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Connects, waiting at most so long for the listener to have room.
    /// ENOENT or ECONNREFUSED in `.failed`: nobody listens.
    package init(connectingTo path: SocketPath, timeoutMilliseconds: Int64) throws(SocketFault) {
        do throws(Errno) {
            let socket = Descriptor(
                owning: try Syscalls.unixSocket(datagram: false, nonBlocking: false))
            try Syscalls.setSendTimeout(socket.number, milliseconds: timeoutMilliseconds)
            try Syscalls.connect(socket.number, path)
            descriptor = socket
        } catch {
            // A blocking connect that meets its SO_SNDTIMEO says EAGAIN.
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

    /// Who is at the other end, as of its connect(2) or listen(2).
    package func peer() throws(Errno) -> Peer { try Peer(of: descriptor) }

    private static func outcome(_ error: Errno) -> Transfer {
        switch error.code {
        case EAGAIN: .wouldBlock
        case EPIPE, ECONNRESET: .closed
        default: .failed(error)
        }
    }
}

/// The process at the other end of a connection, as the kernel noted it when the connection was made.
/// Source: unix(7), SO_PEERCRED; SO_PEERGROUPS.
package struct Peer: Hashable, Sendable {
    package let pid: Int32
    package let userID: UInt32
    package let groupID: UInt32
    /// Supplementary groups; at most 65,536.
    package let groups: [UInt32]

    package init(pid: Int32, userID: UInt32, groupID: UInt32, groups: [UInt32]) {
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

    /// Whether the peer is in that group, by its first group or a supplementary one.
    package func isMember(ofGroup group: UInt32) -> Bool {
        groupID == group || groups.contains(group)
    }
}
