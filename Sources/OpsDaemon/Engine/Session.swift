// One connection without its descriptor: who it is, the bytes of a line that is not whole yet, the
// output that is not sent yet, and the deadlines it must keep.  The engine runs it, the daemon moves
// its bytes.

import OpsCore
import OpsLinux
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
    /// What its last request waits for; nothing is read from it until the reply.
    private(set) var wait: Wait?
    /// The heavy request that waits for its turn.
    private var heavyRequest: (command: Command, row: CommandRow)?
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

    /// What its descriptor is watched for: where its wait ends with its peer, for the peer's end.
    var interest: Interest {
        wantsReading ? .read : wait?.endsWithPeer ?? false ? .hangUp : .none
    }

    /// Nothing is read for now; a line under way is not to blame for that.
    var isPaused: Bool { !hasRoom || framer.hasLine }

    /// A peer that has finished sending and has been answered is done with; a watcher is gone.
    func closeIfServed() {
        if !hasEnded || wait != nil || framer.hasLine { return }
        if watch != nil { isDead = true } else { isClosing = true }
    }

    /// Whether more requests may be taken: the bounds of pending replies and of output.
    var hasRoom: Bool {
        !isClosing && wait == nil && output.held < SessionBounds.pendingReplies
            && output.count < SessionBounds.outputBytes
    }

    /// Its reply is to be made later.  A session waits for one thing at a time.
    func begin(_ wait: Wait) {
        precondition(self.wait == nil, "a request was served while another waited")
        self.wait = wait
    }

    /// It waits no longer.
    func endWait() { wait = nil }

    /// Puts a request in the line of the heavy ones.
    func postpone(_ command: Command, _ row: CommandRow) {
        begin(.turn)
        heavyRequest = (command, row)
    }

    /// Its turn has come: the request that waited for it.
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
