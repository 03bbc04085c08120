// A lock that one process holds: flock(2) on a permanent file, which contains the holder's pid for
// people to read.  The kernel releases the lock with the last descriptor, so a killed holder leaves
// nothing to clean up.  The file is never removed: otherwise two processes could lock two files.

@preconcurrency import Glibc

/// Why the lock could not be acquired.
package enum LockFault: Error, Hashable, Sendable {
    /// Another process holds the lock; `pid` is nil when that process has not written it yet.
    case held(pid: Int32?)
    case failed(Errno)
}

extension LockFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .held(let pid?): "held by process \(pid)"
        case .held(nil): "held by another process"
        case .failed(let error): error.description
        }
    }
}

/// A held lock; its `deinit` releases it.
package struct LockFile: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Locks `name` in `directory` for this process, without waiting.  Refuses everything that is
    /// not a regular file, symbolic links included.
    package init(_ name: String, in directory: borrowing Directory) throws(LockFault) {
        let file = try LockFile.open(name, in: directory)
        do throws(Errno) {
            try Syscalls.flock(file.number)
        } catch {
            if error.code == EWOULDBLOCK { throw .held(pid: LockFile.holder(file)) }
            throw .failed(error)
        }
        LockFile.writePID(file)
        descriptor = file
    }

    // Closing alone would leave the lock to a child that was forked and has not begun its program.
    deinit { Syscalls.unlock(descriptor.number) }

    /// Which file is locked: compare it with what is at the path.
    package func status() throws(Errno) -> FileStatus { try descriptor.status() }

    /// Replaces the previous pid with ours.  The pid is only information: the lock is held even if
    /// this fails because the disk is full.
    private static func writePID(_ file: borrowing Descriptor) {
        let text = Array("\(getpid())\n".utf8)
        do throws(Errno) {
            let count = try file.write(text.span.bytes, at: 0)
            try file.truncate(to: Int64(count))
        } catch {
            try? file.truncate(to: 0)
        }
    }

    private static func open(
        _ name: String, in directory: borrowing Directory
    ) throws(LockFault) -> Descriptor {
        do throws(Errno) {
            let file = try writable(name, in: directory)
            guard try file.status().kind == .regular else { throw Errno(EINVAL, "flock") }
            return file
        } catch {
            throw .failed(error)
        }
    }

    /// Where nothing can be created, the file that is there serves as well: flock(2) needs no
    /// permission to write.
    private static func writable(
        _ name: String, in directory: borrowing Directory
    ) throws(Errno) -> Descriptor {
        do throws(Errno) {
            return try directory.open(
                name, [.read, .write, .create, .nonBlocking], mode: 0o640)
        } catch {
            guard error.refusesWrites,
                let file = try? directory.open(name, [.read, .nonBlocking])
            else { throw error }
            return file
        }
    }

    private static func holder(_ file: borrowing Descriptor) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        guard let count = try? file.read(into: &buffer, from: 0),
            let end = buffer.prefix(count).firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return Int32(String(decoding: buffer[..<end], as: UTF8.self))
    }
}
