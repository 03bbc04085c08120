// A look at everything: which paths match, which directories have to be watched for changes of
// that, and what each name in them means.  A directory is watched before it is listed, so nothing
// that comes between the two is missed.

import OpsLinux

/// A path that is to be read.
struct Wanted {
    var target: String
    var sources: Set<Int> = []
    var isLiteral = false
    var isPolled = false
    var isNew = false
}

/// What one look gathers.
private struct Scan {
    var trail = LinkTrail()
    var wanted: [String: Wanted] = [:]
    var order: [String] = []
}

extension FileSet {
    /// Looks at all patterns and all files.
    func scan(now: Int64) {
        needsScan = false
        scannedAt = now
        let start = clock()
        defer { scanShare.took(from: start, to: clock()) }
        names.removeAll(keepingCapacity: true)
        awaited.removeAll(keepingCapacity: true)
        listed.removeAll(keepingCapacity: true)
        unreadFiles = sources.map { _ in 0 }
        closed.removeAll(keepingCapacity: true)
        map.begin()
        var scan = Scan()
        for (index, entry) in patterns.enumerated() {
            matchCounts[index] = 0
            if entry.pattern.isLiteral {
                match(entry.pattern.path, index, &scan)
            } else {
                walk(index, &scan)
            }
        }
        for file in files.values where scan.wanted[file.path] == nil {
            // What went is still watched: it may come again under the same name.
            watch(file.path, file.id, scan.trail.resolve(file.path))
        }
        apply(&scan, now: now)
        map.end()
        for note in map.notes { tellOnce(note) }
        map.notes.removeAll()
        toldUnread = toldUnread.filter { unreadFiles[$0] > 0 }
        hasScanned = true
    }

    /// The same thing is told once.
    func tellOnce(_ note: FileNote) {
        if told.count < FileBounds.notes, told.insert(note).inserted { tell(note) }
    }

    /// The paths of a glob.
    private func walk(_ index: Int, _ scan: inout Scan) {
        let pattern = patterns[index].pattern
        var directories = ["/"]
        for (depth, component) in pattern.components.enumerated() {
            let isLast = depth == pattern.components.count - 1
            var next: [String] = []
            for directory in directories {
                if !component.isPattern {
                    let path = PathText.join(directory, component.text)
                    if exists(path, component, in: directory, isLast: isLast, index, &scan) {
                        next.append(path)
                    }
                    continue
                }
                for name in list(directory, component, index, isLast: isLast, &scan) {
                    next.append(PathText.join(directory, name))
                }
                if next.count > FileBounds.files { break }
            }
            directories = next
        }
        for path in directories.prefix(limits.files) { match(path, index, &scan) }
        let rest = directories.dropFirst(limits.files)
        if rest.isEmpty { return }
        let all = Set(directories)
        for path in rest where !isHistory(path, { all.contains($0) }) {
            refuse(path, [patterns[index].source])
        }
    }

    /// Whether a name that a glob gives is of the history of a log.
    private func isHistory(_ path: String, _ isLog: (String) -> Bool) -> Bool {
        if RotatedName.isCompressed(path) { return true }
        let (directory, name) = PathText.split(path)
        return RotatedName.bases(of: name).contains { isLog(PathText.join(directory, $0)) }
    }

    /// Too many files are read.
    private func refuse(_ path: String, _ sources: Set<Int>) {
        for source in sources {
            unreadFiles[source] += 1
            if toldUnread.insert(source).inserted {
                tell(FileNote(path: path, kind: .tooManyFiles(limit: limits.files)))
            }
        }
    }

    /// Whether a name of a glob is there; it is waited for if it is not.
    private func exists(
        _ path: String, _ component: GlobComponent, in directory: String, isLast: Bool,
        _ index: Int, _ scan: inout Scan
    ) -> Bool {
        do throws(Errno) {
            _ = try FileStatus.following(path: path)
            if !isLast { watchLinks(scan.trail.resolve(path)) }
            return true
        } catch {
            note(error, of: directory, index)
        }
        let real = scan.trail.resolve(directory).path
        map.want(real, .names)
        awaited[real, default: []].insert(component)
        // It may have come just now.
        return (try? FileStatus.following(path: path)) != nil
    }

