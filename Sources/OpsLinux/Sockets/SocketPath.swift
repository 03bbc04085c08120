// A path that fits a Unix socket address.  The kernel has 108 bytes for the path, including the
// NUL; it reports a longer one only as "invalid argument", or truncates it.  So the length is
// checked here.

/// Why a socket could not be bound, inherited or reached.
package enum SocketFault: Error, Hashable, Sendable {
    case emptyPath
    case pathTooLong(bytes: Int, limitBytes: Int)
    case pathHasNul
    /// A file that is not a socket exists there; it was left alone.
    case notASocket(path: String)
    /// A socket exists there and was left alone: a process listens on it, or it must not be
    /// replaced.
    case inUse(path: String, answering: Bool)
    /// The service manager passed something other than the one socket expected.
    case activation(String)
    /// The peer did not accept the connection in time.
    case timedOut
    case failed(Errno)
}

extension SocketFault {
    /// Runs system calls; an error of theirs is thrown as `.failed`.
    static func from<Result: ~Copyable>(
        _ calls: () throws(Errno) -> Result
    ) throws(SocketFault) -> Result {
        do throws(Errno) { return try calls() } catch { throw .failed(error) }
    }
}

extension SocketFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .emptyPath: "the socket path is empty"
        case .pathTooLong(let bytes, let limit):
            "the socket path has \(bytes) bytes: expected at most \(limit)"
        case .pathHasNul: "the socket path has a NUL character"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .inUse(let path, true): "another process listens on \(path)"
        case .inUse(let path, false): "\(path) exists already"
        case .activation(let text): "socket activation: \(text)"
        case .timedOut: "no answer in time"
        case .failed(let error): error.description
        }
    }
}

/// A checked path of a Unix socket.  Source: unix(7), "sun_path".
package struct SocketPath: Hashable, Sendable {
    /// Bytes of the longest path.
    package static let limitBytes = 107

    /// The path.
    package let text: String

    /// Checks that `text` has 1 to `limitBytes` bytes and no NUL.
    package init(_ text: String) throws(SocketFault) {
        let bytes = text.utf8.count
        guard bytes > 0 else { throw .emptyPath }
        guard bytes <= SocketPath.limitBytes
        else { throw .pathTooLong(bytes: bytes, limitBytes: SocketPath.limitBytes) }
        guard !text.utf8.contains(0) else { throw .pathHasNul }
        self.text = text
    }
}
