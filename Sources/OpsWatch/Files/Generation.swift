// One generation of a log: what was in one file between its first byte and the moment when it was
// rotated away or truncated.  It knows how far it has been read, how far what was read has been
// answered, and the bytes before each, by which it is known again.
//
// The numbers of its lines: a generation is read in one of two lanes, and each lane is a stream of
// its own to opsd.  Within a lane the next generation begins where the one before
// ended (`base`), so places grow over all generations.  There are two lanes because a program may
// go on writing to a file that was rotated away (Apache does for as long as its oldest request
// lasts), while others write to the new one: with one number sequence, reading both at once would
// make the old file's late lines look like repetitions, and reading one after the other would leave
// an attacker a minute with every rotation.

@preconcurrency import Glibc
import OpsGzip
import OpsLinux

/// A generation of a log.
final class Generation {
    /// What a look at it gave.
    enum Outcome: Hashable {
        case lines(Lines)
        /// Something was done, and there is more to do.
        case again
        /// There is nothing more now.
        case nothing
        /// It is shorter than what was read of it.
        case shrank
        /// What was read of it is not there any more.
        case changed
        case failed(Errno)
        /// Its compressed file ends before its end.
        case damaged(GzipFault)
    }

    /// Why `scanned` is ahead of the position.
    enum Scan: Hashable {
        case none
        /// No line end was found in a long line before `scanned`.
        case longLine
        /// There are only NUL bytes before `scanned`: a hole that truncation left.
        case zeros
    }

    let ordinal: UInt64
    var identity: FileIdentity
    /// Where the file was found.
    var path: String
    var file: OpenFile?
    var gzip: SequentialLines?
    /// 0 or 1, once it has a base.
    var lane = 0
    /// The place of its first byte in its lane; nil: no lane is free for it yet.
    var base: Int64?
    /// The base is stored, and lines may have places.
    var isDurable = false
    /// The base is in what is being stored.
    var isIncluded = false
    /// How far it has been read.
    var mark: Mark
    /// How far what was read has been answered.
    var acknowledged: Mark
    /// Where a line of json-file begins that has not ended: what is acknowledged stays before it.
    var held: Mark?
    /// Reading began where such a line may have begun before.
    var beganOpen = false
    /// What is acknowledged ends there.
    var isOpen = false
    /// Its first bytes.
    var head: Fingerprint
    /// Bytes before this offset were looked at, for the reason `scan`.
    var scanned: Int64 = 0
    var scan = Scan.none
    /// Reading began in the middle of a line, whose rest is not a line.
    var discardsLine = false
    /// The largest size that it was seen with.
    var sizeSeen: Int64
    /// When it was last modified, in nanoseconds since 1970.
    var modified: Int64 = 0
    /// The same, as of the last time that all of it had been read: what was modified later may hold
    /// lines that were not.
    var modifiedWhenRead: Int64 = 0
    /// When it was last seen to grow, in milliseconds.
    var grownAt: Int64
    /// The last read found the bytes before the position as they were, and nothing behind it.
    var isVerified = false
    /// Nobody writes to it any more: its end is its end.
    var isClosed = false
    /// A line without an end is a line now.
    var isLast = false
    /// It has been read to its end.
    var hasEnded = false
    var fault: Errno?
    var faultSince: Int64 = 0
    var retryAt: Int64 = 0

    init(
        ordinal: UInt64, identity: FileIdentity, path: String, file: OpenFile?, mark: Mark = .start,
        head: Fingerprint = .empty, now: Int64
    ) {
        self.ordinal = ordinal
        self.identity = identity
        self.path = path
        self.file = file
        self.mark = mark
        acknowledged = mark
        self.head = head
        sizeSeen = mark.offset
        grownAt = now
    }

    /// Bytes that are known to be there and were not read, and may be.
    var unread: Int64 { hasEnded ? 0 : max(0, sizeSeen - mark.offset) }

    /// All that was read is answered, up to a line that has not ended.
    var isAnswered: Bool { acknowledged.offset >= (held ?? mark).offset }

    /// Looks at the file's size; nil where that failed.
    @discardableResult
    func look(now: Int64) -> FileStatus? {
        guard let file, let status = try? file.descriptor.status() else { return nil }
        if status.sizeBytes > sizeSeen { grownAt = now }
        sizeSeen = max(sizeSeen, status.sizeBytes)
        modified = status.modifiedNanoseconds
        if modifiedWhenRead == 0 || status.sizeBytes == mark.offset && isVerified {
            modifiedWhenRead = modified
        }
        return status
    }

    /// Moves the position over bytes that are not lines.
    func move(to offset: Int64, _ block: Fingerprint) {
        let wasAnswered = isAnswered
        mark = Mark(offset: offset, block: block)
        if wasAnswered, held == nil { acknowledged = mark }
    }

