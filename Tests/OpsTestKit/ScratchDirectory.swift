// A real directory of one test, removed with all that is in it when the test lets go of it.

@preconcurrency import Glibc
package import OpsLinux

/// A new directory under /tmp; its path is short enough for a socket address.
package final class ScratchDirectory: Sendable {
    /// Absolute, without a slash at the end.
    package let path: String

    /// Makes the directory, with mode 0700.
    package init() throws(Errno) {
        var template = Array("/tmp/opsd-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(errno, "mkdtemp") }
        path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.removeTree(path) }

    /// The directory itself.
    package func open() throws(Errno) -> Directory { try Directory(path: path) }

    /// The path of `name` in it.
    package func path(of name: String) -> String { "\(path)/\(name)" }

    /// Makes a directory in it, and those above it that are missing.
    package func makeDirectory(_ name: String) throws(Errno) {
        var current = path
        for part in name.split(separator: "/") {
            current += "/\(part)"
            guard mkdir(current, 0o755) == 0 || errno == EEXIST else {
                throw Errno(errno, "mkdir")
            }
        }
    }

    /// The content of a file.
    package func bytes(_ name: String) throws(Errno) -> [UInt8] {
        guard let file = fopen(path(of: name), "re") else { throw Errno(errno, "fopen") }
        defer { fclose(file) }
        guard fseek(file, 0, SEEK_END) == 0 else { throw Errno(errno, "fseek") }
        let size = ftell(file)
        rewind(file)
        // A segment has megabytes of reserve, and tests are built without optimization: no byte is
        // touched by itself.
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
    }

    /// Writes a file anew; its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) throws(Errno) -> String {
        let file = fopen(path(of: name), "we")
        guard let file else { throw Errno(errno, "fopen") }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count else { throw Errno(errno, "fwrite") }
        return path(of: name)
    }

    /// Writes a file anew, with a text; its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws(Errno) -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Removes a file, or a directory with all in it; nothing where it is not there.
    package func remove(_ name: String) { Self.removeTree(path(of: name)) }

    /// The names in a directory in it, sorted; none where it cannot be read.
    package func names(_ directory: String = ".") -> [String] {
        ((try? Directory(path: path(of: directory)).names()) ?? []).sorted()
    }

    /// Removes without following symbolic links, so nothing outside is touched.
    private static func removeTree(_ path: String) {
        if (try? FileStatus.of(path: path))?.kind == .directory {
            for name in (try? Directory(path: path).names()) ?? [] { removeTree("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
