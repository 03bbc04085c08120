// Which directories are watched, and which are looked at once a second instead: those of network
// file systems, where the kernel tells only of this host's changes, and those for which no watch
// is left.  One watch a directory, however many paths lead to it.

import OpsLinux

/// The directories in which something may happen.
final class DirectoryMap {
    private final class Watch {
        var events: DirectoryWatch
        init() throws(Errno) { events = try DirectoryWatch() }
    }

    private struct Watched {
        var number: Int32
        var interest: DirectoryWatch.Interest
        var identity: FileIdentity
    }

    private let watch: Watch?
    private var failure: Errno?
    private var watched: [String: Watched] = [:]
    /// The paths of a watch.
    private var paths: [Int32: Set<String>] = [:]
    private(set) var polled: Set<String> = []
    private var wanted: [String: DirectoryWatch.Interest] = [:]
    var notes: [FileNote] = []
    private let limit: Int

    init(limit: Int = FileBounds.watches) {
        self.limit = limit
        do throws(Errno) {
            watch = try Watch()
        } catch {
            watch = nil
            failure = error
        }
    }

    /// For the loop's poller; nil: nothing can be watched.
    var descriptor: Int32? { watch?.events.descriptor.number }

    /// Begins to gather what is wanted.
    func begin() { wanted.removeAll(keepingCapacity: true) }

    /// Wants to be told of a directory, from now on; do this before looking at what is in it.
    func want(_ path: String, _ interest: DirectoryWatch.Interest) {
        let before = wanted[path] ?? []
        wanted[path] = before.union(interest)
        if before.isSuperset(of: interest), before != [] { return }
        guard let status = try? FileStatus.following(path: path), status.kind == .directory
        else { return forget(path) }
        let identity = FileIdentity(status)
        let all = before.union(interest)
        if let known = watched[path], known.identity == identity,
            known.interest.isSuperset(of: all)
        {
            return
        }
        if watched[path].map({ $0.identity != identity }) ?? false { forget(path) }
        add(path, all, identity)
    }

    private func add(
        _ path: String, _ interest: DirectoryWatch.Interest, _ identity: FileIdentity
    ) {
        if (try? FileSystemType.of(path: path)) == .remote {
            polled.insert(path)
            return
        }
        guard watched[path] != nil || watched.count < limit else {
            return poll(path, because: Errno(28, "inotify_add_watch"))
        }
        guard watch != nil else {
            return poll(path, because: failure ?? Errno(24, "inotify_init1"))
        }
        do throws(Errno) {
            guard var number = try watch?.events.add(path: path, interest) else { return }
            // Another path may lead to the same directory, and want more of it.
            let others = paths[number] ?? []
            let all = others.reduce(interest) { $0.union(watched[$1]?.interest ?? []) }
            if all != interest { number = try watch?.events.add(path: path, all) ?? number }
            paths[number, default: []].insert(path)
            watched[path] = Watched(number: number, interest: all, identity: identity)
            for other in others { watched[other]?.interest = all }
            polled.remove(path)
        } catch {
            if !error.isAbsence { poll(path, because: error) }
        }
    }

    private func poll(_ path: String, because error: Errno) {
        if polled.insert(path).inserted {
            notes.append(FileNote(path: path, kind: .unwatched(error)))
        }
    }

    /// Ends the watches that nobody wants any more.
    func end() {
        for path in watched.keys.filter({ wanted[$0] == nil }) { forget(path) }
        polled = polled.filter { wanted[$0] != nil }
    }

    private func forget(_ path: String) {
        polled.remove(path)
        guard let known = watched.removeValue(forKey: path) else { return }
        paths[known.number]?.remove(path)
        guard paths[known.number]?.isEmpty ?? true else { return }
        paths[known.number] = nil
        watch?.events.remove(known.number)
    }

    func isPolled(_ path: String) -> Bool { polled.contains(path) }

    func isWatched(_ path: String) -> Bool { watched[path] != nil }

    /// How many directories are watched.
    var count: Int { paths.count }

    /// Whether a directory has gone or been renamed is known only after looking at all again.
    enum Happening {
        case content(directories: Set<String>, name: String)
        case name(directories: Set<String>, name: String)
        case anything
    }

    /// The next thing that happened; nil: nothing more.
    func next() -> Happening? {
        guard let event = (try? watch?.events.read()) ?? nil else { return nil }
        let directories = paths[event.watch] ?? []
        switch event.kind {
        case .content: return .content(directories: directories, name: event.name)
        case .name: return .name(directories: directories, name: event.name)
        case .overflowed: return .anything
        case .directory: return .anything
        case .ended:
            // After `forget` nobody has it.
            if directories.isEmpty { return .content(directories: [], name: "") }
            for path in directories { watched[path] = nil }
            paths[event.watch] = nil
            return .anything
        }
    }
}
