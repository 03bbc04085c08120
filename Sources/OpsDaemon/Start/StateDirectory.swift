// The state directory: locked by one process, with the snapshots and the log directory in it.
// Everything is opened by name from an open directory, and links are not followed, so nothing
// planted here leads outside.

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

    let path: String
    let top: Directory
    let log: Directory
    private let lock: LockFile

    /// Makes what is missing and takes the lock.
    init(path: String) throws(StartFault) {
        let top = try Self.opened(path) { () throws(Errno) in
            try Directory.ensure(path: path, mode: 0o750)
        }
        let lock = try Self.locked(top, path)
        let log = try Self.opened(path) { () throws(Errno) in
            let log = try top.ensure(StateFiles.logDirectory, mode: 0o750)
            // The directories may be from this start or from one that was killed.  Until their
            // names are durable, a power cut takes all that is in them.
            try top.sync()
            try Directory.syncName(ofDirectory: path)
            return log
        }
        self.path = path
        self.top = top
        self.lock = lock
        self.log = log
    }

    private static func opened(
        _ path: String, _ body: () throws(Errno) -> Directory
    ) throws(StartFault) -> Directory {
        do throws(Errno) { return try body() } catch { throw .failed("\(path): \(error)") }
    }

    private static func locked(
        _ top: borrowing Directory, _ path: String
    ) throws(StartFault) -> LockFile {
        do throws(LockFault) {
            return try LockFile(lockName, in: top)
        } catch {
            if case .held = error {
                throw .locked("another opsd uses \(path): \(error)")
            }
            throw .failed("\(path)/\(lockName): \(error)")
        }
    }

    /// Where the segments are.
    var logPath: String { path + "/" + StateFiles.logDirectory }

    /// What is there now.
    func files() throws(Errno) -> StateFiles {
        StateFiles(state: try Self.entries(top), log: try Self.entries(log))
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
        if path.hasPrefix(prefix) { return try body(log, String(path.dropFirst(prefix.count))) }
        return try body(top, path)
    }

    /// Removes a file; a missing one is not an error.
    func remove(_ path: String) {
        try? withPlace(of: path) { (directory, name) throws(Errno) in try directory.remove(name) }
    }
}
