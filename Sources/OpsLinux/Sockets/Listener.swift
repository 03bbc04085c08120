// A listening Unix stream socket: bound here, or passed by the service manager.  Binding never
// takes a path from another process: it replaces an existing file only if the caller, who holds the
// lock, asks for that, and if the file is a socket on which no process listens.

@preconcurrency import Glibc

/// What to do with a socket file that already exists.
package enum StaleSocket: Hashable, Sendable {
    case refuse
    /// Remove it, if it is a socket on which no process listens.  For the holder of the lock.
    case replace
}

/// The outcome of one `accept`.
package enum Accepted: ~Copyable {
    case connection(UnixStream, Peer)
    /// No connection is waiting.
    case wouldBlock
    /// The connection still waits, and another attempt at once would fail the same way: pause, or
    /// the loop spins.  The cause: no descriptor left in the process (EMFILE) or the host (ENFILE),
    /// no memory (ENOBUFS, ENOMEM), a policy of the host (EPERM, EACCES), or an undocumented error.
    case obstructed(Errno)
    /// The listener is unusable.
    case failed(Errno)
}

/// A listening socket.
package struct Listener: ~Copyable, Sendable {
    /// Readable when a connection waits.
    package let descriptor: Descriptor
    /// Where it is bound; "" when it has no path.
    package let path: String
    /// The socket file that this process bound; nil if the socket was passed to it.
    private let bound: FileStatus?

    /// Binds `path` with `mode` and `group` (nil: the group of the process), then listens; no
    /// client can connect before mode and group are right.  Only the caller may write to the
    /// directory.
    package init(
        binding path: SocketPath, mode: UInt32, group: UInt32?, backlog: Int32 = 4096,
        stale: StaleSocket
    ) throws(SocketFault) {
        try Listener.clear(path, stale)
        let socket = try Listener.bind(path)
        do throws(Errno) {
            if let group { try Syscalls.lchown(path.text, group: group) }
            try Syscalls.chmod(path.text, mode: mode)
            try Syscalls.listen(socket.number, backlog: backlog)
            bound = try FileStatus.of(path: path.text)
        } catch {
            try? Syscalls.unlinkat(AT_FDCWD, path.text)
            throw .failed(error)
        }
        descriptor = socket
        self.path = path.text
    }

    /// Takes ownership of a listening socket.
    package init(handedOver socket: consuming Descriptor) throws(SocketFault) {
        do throws(Errno) {
            try Syscalls.setNonBlocking(socket.number)
            path = try Syscalls.socketName(socket.number)
        } catch {
            throw .failed(error)
        }
        descriptor = socket
        bound = nil
    }

    /// The next connection, nonblocking, with the credentials of its peer.  Source: accept4(2),
    /// "ERRORS".
    package func accept() -> Accepted {
        while true {
            do throws(Errno) {
                let stream = UnixStream(
                    Descriptor(owning: try Syscalls.accept(descriptor.number)))
                // A connection without credentials is dropped: it would have no rights.
                guard let peer = try? stream.peer() else { continue }
                return .connection(stream, peer)
            } catch {
                switch error.code {
                case EAGAIN: return .wouldBlock
                case ECONNABORTED, EPROTO: continue  // That peer has gone.
                case EBADF, ENOTSOCK, EINVAL, EOPNOTSUPP, EFAULT: return .failed(error)
                default: return .obstructed(error)
                }
            }
        }
    }

    /// Stops listening, and removes the socket file if it is still the one that this process bound.
    package consuming func remove() {
        guard let bound, let found = try? FileStatus.of(path: path),
            found.isSameFile(as: bound)
        else { return }
        try? Syscalls.unlinkat(AT_FDCWD, path)
    }

    private static func bind(_ path: SocketPath) throws(SocketFault) -> Descriptor {
        do throws(Errno) {
            let socket = Descriptor(
                owning: try Syscalls.unixSocket(datagram: false, nonBlocking: true))
            try Syscalls.bind(socket.number, path)
            return socket
        } catch {
            if error.code == EADDRINUSE { throw .inUse(path: path.text, answering: false) }
            throw .failed(error)
        }
    }

    /// Removes what is in the way of a bind, as far as `stale` allows.
    private static func clear(_ path: SocketPath, _ stale: StaleSocket) throws(SocketFault) {
        let status: FileStatus
        do throws(Errno) {
            status = try FileStatus.of(path: path.text)
        } catch {
            if error.code == ENOENT { return }
            throw .failed(error)
        }
        guard status.kind == .socket else { throw .notASocket(path: path.text) }
        if try answers(path) { throw .inUse(path: path.text, answering: true) }
        guard stale == .replace else { throw .inUse(path: path.text, answering: false) }
        do throws(Errno) {
            try Syscalls.unlinkat(AT_FDCWD, path.text)
        } catch {
            throw .failed(error)
        }
    }

    /// Whether a process listens there.  A refused connection means no; any other failure means
    /// that it is unknown, and is an error.  Source: connect(2), unix(7), "ERRORS".
    private static func answers(_ path: SocketPath) throws(SocketFault) -> Bool {
        do throws(Errno) {
            let probe = Descriptor(
                owning: try Syscalls.unixSocket(datagram: false, nonBlocking: true))
            try Syscalls.connect(probe.number, path)
            return true
        } catch {
            switch error.code {
            case ECONNREFUSED: return false
            // Its backlog is full, or it is a datagram socket.
            case EAGAIN, EPROTOTYPE: return true
            default: throw .failed(error)
            }
        }
    }
}
