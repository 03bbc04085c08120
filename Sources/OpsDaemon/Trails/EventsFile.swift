// events.ndjson on the trail thread: lines of events, and after each append the chain line that
// covers them, in the same write.  A write that fails is cut off again; what it had is missing
// then, and the next append tells which ids.  Only what fdatasync has put on the disk counts as
// durable.
//
// What others do to the file is taken up, never undone: logrotate renames it, an editor exchanges
// it, somebody appends to it.  `found` lines say what opsd has not written itself.

import Glibc
import OpsCore
import OpsLinux
import OpsProtocol

/// The file of events and its chain.
struct EventsFile: ~Copyable {
    /// Lines are written in pieces of about this size, so that what all files have together stays
    /// within the smallest bound that the configuration allows.
    static let pieceBytes = 1 << 17
    /// The largest buffer that is kept from one batch of events to the next.
    private static let keptTextBytes = 1 << 20
    /// What a piece may have besides its lines: a chain line, and a line about removed files.
    private static let chainRoom: Int64 = 1_024
    /// The kernel is asked to write after so many bytes, so that a sync has little left to do.
    private static let writeBackBytes: Int64 = 4 << 20

    static var name: String { Trail.events.rawValue }

    let logPath: String
    let box: ChainBox
    let wall: @Sendable () -> Int64
    /// Where another thread is asked for a sync; nil: there is none.
    let request: SyncRequest?
    private(set) var open: OpenEvents?
    private var buffer: [UInt8] = []
    /// What the rotated files have together, as far as is known; nil: to be measured.
    private var rotatedBytes: Int64?
    /// What the chain goes on from in rotated files; nil: they have no chain line.
    private var starts: [EventFile: AuditHead?] = [:]
    /// Files that were removed in this job.
    var removed: [EventFile] = []
    /// Events that this job has written.
    private(set) var written: UInt64 = 0
    /// What is to be said in the journal.
    var notes: [String] = []

    init(
        logPath: String, box: ChainBox, request: SyncRequest? = nil,
        wall: @escaping @Sendable () -> Int64
    ) {
        self.logPath = logPath
        self.box = box
        self.request = request
        self.wall = wall
        open = nil
    }

    /// A job begins.
    mutating func beginJob() {
        removed = []
        notes = []
        written = 0
    }

    /// The next append opens the file again; what was written so far gets to the disk.
    mutating func reopen() {
        rotatedBytes = nil
        if open != nil { try? sync() }
        close()
    }

    /// The next use opens the file again.
    mutating func close() { open = nil }

    // MARK: Appending

    /// Appends batches of events, in pieces.
    mutating func append(_ batches: [[Event]], _ room: EventRoom) throws(Errno) {
        try prepare(room)
        let content = box.read()
        guard let chain = content.chain else { return }
        var piece = EventPiece(after: chain.through, isCounting: content.isCounting)
        swap(&piece.text, &buffer)
        defer {
            piece.text.removeAll(keepingCapacity: piece.text.capacity <= Self.keptTextBytes)
            swap(&piece.text, &buffer)
        }
        for events in batches {
            for event in events {
                piece.add(event, content.lossReason, wall: wall)
                if piece.text.count >= Self.pieceBytes { try write(&piece, room) }
            }
        }
        if piece.lines > 0 { try write(&piece, room) }
    }

    /// Appends a chain line, and before it which events up to `through` are not there; where
    /// nothing is missing, only if `isDue`.
    mutating func seal(through: UInt64, isDue: Bool, _ room: EventRoom) throws(Errno) {
        try prepare(room)
        let content = box.read()
        guard let chain = content.chain else { return }
        var piece = EventPiece(after: chain.through, isCounting: content.isCounting)
        piece.miss(before: through &+ 1, content.lossReason, wall: wall())
        if piece.lines > 0 || isDue { try write(&piece, room) }
    }

    /// Writes a piece and the chain line that ends it, and begins the next.
    mutating func write(_ piece: inout EventPiece, _ room: EventRoom) throws(Errno) {
        try makeRoom(for: Int64(piece.text.count) + Self.chainRoom, room)
        try opened()
        guard var chain = box.read().chain else { throw Errno(EBADF, "write") }
        let bytes = chain.bytes + Int64(piece.text.count)
        if chain.bytes > 0, !waits(toRotate: chain, bytes, room), bytes > room.fileBytes {
            try rotate()
            try opened()
            chain = box.read().chain ?? chain
        }
        try write(&piece, &chain)
    }

