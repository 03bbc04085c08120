// What kind of file system holds a path, as far as it matters to somebody who waits for changes:
// the kernel tells only of those that this host makes.

@preconcurrency import Glibc

/// What statfs(2) says of a file system.
package enum FileSystemType: Hashable, Sendable {
    /// This host makes all changes, and inotify(7) tells of them.
    case local
    /// Others may change files without the kernel's notice: look at them again and again.
    case remote

    /// NFS, SMB, CIFS, SMB2, 9p, FUSE, Ceph, AFS, Coda, NCP, OCFS2, GFS2, Lustre, VirtualBox's
    /// and VMware's shared folders.  Source: statfs(2), linux/magic.h.
    private static let remoteTypes: Set<UInt32> = [
        0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x0102_1997, 0x6573_5546, 0x00c3_6400,
        0x5346_414f, 0x7375_7245, 0x564c, 0x7461_636f, 0x0116_1970, 0x0bd0_0bd0, 0x786f_4256,
        0xbacb_acbc,
    ]

    /// By the number of statfs(2).
    package init(number: UInt32) {
        self = FileSystemType.remoteTypes.contains(number) ? .remote : .local
    }

    /// Of what holds `path`.  Where the server of a mount is gone, the call may not return.
    package static func of(path: String) throws(Errno) -> FileSystemType {
        FileSystemType(number: try Syscalls.fileSystemType(path))
    }
}
