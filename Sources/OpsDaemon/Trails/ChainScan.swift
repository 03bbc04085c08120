// Reads files of events on the trail thread: where the chain ends in them, whether it fits, and
// what is after it.  It changes nothing but the cut of an end that was never on the disk.

import OpsCore
import OpsGzip
import OpsLinux
import OpsProtocol
import OpsTrails

/// What a file of events ends with.
struct ChainScan: Sendable {
    /// At most so many bytes at the end of a file are looked at.
    static let windowBytes: Int64 = 64 << 20
    /// Where the last chain line of a rotated file is looked for first: two pieces.
    private static let endBytes: Int64 = 256 << 10
    /// Compressed files that are looked at: the newest.
    private static let packedLimit = 2
    private static let chunkBytes: Int64 = 1 << 20

    /// A chain line that fits.
    struct Good: Sendable {
        var head: AuditHead
        /// Where its line ends.
        var end: Int64
        var through: UInt64
    }

    var name: String
    var size: Int64 = 0
    /// Of the file.
    var identity: EventChain.File?
    /// The last chain line, whether it fits or not; nil: there is none.
    var head: AuditHead?
    /// The last of those that fit, before any that does not.
    var good: Good?
    /// The number before that of the first chain line; nil: nobody knows.
    var before: UInt64?
    /// Where the first line begins that keeps the chain; nil: there is none.
    var firstKept: Int64?
    /// A block does not fit.
    var hasMisfit = false
    /// It has another chain line by the number of one that was on the disk.
    var differs = false
    /// After the last chain line: where it begins, and whole lines.
    var openStart: Int64 = 0
    var openLines: UInt64 = 0
    /// What comes after the last LF.
    var isTorn = false
    /// The end of the last whole line.
    var wholeBytes: Int64 = 0
    /// The newest event in it; nil: none is.
    var lastEvent: UInt64?

    var openBytes: Int64 { size - openStart }

    private init(name: String) { self.name = name }

    // MARK: Whole files

    /// Looks at a file; nil: it is not there.
    /// - Parameter known: a chain line that was on the disk.
    static func file(
        _ name: String, in logPath: String, known: AuditHead?
    ) throws(Errno) -> ChainScan? {
        let directory = try Directory(path: logPath)
        guard let status = try? directory.status(name), status.kind == .regular else { return nil }
        let file = try directory.open(name, [.read, .nonBlocking])
        var scan = ChainScan(name: name)
        scan.size = status.sizeBytes
        scan.identity = EventChain.File(status)
        let from = max(0, scan.size - windowBytes)
        let before = from == 0 ? try first(in: file) : nil
        try scan.walk(file, from: from, after: before, known)
        return scan
    }

    private mutating func walk(
        _ file: borrowing Descriptor, from: Int64, after before: AuditHead?, _ known: AuditHead?
    ) throws(Errno) {
        var walk = AuditWalk(after: before ?? .origin)
        self.before = before?.sequence
        // Where it begins in the middle, the first chain line has to be believed.
        var believes = from > 0
        var found = self
        try Self.read(file, from: from, to: size) { bytes in
            walk.feed(bytes) { step, walk in
                if found.firstKept == nil { found.firstKept = from + walk.lineStart }
                guard case .chain(let line, let fit) = step else {
                    if step == .strange { found.hasMisfit = true }
                    return
                }
                found.head = line.head
                if line.head.sequence == known?.sequence { found.differs = line.head != known }
                if (fit == .fits || believes) && !found.hasMisfit {
                    found.good = Good(
                        head: line.head, end: from + walk.taken, through: line.through)
                } else {
                    found.hasMisfit = true
                }
                believes = false
            }
            return true
        }
        found.openStart = from + walk.blockStart
        found.openLines = walk.openLines
        found.isTorn = walk.isTorn
        found.wholeBytes = from + walk.wholeBytes
        found.lastEvent = walk.lastEvent
        self = found
    }

    /// What a file has from there on.
    static func end(
        of name: String, in logPath: String, from: Int64, after head: AuditHead
    ) throws(Errno) -> ChainScan {
        let file = try Directory(path: logPath).open(name, [.read, .nonBlocking])
        var scan = ChainScan(name: name)
        scan.size = try file.status().sizeBytes
        try scan.walk(file, from: from, after: head, nil)
        return scan
    }

