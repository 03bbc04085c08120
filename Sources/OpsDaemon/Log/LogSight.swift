// What the log's thread sees when it looks at the state directory: whether everything is still
// there that the next start needs.  A file that was removed goes on taking bytes, and says nothing:
// each of them would be acknowledged and lost.  The thread looks once a second, or every four while
// nothing is written; the loop never does, since a disk may hang.

import Glibc
import OpsLinux
import OpsStore

/// What the next start needs.
struct LogNeeds: Hashable, Sendable {
    /// The newest snapshot; 0: there is none.
    var snapshot: UInt64
    /// The log was whole from that snapshot on.  Otherwise only the open segment counts: the
    /// snapshot that ends the trouble will hold everything before it.
    var isWhole: Bool
}

/// What was seen.
struct LogSight: Sendable {
    /// Something is gone: the log has broken.
    var fault: LogFailure?
    /// The lock was removed or replaced, and was taken again.
    var lockTaken: String?
    /// Why no lock is held.
    var lockFault: String?
}

/// A segment of the log behind the open one.
struct EarlierSegment {
    var first: UInt64
    /// As it was when it was left, or found at the start.
    var status: FileStatus
    /// It has at least so many bytes.
    var bytes: Int64
}

/// Looks whether names still lead to the files that they led to.
struct StateSight {
    let statePath: String

    /// Throws what is wrong with the directories, the first that the others are in.
    func directories() throws(LogFailure) {
        guard try status(statePath, isLinkFollowed: true).kind == .directory else {
            throw LogFailure(message: "\(statePath) is not a directory any more")
        }
        let log = statePath + "/" + StateFiles.logDirectory
        guard try status(log).kind == .directory else {
            throw LogFailure(message: "\(log) is not a directory any more")
        }
    }

    /// Throws if the path (relative to the state directory) no longer leads to the same file with
    /// at least this many bytes.
    func file(_ path: String, is known: FileStatus, bytes: Int64) throws(LogFailure) {
        let full = statePath + "/" + path
        let found = try status(full)
        if !found.isSameFile(as: known) {
            throw LogFailure(message: "\(full) was replaced by another file")
        }
        if found.sizeBytes < bytes {
            throw LogFailure(
                message: "\(full) was cut to \(found.sizeBytes) bytes; it had \(bytes)")
        }
    }

    /// Throws if there is no such regular file.
    func file(_ path: String) throws(LogFailure) {
        let full = statePath + "/" + path
        if try status(full).kind != .regular {
            throw LogFailure(message: "\(full) is not a regular file any more")
        }
    }

    private func status(
        _ path: String, isLinkFollowed: Bool = false
    ) throws(LogFailure) -> FileStatus {
        do throws(Errno) {
            return isLinkFollowed
                ? try FileStatus.following(path: path) : try FileStatus.of(path: path)
        } catch {
            if error.code == ENOENT { throw LogFailure(message: "\(path) was removed") }
            throw LogFailure(path, error)
        }
    }
}

/// The lock that the start took.
struct HeldLock: Sendable {
    /// nil: the disk was read-only or full, and there is no lock yet.
    var status: FileStatus?
}

/// Keeps the lock at its path.
struct LockWatch: ~Copyable {
    private let statePath: String
    /// The one that the start took; it is held until the end.
    private let first: FileStatus?
    /// The one that was taken in its place.
    private var second: LockFile?
    private var secondStatus: FileStatus?

    init(statePath: String, _ held: HeldLock) {
        self.statePath = statePath
        first = held.status
        second = nil
        secondStatus = nil
    }

    /// Makes sure that the file at the path is one that this process has locked; returns what had
    /// to be done.  `isUsurped`: another process has locked it.
    mutating func hold() throws(LogFailure) -> String? {
        let path = statePath + "/" + StateDirectory.lockName
        var why = "was removed"
        do throws(Errno) {
            let found = try FileStatus.of(path: path)
            if let first, found.isSameFile(as: first) { return nil }
            if let secondStatus, found.isSameFile(as: secondStatus) { return nil }
            why = "was replaced by another file"
        } catch {
            if error.code != ENOENT { throw LogFailure(path, error) }
        }
        if first == nil && second == nil { why = "could not be made at the start" }
        try take(path)
        return "\(path) \(why), and is locked again"
    }

    private mutating func take(_ path: String) throws(LogFailure) {
        do {
            let lock = try LockFile(
                StateDirectory.lockName, in: try Directory(path: statePath))
            secondStatus = try lock.status()
            second = consume lock
        } catch let error as Errno {
            throw LogFailure(path, error)
        } catch LockFault.failed(let error) {
            throw LogFailure(path, error)
        } catch {
            var failure = LogFailure(
                message: "another opsd uses \(statePath): the lock was removed, and the new one is "
                    + "\(error)")
            failure.isUsurped = true
            throw failure
        }
    }
}
