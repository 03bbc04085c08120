// Where the audit chain of events.ndjson stands.  The trail thread ends when it is idle, so what it
// needs to go on is kept beside it, and the loop reads the head there.

import OpsCore
import OpsLinux
import OpsProtocol
import Synchronization

/// The chain as the last write left it.
struct EventChain: Sendable {
    /// A file, as long as it exists.
    struct File: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
        }
    }

    /// What the next chain line covers: nothing, but after a start or where others have written.
    var block: AuditBlock
    /// The id of the newest event in the file, or told to be lost.
    var through: UInt64
    /// The file; nil: the next one is new.
    var file: File?
    /// Its size.
    var bytes: Int64 = 0
    /// What it ends with has no LF.
    var needsLineFeed = false
    /// A write failed in the middle, and so did cutting it off.
    var mustCut = false
    /// The newest chain line that is on the disk; nil: none is known to be.
    var durable: AuditHead?
    /// Bytes of the file that are on the disk.
    var syncedBytes: Int64 = 0
    /// Bytes of the file that the kernel was asked to write.
    var begunBytes: Int64 = 0
    /// A sync failed: the kernel may take bytes for written that are not.
    var isUnsure = false
    /// The file's name may not be on the disk yet.
    var isNameNew = true
    /// Lines that were told to be lost, since the start.
    var lostLines: UInt64 = 0
    /// When the first and the last chain line of this run were written, nanoseconds since 1970.
    var since: Int64?
    var last: Int64 = 0

    init(after head: AuditHead, through: UInt64) {
        block = AuditBlock(after: head)
        self.through = through
    }

    /// The newest chain line.
    var head: AuditHead { block.head }
}

/// What a start knows of the events that should be in the file.
struct ChainStart: Sendable {
    /// The tail of events as it was recovered.
    var tail: [Event] = []
    /// The id of the first event of this run.
    var next: UInt64 = 1
    /// A chain line that was on the disk; nil: none is known.
    var durable: AuditHead?
}

/// What the trail thread and the loop both know of the chain.
final class ChainBox: Sendable {
    struct Content: Sendable {
        /// nil: nothing was written yet.
        var chain: EventChain?
        /// Until it has been looked at.
        var start: ChainStart?
        /// Why events are missing that will be told as lost.
        var lossReason = ChainBox.unknownLoss
        /// Whole events from an end of the file that did not fit, by their ids, with LF; they are
        /// written again.
        var salvaged: [UInt64: [UInt8]] = [:]
        /// Whether ids are counted: not where nobody has said how the tail of events stands.
        var isCounting = false
        /// The name of a link to the file; empty: none.
        var link = ""
    }

    static let unknownLoss = "not written before opsd ended"

    private let content: Mutex<Content>
    private let turn = Mutex(false)

    init(_ start: ChainStart? = nil, link: String = "") {
        content = Mutex(Content(start: start, isCounting: start != nil, link: link))
    }

    func read() -> Content { content.withLock { $0 } }

    func update(_ change: (inout Content) -> Void) { content.withLock { change(&$0) } }

    /// Runs one sync of the file, after any other has ended.
    func syncing(_ body: () throws(Errno) -> Void) throws(Errno) {
        try turn.withLock { (_: inout Bool) throws(Errno) in try body() }
    }
}

/// Lines of one append, before they are written.
struct EventPiece {
    var text: [UInt8] = []
    var lines: UInt64 = 0
    /// Events among them.
    var events: UInt64 = 0
    /// Events that are told to be lost.
    var lost: UInt64 = 0
    /// The newest event in it, or before it.
    var through: UInt64
    /// Whether ids are counted: not where nobody knows the first.
    var isCounting: Bool

    init(after through: UInt64, isCounting: Bool = true) {
        self.through = through
        self.isCounting = isCounting
    }

    /// Begins another piece with the same buffer.
    mutating func begin(after through: UInt64) {
        text.removeAll(keepingCapacity: true)
        lines = 0
        events = 0
        lost = 0
        self.through = through
    }

    /// Tells the ids that are missing before this one.
    mutating func miss(before id: UInt64, _ reason: String, wall: Int64) {
        guard isCounting, id > through &+ 1 else { return }
        let loss = AuditLoss(
            from: through + 1, to: id - 1, lines: id - 1 - through, reason: reason)
        AuditLine.write(loss, wall: wall, to: &text)
        lines += 1
        lost += loss.lines
        through = id - 1
    }

    /// Adds an event; ids that are missing before it are told.
    mutating func add(_ event: Event, _ reason: String, wall: () -> Int64) {
        if event.id > through &+ 1 { miss(before: event.id, reason, wall: wall()) }
        event.writeObject(to: &text)
        text.append(0x0a)
        lines += 1
        events += 1
        through = event.id
    }

    /// Adds the line of an event as it is, with its LF.
    mutating func add(line: [UInt8], of id: UInt64, _ reason: String, wall: Int64) {
        miss(before: id, reason, wall: wall)
        text += line
        lines += 1
        through = id
    }
}

extension EventChain {
    /// The next file is another one.
    mutating func leaveFile() {
        file = nil
        bytes = 0
        needsLineFeed = false
        mustCut = false
        syncedBytes = 0
        begunBytes = 0
        isNameNew = true
    }
}