    /// Adds the bytes of a file to a block.
    static func add(
        _ name: String, in logPath: String, from: Int64, to end: Int64, lines: UInt64,
        to block: inout AuditBlock
    ) throws(Errno) {
        let file = try Directory(path: logPath).open(name, [.read, .nonBlocking])
        var sum = block
        try read(file, from: from, to: end) { bytes in
            sum.add(bytes, lines: 0)
            return true
        }
        let none: [UInt8] = []
        sum.add(none.span, lines: lines)
        block = sum
    }

    /// Reads a range piece by piece, until `body` has enough.
    private static func read(
        _ file: borrowing Descriptor, from: Int64, to end: Int64, pieces: Int64 = chunkBytes,
        _ body: (Span<UInt8>) throws(Errno) -> Bool
    ) throws(Errno) {
        var bytes = [UInt8](repeating: 0, count: Int(min(pieces, max(1, end - from))))
        var place = from
        while place < end {
            let limit = Int(min(Int64(bytes.count), end - place))
            let count = try file.read(into: &bytes, at: 0, from: place, limit: limit)
            if count == 0 { return }
            if try !body(bytes.span.extracting(0..<count)) { return }
            place += Int64(count)
        }
    }

    // MARK: The first chain line

    /// What the first chain line of a plain file goes on from; nil: it has none.
    private static func first(in file: borrowing Descriptor) throws(Errno) -> AuditHead? {
        var beginning = ChainBeginning()
        let size = try file.status().sizeBytes
        try read(file, from: 0, to: size, pieces: endBytes) { beginning.feed($0) }
        return beginning.head
    }

    /// What the first chain line of a file goes on from; nil: it has none, or cannot be read.
    static func start(of name: String, in logPath: String) -> AuditHead? {
        if !name.hasSuffix(RotatedTrail.gzip) {
            guard let directory = try? Directory(path: logPath),
                let file = try? directory.open(name, [.read, .nonBlocking])
            else { return nil }
            return try? first(in: file)
        }
        var beginning = ChainBeginning()
        unpack(name, in: logPath) { beginning.feed($0) }
        return beginning.head
    }

    private static func unpack(
        _ name: String, in logPath: String, _ body: (Span<UInt8>) -> Bool
    ) {
        guard let directory = try? Directory(path: logPath),
            let file = try? directory.open(name, [.read, .nonBlocking]),
            let reader = try? GzipReader(file)
        else { return }
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        while let count = try? reader.read(into: &bytes), count > 0 {
            if !body(bytes.span.extracting(0..<count)) { return }
        }
    }

    // MARK: Rotated files

    /// The rotated file in which the chain ends; the newest where none has a chain line, nil where
    /// there is none.  Of compressed ones only what they end with is known.
    static func newestRotated(in logPath: String, known: AuditHead?) throws(Errno) -> ChainScan? {
        let directory = try Directory(path: logPath)
        let files = try EventFile.rotated(.events, in: directory)
            .sorted { ($0.modified, $0.name) > ($1.modified, $1.name) }
        var best: (name: String, sequence: UInt64, modified: Int64)?
        for file in files where !file.name.hasSuffix(RotatedTrail.gzip) {
            let last = try lastSequence(of: file, directory)
            if last >= best?.sequence ?? 0 && (best == nil || last > 0) {
                best = (file.name, last, file.modified)
            }
        }
        let plain = try best.flatMap { (best) throws(Errno) in
            try Self.file(best.name, in: logPath, known: known)
        }
        // gzip(1) keeps the time of a file: one that is older does not end the chain.
        let packed = files.filter {
            $0.name.hasSuffix(RotatedTrail.gzip) && $0.modified >= best?.modified ?? 0
        }
        .prefix(packedLimit).map { unpacked($0.name, in: logPath) }
        return packed.reduce(plain) { newest, scan in
            let isNewer = scan.head?.sequence ?? 0 > newest?.head?.sequence ?? 0
            return newest == nil || isNewer ? scan : newest
        }
    }