    /// What was consumed ends like this; an open line that began in it began at `start`.
    /// Returns what may be acknowledged, and whether that is within a line.
    func hold(_ open: OpenLine, at start: Mark) -> (mark: Mark, isOpen: Bool) {
        switch open {
        case .none: held = nil
        case .since: held = start
        case .before: break
        }
        if let held, mark.offset - held.offset <= FileBounds.openLineBytes { return (held, false) }
        held = nil
        return (mark, open != .none)
    }

    /// Reading begins in the middle, where a line of json-file may have begun before.
    func beginOpen() {
        beganOpen = true
        isOpen = true
    }

    /// Starts behind what is there.  Where that is in the middle of a line, its rest is dropped: an
    /// attacker could write it so that it looks like a line of its own.
    func skipToEnd(now: Int64) throws(Errno) {
        guard let file else { return }
        let size = max(mark.offset, try file.descriptor.status().sizeBytes)
        let block = try Generation.block(of: file, before: size)
        move(to: size, block.fingerprint)
        sizeSeen = max(sizeSeen, size)
        held = nil
        if size > 0 { beginOpen() }
        discardsLine = size > 0 && block.last != 0x0a
        scan = .none
        scanned = size
        grownAt = now
    }

    /// Learns the first bytes of a file of which nothing was known.  They are stored before a line
    /// of it is delivered: so even a file of which nothing was answered is known again, and so is
    /// its copy.
    func meet() {
        guard head.count == 0 else { return }
        var first = Fingerprint.empty
        if let gzip, gzip.offset == 0 {
            var buffer = [UInt8](repeating: 0, count: FileBounds.sliceBytes)
            first = gzip.head(FileBounds.fingerprintBytes, with: &buffer)
        } else if let file {
            first = (try? Generation.settledHead(of: file)) ?? .empty
        }
        if first.count == 0 { return }
        head = first
        isDurable = false
        isIncluded = false
    }

    /// The bytes before an offset, and the last of them.
    static func block(
        of file: OpenFile, before offset: Int64
    ) throws(Errno) -> (fingerprint: Fingerprint, last: UInt8) {
        let count = Mark.covered(offset)
        guard count > 0 else { return (.empty, 0x0a) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try file.descriptor.read(into: &bytes, at: 0, from: offset - Int64(count))
        return (Fingerprint.of(bytes.span, 0..<got), got > 0 ? bytes[got - 1] : 0x0a)
    }

    /// The first bytes of a file, `count` of them.
    static func head(of file: OpenFile, _ count: Int) throws(Errno) -> Fingerprint {
        guard count > 0 else { return .empty }
        var bytes = [UInt8](repeating: 0, count: min(count, FileBounds.fingerprintBytes))
        let got = try file.descriptor.read(into: &bytes, at: 0, from: 0)
        return Fingerprint.of(bytes.span, 0..<got)
    }

    /// The first bytes of a file, as far as they are whole lines: what comes behind may still be
    /// written over, where a program reserves room.
    private static func settledHead(of file: OpenFile) throws(Errno) -> Fingerprint {
        var bytes = [UInt8](repeating: 0, count: FileBounds.fingerprintBytes)
        let got = try file.descriptor.read(into: &bytes, at: 0, from: 0)
        if let last = LineEnds.last(in: bytes.span, 0..<got) {
            return Fingerprint.of(bytes.span, 0..<last + 1)
        }
        let isLongLine = got == bytes.count && !bytes.contains(0)
        return isLongLine ? Fingerprint.of(bytes.span, 0..<got) : .empty
    }

    /// Whether a file is the one that was read up to a mark.
    static func isSame(_ file: OpenFile, _ mark: Mark, _ head: Fingerprint) -> Bool {
        guard let status = try? file.descriptor.status(), status.kind == .regular,
            status.sizeBytes >= mark.offset,
            let block = try? Generation.block(of: file, before: mark.offset),
            let first = try? Generation.head(of: file, head.count)
        else { return false }
        return block.fingerprint == mark.block && first == head
    }

    /// Whether a compressed file is this one: it has the same first bytes and size.
    func isUnpacked(from relative: Relative) -> Bool {
        guard relative.compression == .gzip, head.count > 0,
            GzipReader.unpackedBytes(path: relative.path) == UInt32(truncatingIfNeeded: sizeSeen),
            let reader = try? GzipReader(path: relative.path)
        else { return false }
        var buffer = [UInt8](repeating: 0, count: FileBounds.sliceBytes)
        return SequentialLines(gzip: reader).head(head.count, with: &buffer) == head
    }

    /// Nothing more will be read.
    func end() {
        hasEnded = true
        file = nil
        gzip = nil
    }
}
