// Whether a journal has files at all, for the difference between one that is not there and one that
// may not be read: libsystemd leaves out the files that it may not open, and says nothing.

@preconcurrency import Glibc
import OpsLinux

/// The files of a journal, by their names alone.
enum JournalFiles {
    /// Whether there are any, or a directory that may not be looked into.
    static func exist(_ location: JournalLocation) -> Bool {
        switch location {
        case .system: ["/var/log/journal", "/run/log/journal"].contains { hasFiles($0, depth: 1) }
        case .directory(let path): hasFiles(path, depth: 1)
        }
    }

    private static func hasFiles(_ path: String, depth: Int) -> Bool {
        let names: [String]
        do {
            names = try Directory(path: path).names(limit: 4_096)
        } catch {
            return error.code == EACCES || error.code == EPERM
        }
        return names.contains { name in
            name.hasSuffix(".journal") || depth > 0 && hasFiles("\(path)/\(name)", depth: depth - 1)
        }
    }
}
