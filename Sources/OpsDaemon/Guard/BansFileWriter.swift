// `ip_bans.json` on the trail thread (S1-08): {"bans": {IP: END}, "strikes": {IP: [TIME, ...]}},
// times in seconds since 1970, a ban without an end null, as `opsctl export` writes it but in the
// order of the tables.  It is written under another name, a piece at a time, and appears whole or
// not at all.

import OpsCore
import OpsLinux

/// A step of the file.
enum BansFileJob: Sendable {
    case begin
    /// Bans; `clockOffset` makes wall clock time of boot time, milliseconds.
    case bans([SnapshotPart], clockOffset: Int64)
    /// Strikes, after all bans.
    case strikes([SnapshotPart])
    /// The file gets its name.
    case finish
}

/// What became of a step.
struct BansFileAnswer: Sendable, Equatable {
    enum Outcome: Sendable {
        case done
        /// The file has its name.
        case finished
        /// It is given up.
        case failed
    }

    /// Which file: steps of one that was given up may still be answered when the next has begun.
    var ticket: UInt64
    var outcome: Outcome
}

/// The file under way.
struct BansFileWriter: ~Copyable {
    static let chunkBytes = 256 << 10

    private var file: AtomicFile
    private var buffer: [UInt8] = Array("{\n  \"bans\": {".utf8)
    private var isFirst = true
    private var hasStrikes = false

    /// Begins the file in the log directory.
    init(logPath: String) throws(Errno) {
        file = try AtomicFile(replacing: BansFile.name, in: try Directory(path: logPath))
    }

    mutating func add(bans parts: [SnapshotPart], clockOffset: Int64) throws(Errno) {
        for part in parts {
            try part.bans { (ban) throws(Errno) in
                // The format cannot say that a ban is not enforced.
                if ban.isDryRun { return }
                key(ban.network)
                if ban.deadline == Ban.never {
                    buffer += "null".utf8
                } else {
                    buffer += String(ceiling(ban.deadline + clockOffset)).utf8
                }
                if buffer.count >= Self.chunkBytes { try flush() }
            }
        }
    }

    mutating func add(strikes parts: [SnapshotPart]) throws(Errno) {
        if !hasStrikes { beginStrikes() }
        for part in parts {
            try part.strikes { (strikes) throws(Errno) in
                guard let first = strikes.first else { return }
                key(first.network)
                buffer.append(UInt8(ascii: "["))
                var needsComma = false
                for strike in strikes {
                    let stamp = String(strike.at).utf8
                    // One that counts as three is written three times.
                    for _ in 0..<strike.weight {
                        if needsComma { buffer += ", ".utf8 }
                        needsComma = true
                        buffer += stamp
                    }
                    if buffer.count >= Self.chunkBytes { try flush() }
                }
                buffer.append(UInt8(ascii: "]"))
            }
        }
    }

    /// Ends the file and gives it its name.
    consuming func finish() throws(Errno) {
        if !hasStrikes { beginStrikes() }
        buffer += (isFirst ? "}\n}\n" : "\n  }\n}\n").utf8
        try flush()
        try file.commit()
    }

    private mutating func beginStrikes() {
        buffer += (isFirst ? "},\n  \"strikes\": {" : "\n  },\n  \"strikes\": {").utf8
        isFirst = true
        hasStrikes = true
    }

    private mutating func key(_ network: Network) {
        buffer += (isFirst ? "\n    \"" : ",\n    \"").utf8
        isFirst = false
        network.write(to: &buffer)
        buffer += "\": ".utf8
    }

    /// Seconds; a ban is not shown to end before it does.
    private func ceiling(_ milliseconds: Int64) -> Int64 { (milliseconds + 999) / 1_000 }

    private mutating func flush() throws(Errno) {
        var chunk: [UInt8] = []
        swap(&chunk, &buffer)
        try file.write(chunk.span.bytes)
        chunk.removeAll(keepingCapacity: true)
        swap(&chunk, &buffer)
    }
}
