// What the kernel tells, and what is looked at by the clock.

import OpsLinux

extension FileSet {
    /// Events of one call; the rest comes with the next.
    private static let eventsAtATime = 4096
    /// Names of these that are looked at.
    private static let namesAtATime = 256

    /// Reads what happened: call it when `descriptor` is readable.
    package func handleEvents(now: Int64) {
        var renamed: Set<Int> = []
        var appeared: [(directory: String, name: String)] = []
        var count = 0
        while count < FileSet.eventsAtATime, appeared.count < FileSet.namesAtATime,
            let happening = map.next()
        {
            count += 1
            switch happening {
            case .anything: needsScan = true
            case .content(let directories, let name):
                for id in ids(directories, name) { if let file = files[id] { wake(file) } }
            case .name(let directories, let name):
                renamed.formUnion(ids(directories, name))
                if isAwaited(directories, name) { needsScan = true }
                for directory in directories where listed[directory] != nil {
                    if names[directory]?[name] == nil { appeared.append((directory, name)) }
                }
            }
        }
        guard hasScanned else { return }
        if needsScan, scanShare.allows(at: clock()) { return scan(now: now) }
        for (directory, name) in appeared { appear(name, in: directory, now: now) }
        for id in renamed.sorted() {
            guard let file = files[id] else { continue }
            follow(file, file.target, nil, now: now)
        }
    }

    private func ids(_ directories: Set<String>, _ name: String) -> [Int] {
        directories.flatMap { names[$0]?[name] ?? [] }
    }

    /// Whether a name may change what matches.
    private func isAwaited(_ directories: Set<String>, _ name: String) -> Bool {
        for directory in directories {
            guard let components = awaited[directory] else { continue }
            let isNew = names[directory]?[name] == nil
            for component in components {
                if component.isPattern {
                    // What a glob may go through; the names that it ends with are in `listed`.
                    if isNew, component.matches(name), isDirectory(name, in: directory) {
                        return true
                    }
                } else if component.text == name {
                    return true
                }
            }
        }
        return false
    }

    /// A directory, or a link to one; what went is looked at again too.
    private func isDirectory(_ name: String, in directory: String) -> Bool {
        guard let status = try? FileStatus.following(path: PathText.join(directory, name)) else {
            return map.isWatched(PathText.join(directory, name))
        }
        return status.kind == .directory
    }

    /// What is due by the clock.  Once a second.
    package func tick(now: Int64) {
        let isDue = now - scannedAt >= FileBounds.rescanMilliseconds || now < scannedAt
        if !hasScanned || isDue { return scanAndWake(now: now) }
        if needsScan || awaitsPolled, scanShare.allows(at: clock()) {
            return scanAndWake(now: now)
        }
        wakeByClock(now: now)
    }

    private func scanAndWake(now: Int64) {
        scan(now: now)
        wakeByClock(now: now)
    }

    /// Names are awaited in a directory of which the kernel tells nothing.
    private var awaitsPolled: Bool {
        !map.polled.isEmpty
            && map.polled.contains { awaited[$0] != nil || listed[$0] != nil }
    }

    private func wakeByClock(now: Int64) {
        let isUnwatched = map.descriptor == nil
        for file in files.values {
            // Of a file that was renamed nothing is told.
            let hasOld = file.generations.count > 1 || file.isMissing && file.newest != nil
            if file.isPolled || isUnwatched || hasOld || isRetry(file, now) {
                follow(file, file.target, nil, now: now)
                wake(file)
            }
        }
    }

    private func isRetry(_ file: TailedFile, _ now: Int64) -> Bool {
        if file.fault != nil { return now >= file.retryAt }
        return file.generations.contains { $0.fault != nil && now >= $0.retryAt }
    }

    /// Closes files that were unused for longest, until there is room for what `file` may open.
    func makeRoom(for file: TailedFile, now: Int64) {
        guard open.count + FileBounds.generations >= limits.open, open.count > 0 else { return }
        let unused = files.values.filter { $0 !== file && $0.mayClose }
            .sorted { ($0.readAt, $0.id) < ($1.readAt, $1.id) }
        // Some more than one, so that not each file that appears makes all others be sorted.
        let spare = min(64, limits.open / 16)
        for other in unused {
            if open.count + FileBounds.generations + spare < limits.open { return }
            other.close(now: now)
        }
    }
}

extension TailedFile {
    /// One generation, read to its end and answered, that the path still names.
    var mayClose: Bool {
        guard resumption == nil, !isMissing, generations.count == 1, let only = newest else {
            return false
        }
        return only.isDurable && only.isAnswered && only.unread == 0 && only.fault == nil
            && only.scan == .none && only.file != nil && !only.discardsLine && only.held == nil
    }

    /// Closes the file; the next time something may be in it, it is found again as after a restart.
    func close(now: Int64) {
        guard let stored = stored(now: now) else { return }
        generations.removeAll()
        resumption = Resumption(stored)
        isReady = false
    }
}
