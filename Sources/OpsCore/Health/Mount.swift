// One mounted file system and how full it is.  `percent` is df(1)'s: used of what users can have,
// so a file system is at 100 % when an ordinary user can write no more.

/// A mount that is listed (S3-03), with its figures when it has answered.
package struct Mount: Hashable, Sendable {
    /// What is mounted, for example `/dev/sda1`.
    package var device: String
    /// Where it is mounted; as the kernel has it, so escape it.
    package var mountpoint: String
    /// The file system's type, for example `ext4`.
    package var fstype: String
    /// nil until statvfs(3) has answered once.
    package var space: MountSpace?
    /// The last statvfs(3) did not come back in time; `space` is from before.
    package var stale: Bool

    package init(
        device: String, mountpoint: String, fstype: String, space: MountSpace? = nil,
        stale: Bool = false
    ) {
        self.device = device
        self.mountpoint = mountpoint
        self.fstype = fstype
        self.space = space
        self.stale = stale
    }
}

/// The figures of statvfs(3), in bytes.
package struct MountSpace: Hashable, Sendable {
    /// The size of the file system.
    package let totalBytes: UInt64
    /// Free space, including what is reserved for root.
    package let freeBytes: UInt64
    /// Free for ordinary users: the `free_gb` of S1-03 and S3-03.
    package let availableBytes: UInt64

    /// From statvfs(3): `f_frsize`, `f_blocks`, `f_bfree`, `f_bavail`.  nil when the file system
    /// has no size, or one that does not fit 64 bits of bytes.
    package init?(blockSize: UInt64, blocks: UInt64, free: UInt64, available: UInt64) {
        let (total, overflow) = blocks.multipliedReportingOverflow(by: blockSize)
        guard total > 0, !overflow else { return nil }
        totalBytes = total
        freeBytes = min(free, blocks) * blockSize
        availableBytes = min(available, free, blocks) * blockSize
    }

    /// Space that is not free, not even for root.
    package var usedBytes: UInt64 { totalBytes - freeBytes }
    /// used / (used + available), 0...100.
    package var percent: Double { share(usedBytes, of: usedBytes + availableBytes) }
}