    private mutating func write(
        _ piece: inout EventPiece, _ chain: inout EventChain
    ) throws(Errno) {
        if chain.needsLineFeed { piece.text.insert(0x0a, at: 0) }
        let now = wall()
        chain.block.add(piece.text.span, lines: piece.lines + (chain.needsLineFeed ? 1 : 0))
        chain.block.end(through: piece.through, wall: now, into: &piece.text)
        do throws(Errno) {
            guard let open else { throw Errno(EBADF, "write") }
            try open.descriptor.writeAll(piece.text.span.bytes)
        } catch {
            cutBack(chain)
            box.update { $0.lossReason = "could not be written: \(error)" }
            throw error
        }
        chain.bytes += Int64(piece.text.count)
        chain.needsLineFeed = false
        chain.through = piece.through
        chain.lostLines += piece.lost
        chain.last = now
        if chain.since == nil { chain.since = now }
        writeBack(&chain)
        let done = chain
        let hasTold = piece.lost > 0
        box.update { content in
            content.chain = done
            if hasTold { content.lossReason = ChainBox.unknownLoss }
        }
        written += piece.events
        piece.begin(after: piece.through)
    }

    /// A write failed: the file is cut where it was good.
    private mutating func cutBack(_ chain: EventChain) {
        do throws(Errno) {
            try open?.descriptor.truncate(to: chain.bytes)
        } catch {
            box.update { if $0.chain?.file == chain.file { $0.chain?.mustCut = true } }
        }
        open = nil
    }

    private func writeBack(_ chain: inout EventChain) {
        guard chain.bytes - chain.begunBytes >= Self.writeBackBytes else { return }
        do throws(Errno) {
            try open?.descriptor.writeBack(
                from: chain.begunBytes, count: chain.bytes - chain.begunBytes, waiting: false)
        } catch {
            chain.isUnsure = true
        }
        chain.begunBytes = chain.bytes
    }

    // MARK: Rotation

    /// Renames the file to its name and the number after the highest.  It is on the disk before: a
    /// chain must not go on from a file that power loss could shorten.  So is the new name, before
    /// there is a next file: else power loss could leave that one alone, and the chain a hole.
    private mutating func rotate() throws(Errno) {
        try sync()
        let directory = try Directory(path: logPath)
        defer {
            open = nil
            box.update { $0.chain?.leaveFile() }
        }
        // logrotate has renamed it, and has not said so yet.
        guard let status = try? directory.status(Self.name),
            EventChain.File(status) == box.read().chain?.file
        else { return }
        let prefix = Self.name + "."
        // Other files may be there: a suffix that is not a 32-bit number is ignored.
        let numbers = try directory.names().compactMap { name in
            name.hasPrefix(prefix) ? Self.number(name.dropFirst(prefix.count)) : nil
        }
        try directory.rename(Self.name, to: prefix + String(UInt64(numbers.max() ?? 0) + 1))
        try directory.sync()
        let bytes = box.read().chain?.bytes ?? 0
        rotatedBytes? += bytes
    }

    /// `7`, and `7.gz`: a number is not used again while a file has it.
    private static func number(_ suffix: Substring) -> UInt32? {
        UInt32(suffix.hasSuffix(".gz") ? suffix.dropLast(3) : suffix)
    }

    // MARK: Room

    /// Removes the oldest files until this many bytes more fit.  Only the file that is written
    /// stays in any case, until it is rotated.
    mutating func makeRoom(for bytes: Int64, _ room: EventRoom) throws(Errno) {
        if room.limitBytes == 0 { return }
        let directory = try Directory(path: logPath)
        let chain = box.read().chain
        let live =
            chain?.file != nil
            ? chain?.bytes ?? 0 : (try? directory.status(Self.name).sizeBytes) ?? 0
        let needed = live + bytes
        if let rotatedBytes, rotatedBytes + needed <= room.limitBytes { return }
        let files = ordered(try EventFile.rotated(.events, in: directory))
        let gone = EventFile.surplus(files, needed: needed, limitBytes: room.limitBytes)
        if !gone.isEmpty {
            try remove(gone)
            removed += gone
        }
        rotatedBytes = files.reduce(0) { $0 + $1.bytes } - gone.reduce(0) { $0 + $1.bytes }
    }

    /// The rotated files have changed: they are measured anew.
    mutating func forgetRoom() { rotatedBytes = nil }

    /// Removes rotated files that were last written before `end`, seconds since 1970, but none
    /// before an older one.
    mutating func remove(before end: Int64) throws(Errno) {
        let directory = try Directory(path: logPath)
        let files = ordered(try EventFile.rotated(.events, in: directory))
        let old = Array(files.prefix { $0.modified / 1_000_000_000 < end })
        if !old.isEmpty { try remove(old) }
    }

