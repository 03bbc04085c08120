// One connection without its descriptor: who it is, the bytes of a line that is not whole yet, the
// output that is not sent yet, and the deadlines it must keep.  The engine runs it, the daemon moves
// its bytes.

import OpsCore
import OpsProtocol

/// A connection as the engine sees it.
final class Session {
    /// What `watch` asked for, and what it has missed.
    struct Watch {
        var topics: Set<Topic>
        var lost: UInt64 = 0
    }

    let caller: Caller
    var framer: LineFramer
    var output: OutputQueue
    var watch: Watch?
    /// Its `snapshot` is being written; nothing is read from it until the reply.
    var awaitsSnapshot = false
    /// Its `enforce verify` or `repair` is with the kernel; nothing is read from it until the reply.
    var awaitsAudit = false
    /// Its `list commit` is being logged; nothing is read from it until the reply.
    var awaitsList = false
    /// A request that waits for its turn; nothing more is taken until its reply.
    var heavyRequest: Command? { didSet { awaitsTurn = heavyRequest != nil } }
    /// There is one; asked for each request, of which a `Command` would be a copy.
    private var awaitsTurn = false
    /// When the line under way must have ended; nanoseconds of boot time.
    var lineDeadline: Int64?
    /// What was left of that time when reading was paused.
    var lineTimeLeft: Int64?
    /// When output that can go must have moved; nanoseconds of boot time.
    var stallDeadline: Int64?
    /// It has been answered at least once.
    var wasServed = false
    /// The peer has finished sending.
    var hasEnded = false
    /// Nothing more is read; it is closed when its output has gone.
    var isClosing = false
    /// Ready to be closed at once, output or not.
    var isDead = false

    init(caller: Caller, lineLimitBytes: Int, buffers: BufferPool) {
        self.caller = caller
        output = OutputQueue(buffers)
        framer = LineFramer(limitBytes: lineLimitBytes)
    }

    /// Whether its descriptor should be read: not while whole lines wait, or a peer that sends
    /// faster than it is served would fill the memory.
    var wantsReading: Bool { !isPaused && !hasEnded }

    /// Nothing is read for now; a line under way is not to blame for that.
    var isPaused: Bool { !hasRoom || framer.hasLine }

    /// A peer that has finished sending and has been answered is done with; a watcher is gone.
    func closeIfServed() {
        if !hasEnded || awaitsReply || framer.hasLine { return }
        if watch != nil { isDead = true } else { isClosing = true }
    }

    /// Whether more requests may be taken: the bounds of pending replies and of output.
    var hasRoom: Bool {
        !isClosing && !awaitsReply && output.held < SessionBounds.pendingReplies
            && output.count < SessionBounds.outputBytes
    }

    /// A request was taken whose reply is still to be made.
    private var awaitsReply: Bool {
        awaitsSnapshot || awaitsAudit || awaitsList || awaitsTurn
    }
}

/// The fixed bounds of a connection.
enum SessionBounds {
    /// Replies that may wait for the log.
    static let pendingReplies = 1_024
    /// Output after which no more requests are taken.
    static let outputBytes = 256 << 10
    /// Output of a watcher after which events are dropped and counted.
    static let watchBytes = 256 << 10
    /// How long output that can go may stand still: nanoseconds.
    static let stallNanoseconds: Int64 = 10_000_000_000
    /// Deadlines are rounded up to this, so that many come due together: nanoseconds.
    static let deadlineGrain: Int64 = 100_000_000
    /// Requests one connection is served when bytes of it have come: small talk waits for nobody.
    static let requestsOnArrival = 32
    /// Requests one connection is served when its turn has come, those behind the first few.
    static let requestsPerVisit = 256
    /// Requests after which the connections in line wait for the next turn.
    static let requestsPerTurn = 4_096
    /// Heavy requests served in a turn, of all connections together: some milliseconds.
    static let heavyRequestsPerTurn = 4
}
