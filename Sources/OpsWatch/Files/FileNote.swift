// What happened to files that somebody should hear of.

package import OpsLinux

/// Something to tell.
package struct FileNote: Hashable, Sendable {
    /// What happened.
    package enum Kind: Hashable, Sendable {
        /// The file was truncated in place; that many bytes, which were known to be there, were
        /// never read.
        case truncated(lostBytes: Int64)
        /// Bytes that had been read are others now, and the file begins as before: what is in it
        /// is skipped.
        case rewritten(skippedBytes: Int64)
        /// What was left to read of the file is gone: it is not among its rotated siblings.
        case gone
        /// A file in its history is damaged or cut: what was good of it was read.
        case damaged(String)
        /// Reading was given up, because of an error that stays.
        case givenUp(Errno, lostBytes: Int64)
        /// The file cannot be opened or read; it is tried again.
        case failed(Errno)
        /// Something else than a regular file.
        case notAFile
        /// More files match than are read.
        case tooManyFiles(limit: Int)
        /// A directory has more names than are looked at, or cannot be listed.
        case unlisted(Errno)
        /// The directory cannot be watched and is looked at once a second.
        case unwatched(Errno)
    }

    /// The file or directory.
    package var path: String
    /// What happened.
    package var kind: Kind

    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

extension FileNote: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .truncated(0):
            "\(path): was truncated; what was written last may not have been read; read from its beginning"
        case .truncated(let lost):
            "\(path): was truncated before \(lost) bytes of it were read; read from its beginning"
        case .rewritten(let skipped):
            "\(path): what had been read of it was changed; its \(skipped) bytes are skipped"
        case .gone: "\(path): the rest of the file that was being read is gone"
        case .damaged(let what): "\(path): \(what); what came before was read"
        case .givenUp(let error, let lost):
            "\(path): \(error); the last \(lost) bytes of this file are given up"
        case .failed(let error): "\(path): \(error); it will be tried again"
        case .notAFile: "\(path): is not a regular file, and is not read"
        case .tooManyFiles(let limit):
            "\(path): is not read, nor are others, because \(limit) files are read already"
        case .unlisted(let error): "\(path): \(error); what is in it is not read"
        case .unwatched(let error):
            error.code == 28
                ? "\(path): no watch is left (fs.inotify.max_user_watches); looked at once a second"
                : "\(path): \(error); looked at once a second"
        }
    }
}
