// All log files that are read.  A file is read once, however many sources and rules want it, and
// whichever names it has.  There is no thread here and no clock: the loop drives it, and says what
// time it is (milliseconds since 1970).
//
//     files.descriptor    readable: files.handleEvents(now:)
//     once a second:      files.tick(now:)
//     while files.hasWork, and while opsd takes more:
//         if files.mustStoreBeforeReading:
//             store.write(files.positions(now:)); files.stored()      or files.storeFailed()
//         slice = files.read(into: &buffer, now:)       nil: ask hasWork again, next turn
//         scan buffer[slice.range], a place a line: slice.place(ofLineAt: index, k)
//         checkpoint = files.consume(slice, bytes:, lines:, lastLineAt:, in: buffer.span)
//     when opsd has answered all that came from a slice (or nothing came from it):
//         files.acknowledge(checkpoint)                 in the order of the slices of a file
//     if files.hasChanges, at most once a second, and at the end:
//         store.write(files.positions(now:)); files.stored()      or files.storeFailed()
//     for note in files.takeNotes(): tell it
//
// "Read" and "acknowledged" are apart: what is stored is only what opsd has answered.  After a
// crash the lines behind it come again, with the same places, and count nothing twice.  For that
// the base of a generation must be stored before a line of it has a place
// (`mustStoreBeforeReading`), and so must its first bytes, by which it is known again; until then
// nothing of it is read.  If the disk is full, reading goes on (`storeFailed`): its lines have no
// places then (`slice.isNumbered`), which a crash may count twice, rather than not at all.

import OpsLinux