    private func list(
        _ directory: String, _ component: GlobComponent, _ index: Int, isLast: Bool,
        _ scan: inout Scan
    ) -> [String] {
        let resolved = scan.trail.resolve(directory)
        watchLinks(resolved)
        map.want(resolved.path, .names)
        if isLast {
            listed[resolved.path, default: []].append((directory, index))
        } else {
            awaited[resolved.path, default: []].insert(component)
        }
        watchEnd(of: resolved.path)
        do throws(Errno) {
            let all = try Directory(path: directory).names(limit: FileBounds.names)
            return all.filter { component.matches($0) }.sorted()
        } catch {
            if !error.isAbsence { tellOnce(FileNote(path: directory, kind: .unlisted(error))) }
            note(error, of: directory, index)
            return []
        }
    }

    /// A directory that may not be entered hides what is in it: whether the log is there is not
    /// known.
    private func note(_ error: Errno, of directory: String, _ index: Int) {
        if error.isRefusal, closed[index] == nil { closed[index] = directory }
    }

    /// A path that one of the patterns gives.
    private func match(_ path: String, _ index: Int, _ scan: inout Scan) {
        let isLiteral = patterns[index].pattern.isLiteral
        if !isLiteral, RotatedName.isCompressed(path) { return }
        matchCounts[index] += 1
        let isKnown = knownPatterns.contains(patterns[index].pattern.text)
        if scan.wanted[path] == nil {
            scan.order.append(path)
            scan.wanted[path] = Wanted(target: scan.trail.resolve(path).path)
        }
        scan.wanted[path]?.sources.insert(patterns[index].source)
        if isLiteral { scan.wanted[path]?.isLiteral = true }
        if isKnown || hasScanned { scan.wanted[path]?.isNew = true }
    }

    private func apply(_ scan: inout Scan, now: Int64) {
        // A link is another name of what a file without links reads.
        let order =
            scan.order.filter { scan.wanted[$0]?.target == $0 }
            + scan.order.filter { scan.wanted[$0]?.target != $0 }
        var owners: [FileIdentity: Int] = [:]
        for file in files.values { note(file, in: &owners) }
        for path in order {
            guard let wanted = scan.wanted[path] else { continue }
            let resolved = scan.trail.resolve(path)
            guard let file = file(for: path, wanted, resolved, scan.wanted, owners, now: now)
            else { continue }
            file.sources = wanted.sources.sorted()
            file.isLiteral = wanted.isLiteral
            watch(path, file.id, resolved)
            follow(file, resolved.path, owners, now: now)
            note(file, in: &owners)
        }
        for file in Array(files.values) where scan.wanted[file.path] == nil {
            follow(file, file.target, owners, now: now)
            drop(file, now: now)
        }
        for path in order { addSources(of: path, scan.wanted[path]?.sources ?? [], owners) }
    }

    private func note(_ file: TailedFile, in owners: inout [FileIdentity: Int]) {
        for generation in file.generations where !generation.hasEnded {
            owners[generation.identity] = file.id
        }
    }

    /// The file of a path; nil where it is not to be read by itself.
    private func file(
        for path: String, _ wanted: Wanted, _ resolved: LinkTrail.Resolved,
        _ all: [String: Wanted], _ owners: [FileIdentity: Int]?, now: Int64
    ) -> TailedFile? {
        if let id = byPath[path] { return files[id] }
        // Rotated files that a glob matches too are read as the history of their log.
        let (directory, name) = PathText.split(path)
        for base in RotatedName.bases(of: name) {
            let log = PathText.join(directory, base)
            if all[log] != nil || byPath[log] != nil || retired[log] != nil { return nil }
        }
        if !wanted.isLiteral, let status = try? FileStatus.following(path: path) {
            let identity = FileIdentity(status)
            let owner = owners.map { $0[identity] } ?? owner(of: identity)
            if owner != nil || status.kind == .directory { return nil }
        }
        guard files.count < limits.files || makePlace(now: now) else {
            refuse(path, wanted.sources)
            return nil
        }
        let start = wanted.isNew ? .beginning : self.start(of: wanted.sources)
        return addFile(path: path, target: resolved.path, start: start, now: now)
    }

    private func start(of sources: Set<Int>) -> StartingPoint {
        sources.contains { self.sources[$0].start == .beginning } ? .beginning : .end
    }

    /// Whoever wants one name of a file gets its lines.
    private func addSources(
        of path: String, _ sources: Set<Int>, _ owners: [FileIdentity: Int]?
    ) {
        let own = byPath[path].flatMap { files[$0] }
        guard own == nil || own?.isAlias == true,
            let status = try? FileStatus.following(path: path)
        else { return }
        let identity = FileIdentity(status)
        let known = owners.map { $0[identity] } ?? owner(of: identity)
        guard let owner = known.flatMap({ files[$0] }) else { return }
        owner.sources = Set(owner.sources).union(sources).sorted()
    }

