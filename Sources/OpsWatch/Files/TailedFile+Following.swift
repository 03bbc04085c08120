// Following the path: what it names now, and what came between this and what it named before.

import OpsGzip
import OpsLinux

extension TailedFile {
    /// Looks at what the path names.  What another file reads already (`isTaken`) is not read
    /// again: the path is one more name of it.
    func follow(now: Int64, isTaken: (FileIdentity) -> Bool) {
        if resumption != nil {
            isReady = true
            return
        }
        let status: FileStatus
        do throws(Errno) {
            status = try FileStatus.following(path: path)
        } catch {
            if error.isAbsence {
                isMissing = true
                fault = nil
                // Whatever comes is new.
                start = .beginning
            } else {
                fail(error, now: now)
            }
            return
        }
        isMissing = false
        seenAt = now
        if let newest, newest.identity == FileIdentity(status), !newest.hasEnded {
            fault = nil
            // The same inode under its old name: it is not rotated away, or not any more.
            newest.path = path
            isAlias = false
            isReady = true
            return
        }
        guard fault == nil || now >= retryAt else { return }
        isAlias = isTaken(FileIdentity(status))
        if !isAlias { begin(now: now) }
    }

    /// The path names another file than before.
    private func begin(now: Int64) {
        do throws(Errno) {
            let (file, status) = try OpenFile.open(path, open)
            fault = nil
            guard let newest else { return try meet(file, FileIdentity(status), now: now) }
            newest.look(now: now)
            for relative in between(newest, FileIdentity(status)) {
                if !hasRoom { return }
                append(relative, now: now)
            }
            if hasRoom { append(FileIdentity(status), path, file, now: now) }
        } catch {
            if error.isAbsence { isMissing = true } else { fail(error, now: now) }
        }
    }

    /// The first file at the path.
    private func meet(_ file: OpenFile, _ identity: FileIdentity, now: Int64) throws(Errno) {
        let generation = append(identity, path, file, now: now)
        if start == .end { try generation.skipToEnd(now: now) }
        start = .beginning
    }

    /// Further ones are found in the directory once there is room.
    var hasRoom: Bool { generations.count < FileBounds.generations }

    /// What was rotated away before it was seen, oldest first.  The generation itself may have been
    /// renamed, or compressed.
    private func between(_ newest: Generation, _ identity: FileIdentity) -> [Relative] {
        let open = generations.filter { !$0.hasEnded }.map(\.identity)
        let claimed = Set(open + [identity])
        for family in families([newest.identity]) {
            let renamed = family.all.first { $0.identity == newest.identity }
            let own = renamed ?? family.history.last { newest.isUnpacked(from: $0) }
            guard let own else { continue }
            return family.younger(than: own).filter {
                !claimed.contains($0.identity) && !isFinished($0)
            }
        }
        let rest = families([]).flatMap { $0.younger(than: newest.modified) }
        return rest.filter { !claimed.contains($0.identity) && !isFinished($0) }
    }

    /// Whether a file was read to its end; its inode alone does not say so, for it may have been
    /// used again.
    private func isFinished(_ relative: Relative) -> Bool {
        let known =
            finished + generations.filter { $0.hasEnded && $0 !== newest }.map { Finished($0) }
        return known.contains { done in
            guard done.identity == relative.identity, relative.compression == .none,
                let (file, _) = try? OpenFile.open(relative.path, open)
            else { return false }
            return Generation.isSame(file, done.mark, done.head)
        }
    }

    /// The directories in which the log's history may be.
    func families(_ identities: Set<FileIdentity>) -> [LogFamily] {
        let own = LogFamily(of: path, identities: identities)
        return target == path ? [own] : [own, LogFamily(of: target, identities: identities)]
    }

    /// A file of the history that is read wholly.
    func append(_ relative: Relative, now: Int64) {
        switch relative.compression {
        case .other: note(.damaged("\(relative.path) is compressed in a way that is not read"))
        case .gzip:
            do throws(GzipFault) {
                let reader = try GzipReader(path: relative.path)
                let generation = append(relative.identity, relative.path, nil, now: now)
                generation.gzip = SequentialLines(gzip: reader)
                generation.isClosed = true
                generation.modified = relative.modified
                generation.modifiedWhenRead = relative.modified
            } catch {
                note(.damaged("\(relative.path): \(error)"))
            }
        case .none:
            do throws(Errno) {
                let (file, status) = try OpenFile.open(relative.path, open)
                append(FileIdentity(status), relative.path, file, now: now)
            } catch {
                note(.givenUp(error, lostBytes: relative.sizeBytes))
                lostBytes += relative.sizeBytes
            }
        }
    }
}

extension Errno {
    /// Nothing is there: ENOENT, ENOTDIR.
    var isAbsence: Bool { code == 2 || code == 20 }
    /// Others may, this user may not: EACCES, EPERM.
    var isRefusal: Bool { code == 13 || code == 1 }
}
