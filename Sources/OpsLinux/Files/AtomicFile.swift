// A file that appears whole or not at all: written under a temporary name, made durable, renamed
// over the old one, and the directory made durable.  Without `commit` the temporary file is
// removed.  Readers see the old file or the new one, never a part.

@preconcurrency import Glibc

/// A file being written that will replace `name`.
package struct AtomicFile: ~Copyable, Sendable {
    private let directory: Directory
    private let file: Descriptor
    private let name: String
    private let temporary: String
    /// Bytes written so far.
    package private(set) var writtenBytes: Int64 = 0
    private var committed = false
    /// The kernel was told to write the bytes before this offset to the disk.
    private var startedBytes: Int64 = 0

    /// A large file is written back in steps of this many bytes, at most two at a time: writing all
    /// of it at the end would delay every other fdatasync.
    package static let stepBytes: Int64 = 4 << 20

    /// The suffix of the temporary name, which a file has until it is complete.
    package static let suffix = ".new"

    /// Starts a replacement of `name` in `directory` under `name` + `suffix`; a file that a crash
    /// left under that name is removed first.  One writer of a name at a time.
    package init(
        replacing name: String, in directory: borrowing Directory, mode: UInt32 = 0o640
    ) throws(Errno) {
        let temporary = name + Self.suffix
        do throws(Errno) {
            try directory.remove(temporary)
        } catch {
            if error.code != ENOENT { throw error }
        }
        let kept = try directory.descriptor.duplicate()
        file = try directory.open(temporary, [.write, .create, .exclusive], mode: mode)
        self.directory = Directory(kept)
        self.temporary = temporary
        self.name = name
    }

    /// Appends all of `bytes`.
    package mutating func write(_ bytes: RawSpan) throws(Errno) {
        try file.writeAll(bytes)
        writtenBytes += Int64(bytes.byteCount)
        if writtenBytes - startedBytes >= Self.stepBytes { try step() }
    }

    /// Starts the next step once the previous one is on the disk.
    private mutating func step() throws(Errno) {
        if startedBytes > 0 { try file.writeBack(from: 0, count: startedBytes, waiting: true) }
        try file.writeBack(
            from: startedBytes, count: writtenBytes - startedBytes, waiting: false)
        startedBytes = writtenBytes
    }

    /// Sets the time of its last change, nanoseconds since 1970; nothing is written afterwards.
    package func setModified(nanoseconds: Int64) throws(Errno) {
        try Syscalls.setModified(file.number, nanoseconds: nanoseconds)
    }

    /// Makes the file durable and replaces the old one with it.  With `keeping`, the old one stays
    /// under that name (replacing what was there); `name` exists at every moment.
    package consuming func commit(keeping previous: String? = nil) throws(Errno) {
        try file.sync()
        if let previous { try keepOld(as: previous) }
        try directory.rename(temporary, to: name)
        committed = true
        try directory.sync()
    }

    /// Gives the old file a second name, so that the rename that replaces it loses nothing.
    private func keepOld(as previous: String) throws(Errno) {
        let step = previous + Self.suffix
        try removeIfThere(step)
        do throws(Errno) {
            try directory.link(name, to: step)
        } catch {
            if error.code == ENOENT { return }
            throw error
        }
        do throws(Errno) {
            try directory.rename(step, to: previous)
        } catch {
            try? directory.remove(step)
            throw error
        }
        // When `previous` already was the same file, rename(2) does nothing and leaves `step`.
        try removeIfThere(step)
    }

    private func removeIfThere(_ name: String) throws(Errno) {
        do throws(Errno) {
            try directory.remove(name)
        } catch {
            if error.code != ENOENT { throw error }
        }
    }

    deinit {
        if !committed { try? directory.remove(temporary) }
    }
}
