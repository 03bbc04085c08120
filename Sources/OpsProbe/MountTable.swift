// /proc/self/mountinfo: the mounts whose space is measured.
//   1. A mount is hidden, and left out, when another lies on it, or on a directory above it: a path
//      leads to the other.  Which lies on which, the ids say; the order of lines does not.
//   2. A file system that is mounted at several places (bind mounts, subvolumes) is listed once,
//      with the shortest mount point.
//   3. Only real file systems, unless more kinds are requested; what is at `/` is always included.
//   4. In order of mount point, at most `mountLimit`.
//   5. Whether it is read-only, the options of the file system say, not those of the mount: a
//      sandbox mounts everything read-only.

package import OpsCore

/// A mount of the table, with what it takes to measure it.
package struct MountEntry: Hashable, Sendable {
    /// What is listed, without its figures.
    package var mount: Mount
    /// The mount's id.  Source: statx(2), stx_mnt_id.
    package var id: UInt64
    /// The number of the file system's device: major and minor, 32 bits each.
    package var device: UInt64
    /// The file system made itself read-only after an error, or does so, and is.
    package var hasFailed: Bool
    /// An automounter unmounts it when nobody has gone there for a while.
    package var isAutomount: Bool
    /// What its device has read and written; nil: not known.  The prober sets it, for automounts.
    package var activity: UInt64?

    package init(
        _ mount: Mount, id: UInt64 = 0, device: UInt64 = 0, hasFailed: Bool = false,
        isAutomount: Bool = false
    ) {
        self.mount = mount
        self.id = id
        self.device = device
        self.hasFailed = hasFailed
        self.isAutomount = isAutomount
    }

    /// Where the counters of its device are, for `activity(diskStat:)`.
    package var statPath: String {
        "/sys/dev/block/\(device >> 32):\(device & 0xffff_ffff)/stat"
    }

    /// Reads and writes by the content of that file; nil when it is malformed.
    package static func activity(diskStat bytes: Span<UInt8>) -> UInt64? {
        var fields = Fields(at: 0, end: bytes.lineFeed(from: 0) ?? bytes.count)
        guard let reads = fields.number(bytes), fields.skip(3, bytes),
            let writes = fields.number(bytes)
        else { return nil }
        return reads &+ writes
    }
}

