// What is shown of the files.

package import OpsLinux

/// What a file is doing.
package enum FileState: Hashable, Sendable {
    /// There is more to read.
    case reading
    /// All was read; more is waited for.
    case waiting
    /// There is nothing at the path, and nothing left of what was.
    case missing
    /// It may not be opened; it is tried again, as its permissions may change.
    case denied
    /// It cannot be opened or read for another reason; it is tried again.
    case failed(Errno)
}

/// A file as it is shown.
package struct FileStatusRow: Hashable, Sendable {
    /// The path.
    package var path: String
    /// The names of the sources that want it.
    package var sources: [String]
    /// What it is doing.
    package var state: FileState
    /// It is looked at once a second, because the kernel does not tell of all changes.
    package var isPolled: Bool
    /// How many bytes of the present generation were read.
    package var position: Int64
    /// How many it has.
    package var size: Int64
    /// Bytes that are known and not read, over all generations.
    package var lag: Int64
    /// Generations that are read or wait, the present one included.
    package var generations: Int
    /// Lines since the start.
    package var lines: Int64
    /// When the last line came, as `consume` was told; milliseconds since 1970.
    package var lastLineAt: Int64?
    /// Bytes that were there and can never be read, since the start.
    package var lostBytes: Int64
}

/// A pattern as it is shown.
package struct PatternStatusRow: Hashable, Sendable {
    /// The name of the source.
    package var source: String
    /// A path, or a glob.
    package var pattern: String
    /// How many paths match; of a path, 1 whether or not it is there.
    package var matches: Int
    /// A directory that may not be entered, so that matches in it are not known.
    package var closedDirectory: String?
}

extension FileSet {
    /// All files, by path.
    package func status(now: Int64) -> [FileStatusRow] {
        files.values.sorted { $0.path < $1.path }.filter { !$0.isAlias || $0.newest != nil }
            .map { row($0, now: now) }
    }

    /// All patterns, in the order of the sources.
    package func patternStatus() -> [PatternStatusRow] {
        patterns.indices.map { index in
            PatternStatusRow(
                source: sources[patterns[index].source].name, pattern: patterns[index].pattern.text,
                matches: matchCounts[index], closedDirectory: closed[index])
        }
    }

    private func row(_ file: TailedFile, now: Int64) -> FileStatusRow {
        for generation in file.generations { generation.look(now: now) }
        let stored = file.resumption?.stored.generations.last
        let lag = file.generations.reduce(Int64(0)) { $0 &+ $1.unread }
        return FileStatusRow(
            path: file.path, sources: file.sources.map { sources[$0].name },
            state: state(file, lag), isPolled: file.isPolled || map.descriptor == nil,
            position: file.newest?.mark.offset ?? stored?.offset ?? 0,
            size: file.newest?.sizeSeen ?? stored?.offset ?? 0, lag: lag,
            generations: max(file.generations.count, stored == nil ? 0 : 1), lines: file.lines,
            lastLineAt: file.lastLineAt, lostBytes: file.lostBytes)
    }

    private func state(_ file: TailedFile, _ lag: Int64) -> FileState {
        if let error = file.fault ?? file.generations.lazy.compactMap({ $0.fault }).first {
            return error.isRefusal ? .denied : .failed(error)
        }
        if lag > 0 { return .reading }
        return file.isMissing ? .missing : .waiting
    }
}