    /// In the order of the chain, whatever time the files have: a backup that was brought back has
    /// its own.  Those without a chain line are older than any with one.
    private mutating func ordered(_ files: [EventFile]) -> [EventFile] {
        var known: [EventFile: AuditHead?] = [:]
        for file in files {
            known[file] = starts[file] ?? ChainScan.start(of: file.name, in: logPath)
        }
        starts = known
        func key(_ file: EventFile) -> (UInt64, Int64, UInt64) {
            let start = known[file].flatMap { $0 }
            return (start.map { $0.sequence + 1 } ?? 0, file.modified, file.number)
        }
        return files.sorted { key($0) < key($1) }
    }

    /// Removes files of events, after a line in the chain says that they go and is on the disk.
    /// - Parameter files: the first ones in the order of the chain.
    private mutating func remove(_ files: [EventFile]) throws(Errno) {
        let directory = try Directory(path: logPath)
        let rest = starts.filter { !files.contains($0.key) }.compactMap(\.value)
        let current = ChainScan.start(of: Self.name, in: logPath)
        let first = (rest + [current]).compactMap { $0 }.min { $0.sequence < $1.sequence }
        let last = first ?? box.read().chain?.head ?? .origin
        if last.sequence > 0 {
            try opened()
            guard var chain = box.read().chain else { throw Errno(EBADF, "write") }
            var piece = EventPiece(after: chain.through)
            AuditLine.write(
                AuditRemoval(last: last, files: files.map(\.name)), wall: wall(), to: &piece.text)
            piece.lines = 1
            try write(&piece, &chain)
            try sync()
        }
        for file in files {
            try directory.remove(file.name)
            starts[file] = nil
        }
    }

    // MARK: Opening

    /// The file is open, and the chain is known to be where the file ends.
    mutating func prepare(_ room: EventRoom) throws(Errno) {
        try opened()
        try begin(room)
    }

    /// Opens the file unless it is open, and takes up what others have done to it.
    mutating func opened() throws(Errno) {
        if let status = try open?.descriptor.status(), status.linkCount > 0 {
            try adopt(status)
            return
        }
        open = nil
        if box.read().chain == nil { try repair() }
        let directory = try Directory(path: logPath)
        let file = try directory.open(
            Self.name, [.read, .write, .create, .append, .nonBlocking], mode: 0o640)
        let status = try file.status()
        guard status.kind == .regular else { throw Errno(EINVAL, "openat") }
        open = OpenEvents(file)
        try adopt(status)
        makeLink(in: directory)
    }

    /// Compares the file with what the chain knows of it.
    private mutating func adopt(_ status: FileStatus) throws(Errno) {
        guard var chain = box.read().chain else { return }
        let file = EventChain.File(status)
        if chain.file == file && chain.bytes == status.sizeBytes { return }
        if chain.file == file && chain.mustCut && status.sizeBytes > chain.bytes {
            try open?.descriptor.truncate(to: chain.bytes)
            chain.mustCut = false
        } else {
            if let old = chain.file, old != file, chain.head != chain.durable {
                ChainScan.syncRotated(old, in: logPath)
            }
            try takeUp(status, &chain)
        }
        let done = chain
        box.update { $0.chain = done }
    }

    private mutating func takeUp(_ status: FileStatus, _ chain: inout EventChain) throws(Errno) {
        let isSame = chain.file == EventChain.File(status)
        let from = isSame && status.sizeBytes > chain.bytes ? chain.bytes : 0
        if !isSame || status.sizeBytes < chain.bytes {
            chain.leaveFile()
            chain.file = EventChain.File(status)
        }
        if status.sizeBytes == 0 { return }
        let end = try ChainScan.end(of: Self.name, in: logPath, from: from, after: chain.head)
        chain.bytes = status.sizeBytes
        chain.needsLineFeed = end.isTorn
        if from == 0 && end.head == chain.head && end.openBytes == 0 { return }
        try ChainScan.add(
            Self.name, in: logPath, from: end.openStart, to: status.sizeBytes,
            lines: end.openLines, to: &chain.block)
        let what =
            from > 0
            ? "\(status.sizeBytes - from) bytes at the end that opsd has not written"
            : "another content than opsd has written"
        let found = "\(Self.name): \(what)"
        notes.append(found)
        var piece = EventPiece(after: chain.through)
        AuditLine.write(AuditFind(what: found), wall: wall(), to: &piece.text)
        piece.lines = 1
        try write(&piece, &chain)
    }

    /// The link by the name that other programs know; whatever has the name already stays.
    private mutating func makeLink(in directory: borrowing Directory) {
        let name = box.read().link
        if name.isEmpty || (try? directory.status(name)) != nil { return }
        try? directory.symbolicLink(name, to: Self.name)
    }
}
