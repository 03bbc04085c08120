// How full a file system is.  With a dead network mount the call may never return: make it from a
// `Worker`.

@preconcurrency import Glibc

/// The space of a mounted file system.  Source: statvfs(3).
package struct FileSystemUsage: Hashable, Sendable {
    /// The size of the file system.
    package let totalBytes: UInt64
    /// Bytes that root can still use.
    package let freeBytes: UInt64
    /// Bytes that other users can still use.
    package let availableBytes: UInt64

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
    }
}
