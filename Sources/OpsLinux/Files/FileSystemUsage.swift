// How full a file system is, and which mount a path leads to.  With a dead network mount the calls
// may never return: make them from a `Worker`.

@preconcurrency import Glibc

/// The space of a mounted file system.  Source: statvfs(3).
package struct FileSystemUsage: Hashable, Sendable {
    /// The size of the file system.
    package let totalBytes: UInt64
    /// Bytes that root can still use.
    package let freeBytes: UInt64
    /// Bytes that other users can still use.
    package let availableBytes: UInt64
    /// How many files there can be; 0 where the file system has no such number.
    package let inodes: UInt64
    /// How many more there can be.
    package let freeInodes: UInt64

    /// Measures the file system that holds `path`.
    package init(path: String) throws(Errno) {
        let status = try Syscalls.fileSystem(path)
        let unit = UInt64(status.f_frsize)
        func bytes(_ blocks: UInt64) -> UInt64 {
            let (bytes, overflow) = blocks.multipliedReportingOverflow(by: unit)
            return overflow ? .max : bytes
        }
        totalBytes = bytes(UInt64(status.f_blocks))
        freeBytes = bytes(UInt64(status.f_bfree))
        availableBytes = bytes(UInt64(status.f_bavail))
        inodes = UInt64(status.f_files)
        freeInodes = UInt64(status.f_ffree)
    }
}

/// The id of a mount, as in /proc/self/mountinfo.
package enum MountID {
    /// The mount that `path` leads to; nil where the kernel does not say (before Linux 5.8).  It
    /// wakes no automounter at its end.  Source: statx(2), STATX_MNT_ID.
    package static func of(path: String) throws(Errno) -> UInt64? {
        try Syscalls.mountID(path)
    }
}
