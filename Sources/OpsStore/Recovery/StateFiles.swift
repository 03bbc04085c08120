// The names in the state directory, and which of them matter.  Names and sizes in, plans out: this
// opens nothing.
//
// How the daemon changes the directory, so that every crash leaves a start (each line durable
// before the next):
//
//   new segment    wal/N.wal.new: header, preallocation, fdatasync; rename to wal/N.wal; fsync of
//                  wal/.  Over a segment of the same name, too: that one held no good record.
//   new snapshot   log durable through the trailer's `through`; snapshot.jsonl.new, fsync; rename
//                  snapshot.jsonl to snapshot.previous.jsonl; rename .new to snapshot.jsonl; fsync
//                  of the directory; only then `disposable` segments are unlinked, oldest first.
//   failed fsync   no further byte to that segment.  A new one with `isDetached`, whose first
//                  sequence number is the next; then a snapshot; healthy once that is durable.

/// A file as the directory lists it.
package struct FileEntry: Hashable, Sendable {
    /// The file's name, without its directory.
    package var name: String
    /// The file's size.
    package var bytes: UInt64

    package init(name: String, bytes: UInt64) {
        self.name = name
        self.bytes = bytes
    }
}

/// A segment of the log, by its name.
package struct SegmentFile: Hashable, Sendable {
    /// Relative to the state directory.
    package var path: String
    /// The first sequence number, from the name.
    package var first: UInt64
    /// The file's size, preallocated room included.
    package var bytes: UInt64
}

/// What a state directory holds.
package struct StateFiles: Hashable, Sendable {
    /// The newest snapshot.
    package static let snapshot = "snapshot.jsonl"
    /// The snapshot before it.
    package static let previousSnapshot = "snapshot.previous.jsonl"
    /// Where the segments of the log are.
    package static let logDirectory = "wal"
    /// Appended to the name of a file that is not complete yet.
    package static let temporarySuffix = ".new"
    /// Appended to the name of a file set aside.
    package static let quarantineSuffix = ".damaged"
    private static let segmentSuffix = ".wal"

    /// The snapshots that are there, newest first.
    package private(set) var snapshots: [String] = []
    /// The segments, by first sequence number.
    package private(set) var segments: [SegmentFile] = []
    /// Files that were never finished: to be removed once recovery is done.
    package private(set) var leftovers: [String] = []
    /// Files in wal/ with a name of an unknown form: left alone, worth a warning.
    package private(set) var strangers: [String] = []

    /// - Parameters:
    ///   - state: the regular files of the state directory.
    ///   - log: the regular files of wal/ in it.
    package init(state: [FileEntry], log: [FileEntry]) {
        for name in [Self.snapshot, Self.previousSnapshot] {
            if state.contains(where: { $0.name == name }) { snapshots.append(name) }
            let temporary = Self.temporary(name)
            if state.contains(where: { $0.name == temporary }) { leftovers.append(temporary) }
        }
        for file in log {
            let path = Self.logDirectory + "/" + file.name
            if let first = Self.firstSequence(ofSegment: file.name) {
                segments.append(SegmentFile(path: path, first: first, bytes: file.bytes))
            } else if file.name.hasSuffix(Self.segmentSuffix + Self.temporarySuffix) {
                leftovers.append(path)
            } else if !file.name.hasSuffix(Self.quarantineSuffix) {
                strangers.append(path)
            }
        }
        segments.sort { $0.first < $1.first }
    }

    /// The path of the segment that starts at `first`: 20 digits, so that names sort.
    package static func segment(_ first: UInt64) -> String {
        let digits = String(first)
        let zeros = String(repeating: "0", count: max(0, 20 - digits.utf8.count))
        return logDirectory + "/" + zeros + digits + segmentSuffix
    }

    /// The name under which `path` is written until it is durable.
    package static func temporary(_ path: String) -> String { path + temporarySuffix }

    /// The name under which `path` is set aside.
    package static func quarantine(_ path: String) -> String { path + quarantineSuffix }

    /// The segments a snapshot at `sequence` needs: the last one that starts no later than right
    /// after it, and all that follow; if none starts so early, all segments.
    package func segments(after sequence: UInt64) -> ArraySlice<SegmentFile> {
        segments[Self.start(of: segments, after: sequence) { $0.first }...]
    }

    /// Where those segments begin, among all in their order.
    package static func start<Segment>(
        of segments: [Segment], after sequence: UInt64, first: (Segment) -> UInt64
    ) -> Int {
        segments.lastIndex { first($0) <= sequence || first($0) - 1 == sequence } ?? 0
    }

    /// The segments that nothing needs any more, oldest first, once the older of the two kept
    /// snapshots is at `previous`.  The last segment is never among them.
    package func disposable(previous: UInt64) -> [String] {
        segments[..<segments(after: previous).startIndex].map(\.path)
    }

    /// The first sequence number of a segment, by its name in wal/; nil: that is not a segment's.
    package static func firstSequence(ofSegment name: String) -> UInt64? {
        guard name.hasSuffix(segmentSuffix), name.utf8.count == 20 + segmentSuffix.utf8.count
        else { return nil }
        let digits = name.utf8.prefix(20)
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard let first = UInt64(String(name.prefix(20))), first >= 1 else { return nil }
        return first
    }
}
