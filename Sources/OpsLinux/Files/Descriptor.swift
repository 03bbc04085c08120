// One owned file descriptor.  Exactly one `Descriptor` exists for an open number, and its `deinit`
// closes it, so neither leaks nor double closes are possible.  Every way to make one sets
// O_CLOEXEC.  It knows nothing of epoll: deregister it from a `Poller` before it goes.

@preconcurrency import Glibc

/// An open file descriptor and its only owner.
package struct Descriptor: ~Copyable, Sendable {
    /// The number, for the kernel and for a `Poller`.  It is only lent: never close it.
    package let number: Int32

    /// Takes over `number`, which must be open, close-on-exec and not owned by anything else.
    package init(owning number: Int32) {
        precondition(number >= 0, "a descriptor number is not negative")
        self.number = number
    }

    deinit { Syscalls.close(number) }
}

extension Descriptor {
    /// Opens the file at `path` for reading, at the end of all symbolic links; a FIFO or a device
    /// does not make it wait.  Look at `status` before reading.  Source: open(2).
    package static func reading(path: String) throws(Errno) -> Descriptor {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
        return Descriptor(owning: try Syscalls.openat(AT_FDCWD, path, flags, mode: 0))
    }

    /// Reads once into `buffer[offset...]`; 0 is the end of the file.  Source: read(2).
    package func read(into buffer: inout [UInt8], at offset: Int = 0) throws(Errno) -> Int {
        try Syscalls.read(number, into: &buffer, at: offset)
    }

    /// Reads once from `position` (bytes) of the file into `buffer[offset...]`.  Source: pread(2).
    package func read(
        into buffer: inout [UInt8], at offset: Int = 0, from position: Int64
    ) throws(Errno) -> Int {
        try Syscalls.pread(number, into: &buffer, at: offset, from: position)
    }

    /// As above, of at most `limit` bytes.
    package func read(
        into buffer: inout [UInt8], at offset: Int, from position: Int64, limit: Int
    ) throws(Errno) -> Int {
        try Syscalls.pread(number, into: &buffer, at: offset, from: position, limit: limit)
    }

    /// Where the first bytes at or behind `position` are that are not in a hole of the file; nil:
    /// there are none.  Source: lseek(2), SEEK_DATA.
    package func data(from position: Int64) throws(Errno) -> Int64? {
        do throws(Errno) {
            return try Syscalls.seekData(number, position)
        } catch {
            if error.code == ENXIO { return nil }
            throw error
        }
    }

    /// Writes once, perhaps in part; returns the bytes written.  Source: write(2).
    package func write(_ bytes: RawSpan) throws(Errno) -> Int {
        try Syscalls.write(number, bytes)
    }

    /// Writes all of `bytes`, in as many calls as it takes.
    package func writeAll(_ bytes: RawSpan) throws(Errno) {
        var done = 0
        while done < bytes.byteCount {
            let count = try Syscalls.write(number, bytes.extracting(droppingFirst: done))
            if count == 0 { throw Errno(EIO, "write") }
            done += count
        }
    }

    /// Writes once at `position` (bytes) of the file, perhaps in part.  Source: pwrite(2).
    package func write(_ bytes: RawSpan, at position: Int64) throws(Errno) -> Int {
        try Syscalls.pwrite(number, bytes, at: position)
    }

    /// Makes data and metadata durable.  Source: fsync(2).
    package func sync() throws(Errno) { try Syscalls.fsync(number) }

    /// Makes the data durable, and the metadata needed to read it back.  Source: fdatasync(2).
    package func syncData() throws(Errno) { try Syscalls.fdatasync(number) }

    /// Has the kernel start to write a range to the disk; with `waiting`, returns when that is
    /// done.  No guarantee after a crash.  A failure that it reports is not reported again by
    /// `sync`.  Source: sync_file_range(2).
    package func writeBack(from offset: Int64, count: Int64, waiting: Bool) throws(Errno) {
        try Syscalls.writeBack(number, from: offset, count: count, waiting: waiting)
    }

    /// Truncates or extends the file to `bytes`.  Source: ftruncate(2).
    package func truncate(to bytes: Int64) throws(Errno) { try Syscalls.ftruncate(number, bytes) }

    /// Reserves room for `count` bytes from `offset`; the file grows and reads as zeros there.
    /// EOPNOTSUPP where the file system cannot.  Source: fallocate(2).
    package func allocate(from offset: Int64, count: Int64) throws(Errno) {
        try Syscalls.fallocate(number, offset, count)
    }

    /// Size, kind, mode and owner.  Source: fstat(2).
    package func status() throws(Errno) -> FileStatus { FileStatus(try Syscalls.fstat(number)) }

    /// A second number for the same open file, owned by the new value.  Source: fcntl(2).
    package func duplicate() throws(Errno) -> Descriptor {
        Descriptor(owning: try Syscalls.duplicate(number))
    }

    /// Waits until the descriptor is ready for `interest`, or broken; false when the time is over.
    /// For clients and worker threads; the loop uses a `Poller`.  Source: poll(2).
    package func wait(
        for interest: Interest, timeoutMilliseconds: Int32
    ) throws(Errno) -> Bool {
        try Syscalls.poll(number, interest, timeoutMilliseconds: timeoutMilliseconds)
    }
}
