// What rotated files of a trail are called, whoever has rotated and compressed them: opsd
// (`events.ndjson.7`), logrotate (`events.ndjson-20261128-1764288000`), gzip (`.gz` after either).

/// The names of rotated files.
package enum RotatedTrail {
    /// The file that every event is written to.
    package static let events = "events.ndjson"

    /// What follows the name of a compressed file, whoever has compressed it.
    package static let compressed = [".gz", ".xz", ".bz2", ".zst"]

    /// The one of them that opsd writes, and opsctl reads.
    package static let gzip = ".gz"

    /// Whether a name is that of a rotated file of the trail with the name `trail`.
    package static func isRotated(_ name: String, of trail: String) -> Bool {
        name.hasPrefix(trail + ".") || name.hasPrefix(trail + "-")
    }

    /// Whether a name is that of a compressed file.
    package static func isCompressed(_ name: String) -> Bool { plainName(name) != nil }

    /// The name that a compressed file had before; nil: it is not compressed.
    package static func plainName(_ name: String) -> String? {
        compressed.first { name.hasSuffix($0) }.map { String(name.dropLast($0.count)) }
    }

    /// The number at the end of a plain file's name; files that were rotated within one tick of
    /// the clock are told apart by it.  0: there is none.
    package static func number(_ name: String, of trail: String) -> UInt64 {
        UInt64(name.dropFirst(trail.count + 1)) ?? 0
    }
}
