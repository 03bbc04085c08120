// Finding again what was being read: after a restart, or when a file that was closed to make room
// is wanted again.  What is stored of a generation is looked for
//
// 1. at the path, and where its links ended;
// 2. by its inode among the files beside it: it was renamed;
// 3. by its bytes among the rotated files: they were copied (copytruncate);
// 4. by its bytes in compressed ones, which are unpacked up to the position, 4 MiB a turn.
//
// Then everything younger in the history is read wholly, oldest first, and then what the path
// names.  The only guess is made where nothing is found: files that were written to after the
// stored time are taken to be younger.
//
// Links that were switched more than once meanwhile are not followed over the files in between:
// nothing says which they were.

import OpsGzip
import OpsLinux

/// A file whose generations have to be found.
final class Resumption {
    /// How a generation was found.
    enum Found {
        case gone
        case plain(OpenFile, FileIdentity, Relative)
        case gzip(SequentialLines, Relative)

        var isGone: Bool { if case .gone = self { true } else { false } }
    }

    let stored: StoredPosition
    /// What became of each stored generation; nil: not looked for yet.
    var found: [Found?]
    /// Files that one of them was found in.
    var claimed: Set<FileIdentity> = []
    /// Compressed files that are still to be looked into, for the generation in `searched`.
    var candidates: [Relative]?
    var searched: (SequentialLines, Relative)?

    init(_ stored: StoredPosition) {
        self.stored = stored
        found = stored.generations.map { _ in nil }
    }
}

extension TailedFile {
    /// Places beyond what can have been reported of a generation whose end is not known.
    private static let jump: Int64 = 1 << 40

    /// Looks for the next thing; true when there is more to do, false when it has to wait.
    func resume(now: Int64, with buffer: inout [UInt8]) -> Bool {
        guard let resumption else { return true }
        guard now >= retryAt || fault == nil else { return false }
        do throws(Errno) {
            let named = try openPath()
            if let index = resumption.found.lastIndex(where: { $0 == nil }) {
                search(resumption, index, named, with: &buffer)
            } else {
                fault = nil
                finish(resumption, named, now: now)
            }
            return true
        } catch {
            fail(error, now: now)
            return false
        }
    }

    /// What the path names now; nil: nothing.
    private func openPath() throws(Errno) -> (file: OpenFile, status: FileStatus)? {
        do throws(Errno) {
            let opened = try OpenFile.open(path, open)
            isMissing = false
            return opened
        } catch {
            guard error.isAbsence else { throw error }
            isMissing = true
            return nil
        }
    }

    /// A step in the search for a generation.
    private func search(
        _ resumption: Resumption, _ index: Int, _ named: (file: OpenFile, status: FileStatus)?,
        with buffer: inout [UInt8]
    ) {
        let generation = resumption.stored.generations[index]
        if resumption.searched != nil || resumption.candidates != nil {
            return unpack(resumption, index, generation, with: &buffer)
        }
        var places: [(OpenFile, Relative)] = []
        if let named { places.append((named.file, Relative(path, named.status))) }
        if target != path, let (file, status) = try? OpenFile.open(target, open) {
            places.append((file, Relative(target, status)))
        }
        for (file, relative) in places {
            if claim(resumption, index, generation, file, relative) { return }
        }
        let families = families([generation.identity])
        let all = families.flatMap(\.all)
        let plain = all.filter { $0.compression == .none }
        let same = plain.filter { $0.identity == generation.identity }
        let copies = plain.filter {
            $0.identity != generation.identity && $0.age != nil && isNotOlder($0, generation)
        }
        for relative in same + copies.reversed() {
            guard let (file, status) = try? OpenFile.open(relative.path, open) else { continue }
            if claim(resumption, index, generation, file, Relative(relative, status), any: true) {
                return
            }
        }
        resumption.candidates = all.filter {
            $0.compression == .gzip && !resumption.claimed.contains($0.identity)
                && ($0.identity == generation.identity || isNotOlder($0, generation))
        }
    }

    /// gzip keeps the time of modification, some programs only to the second.
    private func isNotOlder(_ relative: Relative, _ generation: StoredGeneration) -> Bool {
        relative.modified >= generation.modified - 1_000_000_000
    }

    /// Takes a file for the generation, if it has its bytes.
    private func claim(
        _ resumption: Resumption, _ index: Int, _ generation: StoredGeneration, _ file: OpenFile,
        _ relative: Relative, any: Bool = false
    ) -> Bool {
        let mark = Mark(offset: generation.offset, block: generation.block)
        guard any || relative.identity == generation.identity,
            !resumption.claimed.contains(relative.identity),
            relative.identity == generation.identity || mark.offset > 0
                || generation.head.count > 0,
            Generation.isSame(file, mark, generation.head)
        else { return false }
        resumption.claimed.insert(relative.identity)
        resumption.found[index] = .plain(file, relative.identity, relative)
        return true
    }

