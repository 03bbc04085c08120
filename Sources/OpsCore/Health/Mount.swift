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
    /// nil until statvfs(3) has answered once, and where the file system counts no inodes.
    package var inodes: MountInodes?
    /// The last statvfs(3) failed or did not come back in time; the figures are from before.
    package var stale: Bool
    /// Why the last statvfs(3) failed, for example `Permission denied (EACCES)`; nil: it did not.
    package var fault: String?
    /// Whether nobody can write to it, whatever its mounts say.
    package var isReadOnly: Bool
    /// Whether it took writes before: an error, or somebody, has made it read-only.
    package var hasBecomeReadOnly: Bool

    package init(
        device: String, mountpoint: String, fstype: String, space: MountSpace? = nil,
        inodes: MountInodes? = nil, stale: Bool = false, fault: String? = nil,
        isReadOnly: Bool = false, hasBecomeReadOnly: Bool = false
    ) {
        self.device = device
        self.mountpoint = mountpoint
        self.fstype = fstype
        self.space = space
        self.inodes = inodes
        self.stale = stale
        self.fault = fault
        self.isReadOnly = isReadOnly
        self.hasBecomeReadOnly = hasBecomeReadOnly
    }

    /// Whether its figures can be an issue.  An image and what is mounted read-only on purpose are
    /// as full as they will ever be.
    package var isJudged: Bool { !isReadOnly || hasBecomeReadOnly }
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

/// The inodes of statvfs(3): how many files there can be.
package struct MountInodes: Hashable, Sendable {
    /// All there are.
    package let total: UInt64
    /// Those that are free.
    package let free: UInt64

    /// From statvfs(3): `f_files` and `f_ffree`.  nil for a file system that has no number of
    /// inodes (btrfs, vfat).
    package init?(total: UInt64, free: UInt64) {
        guard total > 0 else { return nil }
        self.total = total
        self.free = min(free, total)
    }

    /// Those that are used, 0...100.
    package var percent: Double { share(total - free, of: total) }
}
