// What is stored of a file, so that reading goes on where it was after a restart.

/// A generation of a log as it is stored.
package struct StoredGeneration: Hashable, Sendable {
    /// Counts the generations of the path.
    package var ordinal: UInt64
    /// The lane in which it is read: 0 or 1.
    package var lane: Int
    /// Which file it was.
    package var identity: FileIdentity
    /// All before this offset was read, and what followed from it was answered.
    package var offset: Int64
    /// The bytes before the offset.
    package var block: Fingerprint
    /// The first bytes of the file.
    package var head: Fingerprint
    /// The place of the first byte in its lane.
    package var base: Int64
    /// When the file was last modified, in nanoseconds since 1970.
    package var modified: Int64
    /// A line of json-file may have begun before the offset.
    package var isOpen: Bool

    package init(
        ordinal: UInt64, lane: Int, identity: FileIdentity, offset: Int64, block: Fingerprint,
        head: Fingerprint, base: Int64, modified: Int64, isOpen: Bool = false
    ) {
        self.isOpen = isOpen
        self.ordinal = ordinal
        self.lane = lane
        self.identity = identity
        self.offset = offset
        self.block = block
        self.head = head
        self.base = base
        self.modified = modified
    }
}

/// A path as it is stored.
package struct StoredPosition: Hashable, Sendable {
    /// The path, as the configuration or a glob gives it.
    package var path: String
    /// Where the path's symbolic links ended; the same as `path` without any.
    package var target: String
    /// The name of its streams, without the lane.
    package var stream: String
    /// When the file was last there, in seconds since 1970.
    package var seen: Int64
    /// The ordinal of the next generation.
    package var next: UInt64
    /// Where each lane has come to: the base of the next generation in it.
    package var ends: [Int64]
    /// The generations that are being read, oldest first; at most two.
    package var generations: [StoredGeneration]

    package init(
        path: String, target: String, stream: String, seen: Int64, next: UInt64, ends: [Int64],
        generations: [StoredGeneration]
    ) {
        self.path = path
        self.target = target
        self.stream = stream
        self.seen = seen
        self.next = next
        self.ends = ends
        self.generations = generations
    }
}

/// All that is stored.
package struct StoredPositions: Hashable, Sendable {
    /// By path.
    package var files: [StoredPosition]
    /// The patterns that were read: what matches one of them later is new, and read from its
    /// beginning.
    package var patterns: [String]

    /// Nothing is stored yet.
    package init(files: [StoredPosition] = [], patterns: [String] = []) {
        self.files = files
        self.patterns = patterns
    }
}

/// The name of a path's streams.
package enum StreamName {
    /// The end of the path, with what is not a letter, a digit, `.`, `-` or `_` as `_`, and eight
    /// random hexadecimal digits: if the positions are lost, the places of other bytes do not
    /// look like repetitions.  At most 62 bytes, so that the lane fits behind it.
    package static func make(path: String, random: UInt32) -> String {
        let allowed = path.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        let digits = String(random, radix: 16)
        let suffix = "-" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
        let kept = allowed.drop { $0 == UInt8(ascii: "_") }.suffix(62 - suffix.utf8.count)
        return String(decoding: kept, as: UTF8.self) + suffix
    }

    /// The stream of a lane.
    package static func lane(_ lane: Int, of stream: String) -> String { "\(stream).\(lane & 1)" }
}
