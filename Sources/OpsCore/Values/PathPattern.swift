// Patterns of paths: `*` is any text, slashes included, `?` any one byte but a slash.  Without
// either a pattern is the path itself.

/// A path, or a pattern of paths.
package struct PathPattern: Hashable, Sendable {
    private let pattern: [UInt8]

    /// Any text is a pattern.
    package init(_ text: String) { pattern = Array(text.utf8) }

    /// Whether all of `path` matches.  Takes time in proportion to the product of both lengths.
    package func matches(_ path: String) -> Bool {
        let path = Array(path.utf8)
        var (at, place) = (0, 0)
        // Where the last star is, and how far what it stands for reaches.
        var (star, reach) = (-1, 0)
        while at < path.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                (star, reach) = (place, at)
                place += 1
            } else if place < pattern.count,
                pattern[place] == path[at]
                    || pattern[place] == UInt8(ascii: "?") && path[at] != UInt8(ascii: "/")
            {
                (at, place) = (at + 1, place + 1)
            } else if star >= 0 {
                reach += 1
                (at, place) = (reach, star + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
