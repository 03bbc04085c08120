// What happens in directories, told by the kernel: inotify(7).  One watch a directory; the names
// in it come with the events.  Events may be lost (`overflowed`), and changes that another host
// makes to a network file system are not told: whoever uses this looks again from time to time.
//
// The descriptor is for a `Poller`.  One thread uses a watch.

@preconcurrency import Glibc

/// Directories that are watched.
package struct DirectoryWatch: ~Copyable {
    /// What to be told of.
    package struct Interest: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Names that come, go or change, their permissions, and the end of the directory itself.
        package static let names = Interest(rawValue: 1)
        /// Bytes that are written to files, or cut off.
        package static let content = Interest(rawValue: 2)

        var mask: UInt32 {
            var mask = UInt32(IN_ONLYDIR) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
            if contains(.names) {
                mask |= UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM)
                mask |= UInt32(IN_MOVED_TO) | UInt32(IN_ATTRIB)
            }
            if contains(.content) { mask |= UInt32(IN_MODIFY) }
            return mask
        }
    }

    /// One thing that happened.
    package struct Event: Hashable, Sendable {
        /// What it was.
        package enum Kind: Hashable, Sendable {
            /// The file `name` was written to or truncated.
            case content
            /// The name came, went, was renamed, or its permissions changed.
            case name
            /// The directory itself went, was renamed, or unmounted.
            case directory
            /// The watch has ended, and its number means nothing any more.
            case ended
            /// Events were lost, of any directory.
            case overflowed
        }

        /// The number that `add` returned; -1 with `overflowed`.
        package let watch: Int32
        /// What it was.
        package let kind: Kind
        /// The name in the directory; "" where it is about the directory, or is not UTF-8.
        package let name: String
    }

    /// Readable while there are events.
    package let descriptor: Descriptor
    private var buffer: [UInt8]
    private var next = 0
    private var end = 0

    /// EMFILE where the user has too many already (`fs.inotify.max_user_instances`).
    package init() throws(Errno) {
        descriptor = Descriptor(owning: try Syscalls.inotify())
        buffer = [UInt8](repeating: 0, count: 16_384)
    }

    /// Watches the directory at `path`, at the end of all links; returns the watch's number: that
    /// of an older watch on the same directory, which from then on is told of `interest`.
    /// ENOSPC: the user has too many (`fs.inotify.max_user_watches`).
    /// Source: inotify_add_watch(2).
    package func add(path: String, _ interest: Interest) throws(Errno) -> Int32 {
        try Syscalls.inotifyAdd(descriptor.number, path, interest.mask)
    }

    /// Ends a watch; one that has ended already is no error.
    package func remove(_ watch: Int32) {
        try? Syscalls.inotifyRemove(descriptor.number, watch)
    }

    /// The next event; nil: there is none now.
    package mutating func read() throws(Errno) -> Event? {
        if next >= end {
            next = 0
            end = 0
            do throws(Errno) {
                end = try descriptor.read(into: &buffer)
            } catch {
                if error.code == EAGAIN { return nil }
                throw error
            }
        }
        return parse()
    }

    /// Layout: wd 4, mask 4, cookie 4, len 4, name with NULs up to len.  Source: inotify(7).
    private mutating func parse() -> Event? {
        guard end - next >= 16 else {
            next = end
            return nil
        }
        let start = next
        let watch = Int32(bitPattern: number(at: start))
        let mask = number(at: start + 4)
        let length = Int(number(at: start + 12))
        let first = start + 16
        let last = min(end, first + min(length, 4096))
        next = last
        let text = buffer[first..<last].prefix { $0 != 0 }
        return Event(
            watch: watch, kind: DirectoryWatch.kind(of: mask),
            name: String(validating: text, as: UTF8.self) ?? "")
    }

    private func number(at index: Int) -> UInt32 {
        buffer.span.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self)
    }

    private static func kind(of mask: UInt32) -> Event.Kind {
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { return .overflowed }
        if mask & UInt32(IN_IGNORED) != 0 { return .ended }
        let own = UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_UNMOUNT)
        if mask & own != 0 { return .directory }
        return mask & UInt32(IN_MODIFY) != 0 ? .content : .name
    }
}
