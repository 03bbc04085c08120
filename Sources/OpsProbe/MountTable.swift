// /proc/self/mountinfo: the mounts whose space is measured.
//   1. Of several mounts at one place, the last is visible; the others are hidden and left out.
//   2. A file system that is mounted at several places (bind mounts, subvolumes) is listed once,
//      with the shortest mount point.
//   3. Only real file systems, unless more kinds are requested; what is at `/` is always included.
//   4. In order of mount point, at most `mountLimit`.

package import OpsCore

/// The mounts of this host.
package enum MountTable {
    /// The most mounts that are listed; further ones are left out.
    package static let mountLimit = 128
    /// The most file systems that are read; the rest of the file is skipped.
    private static let deviceLimit = 1_024

    private struct Line {
        let device: UInt64
        let mount: Mount
    }

    /// The mounts in `bytes`, without their space.  Malformed lines are skipped.
    package static func mounts(
        mountinfo bytes: Span<UInt8>, kinds: Set<FileSystemKind> = [.real]
    ) -> [Mount] {
        var seen: [Line] = []
        var lines = Lines()
        while var fields = lines.next(bytes) {
            guard let line = parse(&fields, bytes) else { continue }
            seen.removeAll { $0.mount.mountpoint == line.mount.mountpoint }
            let kind = FileSystemKind(fstype: line.mount.fstype)
            guard kinds.contains(kind) || line.mount.mountpoint == "/" else { continue }
            guard seen.count < deviceLimit else { break }
            seen.append(line)
        }
        var shortest: [UInt64: Mount] = [:]
        for line in seen {
            if let other = shortest[line.device], !isShorter(line.mount, other) { continue }
            shortest[line.device] = line.mount
        }
        return Array(shortest.values.sorted { $0.mountpoint < $1.mountpoint }.prefix(mountLimit))
    }

    private static func isShorter(_ one: Mount, _ other: Mount) -> Bool {
        let (length, otherLength) = (one.mountpoint.utf8.count, other.mountpoint.utf8.count)
        return length == otherLength ? one.mountpoint < other.mountpoint : length < otherLength
    }

    /// `36 35 98:0 /root /mnt opts [tags...] - ext3 /dev/sda1 opts`.  Source: proc(5), mountinfo.
    private static func parse(_ fields: inout Fields, _ bytes: Span<UInt8>) -> Line? {
        guard fields.skip(2, bytes), let major = fields.number(bytes), fields.consume(":", bytes),
            let minor = fields.number(bytes), major <= UInt32.max, minor <= UInt32.max,
            fields.skip(1, bytes), let mountpoint = fields.word(bytes), fields.skip(1, bytes)
        else { return nil }
        while let tag = fields.word(bytes) {
            guard bytes.matches(tag, "-") else { continue }
            guard let fstype = fields.word(bytes) else { return nil }
            let source = fields.word(bytes)
            let mount = Mount(
                device: source.map { bytes.unescaped($0) } ?? "",
                mountpoint: bytes.unescaped(mountpoint), fstype: bytes.text(fstype))
            return Line(device: major << 32 | minor, mount: mount)
        }
        return nil
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
