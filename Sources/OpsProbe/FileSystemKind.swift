// Which file systems are shown.  The only place that lists their types.

/// What the type of a file system says about it.  Source: filesystems(5), /proc/filesystems.
package enum FileSystemKind: Hashable, Sendable, CaseIterable {
    /// Holds data on a disk of this host.
    case real
    /// A view of the kernel, memory, or other mounts.
    case pseudo
    /// A read-only image, which is always full.
    case image
    /// Data on another host, which may not answer.
    case remote

    /// By the type in the mount table, for example `ext4`.
    package init(fstype: String) {
        if FileSystemKind.pseudoTypes.contains(fstype) {
            self = .pseudo
        } else if FileSystemKind.imageTypes.contains(fstype) {
            self = .image
        } else if FileSystemKind.remoteTypes.contains(fstype) {
            self = .remote
        } else if fstype == "fuse" || fstype.utf8.starts(with: "fuse.".utf8) {
            // sshfs, s3fs, gvfsd and lxcfs are networks or views.  A disk mounted through FUSE has
            // the type `fuseblk`.
            self = .remote
        } else {
            self = .real
        }
    }

    private static let pseudoTypes: Set<String> = [
        "autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "cpuset",
        "debugfs", "devfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "hugetlbfs", "mqueue",
        "nfsd", "nsfs", "overlay", "overlayfs", "aufs", "pipefs", "proc", "pstore", "ramfs",
        "resctrl", "rootfs", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sockfs",
        "spufs", "sysfs", "tmpfs", "tracefs", "usbfs", "xenfs",
    ]
    private static let imageTypes: Set<String> = [
        "cramfs", "erofs", "iso9660", "romfs", "squashfs", "udf",
    ]
    private static let remoteTypes: Set<String> = [
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre",
        "ncpfs", "nfs", "nfs4", "ocfs2", "gfs2", "orangefs", "panfs", "smb3", "smbfs",
        "virtiofs",
    ]
}
