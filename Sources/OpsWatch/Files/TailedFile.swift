// A log: what a path names, generation after generation.  The last one is what the path names, or
// named before it went missing; those before it are read to their ends.  Two generations are read
// at a time (see Generation.swift); more wait.
//
//     path -> [ old, read to its end | current ]          the usual
//     path -> [ old | older than current | current ]      the third waits for the first to end
//
// An old generation has ended when it is at its end and nothing has come for 60 s (10 s if it has
// no name any more), or when two are behind it: then its writer had a whole rotation's time.  It is
// let go of once all that was read of it has been answered.  One that was removed without another
// in its place has ended after 60 s too: open, it would hold its disk space.
//
// A truncation in place begins a new generation of the same inode.  What was not read before it may
// be in a copy (logrotate's copytruncate): a rotated sibling that has the same bytes before the
// position is read on first.

import OpsLinux

/// A file that was read to its end.
struct Finished {
    let identity: FileIdentity
    let mark: Mark
    let head: Fingerprint

    init(_ generation: Generation) {
        identity = generation.identity
        mark = generation.mark
        head = generation.head
    }
}

/// A log that is followed.
final class TailedFile {
    let id: Int
    let path: String
    let stream: String
    let open: OpenFiles
    /// Where the path's symbolic links end.
    var target: String
    /// Oldest first.
    var generations: [Generation] = []
    var nextOrdinal: UInt64
    /// The base of the next generation of each lane.
    var ends: [Int64]
    /// Where reading begins if nothing is known of the file.
    var start: StartingPoint
    /// What is stored, until it has been found again.
    var resumption: Resumption?
    /// Nothing was there when it was last looked at.
    var isMissing = false
    /// When it was last there, in milliseconds.
    var seenAt: Int64
    var fault: Errno?
    var retryAt: Int64 = 0
    var notes: [FileNote] = []
    /// Something that is stored has changed.
    var hasChanged = false
    var isReady = false
    var isQueued = false
    /// Its path names what another file reads.
    var isAlias = false
    /// The last files that were read to their ends; they are not read again as history.
    var finished: [Finished] = []
    var readAt: Int64 = 0

    // What is shown.
    var sources: [Int] = []
    var isLiteral = false
    var isPolled = false
    var lines: Int64 = 0
    var lastLineAt: Int64?
    var lostBytes: Int64 = 0

    /// A file that is met for the first time.
    init(
        id: Int, path: String, target: String, stream: String, start: StartingPoint,
        open: OpenFiles, now: Int64
    ) {
        self.id = id
        self.path = path
        self.target = target
        self.stream = stream
        self.start = start
        self.open = open
        nextOrdinal = 0
        // No place is 0, which is where a reader stands that has reported nothing.
        ends = [1, 1]
        seenAt = now
        hasChanged = true
    }

    /// A file that was read before.
    init(id: Int, stored: StoredPosition, open: OpenFiles, now: Int64) {
        self.id = id
        path = stored.path
        target = stored.target
        stream = stored.stream
        start = .beginning
        self.open = open
        nextOrdinal = stored.next
        ends = stored.ends
        seenAt = stored.seen &* 1000
        resumption = Resumption(stored)
    }

    /// The generation that the path names, or named.
    var newest: Generation? { generations.last }

    /// Those that may be read now.
    var window: ArraySlice<Generation> { generations.prefix(2) }

    /// Lets go of what is done, and gives what comes into the window its base.
    func advance() {
        while let first = generations.first, first.hasEnded, first.isAnswered,
            generations.count > 1
        {
            if let base = first.base { ends[first.lane] = base &+ first.mark.offset }
            finished.append(Finished(first))
            if finished.count > 64 { finished.removeFirst() }
            let endsOpen = first.held != nil || first.isOpen
            generations.removeFirst()
            // What is open at the end of one file may end in the next.
            if endsOpen, let next = generations.first, next.acknowledged.offset == 0 {
                next.beginOpen()
            }
            hasChanged = true
        }
        for generation in window where generation.base == nil {
            let used = Set(generations.lazy.filter { $0.base != nil }.map(\.lane))
            guard used.count < 2 else { return }
            generation.lane = used.contains(0) ? 1 : 0
            generation.base = ends[generation.lane]
            hasChanged = true
        }
    }

    /// Nothing is at the path, and nothing left to read of what was.
    var isGone: Bool {
        isMissing && resumption == nil
            && generations.allSatisfy { $0.isAnswered && $0.unread == 0 }
    }

    /// A generation waits for its base to be stored.
    var isBlocked: Bool {
        resumption == nil
            && window.contains { !$0.hasEnded && $0.base != nil && !$0.isDurable }
    }

    /// A generation behind all others, or before the one at `index`.
    @discardableResult
    func append(
        _ identity: FileIdentity, _ path: String, _ file: OpenFile?, mark: Mark = .start,
        head: Fingerprint = .empty, at index: Int? = nil, now: Int64
    ) -> Generation {
        let generation = Generation(
            ordinal: nextOrdinal, identity: identity, path: path, file: file, mark: mark,
            head: head, now: now)
        nextOrdinal += 1
        generations.insert(generation, at: min(index ?? generations.count, generations.count))
        generation.look(now: now)
        isReady = true
        hasChanged = true
        return generation
    }

    func note(_ kind: FileNote.Kind) { notes.append(FileNote(path: path, kind: kind)) }

    /// An error that stays is told once.
    func fail(_ error: Errno, now: Int64) {
        if fault != error { note(error.code == 21 ? .notAFile : .failed(error)) }
        fault = error
        retryAt = now + FileBounds.retryMilliseconds
    }

    /// As it is stored; nil while nothing is known of it.
    func stored(now: Int64) -> StoredPosition? {
        if let resumption {
            var stored = resumption.stored
            if !isMissing { stored.seen = now / 1000 }
            return stored
        }
        var kept: [StoredGeneration] = []
        for generation in window {
            guard let base = generation.base else { continue }
            generation.look(now: now)
            kept.append(
                StoredGeneration(
                    ordinal: generation.ordinal, lane: generation.lane,
                    identity: generation.identity,
                    offset: generation.acknowledged.offset,
                    block: generation.acknowledged.block, head: generation.head, base: base,
                    modified: generation.modifiedWhenRead, isOpen: generation.isOpen))
        }
        // Generations that wait are found again beside the path, as those that came meanwhile.
        if kept.isEmpty, nextOrdinal == 0 { return nil }
        return StoredPosition(
            path: path, target: target, stream: stream, seen: seenAt / 1000, next: nextOrdinal,
            ends: ends, generations: kept)
    }
}
