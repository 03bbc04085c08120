// A path that fits a Unix socket address.  The kernel has 108 bytes for it, one of them the NUL, and
// says no more than "invalid argument" or cuts it short; so it is checked here, by name.

/// Why a socket could not be bound, taken over or reached.
package enum SocketFault: Error, Hashable, Sendable {
    case emptyPath
    case pathTooLong(bytes: Int, limitBytes: Int)
    case pathHasNul
    /// Something that is no socket is in the way; it was left alone.
    case notASocket(path: String)
    /// A socket is in the way and was left alone: it is somebody's, or nobody said to replace it.
    case inUse(path: String, answering: Bool)
    /// The service manager passed something else than the one socket expected.
    case activation(String)
    /// The peer did not take the connection in time.
    case timedOut
    case failed(Errno)
}

extension SocketFault {
    /// Runs system calls; their error is `.failed`.
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
            "the socket path has \(bytes) bytes, and a Unix socket takes at most \(limit)"
        case .pathHasNul: "the socket path has a NUL character"
        case .notASocket(let path): "\(path) is in the way and is no socket"
        case .inUse(let path, true): "\(path) is answered by another process"
        case .inUse(let path, false): "\(path) is there already"
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

    package let text: String

    package init(_ text: String) throws(SocketFault) {
        let bytes = text.utf8.count
        guard bytes > 0 else { throw .emptyPath }
        guard bytes <= SocketPath.limitBytes
        else { throw .pathTooLong(bytes: bytes, limitBytes: SocketPath.limitBytes) }
        guard !text.utf8.contains(0) else { throw .pathHasNul }
        self.text = text
    }
}
