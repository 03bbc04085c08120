// Where a path leads over its symbolic links, and which links those are: each may be switched.

import OpsLinux

/// Resolves paths.  Directories are resolved once; a trail is for one look at all paths.
struct LinkTrail {
    /// A link, by its directory (itself without links) and its name.
    struct Link: Hashable {
        let directory: String
        let name: String
    }

    struct Resolved: Hashable {
        /// Without links, as far as it exists.
        var path: String
        /// The links on the way.
        var links: [Link]
    }

    private static let hops = 40
    private var known: [String: Resolved] = [:]

    /// Where a path leads.
    mutating func resolve(_ path: String) -> Resolved {
        let (directory, name) = PathText.split(path)
        var resolved = name == path ? Resolved(path: "/", links: []) : directoryOf(directory)
        var rest = [name]
        var hops = 0
        while let part = rest.popLast() {
            if part == ".." {
                resolved.path = PathText.split(resolved.path).directory
                continue
            }
            if part.isEmpty || part == "." { continue }
            let next = PathText.join(resolved.path, part)
            guard hops < LinkTrail.hops, let target = try? SymbolicLink.target(of: next) else {
                resolved.path = next
                continue
            }
            hops += 1
            resolved.links.append(Link(directory: resolved.path, name: part))
            if target.utf8.first == UInt8(ascii: "/") { resolved.path = "/" }
            rest += target.split(separator: "/").reversed().map(String.init)
        }
        return resolved
    }

    private mutating func directoryOf(_ directory: String) -> Resolved {
        if directory == "/" || directory == "." { return Resolved(path: "/", links: []) }
        if let resolved = known[directory] { return resolved }
        let resolved = resolve(directory)
        known[directory] = resolved
        return resolved
    }
}
