// The result of stat(2) as a value.

@preconcurrency import Glibc

/// Size, kind, mode and owner of a file.  Source: inode(7).
package struct FileStatus: Hashable, Sendable {
    /// What kind of file it is.
    package enum Kind: Hashable, Sendable {
        case regular, directory, symbolicLink, socket, other
    }

    /// What kind of file it is.
    package let kind: Kind
    /// Permission bits only, for example `0o640`.
    package let mode: UInt32
    /// The owner.
    package let userID: UInt32
    /// The owning group.
    package let groupID: UInt32
    /// The size of the content.
    package let sizeBytes: Int64
    /// The last change of the content, in seconds since 1970.
    package let modifiedSeconds: Int64
    /// The same, in nanoseconds since 1970; files that were written in one tick of the kernel's
    /// clock (1 to 10 ms) have the same.
    package let modifiedNanoseconds: Int64
    /// How many names the file has; 0 once it was removed while it is open.
    package let linkCount: UInt64
    /// Device and inode together identify the file as long as it exists.
    package let device: UInt64
    /// See `device`.
    package let inode: UInt64

    init(_ status: Glibc.stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFSOCK: kind = .socket
        default: kind = .other
        }
        mode = UInt32(status.st_mode & 0o7777)
        userID = status.st_uid
        groupID = status.st_gid
        sizeBytes = Int64(status.st_size)
        modifiedSeconds = Int64(status.st_mtim.tv_sec)
        modifiedNanoseconds =
            Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        linkCount = UInt64(status.st_nlink)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Whether both are of one file.  Only while one of them is open or has a name.
    package func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }

    /// The status of the file at `path` itself: a symbolic link is not followed.  Source: lstat(2).
    package static func of(path: String) throws(Errno) -> FileStatus {
        FileStatus(try Syscalls.fstatat(AT_FDCWD, path))
    }

    /// The status of what is at `path`, at the end of all symbolic links.  Source: stat(2).
    package static func following(path: String) throws(Errno) -> FileStatus {
        FileStatus(try Syscalls.status(path))
    }
}
