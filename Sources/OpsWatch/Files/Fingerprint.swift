// How a file is known again: by device and inode, and, since numbers of inodes are used again and
// files are truncated, by a hash of the bytes before a position and of its first bytes.

package import OpsLinux

/// Device and inode.
package struct FileIdentity: Hashable, Sendable {
    /// The device.
    package var device: UInt64
    /// The inode; used again when the file is gone.
    package var inode: UInt64

    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    /// That of a file.
    package init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }
}

/// A hash of a few bytes: FNV-1a, 64 bits.  Nobody can choose bytes of a log that are written
/// already, so it need not withstand an attacker.
package struct Fingerprint: Hashable, Sendable {
    /// How many bytes it is of; at most `FileBounds.fingerprintBytes`.
    package var count: Int
    /// Their hash.
    package var hash: UInt64

    package init(count: Int, hash: UInt64) {
        self.count = count
        self.hash = hash
    }

    /// Of no bytes.
    package static let empty = Fingerprint(count: 0, hash: 0xcbf2_9ce4_8422_2325)

    /// Of a range of bytes; what is outside is left out.
    package static func of(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Fingerprint {
        let range = range.clamped(to: 0..<bytes.count)
        var hash = empty.hash
        for index in range {
            hash = (hash ^ UInt64(bytes[unchecked: index])) &* 0x0000_0100_0000_01b3
        }
        return Fingerprint(count: range.count, hash: hash)
    }

    /// Whether it is of NUL bytes alone.
    var isZeros: Bool {
        let zeros = [UInt8](repeating: 0, count: count)
        return count > 0 && Fingerprint.of(zeros.span, 0..<count) == self
    }

    /// Of the last bytes before `end`, as many as a fingerprint has.
    package static func before(_ end: Int, in bytes: Span<UInt8>) -> Fingerprint {
        of(bytes, max(0, end - FileBounds.fingerprintBytes)..<max(0, end))
    }
}

/// A position in a file, and the bytes before it.
struct Mark: Hashable, Sendable {
    var offset: Int64
    var block: Fingerprint

    static let start = Mark(offset: 0, block: .empty)

    /// Bytes before the position that the fingerprint covers.
    static func covered(_ offset: Int64) -> Int {
        Int(min(Int64(FileBounds.fingerprintBytes), max(0, offset)))
    }
}