/// The mounts of this host.
package enum MountTable {
    /// The most mounts that are listed; further ones are left out.
    package static let mountLimit = 128
    /// The most lines that are read; the rest of the file is skipped.
    package static let lineLimit = 16_384

    /// Where a mount lies: on which other one, and at which path.
    private struct Place: Hashable {
        let parent: UInt64
        let path: String
    }

    private struct Line {
        let parent: UInt64
        let entry: MountEntry
    }

    /// The mounts in `bytes`, without their space.  Malformed lines are skipped.
    package static func entries(
        mountinfo bytes: Span<UInt8>, kinds: Set<FileSystemKind> = [.real]
    ) -> [MountEntry] {
        let tree = Tree(lines(bytes))
        var shortest: [UInt64: MountEntry] = [:]
        for line in tree.lines {
            var entry = line.entry
            let kind = FileSystemKind(fstype: entry.mount.fstype)
            guard kinds.contains(kind) || entry.mount.mountpoint == "/" else { continue }
            if let other = shortest[entry.device], !isShorter(entry.mount, other.mount) { continue }
            guard !tree.isHidden(line) else { continue }
            entry.isAutomount = tree.liesOnAutomounter(line)
            shortest[entry.device] = entry
        }
        let sorted = shortest.values.sorted { $0.mount.mountpoint < $1.mount.mountpoint }
        return Array(sorted.prefix(mountLimit))
    }

    private static func lines(_ bytes: Span<UInt8>) -> [Line] {
        var found: [Line] = []
        var lines = Lines()
        while found.count < lineLimit, var fields = lines.next(bytes) {
            if let line = parse(&fields, bytes) { found.append(line) }
        }
        return found
    }

    private static func isShorter(_ one: Mount, _ other: Mount) -> Bool {
        let (length, otherLength) = (one.mountpoint.utf8.count, other.mountpoint.utf8.count)
        return length == otherLength ? one.mountpoint < other.mountpoint : length < otherLength
    }

    /// What lies on what.
    private struct Tree {
        let lines: [Line]
        private var byID: [UInt64: Int] = [:]
        private var places: [Place: Int] = [:]

        init(_ lines: [Line]) {
            self.lines = lines
            for (number, line) in lines.enumerated() {
                byID[line.entry.id] = number
                places[Place(parent: line.parent, path: line.entry.mount.mountpoint)] = number
            }
        }

        /// The line of the mount that this one lies on.
        private func parent(of line: Line) -> Line? {
            guard line.parent != line.entry.id else { return nil }
            return byID[line.parent].map { lines[$0] }
        }

        /// Whether a path leads to another mount.
        func isHidden(_ line: Line) -> Bool {
            let path = line.entry.mount.mountpoint
            // One that lies on it, or at the same place of the same mount.
            if lies(on: line.entry.id, at: path, besides: line) { return true }
            if let last = places[Place(parent: line.parent, path: path)],
                lines[last].entry.id != line.entry.id
            {
                return true
            }
            var line = line
            for _ in 0..<64 {
                if isCovered(line) { return true }
                guard let next = parent(of: line) else { return false }
                line = next
            }
            return false
        }

        private func lies(on id: UInt64, at path: String, besides line: Line) -> Bool {
            guard let found = places[Place(parent: id, path: path)] else { return false }
            return lines[found].entry.id != line.entry.id
        }

        /// Whether another mount lies on a directory above, on the same mount.
        private func isCovered(_ line: Line) -> Bool {
            let path = line.entry.mount.mountpoint
            if path == "/" { return false }
            if lies(on: line.parent, at: "/", besides: line) { return true }
            for at in path.utf8.indices.dropFirst() where path.utf8[at] == UInt8(ascii: "/") {
                if lies(on: line.parent, at: String(path[..<at]), besides: line) { return true }
            }
            return false
        }

        /// Whether the way there leads over an automounter.
        func liesOnAutomounter(_ line: Line) -> Bool {
            var line = line
            for _ in 0..<64 {
                guard let next = parent(of: line) else { return false }
                if next.entry.mount.fstype == "autofs" { return true }
                line = next
            }
            return false
        }
    }

    /// `36 35 98:0 /root /mnt opts [tags...] - ext3 /dev/sda1 opts`.  Source: proc(5), mountinfo.
    private static func parse(_ fields: inout Fields, _ bytes: Span<UInt8>) -> Line? {
        guard let id = fields.number(bytes), let parent = fields.number(bytes),
            let major = fields.number(bytes), fields.consume(":", bytes),
            let minor = fields.number(bytes), major <= UInt32.max, minor <= UInt32.max,
            fields.skip(1, bytes), let mountpoint = fields.word(bytes), fields.skip(1, bytes)
        else { return nil }
        while let tag = fields.word(bytes) {
            guard bytes.matches(tag, "-") else { continue }
            guard let fstype = fields.word(bytes) else { return nil }
            let source = fields.word(bytes)
            let options = Options(fields.word(bytes) ?? 0..<0, bytes)
            let mount = Mount(
                device: source.map { bytes.unescaped($0) } ?? "",
                mountpoint: bytes.unescaped(mountpoint), fstype: bytes.text(fstype),
                isReadOnly: options.isReadOnly || options.isEmergency)
            let entry = MountEntry(
                mount, id: id, device: major << 32 | minor,
                hasFailed: options.isEmergency || options.isReadOnly && options.failsReadOnly)
            return Line(parent: parent, entry: entry)
        }
        return nil
    }

    /// The options of a file system that say whether it takes writes.
    private struct Options {
        var isReadOnly = false
        /// ext4 since Linux 6.15: read-only after an error, and `rw` all the same.
        var isEmergency = false
        /// What it does after an error.
        var failsReadOnly = false

        init(_ range: Range<Int>, _ bytes: Span<UInt8>) {
            var start = range.lowerBound
            while start < range.upperBound {
                var end = start
                while end < range.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
                let option = start..<end
                if bytes.matches(option, "ro") { isReadOnly = true }
                if bytes.matches(option, "emergency_ro") { isEmergency = true }
                if bytes.matches(option, "errors=remount-ro") { failsReadOnly = true }
                start = end + 1
            }
        }
    }
}

extension Span<UInt8> {
    /// The bytes of `range` as text, with `\040` and the like decoded (space, tab, line feed,
    /// backslash, `#`).  A backslash without three octal digits stands for itself.
    fileprivate func unescaped(_ range: Range<Int>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            if self[at] == 0x5c, let byte = octal(at + 1, range.upperBound) {
                copy.append(byte)
                at += 4
            } else {
                copy.append(self[at])
                at += 1
            }
        }
        return String(decoding: copy, as: UTF8.self)
    }

    private func octal(_ start: Int, _ end: Int) -> UInt8? {
        guard start + 3 <= end else { return nil }
        var value = 0
        for at in start..<start + 3 {
            guard self[at] &- 0x30 < 8 else { return nil }
            value = value * 8 + Int(self[at] &- 0x30)
        }
        return UInt8(exactly: value)
    }
}
