// Files and directories: open, read, write, sync, rename.  See Syscalls.swift.

import COpsLinux
@preconcurrency import Glibc

extension Syscalls {
    static func openat(
        _ directory: Int32, _ path: String, _ flags: Int32, mode: UInt32
    ) throws(Errno) -> Int32 {
        try withPath(path, "openat") { text throws(Errno) in
            try retrying("openat") { Glibc.openat(directory, text, flags | O_CLOEXEC, mode) }
        }
    }

    static func read(
        _ fd: Int32, into buffer: inout [UInt8], at offset: Int
    ) throws(Errno) -> Int {
        let total = buffer.count
        guard offset >= 0, offset < total else { throw Errno(EINVAL, "read") }
        return try retrying("read", upTo: total - offset) { count in
            buffer.withUnsafeMutableBytes {
                Glibc.read(fd, $0.baseAddress?.advanced(by: offset), count)
            }
        }
    }

    static func pread(
        _ fd: Int32, into buffer: inout [UInt8], at offset: Int, from position: Int64,
        limit: Int = .max
    ) throws(Errno) -> Int {
        let total = buffer.count
        guard offset >= 0, offset < total, position >= 0, limit > 0
        else { throw Errno(EINVAL, "pread") }
        return try retrying("pread", upTo: min(limit, total - offset)) { count in
            buffer.withUnsafeMutableBytes {
                Glibc.pread(fd, $0.baseAddress?.advanced(by: offset), count, off_t(position))
            }
        }
    }