    /// A step in the search among compressed files.
    private func unpack(
        _ resumption: Resumption, _ index: Int, _ generation: StoredGeneration,
        with buffer: inout [UInt8]
    ) {
        if let (lines, relative) = resumption.searched {
            guard lines.skip(to: generation.offset, with: &buffer) else { return }
            resumption.searched = nil
            if lines.offset == generation.offset, lines.block == generation.block {
                resumption.candidates = nil
                resumption.claimed.insert(relative.identity)
                resumption.found[index] = .gzip(lines, relative)
            }
            return
        }
        guard let next = resumption.candidates?.first else {
            resumption.candidates = nil
            resumption.found[index] = .gone
            return
        }
        resumption.candidates?.removeFirst()
        guard let reader = try? GzipReader(path: next.path) else { return }
        let lines = SequentialLines(gzip: reader)
        let isKnown =
            generation.offset > 0 || generation.head.count > 0
            || next.identity == generation.identity
        if isKnown, lines.head(generation.head.count, with: &buffer) == generation.head {
            resumption.searched = (lines, next)
        }
    }

    /// All were looked for.
    private func finish(
        _ resumption: Resumption, _ named: (file: OpenFile, status: FileStatus)?, now: Int64
    ) {
        self.resumption = nil
        hasChanged = true
        var after: [Relative]?
        for (generation, found) in zip(resumption.stored.generations, resumption.found) {
            let isNewest = generation == resumption.stored.generations.last
            switch found {
            case .plain(let file, let identity, let relative):
                restore(generation, identity, relative, file, nil, now: now)
                if isNewest { after = younger(relative) }
            case .gzip(let lines, let relative):
                restore(generation, relative.identity, relative, nil, lines, now: now)
                if isNewest { after = younger(relative) }
            case .gone, nil:
                ends[generation.lane & 1] =
                    generation.base &+ generation.offset &+ TailedFile.jump
                guard isNewest else { continue }
                if rewritten(generation, named, now: now) { return }
                note(.gone)
                after = history(after: generation)
            }
        }
        let isGone = resumption.found.last.map { $0?.isGone ?? true } ?? false
        let count = generations.count
        for relative in after ?? [] where !resumption.claimed.contains(relative.identity) {
            if hasRoom { append(relative, now: now) }
        }
        // What was open in a file that is gone may end in the next.
        defer { if isGone, generations.count > count { generations[count].beginOpen() } }
        guard let named else { return }
        seenAt = now
        let identity = FileIdentity(named.status)
        if !generations.contains(where: { $0.identity == identity && !$0.hasEnded }), hasRoom {
            append(identity, path, named.file, now: now)
        }
        isReady = true
    }

    /// What may hold lines that were not read, where the generation itself was not found: a file
    /// with its inode, which was truncated and has grown again before it was rotated away, and
    /// what was written to after it.
    private func history(after generation: StoredGeneration) -> [Relative] {
        for family in families([]) {
            let own = family.history.first {
                $0.identity == generation.identity && $0.compression == .none
            }
            if let own { return [own] + family.younger(than: own) }
        }
        return families([]).flatMap { $0.younger(than: generation.modified) }
    }

    private func younger(_ relative: Relative) -> [Relative] {
        if relative.path == path || relative.path == target { return [] }
        for family in families([relative.identity]) {
            guard family.all.contains(where: { $0.path == relative.path }) else { continue }
            return family.younger(than: relative)
        }
        return []
    }

    /// The same file, whose beginning is as it was and whose read bytes are others.
    private func rewritten(
        _ stored: StoredGeneration, _ named: (file: OpenFile, status: FileStatus)?, now: Int64
    ) -> Bool {
        guard let named, FileIdentity(named.status) == stored.identity, stored.head.count > 0,
            !stored.head.isZeros, stored.offset > Int64(stored.head.count),
            named.status.sizeBytes >= stored.offset,
            let head = try? Generation.head(of: named.file, stored.head.count),
            head == stored.head
        else { return false }
        let generation = append(stored.identity, path, named.file, now: now)
        do throws(Errno) {
            try generation.skipToEnd(now: now)
        } catch {
            fail(error, now: now)
        }
        seenAt = now
        note(.rewritten(skippedBytes: max(0, generation.mark.offset - stored.offset)))
        return true
    }

    private func restore(
        _ stored: StoredGeneration, _ identity: FileIdentity, _ relative: Relative,
        _ file: OpenFile?, _ gzip: SequentialLines?, now: Int64
    ) {
        let generation = Generation(
            ordinal: stored.ordinal, identity: identity, path: relative.path, file: file,
            mark: Mark(offset: stored.offset, block: stored.block), head: stored.head, now: now)
        generation.gzip = gzip
        generation.isClosed = gzip != nil
        generation.lane = stored.lane & 1
        generation.base = stored.base
        if stored.isOpen { generation.beginOpen() }
        generation.isDurable = true
        generation.modified = relative.modified
        generation.modifiedWhenRead = stored.modified
        if let file, let block = try? Generation.block(of: file, before: stored.offset) {
            // A NUL byte is the end of a hole, which was passed over.
            generation.discardsLine = block.last != 0x0a && block.last != 0
        }
        generation.look(now: now)
        generations.append(generation)
        isReady = true
    }
}

extension Relative {
    /// A file that is none of the history.
    init(_ path: String, _ status: FileStatus) {
        self.init(
            path: path, identity: FileIdentity(status), sizeBytes: status.sizeBytes,
            modified: status.modifiedNanoseconds, compression: .none, age: nil)
    }

    /// The same as it was when it was opened.
    init(_ relative: Relative, _ status: FileStatus) {
        self.init(
            path: relative.path, identity: FileIdentity(status), sizeBytes: status.sizeBytes,
            modified: status.modifiedNanoseconds, compression: relative.compression,
            age: relative.age)
    }
}
