// What the files of a source are, and the bounds of how they are read.  The room `Files` opens and
// follows log files; it knows nothing of lines' meaning, of rules or of opsd.

/// Where reading begins in a file that is met for the first time.
package enum StartingPoint: Hashable, Sendable {
    /// Behind what is there: the first start.
    case end
    /// With its first byte.
    case beginning
}

/// The files of one source.
package struct FileSource: Hashable, Sendable {
    /// The name of the source.
    package var name: String
    /// Absolute paths, or globs of them.
    package var patterns: [String]
    /// Where reading begins in files that were there when a pattern was met for the first time;
    /// what appears later is read from its beginning.
    package var start: StartingPoint

    /// A source of these files.
    package init(name: String, patterns: [String], start: StartingPoint = .end) {
        self.name = name
        self.patterns = patterns
        self.start = start
    }
}

/// What nobody can make grow further.
package enum FileBounds {
    /// Bytes that are read at a time; the caller's buffer has at least as many.
    package static let sliceBytes = 256 << 10
    /// Files over all patterns; what is beyond is told and not read.
    package static let files = 4096
    /// Descriptors of logs that are open at a time; the one unused for longest is closed.
    package static let openFiles = 1024
    /// Directories that are watched; others are looked at once a second.
    package static let watches = 4096
    /// Bytes that are read again after a restart, so that the beginning of a line of json-file is
    /// known; of a longer one the rest is passed over.
    package static let openLineBytes: Int64 = 1 << 20
    /// Generations of one file that wait to be read.
    package static let generations = 16
    /// Names of a directory that are looked at.
    package static let names = 65_536
    /// Positions that are stored.
    package static let positions = 8192
    /// Things that wait to be told.
    package static let notes = 256
    /// Bytes that are compared to know a file again.
    package static let fingerprintBytes = 256

    /// An old file that the path names no more has ended when nothing came for this long.
    package static let idleMilliseconds: Int64 = 60_000
    /// The same, once it has no name any more.
    package static let unlinkedMilliseconds: Int64 = 10_000
    /// A file that could not be opened or read is tried again after this long.
    package static let retryMilliseconds: Int64 = 5000
    /// Everything is looked at again this often, whatever inotify told.
    package static let rescanMilliseconds: Int64 = 30_000
    /// The position of a file that is gone is kept this long.
    package static let goneSeconds: Int64 = 30 * 86_400
    /// A file that is gone is shown for this long, unless a path without a glob names it.
    package static let shownMilliseconds: Int64 = 3_600_000
}