    /// Looks at what the path of a file names.
    func follow(
        _ file: TailedFile, _ target: String, _ owners: [FileIdentity: Int]?, now: Int64
    ) {
        makeRoom(for: file, now: now)
        file.follow(now: now) { identity in
            let owner = owners.map { $0[identity] } ?? self.owner(of: identity)
            return owner != nil && owner != file.id
        }
        if file.resumption == nil, !file.isMissing, file.target != target {
            file.target = target
            file.hasChanged = true
        }
        collect(file)
        if file.isReady { wake(file) }
    }

    func owner(of identity: FileIdentity) -> Int? {
        files.values.first { file in
            file.generations.contains { $0.identity == identity && !$0.hasEnded }
        }?.id
    }

    /// A file that is gone for an hour, and that only a glob matched, is shown no more; its
    /// position is kept.
    private func drop(_ file: TailedFile, now: Int64) {
        guard now - file.seenAt > FileBounds.shownMilliseconds, file.isGone else { return }
        forget(file, now: now)
    }

    /// The file that is gone for longest makes place for another; false where none is.
    private func makePlace(now: Int64) -> Bool {
        let gone = files.values.filter { $0.isGone && !$0.isLiteral }
        guard let first = gone.min(by: { ($0.seenAt, $0.id) < ($1.seenAt, $1.id) }) else {
            return false
        }
        forget(first, now: now)
        return true
    }

    private func forget(_ file: TailedFile, now: Int64) {
        if let stored = file.stored(now: now) { retired[file.path] = stored }
        files[file.id] = nil
        byPath[file.path] = nil
    }

    // MARK: One name

    /// A name has appeared in a directory of which globs take names: it is looked at alone, as
    /// whoever can have files made can have many made.
    func appear(_ name: String, in directory: String, now: Int64) {
        if RotatedName.isCompressed(name) { return }
        var found: [String: Set<Int>] = [:]
        for (path, index) in listed[directory] ?? [] {
            let pattern = patterns[index].pattern
            guard pattern.components.last?.matches(name) ?? false else { continue }
            found[PathText.join(path, name), default: []].insert(index)
        }
        for (path, indices) in found.sorted(by: { $0.key < $1.key }) where byPath[path] == nil {
            // It may be gone again.
            guard (try? FileStatus.following(path: path)) != nil else { continue }
            var trail = LinkTrail()
            let resolved = trail.resolve(path)
            let wanted = Wanted(
                target: resolved.path, sources: Set(indices.map { patterns[$0].source }),
                isNew: true)
            for index in indices { matchCounts[index] += 1 }
            if let file = file(for: path, wanted, resolved, [:], nil, now: now) {
                file.sources = wanted.sources.sorted()
                watch(path, file.id, resolved)
                follow(file, resolved.path, nil, now: now)
            }
            addSources(of: path, wanted.sources, nil)
        }
    }

    // MARK: Names

    /// What happens to this name concerns the file, and what happens to its links everything.
    private func watch(_ path: String, _ id: Int, _ resolved: LinkTrail.Resolved) {
        watchLinks(resolved)
        let file = files[id]
        file?.isPolled = false
        if let first = resolved.links.last {
            names[first.directory, default: [:]][first.name, default: []].append(id)
        }
        var (directory, name) = PathText.split(resolved.path)
        while true {
            map.want(directory, [.names, .content])
            if (try? FileStatus.following(path: directory)) != nil { break }
            if directory == "/" { break }
            (directory, name) = PathText.split(directory)
            awaited[directory, default: []].insert(GlobComponent(name: name))
        }
        watchEnd(of: directory)
        names[directory, default: [:]][name, default: []].append(id)
        file?.isPolled = map.isPolled(directory)
    }

    /// The kernel does not tell that a directory is gone while a file that was in it is open.  Its
    /// parent tells.
    private func watchEnd(of directory: String) {
        if directory == "/" { return }
        let (parent, name) = PathText.split(directory)
        map.want(parent, .names)
        awaited[parent, default: []].insert(GlobComponent(name: name))
    }

    private func watchLinks(_ resolved: LinkTrail.Resolved) {
        for link in resolved.links {
            map.want(link.directory, .names)
            awaited[link.directory, default: []].insert(GlobComponent(name: link.name))
        }
    }
}
