// Why bytes of the store are refused.  A fault has a message and names the place; it never
// decides what happens next (Recovery does).

/// Something in a file that is not as it was written, or newer than this build.
package struct StoreFault: Error, Hashable, Sendable {
    /// Why the bytes are not taken.
    package enum Kind: Hashable, Sendable {
        /// Not as it was written.
        case damaged
        /// Well kept, but by a version that this one must not read.
        case newer
    }

    /// Whether the file is damaged, or newer than this build.
    package var kind: Kind
    /// The path, relative to the state directory; empty until `Recovery` fills it in.
    package var file: String
    /// Bytes from the start of the file.
    package var offset: UInt64
    /// The line in a text file, from 1.
    package var line: Int?
    /// What is wrong, for people.
    package var reason: String

    /// A fault at `offset`; `Recovery` adds the file.
    package init(
        _ kind: Kind, _ reason: String, file: String = "", offset: Int = 0, line: Int? = nil
    ) {
        self.kind = kind
        self.file = file
        self.offset = UInt64(clamping: offset)
        self.line = line
        self.reason = reason
    }

    /// This fault with `file` filled in.
    package func inFile(_ file: String) -> StoreFault {
        var fault = self
        fault.file = file
        return fault
    }
}

extension StoreFault: CustomStringConvertible {
    package var description: String {
        let place = line.map { "line \($0), byte \(offset)" } ?? "byte \(offset)"
        return file.isEmpty ? "\(place): \(reason)" : "\(file): \(place): \(reason)"
    }
}