/// The log files of all sources.
package final class FileSet {
    let sources: [FileSource]
    let patterns: [(source: Int, pattern: GlobPattern)]
    let random: () -> UInt32
    let map: DirectoryMap
    let open = OpenFiles()
    let limits: (files: Int, open: Int)
    var files: [Int: TailedFile] = [:]
    var byPath: [String: Int] = [:]
    /// Positions of paths that nothing matches now.
    var retired: [String: StoredPosition] = [:]
    let knownPatterns: Set<String>
    private var nextID = 0

    /// Files to look at for lines, in turn; the first `done` have had theirs.
    private var queue: [Int] = []
    private var done = 0
    /// Files with a generation whose base is not stored.
    private var blocked: Set<Int> = []

    // What events mean; made anew by each look at everything.
    var names: [String: [String: [Int]]] = [:]
    var awaited: [String: Set<GlobComponent>] = [:]
    /// Directories of which a glob takes names: the directory as the glob has it, and the pattern.
    var listed: [String: [(directory: String, pattern: Int)]] = [:]
    var matchCounts: [Int]
    /// Of a pattern, a directory that may not be entered.
    var closed: [Int: String] = [:]
    var hasScanned = false
    var needsScan = true
    var scannedAt: Int64 = 0
    var scanShare = ScanShare()
    let clock: () -> Int64
    /// Files of each source that match and are not read, because too many are.
    package internal(set) var unreadFiles: [Int]
    /// Sources of which that was told.
    var toldUnread: Set<Int> = []
    var notes: [FileNote] = []
    var told: Set<FileNote> = []
    /// The last attempt to store failed, and lines without places are better than none.
    private var readsUnstored = false

    /// Files of these sources, read on from what was stored.  Nothing is looked at before the first
    /// `tick`.  `random` makes the names of streams; `clock` only goes forward, in nanoseconds.
    package init(
        sources: [FileSource], stored: StoredPositions,
        maximumFiles: Int = FileBounds.files, maximumOpen: Int = FileBounds.openFiles,
        maximumWatches: Int = FileBounds.watches, random: @escaping () -> UInt32,
        clock: @escaping () -> Int64 = { Clocks.bootNanoseconds() }
    ) {
        self.clock = clock
        unreadFiles = sources.map { _ in 0 }
        self.sources = sources
        self.random = random
        limits = (maximumFiles, maximumOpen)
        var patterns: [(Int, GlobPattern)] = []
        for (index, source) in sources.enumerated() {
            patterns += source.patterns.map { (index, GlobPattern($0)) }
        }
        self.patterns = patterns
        matchCounts = patterns.map { _ in 0 }
        knownPatterns = Set(stored.patterns)
        map = DirectoryMap(limit: maximumWatches)
        for position in stored.files { retired[position.path] = position }
    }

    /// For the loop's poller; nil: nothing can be watched, and `tick` looks at all of it.
    package var descriptor: Int32? { map.descriptor }

    /// Some file may have lines.
    package var hasWork: Bool { done < queue.count || !blocked.isEmpty }

    /// Lines wait for the base of their generation to be stored.
    package var mustStoreBeforeReading: Bool { !blocked.isEmpty }

    func addFile(
        path: String, target: String, start: StartingPoint, now: Int64
    ) -> TailedFile {
        let file: TailedFile
        if let stored = retired.removeValue(forKey: path) {
            file = TailedFile(id: nextID, stored: stored, open: open, now: now)
            file.target = stored.target
        } else {
            file = TailedFile(
                id: nextID, path: path, target: target,
                stream: StreamName.make(path: path, random: random()), start: start, open: open,
                now: now)
        }
        nextID += 1
        files[file.id] = file
        byPath[path] = file.id
        return file
    }

    /// A file may have lines.
    func wake(_ file: TailedFile) {
        file.isReady = true
        if !file.isQueued {
            file.isQueued = true
            queue.append(file.id)
        }
    }

    /// The next whole lines of some file, by turns; nil: there are none now, or only after
    /// something was done (`hasWork`).  They are in `buffer`, which is enlarged to
    /// `FileBounds.sliceBytes` if it is smaller.  Until they are consumed they come again.
    package func read(into buffer: inout [UInt8], now: Int64) -> FileSlice? {
        if buffer.count < FileBounds.sliceBytes {
            buffer.append(
                contentsOf: repeatElement(0, count: FileBounds.sliceBytes - buffer.count))
        }
        var attempts = 0
        while attempts < 64, let file = nextInQueue() {
            attempts += 1
            makeRoom(for: file, now: now)
            let turn = file.next(into: &buffer, readsUnstored: readsUnstored, now: now)
            collect(file)
            switch turn {
            case .lines(let lines, let generation):
                file.readAt = now
                wake(file)
                return FileSlice(
                    file: file.id, ordinal: generation.ordinal, lines: lines,
                    stream: StreamName.lane(generation.lane, of: file.stream),
                    isNumbered: generation.isDurable, base: generation.base ?? 0,
                    beganOpen: generation.beganOpen)
            case .again: wake(file)
            case .nothing:
                file.isReady = false
                if !readsUnstored, file.isBlocked { blocked.insert(file.id) }
            }
        }
        return nil
    }

    private func nextInQueue() -> TailedFile? {
        while done < queue.count {
            let id = queue[done]
            done += 1
            if done > 1024 || done == queue.count {
                queue.removeFirst(done)
                done = 0
            }
            if let file = files[id] {
                file.isQueued = false
                return file
            }
        }
        return nil
    }

    /// The first `bytes` of a slice are done: whole lines, or all of it.  `buffer` is that of
    /// `read`.  What was made of them is not answered yet: the checkpoint is for `acknowledge`.
    /// Where they end within an `open` line, it is that of where the line begins.
    package func consume(
        _ slice: FileSlice, bytes: Int, lines: Int, lastLineAt: Int64?, in buffer: Span<UInt8>,
        open: OpenLine = .none
    ) -> FileCheckpoint {
        let file = files[slice.file]
        guard let file,
            let generation = file.generations.first(where: { $0.ordinal == slice.ordinal })
        else { return FileCheckpoint(file: slice.file, ordinal: slice.ordinal, mark: .start) }
        generation.consume(slice.lines, count: bytes, in: buffer)
        file.lines &+= Int64(lines)
        file.lastLineAt = lastLineAt ?? file.lastLineAt
        var start = generation.mark
        if case .since(let index) = open {
            start = Mark(
                offset: slice.lines.offset &+ Int64(index - slice.range.lowerBound),
                block: Fingerprint.before(index, in: buffer))
        }
        let (mark, isOpen) = generation.hold(open, at: start)
        return FileCheckpoint(
            file: slice.file, ordinal: slice.ordinal, mark: mark, isOpen: isOpen)
    }

    /// Whether a file is read, or was and may come again.
    func isKnown(_ file: Int) -> Bool { files[file] != nil }

    /// opsd has answered everything up to a checkpoint.
    package func acknowledge(_ checkpoint: FileCheckpoint) {
        guard let file = files[checkpoint.file],
            let generation = file.generations.first(where: { $0.ordinal == checkpoint.ordinal }),
            checkpoint.mark.offset > generation.acknowledged.offset
        else { return }
        generation.acknowledged = checkpoint.mark
        generation.isOpen = checkpoint.isOpen
        file.hasChanged = true
        if generation.hasEnded { wake(file) }
    }

    /// Which sources want the lines of a slice, by their index.
    package func sources(of slice: FileSlice) -> [Int] { files[slice.file]?.sources ?? [] }

    /// The path of a slice's file.
    package func path(of slice: FileSlice) -> String { files[slice.file]?.path ?? "" }

    // MARK: What is stored

    /// Something has changed since the positions were stored.
    package var hasChanges: Bool { files.values.contains { $0.hasChanged } }

    /// What is to be stored now.
    package func positions(now: Int64) -> StoredPositions {
        var all: [StoredPosition] = []
        for file in files.values {
            if let stored = file.stored(now: now) { all.append(stored) }
            file.hasChanged = false
            for generation in file.window where generation.base != nil {
                generation.isIncluded = true
            }
        }
        let oldest = now / 1000 - FileBounds.goneSeconds
        retired = retired.filter { $0.value.seen >= oldest }
        if retired.count > FileBounds.positions {
            let newest = retired.values.sorted { $0.seen > $1.seen }.prefix(FileBounds.positions)
            retired = Dictionary(newest.map { ($0.path, $0) }) { first, _ in first }
        }
        all = all.filter { $0.seen >= oldest } + retired.values
        if all.count > FileBounds.positions {
            all.sort { $0.seen > $1.seen }
            all.removeLast(all.count - FileBounds.positions)
        }
        all.sort { $0.path < $1.path }
        let texts = Set(patterns.map(\.pattern.text))
        return StoredPositions(files: all, patterns: texts.sorted())
    }

    /// What `positions` gave is on the disk.
    package func stored() {
        readsUnstored = false
        unblock()
        for file in files.values {
            for generation in file.window where generation.isIncluded && !generation.isDurable {
                generation.isDurable = true
                wake(file)
            }
        }
    }

    /// It is not: lines are read without places until it is.
    package func storeFailed() {
        readsUnstored = true
        unblock()
        for file in files.values {
            for generation in file.window where generation.isIncluded && !generation.isDurable {
                generation.isIncluded = false
                file.hasChanged = true
            }
            file.hasChanged = file.hasChanged || !file.generations.isEmpty
        }
    }

    private func unblock() {
        for id in blocked { if let file = files[id] { wake(file) } }
        blocked.removeAll()
    }

    // MARK: What is told

    /// What happened since the last call; at most `FileBounds.notes`, the newest go.
    package func takeNotes() -> [FileNote] {
        defer { notes.removeAll() }
        return notes
    }

    func tell(_ note: FileNote) {
        if notes.count < FileBounds.notes { notes.append(note) }
    }

    func collect(_ file: TailedFile) {
        for note in file.notes { tell(note) }
        file.notes.removeAll()
    }
}
