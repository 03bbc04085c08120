// Descriptors of logs, and how many there are.

import OpsLinux

/// Counts what is open.
final class OpenFiles {
    fileprivate(set) var count = 0
}

/// An open log.  Several may hold it; it is closed with the last.
final class OpenFile {
    let descriptor: Descriptor
    private let all: OpenFiles?

    init(_ descriptor: consuming Descriptor, _ all: OpenFiles? = nil) {
        self.descriptor = descriptor
        self.all = all
        all?.count += 1
    }

    deinit { all?.count -= 1 }

    /// Opens the regular file at `path`; EISDIR for anything else.
    static func open(
        _ path: String, _ all: OpenFiles
    ) throws(Errno) -> (file: OpenFile, status: FileStatus) {
        let descriptor = try Descriptor.reading(path: path)
        let status = try descriptor.status()
        guard status.kind == .regular else { throw Errno(21, "open") }
        return (OpenFile(descriptor, all), status)
    }
}
