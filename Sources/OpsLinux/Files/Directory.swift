// An open directory, and files named relative to it.  A name is one component ("lock", never "a/b",
// ".." or "") and is never followed if it is a symbolic link: a link planted in a state directory
// is refused with ELOOP.  The path of the directory itself comes from the configuration and is
// resolved as usual.

@preconcurrency import Glibc

/// How a file is opened.  Close-on-exec and no-follow are always set.  Source: open(2).
package struct OpenOptions: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// For reading; with `.write`, for both.
    package static let read = OpenOptions(rawValue: 1)
    /// For writing.
    package static let write = OpenOptions(rawValue: 2)
    /// Creates the file if it does not exist.
    package static let create = OpenOptions(rawValue: 4)
    /// With `.create`: EEXIST if it exists.
    package static let exclusive = OpenOptions(rawValue: 8)
    /// Empties an existing file.
    package static let truncate = OpenOptions(rawValue: 16)
    /// Every write goes to the end of the file, even with several writers.
    package static let append = OpenOptions(rawValue: 32)
    /// Opening a FIFO or a device does not wait.
    package static let nonBlocking = OpenOptions(rawValue: 64)

    var flags: Int32 {
        var flags: Int32
        if contains(.write) || contains(.append) {
            flags = contains(.read) ? O_RDWR : O_WRONLY
        } else {
            flags = O_RDONLY
        }
        if contains(.create) { flags |= O_CREAT }
        if contains(.exclusive) { flags |= O_EXCL }
        if contains(.truncate) { flags |= O_TRUNC }
        if contains(.append) { flags |= O_APPEND }
        if contains(.nonBlocking) { flags |= O_NONBLOCK }
        return flags
    }
}

/// An open directory.
package struct Directory: ~Copyable, Sendable {
    /// Open for reading.
    package let descriptor: Descriptor

    /// Opens the directory at `path`; symbolic links on the way are followed.
    package init(path: String) throws(Errno) {
        descriptor = Descriptor(
            owning: try Syscalls.openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, mode: 0))
    }

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Opens the directory at `path`; creates it with `mode` if needed (its parent must exist).
    package static func ensure(path: String, mode: UInt32) throws(Errno) -> Directory {
        do throws(Errno) {
            try Syscalls.mkdirat(AT_FDCWD, path, mode: mode)
        } catch {
            if error.code != EEXIST { throw error }
        }
        return try Directory(path: path)
    }

    /// The directory `name` in this one, created with `mode` if needed.  Never a symbolic link.
    package func ensure(_ name: String, mode: UInt32) throws(Errno) -> Directory {
        try Directory.check(name, "mkdirat")
        do throws(Errno) {
            try Syscalls.mkdirat(descriptor.number, name, mode: mode)
        } catch {
            if error.code != EEXIST { throw error }
        }
        return try subdirectory(name)
    }

    /// The directory `name` in this one.  Never a symbolic link.
    package func subdirectory(_ name: String) throws(Errno) -> Directory {
        try Directory.check(name, "openat")
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        return Directory(
            Descriptor(owning: try Syscalls.openat(descriptor.number, name, flags, mode: 0)))
    }

    /// Opens the file `name`; ELOOP if it is a symbolic link.  `mode` is for a file that is
    /// created.
    package func open(
        _ name: String, _ options: OpenOptions, mode: UInt32 = 0o640
    ) throws(Errno) -> Descriptor {
        try Directory.check(name, "openat")
        let flags = options.flags | O_NOFOLLOW
        return Descriptor(
            owning: try Syscalls.openat(descriptor.number, name, flags, mode: mode))
    }

    /// Status of `name` itself: a symbolic link is not followed.
    package func status(_ name: String) throws(Errno) -> FileStatus {
        try Directory.check(name, "fstatat")
        return FileStatus(try Syscalls.fstatat(descriptor.number, name))
    }

    /// Renames within this directory; an existing `new` is replaced at once.  Source: rename(2).
    package func rename(_ old: String, to new: String) throws(Errno) {
        try Directory.check(old, "renameat")
        try Directory.check(new, "renameat")
        try Syscalls.renameat(descriptor.number, old, new)
    }

    /// Gives the file `old` a second name in this directory; EEXIST if that name exists.
    package func link(_ old: String, to new: String) throws(Errno) {
        try Directory.check(old, "linkat")
        try Directory.check(new, "linkat")
        try Syscalls.linkat(descriptor.number, old, new)
    }

    /// Makes `name` a symbolic link that says `target`; EEXIST if the name exists.  Source:
    /// symlink(2).
    package func symbolicLink(_ name: String, to target: String) throws(Errno) {
        try Directory.check(name, "symlinkat")
        try Syscalls.symlinkat(target, descriptor.number, name)
    }

    /// Removes the name `name`.  Source: unlink(2).
    package func remove(_ name: String) throws(Errno) {
        try Directory.check(name, "unlinkat")
        try Syscalls.unlinkat(descriptor.number, name)
    }

    /// Makes the names in this directory durable: call it after each create, rename or remove that
    /// matters.
    package func sync() throws(Errno) { try descriptor.sync() }

    /// Makes the name of the directory at `path` durable in its parent.  Does nothing if this
    /// process may not read the parent, because then it cannot have created the name.
    package static func syncName(ofDirectory path: String) throws(Errno) {
        let names = path.utf8.split(separator: UInt8(ascii: "/"))
        guard let last = names.last else { return }
        let parent = String(Substring(path.utf8[..<last.startIndex]))
        let holder: Directory
        do throws(Errno) {
            holder = try Directory(path: parent.isEmpty ? "." : parent)
        } catch {
            if error.code == EACCES { return }
            throw error
        }
        try holder.sync()
    }

    /// EINVAL unless `name` is exactly one component.
    static func check(_ name: String, _ call: String) throws(Errno) {
        if name.isEmpty || name == "." || name == ".." || name.utf8.contains(UInt8(ascii: "/")) {
            throw Errno(EINVAL, call)
        }
    }
}