    static func write(_ fd: Int32, _ bytes: RawSpan) throws(Errno) -> Int {
        try retrying("write", upTo: bytes.byteCount) { count in
            bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, count) }
        }
    }

    static func pwrite(_ fd: Int32, _ bytes: RawSpan, at position: Int64) throws(Errno) -> Int {
        guard position >= 0 else { throw Errno(EINVAL, "pwrite") }
        return try retrying("pwrite", upTo: bytes.byteCount) { count in
            bytes.withUnsafeBytes { Glibc.pwrite(fd, $0.baseAddress, count, off_t(position)) }
        }
    }

    // fsync and fdatasync are never repeated, not even on EINTR: it is unknown which data a failed
    // sync left unwritten, and a second one would succeed without having written it.
    static func fsync(_ fd: Int32) throws(Errno) {
        if make("fsync", { Glibc.fsync(fd) }) != 0 { throw Errno(errno, "fsync") }
    }

    static func fdatasync(_ fd: Int32) throws(Errno) {
        if make("fdatasync", { Glibc.fdatasync(fd) }) != 0 { throw Errno(errno, "fdatasync") }
    }

    static func writeBack(
        _ fd: Int32, from offset: Int64, count: Int64, waiting: Bool
    ) throws(Errno) {
        _ = try retrying("sync_file_range") { ops_write_back(fd, offset, count, waiting ? 1 : 0) }
    }

    static func setModified(_ fd: Int32, nanoseconds: Int64) throws(Errno) {
        try retrying("futimens") { ops_set_modified(fd, nanoseconds) }
    }

    static func ftruncate(_ fd: Int32, _ bytes: Int64) throws(Errno) {
        guard bytes >= 0 else { throw Errno(EINVAL, "ftruncate") }
        try retrying("ftruncate") { Glibc.ftruncate(fd, off_t(bytes)) }
    }

    static func fallocate(_ fd: Int32, _ offset: Int64, _ count: Int64) throws(Errno) {
        try retrying("fallocate") { ops_fallocate(fd, offset, count) }
    }

    static func fstat(_ fd: Int32) throws(Errno) -> Glibc.stat {
        var status = Glibc.stat()
        try retrying("fstat") { Glibc.fstat(fd, &status) }
        return status
    }

    static func fstatat(_ directory: Int32, _ path: String) throws(Errno) -> Glibc.stat {
        try withPath(path, "fstatat") { text throws(Errno) in
            var status = Glibc.stat()
            try retrying("fstatat") {
                Glibc.fstatat(directory, text, &status, AT_SYMLINK_NOFOLLOW)
            }
            return status
        }
    }

    /// open(2) takes the lowest free number, so each missing one is opened in turn.
    static func fillStandardDescriptors() throws(Errno) {
        for number in STDIN_FILENO...STDERR_FILENO
        where make("fcntl(F_GETFD)", { fcntl(number, F_GETFD) }) == -1 {
            try retrying("open(/dev/null)") { Glibc.open("/dev/null", O_RDWR) }
        }
    }

    /// The new number is above those of the standard streams.
    static func duplicate(_ fd: Int32) throws(Errno) -> Int32 {
        try retrying("fcntl") { fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) }
    }

    static func flock(_ fd: Int32) throws(Errno) {
        try retrying("flock") { ops_lock(fd) }
    }

    /// Lets go of a lock for all who share the open file.
    static func unlock(_ fd: Int32) { _ = ops_unlock(fd) }

    static func renameat(_ directory: Int32, _ from: String, _ to: String) throws(Errno) {
        try withPath(from, "renameat") { source throws(Errno) in
            try withPath(to, "renameat") { target throws(Errno) in
                _ = try retrying("renameat") {
                    Glibc.renameat(directory, source, directory, target)
                }
            }
        }
    }

    static func symlinkat(_ target: String, _ directory: Int32, _ name: String) throws(Errno) {
        try withPath(target, "symlinkat") { text throws(Errno) in
            try withPath(name, "symlinkat") { link throws(Errno) in
                _ = try retrying("symlinkat") { Glibc.symlinkat(text, directory, link) }
            }
        }
    }

    static func linkat(_ directory: Int32, _ from: String, _ to: String) throws(Errno) {
        try withPath(from, "linkat") { source throws(Errno) in
            try withPath(to, "linkat") { target throws(Errno) in
                _ = try retrying("linkat") { Glibc.linkat(directory, source, directory, target, 0) }
            }
        }
    }

    static func unlinkat(_ directory: Int32, _ path: String) throws(Errno) {
        try withPath(path, "unlinkat") { text throws(Errno) in
            _ = try retrying("unlinkat") { Glibc.unlinkat(directory, text, 0) }
        }
    }

    static func mkdirat(_ directory: Int32, _ path: String, mode: UInt32) throws(Errno) {
        try withPath(path, "mkdirat") { text throws(Errno) in
            _ = try retrying("mkdirat") { Glibc.mkdirat(directory, text, mode) }
        }
    }

    static func chmod(_ path: String, mode: UInt32) throws(Errno) {
        try withPath(path, "chmod") { text throws(Errno) in
            _ = try retrying("chmod") { Glibc.chmod(text, mode) }
        }
    }

    /// Changes the group only, never through a symbolic link.
    static func lchown(_ path: String, group: UInt32) throws(Errno) {
        try withPath(path, "lchown") { text throws(Errno) in
            _ = try retrying("lchown") { Glibc.lchown(text, UInt32.max, group) }
        }
    }

    static func rewind(_ fd: Int32) throws(Errno) {
        try retrying("lseek") { Glibc.lseek(fd, 0, SEEK_SET) }
    }

    /// SEEK_DATA, which glibc declares for GNU sources alone, is 3.  Source: lseek(2).
    static func seekData(_ fd: Int32, _ position: Int64) throws(Errno) -> Int64 {
        Int64(try retrying("lseek") { Glibc.lseek(fd, off_t(position), 3) })
    }

    static func status(_ path: String) throws(Errno) -> Glibc.stat {
        try withPath(path, "stat") { text throws(Errno) in
            var status = Glibc.stat()
            try retrying("stat") { Glibc.fstatat(AT_FDCWD, text, &status, 0) }
            return status
        }
    }

    /// What the symbolic link at `path` says; at most 4,096 bytes of it.
    static func readlink(_ path: String) throws(Errno) -> String {
        try withPath(path, "readlink") { text throws(Errno) in
            try withScratch(4096) { scratch throws(Errno) in
                guard let base = scratch.baseAddress else { throw Errno(ENOMEM, "readlink") }
                let count = try retrying("readlink") {
                    Glibc.readlink(text, base, scratch.count)
                }
                let bytes = UnsafeRawBufferPointer(start: base, count: count)
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    /// The type of the file system that holds `path`.
    static func fileSystemType(_ path: String) throws(Errno) -> UInt32 {
        try withPath(path, "statfs") { text throws(Errno) in
            var type: UInt32 = 0
            try retrying("statfs") { ops_file_system_type(text, &type) }
            return type
        }
    }

    /// Raw entries of a directory, for `DirectoryEntries`; 0 at the end.  Source: getdents64(2).
    static func getdents64(_ fd: Int32, into buffer: inout [UInt8]) throws(Errno) -> Int {
        try retrying("getdents64") {
            buffer.withUnsafeMutableBytes { ops_directory_entries(fd, $0.baseAddress, $0.count) }
        }
    }

    static func fileSystem(_ path: String) throws(Errno) -> Glibc.statvfs {
        try withPath(path, "statvfs") { text throws(Errno) in
            var status = Glibc.statvfs()
            try retrying("statvfs") { statvfs(text, &status) }
            return status
        }
    }

    /// The id of the mount that `path` leads to; nil where the kernel does not say.
    static func mountID(_ path: String) throws(Errno) -> UInt64? {
        try withPath(path, "statx") { text throws(Errno) in
            var id: UInt64 = 0
            let isKnown = try retrying("statx") { ops_mount_id(text, &id) }
            return isKnown == 0 ? nil : id
        }
    }

    static func memfd(_ name: String) throws(Errno) -> Int32 {
        try withPath(name, "memfd_create") { text throws(Errno) in
            try retrying("memfd_create") { ops_memfd(text) }
        }
    }

    static func seal(_ fd: Int32) throws(Errno) {
        try retrying("fcntl(F_ADD_SEALS)") { ops_memfd_seal(fd) }
    }
}
