// The next lines of a log, from whichever generation has some, the oldest first.

import OpsLinux

extension TailedFile {
    enum Turn {
        case lines(Lines, Generation)
        /// Something was done, and there is more to do.
        case again
        case nothing
    }

    /// The next whole lines.  `readsUnstored`: also those whose base is not stored.
    func next(into buffer: inout [UInt8], readsUnstored: Bool, now: Int64) -> Turn {
        if resumption != nil {
            guard resume(now: now, with: &buffer) else { return .nothing }
            // Once found it is read at once: it may be closed again before its next turn.
            if resumption != nil { return .again }
        }
        advance()
        for (index, generation) in window.enumerated() {
            if !generation.hasEnded { generation.meet() }
            guard !generation.hasEnded, generation.base != nil,
                generation.isDurable || readsUnstored,
                generation.fault == nil || now >= generation.retryAt
            else { continue }
            switch generation.read(into: &buffer, now: now) {
            case .lines(let lines): return .lines(lines, generation)
            case .again: return .again
            case .nothing:
                if finish(generation, at: index, now: now) { return .again }
            case .shrank:
                truncated(generation, now: now)
                return .again
            case .changed:
                changed(generation, now: now)
                return .again
            case .failed(let error):
                if hasFailed(generation, at: index, error, now: now) { return .again }
            case .damaged(let fault):
                note(.damaged("\(generation.path): \(fault)"))
                generation.end()
                return .again
            }
        }
        return .nothing
    }

    /// A generation is at its end, for now; true when it is done with.
    private func finish(_ generation: Generation, at index: Int, now: Int64) -> Bool {
        guard index < generations.count - 1 || isRemoved(generation) else { return false }
        if !generation.isLast {
            guard mayEnd(generation, at: index, now: now) else { return false }
            // Half a line may be left; it is a line now.
            generation.isLast = true
            return true
        }
        generation.look(now: now)
        generation.end()
        hasChanged = true
        return true
    }

    /// It has no name any more: while it is open, its disk space is not free.
    private func isRemoved(_ generation: Generation) -> Bool {
        guard isMissing, let file = generation.file else { return false }
        return (try? file.descriptor.status().linkCount) == 0
    }

    private func mayEnd(_ generation: Generation, at index: Int, now: Int64) -> Bool {
        if generation.isClosed || generations.count - index > 2 { return true }
        let idle = now - generation.grownAt
        if idle >= FileBounds.idleMilliseconds { return true }
        // Without another in its place its writer may be a slow one.
        if index == generations.count - 1 { return false }
        guard let status = generation.look(now: now) else { return true }
        return status.linkCount == 0 && idle >= FileBounds.unlinkedMilliseconds
    }

    /// True when it was given up: it has failed for a minute, and what comes behind it waits.
    private func hasFailed(
        _ generation: Generation, at index: Int, _ error: Errno, now: Int64
    ) -> Bool {
        if generation.fault != error {
            note(.failed(error))
            if generation.fault == nil { generation.faultSince = now }
        }
        generation.fault = error
        generation.retryAt = now + FileBounds.retryMilliseconds
        // ESTALE: the server has forgotten the file; opened again, it may be the same.
        if error.code == 116 { reopen(generation) }
        guard generations.count - index > 2,
            now - generation.faultSince >= FileBounds.idleMilliseconds
        else { return false }
        lostBytes += generation.unread
        note(.givenUp(error, lostBytes: generation.unread))
        generation.end()
        return true
    }

    private func reopen(_ generation: Generation) {
        guard let (file, _) = try? OpenFile.open(generation.path, open),
            Generation.isSame(file, generation.mark, generation.head)
        else { return }
        generation.file = file
    }

    /// Bytes that were read are others now.
    private func changed(_ generation: Generation, now: Int64) {
        // A file whose first bytes are all that was read of it was written anew; so was one that
        // began with a hole, as it does again.
        guard let file = generation.file, generation.head.count > 0, !generation.head.isZeros,
            generation.mark.offset > Int64(generation.head.count),
            let head = try? Generation.head(of: file, generation.head.count),
            head == generation.head
        else { return truncated(generation, now: now) }
        do throws(Errno) {
            let before = generation.mark.offset
            try generation.skipToEnd(now: now)
            note(.rewritten(skippedBytes: generation.mark.offset - before))
            hasChanged = true
        } catch {
            generation.fault = error
            generation.faultSince = now
            generation.retryAt = now + FileBounds.retryMilliseconds
        }
    }

    /// The file was truncated; it may have grown again.
    private func truncated(_ generation: Generation, now: Int64) {
        var lost = generation.unread
        // It may have been rotated away after that.
        guard var index = generations.firstIndex(where: { $0 === generation }),
            let file = generation.file
        else { return generation.end() }
        index += 1
        if let copy = copy(of: generation, at: index, now: now) {
            lost = max(0, lost - copy.unread)
            index += 1
        }
        generation.end()
        append(generation.identity, generation.path, file, at: index, now: now)
        lostBytes += lost
        note(.truncated(lostBytes: lost))
    }

    /// A rotated sibling that is a copy of the file before it was truncated.
    private func copy(of generation: Generation, at index: Int, now: Int64) -> Generation? {
        guard generation.mark.offset > 0 || generation.head.count > 0 else { return nil }
        let claimed = Set(generations.map(\.identity))
        for relative in families([]).flatMap(\.history).reversed() {
            guard relative.compression == .none, !claimed.contains(relative.identity),
                relative.sizeBytes >= generation.mark.offset,
                let (file, status) = try? OpenFile.open(relative.path, open),
                Generation.isSame(file, generation.mark, generation.head)
            else { continue }
            let copy = append(
                FileIdentity(status), relative.path, file, mark: generation.mark,
                head: generation.head, at: index, now: now)
            copy.isClosed = true
            return copy
        }
        return nil
    }
}
