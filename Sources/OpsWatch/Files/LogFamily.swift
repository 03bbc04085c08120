// The files beside a log that are its history, oldest first, as they are now.  By their names where
// those say the age, else by the time of their last modification.

import OpsLinux

/// A file beside a log.
struct Relative: Hashable {
    let path: String
    let identity: FileIdentity
    let sizeBytes: Int64
    let modified: Int64
    let compression: RotatedName.Compression
    /// nil: it has another name, and is the log's history only if it is known by its identity.
    let age: RotatedName.Age?
}

/// The files of a log's directory.
struct LogFamily {
    /// The history, oldest first; without the log itself.
    private(set) var history: [Relative] = []
    /// Other regular files of the directory.
    private(set) var others: [Relative] = []

    /// Looks at the directory of `path`.  With `identities`, other files with one of these are
    /// listed too.
    init(of path: String, identities: Set<FileIdentity>) {
        let (directory, base) = PathText.split(path)
        guard let handle = try? Directory(path: directory),
            let names = try? handle.names(limit: FileBounds.names)
        else { return }
        for name in names where name != base {
            let rotated = RotatedName(name, of: base)
            if rotated == nil, identities.isEmpty { continue }
            guard let status = try? handle.status(name), status.kind == .regular else { continue }
            let identity = FileIdentity(status)
            guard rotated != nil || identities.contains(identity) else { continue }
            let relative = Relative(
                path: PathText.join(directory, name), identity: identity,
                sizeBytes: status.sizeBytes, modified: status.modifiedNanoseconds,
                compression: rotated?.compression ?? .none, age: rotated?.age)
            if rotated == nil { others.append(relative) } else { history.append(relative) }
        }
        // While gzip is at work there are both, and its own is not whole yet.
        let plain = Set(history.filter { $0.compression == .none }.map(\.age))
        history.removeAll { $0.compression != .none && plain.contains($0.age) }
        sort()
    }

    /// Numbers and dates are not mixed in one comparison, so the order is one: by number if all
    /// have one, by date if all have one, else by time.
    private mutating func sort() {
        let ages = history.compactMap(\.age)
        let isNumbered = ages.allSatisfy { if case .number = $0 { true } else { false } }
        let isDated = ages.allSatisfy { if case .date = $0 { true } else { false } }
        history.sort { first, second in
            if isNumbered || isDated, let one = first.age, let other = second.age,
                let isOlder = one.isOlder(than: other)
            {
                return isOlder
            }
            return (first.modified, first.path) < (second.modified, second.path)
        }
    }

    /// All of them, for a search by identity.
    var all: [Relative] { history + others }

    /// What is younger in the history than `relative`, oldest first.
    func younger(than relative: Relative) -> [Relative] {
        if let index = history.firstIndex(where: { $0.path == relative.path }) {
            return Array(history[(index + 1)...])
        }
        return younger(than: relative.modified)
    }

    /// What was written to after that time, oldest first.
    func younger(than modified: Int64) -> [Relative] {
        history.filter { $0.modified > modified }
    }
}

/// Paths as text.
enum PathText {
    /// The directory and the name in it.
    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    static func join(_ directory: String, _ name: String) -> String {
        directory == "/" ? "/" + name : directory + "/" + name
    }
}
