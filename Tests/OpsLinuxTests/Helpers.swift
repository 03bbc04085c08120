// Small helpers of these tests.

@preconcurrency import Glibc
import OpsLinux
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a failed precondition ends a process with.
#if arch(x86_64)
    let trap = SIGILL
#else
    let trap = SIGTRAP
#endif

/// The errno of what `body` throws; 0 when it does not throw.
func code<Result: ~Copyable>(_ body: () throws(Errno) -> Result) -> Int32 {
    do throws(Errno) {
        _ = try body()
        return 0
    } catch {
        return error.code
    }
}

/// A pipe, nonblocking at both ends.
func makePipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}

/// Both ends of one connection.
struct UnixStreamPair: ~Copyable {
    let first: UnixStream
    let second: UnixStream
}

extension UnixStream {
    /// Two connected ends, nonblocking.  Source: socketpair(2).
    static func pair() throws -> UnixStreamPair {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(type), 0, &ends) == 0)
        return UnixStreamPair(
            first: UnixStream(Descriptor(owning: ends[0])),
            second: UnixStream(Descriptor(owning: ends[1])))
    }
}
