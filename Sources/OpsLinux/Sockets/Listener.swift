// A listening Unix stream socket: bound here, or handed over by the service manager.  Binding never
// takes a path from somebody: what lies there is replaced only when the caller says so (as the
// holder of the lock beside it), and then only a socket that nobody answers.

@preconcurrency import Glibc

/// What to do with a socket file that is already there.
package enum StaleSocket: Hashable, Sendable {
    case refuse
    /// Remove it, if it is a socket and nobody answers it.  For the holder of the lock.
    case replace
}

/// What one `accept` came to.
package enum Accepted: ~Copyable {
    case connection(UnixStream, Peer)
    /// Nobody waits.
    case wouldBlock
    /// The newcomer still waits, and asking again at once would answer the same: pause, or the
    /// loop spins.  No descriptor left in the process (EMFILE) or the host (ENFILE), no memory
    /// (ENOBUFS, ENOMEM), a policy of the host (EPERM, EACCES), or what no manual names.
    case obstructed(Errno)
    /// The listener is of no use any more.
    case failed(Errno)
}

/// A listening socket.
package struct Listener: ~Copyable, Sendable {
    package let descriptor: Descriptor
    /// Where it is bound; "" when it has no path.
    package let path: String
    /// The inode this process bound; nil for one that was handed over.
    private let bound: FileStatus?

    /// Binds `path` with `mode` and `group` (nil: the process's), then listens; nobody can connect
    /// before mode and group are right.  The directory belongs to the caller alone.
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

    /// Takes over a listening socket.
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

    /// The next connection, nonblocking, with who made it.  Source: accept4(2), "ERRORS".
    package func accept() -> Accepted {
        while true {
            do throws(Errno) {
                let stream = UnixStream(
                    Descriptor(owning: try Syscalls.accept(descriptor.number)))
                // A newcomer whose credentials cannot be had is dropped: nothing may be asked then.
                guard let peer = try? stream.peer() else { continue }
                return .connection(stream, peer)
            } catch {
                switch error.code {
                case EAGAIN: return .wouldBlock
                case ECONNABORTED, EPROTO: continue  // That newcomer has gone.
                case EBADF, ENOTSOCK, EINVAL, EOPNOTSUPP, EFAULT: return .failed(error)
                default: return .obstructed(error)
                }
            }
        }
    }

    /// Stops listening, and removes the socket file if this process bound it and it is still that one.
    package consuming func remove() {
        guard let bound, let found = try? FileStatus.of(path: path),
            found.inode == bound.inode, found.device == bound.device
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

    /// Makes way for a bind, as far as `stale` allows.
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

    /// Whether somebody listens there.  Refused, nobody does; where nothing can be asked, nothing is
    /// known, and that is an error.  Source: connect(2), unix(7), "ERRORS".
    private static func answers(_ path: SocketPath) throws(SocketFault) -> Bool {
        do throws(Errno) {
            let probe = Descriptor(
                owning: try Syscalls.unixSocket(datagram: false, nonBlocking: true))
            try Syscalls.connect(probe.number, path)
            return true
        } catch {
            switch error.code {
            case ECONNREFUSED: return false
            // There is no room for another connection, or it takes datagrams.
            case EAGAIN, EPROTOTYPE: return true
            default: throw .failed(error)
            }
        }
    }
}
