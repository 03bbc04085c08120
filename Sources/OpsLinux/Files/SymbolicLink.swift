// What a symbolic link says.

/// Symbolic links.
package enum SymbolicLink {
    /// The text of the link at `path`, absolute or relative to the link's directory; EINVAL where
    /// there is something else.  Source: readlink(2).
    package static func target(of path: String) throws(Errno) -> String {
        try Syscalls.readlink(path)
    }
}
