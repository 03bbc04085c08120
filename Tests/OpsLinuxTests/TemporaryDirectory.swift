// A directory of one test, gone with it, and waiting without sleeping.

@preconcurrency import Glibc
import OpsLinux
import Testing

/// A fresh directory under /tmp; its path fits a socket address.
struct TemporaryDirectory: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/opslinux-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    func open() throws(Errno) -> Directory { try Directory(path: path) }

    deinit { removeTree(path) }
}

private func removeTree(_ path: String) {
    guard let directory = try? Directory(path: path), let names = try? directory.names() else {
        return
    }
    for name in names {
        let inner = "\(path)/\(name)"
        if (try? FileStatus.of(path: inner))?.kind == .directory {
            removeTree(inner)
        } else {
            unlink(inner)
        }
    }
    rmdir(path)
}

/// Far more than anything here takes; reaching it fails the test.
let patienceMilliseconds: Int32 = 20_000

/// Messages of a mailbox until `count` have come.
func collect<Message>(_ count: Int, from mailbox: Mailbox<Message>) throws -> [Message] {
    var messages: [Message] = []
    while messages.count < count {
        try #require(try mailbox.wait(timeoutMilliseconds: patienceMilliseconds))
        messages += mailbox.drain()
    }
    return messages
}

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
