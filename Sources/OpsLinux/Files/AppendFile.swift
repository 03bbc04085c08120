// A file that only grows, and whose good end is known.  A write that fails or is short is undone by
// truncating the file to the last good offset, so that a reader never finds an incomplete batch
// with another after it.  A failed sync poisons the file: no call on it succeeds again, because it
// is unknown which data the kernel still holds (fsync(2), "EIO").

@preconcurrency import Glibc

/// Why bytes could not be appended.
package enum AppendFault: Error, Hashable, Sendable {
    /// Nothing was appended; the file ends at its last good offset.
    case refused(Errno)
    /// The file's end or durability is unknown: use another file.
    case poisoned(Errno)
}

extension AppendFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let error): error.description
        case .poisoned(let error): "\(error.description); the file must not be used again"
        }
    }

    /// The system call that failed.
    package var errno: Errno {
        switch self {
        case .refused(let error), .poisoned(let error): error
        }
    }
}

/// An append-only file with a known good end.
package struct AppendFile: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private var poison: Errno?
    /// The good end: everything before this offset was written completely.
    package private(set) var goodBytes: Int64
    /// Bytes of the file that are reserved on disk beyond `goodBytes`, and read as zeros.
    package private(set) var reservedBytes: Int64 = 0

    /// Creates a new file; EEXIST if the name exists.
    package init(
        creating name: String, in directory: borrowing Directory, mode: UInt32 = 0o640
    ) throws(Errno) {
        descriptor = try directory.open(name, [.read, .write, .create, .exclusive], mode: mode)
        goodBytes = 0
    }

    /// Opens an existing file and truncates it to `goodBytes` (the good end that recovery found).
    package init(
        opening name: String, in directory: borrowing Directory, goodBytes: Int64
    ) throws(Errno) {
        let file = try directory.open(name, [.read, .write])
        let status = try file.status()
        guard status.kind == .regular, goodBytes >= 0, goodBytes <= status.sizeBytes
        else { throw Errno(EINVAL, "ftruncate") }
        try file.truncate(to: goodBytes)
        descriptor = file
        self.goodBytes = goodBytes
    }

    /// Appends all of `bytes` or nothing.  Not durable before `sync`.
    package mutating func append(_ bytes: RawSpan) throws(AppendFault) {
        if let poison { throw .poisoned(poison) }
        var done = 0
        while done < bytes.byteCount {
            do throws(Errno) {
                let rest = bytes.extracting(droppingFirst: done)
                let count = try descriptor.write(rest, at: goodBytes + Int64(done))
                if count == 0 { throw Errno(ENOSPC, "pwrite") }
                done += count
            } catch {
                throw cutBack(after: error)
            }
        }
        goodBytes += Int64(done)
        reservedBytes = max(0, reservedBytes - Int64(done))
    }

    /// Size, identity and number of names.
    package func status() throws(Errno) -> FileStatus { try descriptor.status() }

    /// Makes what was appended durable (fdatasync).  A failure is permanent.
    package mutating func sync() throws(AppendFault) {
        if let poison { throw .poisoned(poison) }
        do throws(Errno) {
            try descriptor.syncData()
        } catch {
            poison = error
            throw .poisoned(error)
        }
    }

    /// Reserves `count` bytes after the good end, so that appends need no allocation.  The file
    /// then reads as zeros there.  Where the file system cannot do that, nothing happens.
    package mutating func reserve(_ count: Int64) throws(AppendFault) {
        if let poison { throw .poisoned(poison) }
        do throws(Errno) {
            try descriptor.allocate(from: goodBytes, count: count)
            reservedBytes = max(reservedBytes, count)
        } catch {
            if error.code != EOPNOTSUPP { throw cutBack(after: error) }
        }
    }

    /// Releases what was reserved: the file ends at its good end.
    package mutating func trim() throws(AppendFault) {
        if let poison { throw .poisoned(poison) }
        do throws(Errno) {
            try descriptor.truncate(to: goodBytes)
            reservedBytes = 0
        } catch {
            throw .refused(error)
        }
    }

    private mutating func cutBack(after error: Errno) -> AppendFault {
        do throws(Errno) {
            try descriptor.truncate(to: goodBytes)
            reservedBytes = 0
            return .refused(error)
        } catch {
            poison = error
            return .poisoned(error)
        }
    }
}
