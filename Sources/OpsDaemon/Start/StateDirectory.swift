// The state directory: locked by one process, with the snapshots and the log directory in it.
// Everything is opened by name from an open directory, and links are not followed, so nothing
// planted here leads outside.

import Glibc
import OpsLinux
import OpsStore

/// Why the daemon does not start, and the status it exits with.
enum StartFault: Error {
    /// Exit 2.
    case configuration(String)
    /// Exit 3.
    case damaged(String)
    /// Exit 4.
    case locked(String)
    /// Exit 1.
    case failed(String)

    var exitCode: Int32 {
        switch self {
        case .failed: 1
        case .configuration: 2
        case .damaged: 3
        case .locked: 4
        }
    }

    var message: String {
        switch self {
        case .configuration(let message), .damaged(let message), .locked(let message),
            .failed(let message):
            message
        }
    }
}

/// The locked directory.
struct StateDirectory: ~Copyable {
    static let lockName = "lock"
    /// Of the directories that are made.
    static let mode: UInt32 = 0o750

    let path: String
    let top: Directory
    /// nil: there is none, and the disk takes none; so there is no log either.
    let log: Directory?
    /// nil: there is none, and the disk takes no new file.
    private let lock: LockFile?

    /// Makes what is missing and takes the lock.
    init(path: String) throws(StartFault) {
        let top = try Self.opened(path) { () throws(Errno) in
            try Directory.ensure(path: path, mode: Self.mode)
        }
        let lock = try Self.locked(top, path)
        let log = try Self.logDirectory(in: top, path)
        self.path = path
        self.top = top
        self.lock = lock
        self.log = log
    }

    /// Whether this process may change what is there.
    var isLocked: Bool {
        switch lock {
        case .some: true
        case .none: false
        }
    }

    /// For the log's thread, which keeps it.
    func heldLock() throws(Errno) -> HeldLock {
        switch lock {
        case .some(let lock): HeldLock(status: try lock.status())
        case .none: HeldLock(status: nil)
        }
    }

    /// A disk that is full or read-only does not end the start: what is there is recovered, and the
    /// log repaired when that is possible.
    private static func logDirectory(
        in top: borrowing Directory, _ path: String
    ) throws(StartFault) -> Directory? {
        do throws(Errno) {
            let log = try top.ensure(StateFiles.logDirectory, mode: mode)
            // The directories may be from this start or from one that was killed.  Until their
            // names are durable, a power cut takes all that is in them.
            try top.sync()
            try Directory.syncName(ofDirectory: path)
            return log
        } catch {
            if error.refusesWrites { return try? top.subdirectory(StateFiles.logDirectory) }
            throw .failed("\(path): \(error)")
        }
    }

    private static func opened(
        _ path: String, _ body: () throws(Errno) -> Directory
    ) throws(StartFault) -> Directory {
        do throws(Errno) { return try body() } catch { throw .failed("\(path): \(error)") }
    }

    private static func locked(
        _ top: borrowing Directory, _ path: String
    ) throws(StartFault) -> LockFile? {
        do throws(LockFault) {
            return try LockFile(lockName, in: top)
        } catch {
            if case .held = error {
                throw .locked("another opsd uses \(path): \(error)")
            }
            if case .failed(let errno) = error, errno.refusesWrites { return nil }
            throw .failed("\(path)/\(lockName): \(error)")
        }
    }

    /// Where the segments are.
    var logPath: String { path + "/" + StateFiles.logDirectory }

    /// What is there now.
    func files() throws(Errno) -> StateFiles {
        let state = try Self.entries(top)
        switch log {
        case .some(let log): return StateFiles(state: state, log: try Self.entries(log))
        case .none: return StateFiles(state: state, log: [])
        }
    }

    private static func entries(_ directory: borrowing Directory) throws(Errno) -> [FileEntry] {
        var found: [FileEntry] = []
        for name in try directory.names() {
            guard let status = try? directory.status(name), status.kind == .regular else {
                continue
            }
            found.append(FileEntry(name: name, bytes: UInt64(clamping: status.sizeBytes)))
        }
        return found
    }

    /// Runs `body` with the directory that holds `path` (relative to the state directory) and the
    /// name there.
    func withPlace<Result: ~Copyable>(
        of path: String, _ body: (borrowing Directory, String) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let prefix = StateFiles.logDirectory + "/"
        if !path.hasPrefix(prefix) { return try body(top, path) }
        switch log {
        case .some(let log): return try body(log, String(path.dropFirst(prefix.count)))
        case .none: throw Errno(ENOENT, "openat")
        }
    }

    /// Removes a file; a missing one is not an error.
    func remove(_ path: String) {
        try? withPlace(of: path) { (directory, name) throws(Errno) in try directory.remove(name) }
    }
}