    /// The number of the last chain line of a plain file, from its end; 0: there is none.
    private static func lastSequence(
        of file: EventFile, _ directory: borrowing Directory
    ) throws(Errno) -> UInt64 {
        guard let open = try? directory.open(file.name, [.read, .nonBlocking]) else { return 0 }
        for window in [endBytes, windowBytes] {
            var walk = AuditWalk(after: .origin)
            try read(open, from: max(0, file.bytes - window), to: file.bytes) { bytes in
                walk.feed(bytes) { _, _ in }
                return true
            }
            if walk.head.sequence > 0 || file.bytes <= window { return walk.head.sequence }
        }
        return 0
    }

    private static func unpacked(_ name: String, in logPath: String) -> ChainScan {
        var scan = ChainScan(name: name)
        var walk = AuditWalk(after: .origin)
        unpack(name, in: logPath) { bytes in
            walk.feed(bytes) { _, _ in }
            return true
        }
        scan.head = walk.head.sequence > 0 ? walk.head : nil
        scan.lastEvent = walk.lastEvent
        return scan
    }

    /// Puts a file that was renamed on the disk.
    static func syncRotated(_ file: EventChain.File, in logPath: String) {
        guard let directory = try? Directory(path: logPath),
            let rotated = try? EventFile.rotated(.events, in: directory)
        else { return }
        for name in rotated.map(\.name) {
            guard let status = try? directory.status(name), EventChain.File(status) == file,
                let open = try? directory.open(name, [.read, .nonBlocking])
            else { continue }
            try? open.syncData()
            try? directory.sync()
        }
    }

    // MARK: An end that does not fit

    /// Whether whole events are all that comes after the last chain line.
    func isOpenSound(in logPath: String) throws(Errno) -> Bool {
        guard openBytes > 0, openBytes <= Self.chunkBytes else { return true }
        let open = try bytes(from: openStart, in: logPath)
        let whole = open.prefix(Int(wholeBytes - openStart))
        let lines = whole.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
        return lines.allSatisfy { Self.event(Array($0)) != nil || Self.isKept(Array($0)) }
    }

    private static func isKept(_ line: [UInt8]) -> Bool {
        AuditLine.isOne(line.span, at: 0) && AuditLine(line.span) != nil
    }

    /// The id of an event's line; nil: it is none, or not whole.
    private static func event(_ line: [UInt8]) -> UInt64? {
        guard line.allSatisfy({ $0 >= 0x20 }), let json = try? JSONValue(parsing: line.span),
            let id = json["id"]?.integer
        else { return nil }
        return UInt64(exactly: id)
    }

    /// Bytes of it, at most as many as are looked at.
    private func bytes(from start: Int64, in logPath: String) throws(Errno) -> [UInt8] {
        let file = try Directory(path: logPath).open(name, [.read, .nonBlocking])
        var bytes: [UInt8] = []
        try Self.read(file, from: start, to: min(size, start + Self.windowBytes)) { piece in
            for index in piece.indices { bytes.append(piece[index]) }
            return true
        }
        return bytes
    }

    /// Cuts the file after `end`.  What is cut goes into `events.damaged`, as it was, unless it is
    /// only the beginning of a line; whole events of it are returned, with LF, by their ids.
    func cut(to end: Int64, in logPath: String) throws(Errno) -> [UInt64: [UInt8]] {
        let gone = try bytes(from: end, in: logPath)
        let directory = try Directory(path: logPath)
        if end < wholeBytes,
            var copy = try? AtomicFile(replacing: Self.damagedName, in: directory)
        {
            if (try? copy.write(gone.span.bytes)) != nil { try? copy.commit() }
        }
        let file = try directory.open(name, [.read, .write, .nonBlocking])
        try file.truncate(to: end)
        var events: [UInt64: [UInt8]] = [:]
        for line in gone.split(separator: 0x0a) {
            let line = Array(line)
            if let id = Self.event(line) { events[id] = line + [0x0a] }
        }
        return events
    }

    /// The file that keeps what was cut.
    static let damagedName = "events.damaged"
}
