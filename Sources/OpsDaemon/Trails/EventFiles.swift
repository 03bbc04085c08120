// What `events.ndjson` and its rotated files take together, and which of them go when that is too
// much.  All names count that opsd or logrotate give to rotated files: `events.ndjson.1`,
// `events.ndjson.1.gz`, `events.ndjson-20261128`.  The oldest goes first.

import OpsConfig
import OpsCore
import OpsLinux
import OpsTrails

/// How large `events.ndjson` may become, alone and with its rotated files.
struct EventRoom: Hashable, Sendable {
    /// The size at which the file is rotated.
    var rotateBytes: Int64
    /// What all files have together at most; 0: there is no bound.
    var limitBytes: Int64 = 0

    /// The size at which the file is rotated in fact: whole files are removed, so one of them must
    /// not be most of the room.
    var fileBytes: Int64 { limitBytes == 0 ? rotateBytes : min(rotateBytes, limitBytes / 4) }
}

/// A rotated file of events.
struct EventFile: Hashable, Sendable {
    var name: String
    var bytes: Int64
    /// When it was last written, nanoseconds since 1970.
    var modified: Int64

    /// The number at the end of its name; files that were rotated within one tick of the clock are
    /// told apart by it.
    var number: UInt64 { RotatedTrail.number(name, of: RotatedTrail.events) }

    /// The rotated files of a trail in a directory, in no order.
    static func rotated(_ trail: Trail, in directory: borrowing Directory) throws(Errno)
        -> [EventFile]
    {
        var files: [EventFile] = []
        for name in try directory.names()
        where trail.isRotated(name) && !name.hasSuffix(AtomicFile.suffix) {
            guard let status = try? directory.status(name), status.kind == .regular else {
                continue
            }
            files.append(
                EventFile(
                    name: name, bytes: status.sizeBytes, modified: status.modifiedNanoseconds))
        }
        return files
    }

    /// Which files go, so that `needed` bytes more fit into `limitBytes`.
    /// - Parameter files: the oldest first.
    static func surplus(_ files: [EventFile], needed: Int64, limitBytes: Int64) -> [EventFile] {
        var sum = files.reduce(needed) { $0 + $1.bytes }
        var gone: [EventFile] = []
        for file in files {
            if sum <= limitBytes { break }
            sum -= file.bytes
            gone.append(file)
        }
        return gone
    }
}

extension Trail {
    /// Whether a name is that of a rotated file of this trail.
    func isRotated(_ name: String) -> Bool { RotatedTrail.isRotated(name, of: rawValue) }
}

extension Configuration.Events {
    /// What the files of events may take.
    var room: EventRoom {
        EventRoom(rotateBytes: Int64(rotateBytes), limitBytes: Int64(maxBytes))
    }

    /// The name of the link to the file; empty: there is to be none.
    var link: String { complianceLink ? "compliance_hooks.ndjson" : "" }
}

extension Trails {
    /// One line about the files of events that were removed since the last time; nil: none were.
    mutating func takeRemoved(limitBytes: Int64) -> String? {
        guard let first = removed.first, let last = removed.last else { return nil }
        defer { removed = [] }
        let names = removed.count == 1 ? first.name : "\(first.name) to \(last.name)"
        let bytes = removed.reduce(0) { $0 + $1.bytes }
        return "removed \(names), \(bytes.grouped) bytes: events.ndjson and its rotated files have "
            + "reached events.max_bytes, \(limitBytes.grouped)"
    }
}
