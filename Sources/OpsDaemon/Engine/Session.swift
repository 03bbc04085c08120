// One connection without its descriptor: whose it is, the bytes of a line that is not complete, the
// output that is not sent, and its deadlines.  The engine serves it, the daemon moves its bytes.

import OpsCore
import OpsLinux
import OpsProtocol

/// A connection as the engine sees it.
final class Session {
    let caller: Caller
    /// Bytes that it is charged with in the ledger.
    var charged = 0
    /// Its user holds much: no more requests are served while there is output.
    var isTight = false
    var framer: LineFramer
    var output: OutputQueue
    var watch: Watch?
    /// What its last request waits for; nothing is read from it until the reply.
    private(set) var wait: Wait?
    /// The heavy request that waits for its turn.
    private var heavyRequest: (command: Command, row: CommandRow)?
    /// When the line that has begun must have ended; nanoseconds of boot time.
    var lineDeadline: Int64?
    /// What was left until `lineDeadline` when reading was paused: nanoseconds.
    var lineTimeLeft: Int64?
    /// When some of the output that can go must have been sent; nanoseconds of boot time.
    var stallDeadline: Int64?
    /// The satellite that it belongs to; nil: none, or it has not said so.
    var satellite: Satellite?
    /// It has been answered at least once.
    var wasServed = false
    /// The peer has finished sending.
    var hasEnded = false
    /// Nothing more is read; it is closed when its output has gone.
    var isClosing = false
    /// Its output was dropped: it is sent the refusal that is left, if that goes at once, and
    /// closed.
    var isShed = false
    /// To be closed at once, with output or without.
    var isDead = false

    init(caller: Caller, lineLimitBytes: Int, buffers: BufferPool) {
        self.caller = caller
        output = OutputQueue(buffers)
        framer = LineFramer(limitBytes: lineLimitBytes)
    }

    /// Whether its descriptor should be read: not while whole lines wait, or a peer that sends
    /// faster than it is served would fill the memory.
    var wantsReading: Bool { !isPaused && !hasEnded }

    /// What its descriptor is watched for.  During a wait that ends with its peer, that is the
    /// peer's end.
    var interest: Interest {
        wantsReading ? .read : wait?.endsWithPeer ?? false ? .hangUp : .none
    }

    /// Nothing is read for now, and the time of a line that has begun stands still.
    var isPaused: Bool { !hasRoom || framer.hasLine }

    /// Closes a session whose peer has finished sending and has been answered; a watcher at once.
    func closeIfServed() {
        if !hasEnded || wait != nil || framer.hasLine { return }
        if watch != nil { isDead = true } else { isClosing = true }
    }

    /// Whether more requests may be served: the bounds of pending replies and of output.
    var hasRoom: Bool {
        !isClosing && wait == nil && output.held < SessionBounds.pendingReplies
            && output.count < SessionBounds.outputBytes && !(isTight && output.count > 0)
    }

    /// Bytes of memory that it holds: output that is not sent, input that is not served.
    var footprint: Int { output.footprint + framer.heldBytes }

    /// Drops its output and its input.
    /// - Returns: whether what was sent so far ends with a whole line.
    func drop(_ buffers: BufferPool) -> Bool {
        let isBetweenLines = output.isBetweenLines
        output = OutputQueue(buffers)
        framer = LineFramer(limitBytes: 0)
        return isBetweenLines
    }

    /// Its reply is to be made later.  A session waits for one thing at a time.
    func begin(_ wait: Wait) {
        precondition(self.wait == nil, "a request was served while another waited")
        self.wait = wait
    }

    /// It waits no longer.
    func endWait() { wait = nil }

    /// Has a heavy request wait for its turn.
    func postpone(_ command: Command, _ row: CommandRow) {
        begin(.turn)
        heavyRequest = (command, row)
    }

    /// Returns the heavy request, now that its turn has come.
    func takeHeavyRequest() -> (command: Command, row: CommandRow)? {
        guard let request = heavyRequest else { return nil }
        heavyRequest = nil
        endWait()
        return request
    }
}

/// The fixed bounds of a connection.
enum SessionBounds {
    /// Replies that may wait for the log.
    static let pendingReplies = 1_024
    /// Output after which no more requests are served: bytes.
    static let outputBytes = 256 << 10
    /// How long output that can go may stay unsent: nanoseconds.
    static let stallNanoseconds: Int64 = 10_000_000_000
    /// Deadlines are rounded up to a multiple of this, so that many are due together: nanoseconds.
    static let deadlineGrain: Int64 = 100_000_000
    /// Waits that have ended and are answered in a turn.
    static let answersPerTurn = 256
    /// Slots looked at in a turn, of a walk over all sessions.
    static let slotsPerTurn = 1_024
    /// Requests of a connection served as soon as its bytes come, so that a few never wait in line.
    static let requestsOnArrival = 32
    /// Requests of a connection served at a time from the line, after the first few.
    static let requestsPerVisit = 256
    /// Requests after which the connections in line wait for the next turn.
    static let requestsPerTurn = 4_096
    /// Heavy requests served in a turn, of all connections together: a few milliseconds.
    static let heavyRequestsPerTurn = 4
}
