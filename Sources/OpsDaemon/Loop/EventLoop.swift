// The order of a turn, said once.  The daemon drives it with descriptors and threads, the tests with a
// clock and a disk of their own; whatever is decided between waking and waiting stands here and in the
// other files of `EventLoop`, so that both do the same.
//
// The last four steps are consecutive lines, in this order, so that nobody is told what a crash could
// take back:
//
//     log        what was decided goes to the writer
//     kernel     bans go to the packet filter's thread, where they are enforced
//     replies    those whose gate is open, on to their sockets
//     events     those that are safe, to watchers, journal and trail

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore

/// Something to be done outside of the engine.  It is asked for and not waited for.
enum Errand {
    case askProcesses(memoryTotalBytes: UInt64)
    case askMounts
    case askHostNetworks
    /// Reads the limits of the own cgroup again.
    case refreshScope
    case giveBack(Unneeded)
    /// Gives up a call into a mount that takes too long.
    case giveUpStuck
    case trail(TrailJob)
    /// A second of the journal is over: what was not told is counted, what waits is tried again.
    case journalSecond
    /// Lets newcomers in again where there was no room for them.
    case resumeAccepting
    /// The line of `systemctl status`.
    case status(String)
    /// The sign of life.
    case watchdog
    case say(Severity, String)
    /// A stop has begun: those who are connected are served, others wait for the next daemon.
    case stopAccepting
    /// The end: what is left is written out.
    case leave
}

/// What became of bytes on their way to a socket.
enum Delivery {
    case sent(Int)
    case blocked
    /// Nobody will ever read them.
    case gone
}

/// What turns.
protocol EventLoop: EngineHost {
    var engine: Engine { get }
    var loop: LoopState { get }

    /// Waits until there is something to do, begins the engine's turn, and hands it what has come.
    func takeInput() throws(Errno)
    /// Wakes the next turn at this time at the latest: nanoseconds of boot time.
    func wake(at boot: Int64) throws(Errno)
    /// Wakes a turn at this wall clock time, nanoseconds since 1970, and whenever the clock is set;
    /// nil: at the latter alone.
    func wake(atWall wall: Int64?) throws(Errno)
    /// The wall clock as it stands, nanoseconds since 1970: later than the turn's, which may be old at
    /// a start.
    var wallClock: Int64 { get }

    /// False: the thread takes no more.
    func submit(_ job: LogJob) -> Bool
    /// The thread for one snapshot, and its first job; false: there is none to be had.
    func openSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool
    /// False: the thread takes no more.
    func submit(_ job: SnapshotJob) -> Bool
    /// The thread ends with what it still has to do; an unfinished file goes with it.
    func closeSnapshot()
    /// Random bits for a new segment of the log; nil: there are none.
    func newSalt() -> UInt64?

    /// The changes of this turn for the kernel, as one batch.
    func submitKernel()
    /// When the kernel's side must be looked at again: nanoseconds of boot time.
    var kernelDue: Int64 { get }

    func send(_ slot: Int, _ bytes: RawSpan) -> Delivery
    /// What the connection is watched for from now on; false: it cannot be.
    func watch(_ slot: Int, _ interest: Interest) -> Bool
    func close(_ slot: Int)

    /// Hands over events that are safe to tell; true when some are still to be told.
    func tell(_ events: [[Event]]) -> Bool
    /// All that was told has been written.
    var isQuiet: Bool { get }

    func sample() -> Sample?
    func perform(_ errand: Errand)
}

/// What an event loop keeps besides its engine and its descriptors.
final class LoopState {
    let bootID: OpsCore.BootID
    /// Nanoseconds of boot time.
    let startedAt: Int64
    var rounds: Rounds
    var lag = LoopLag()
    var serviceFiles = ServiceFiles()
    var snapshotting: Snapshotting?
    /// Counts the snapshots begun.
    var snapshotTicket: UInt64 = 0
    /// Bytes of the last snapshot.
    var snapshotBytes: Int64 = 0
    /// When the last snapshot began; nanoseconds of boot time.
    var lastSnapshot: Int64
    /// What the next snapshot carries along for other versions.
    let extras: SnapshotExtras
    /// The next daily check: nanoseconds since 1970 by the wall clock; nil: there is none.
    var dailyDue: Int64?
    /// Set by TERM and INT: answer what was asked, write the last snapshot, go.
    var stopping: Stopping?
    var isFinished = false
    /// The start is over, and its code given back.
    var hasSettled = false
    /// A snapshot has left holes in the heap.
    var wantsTrim = false
    var lastStatus = ""

    init(
        _ configuration: Configuration, watchdogNanoseconds: Int64?, bootID: OpsCore.BootID,
        extras: SnapshotExtras, snapshotBytes: Int64, at boot: Int64
    ) {
        self.bootID = bootID
        self.extras = extras
        self.snapshotBytes = snapshotBytes
        startedAt = boot
        lastSnapshot = boot
        rounds = Rounds(configuration, watchdogNanoseconds: watchdogNanoseconds, at: boot)
    }
}

extension EventLoop {
    var configuration: Configuration { engine.configuration }

    /// Turns until the end.
    func run() throws(Errno) {
        while !loop.isFinished { try turn() }
    }

    /// One turn: take what has come, do what is due, and then the order above.
    func turn() throws(Errno) {
        try takeInput()
        engine.serveArrived()
        try performRounds()
        var hasMore = engine.expire()
        hasMore = engine.settle() || hasMore
        hasMore = engine.serveLeftovers() || hasMore
        hasMore = engine.advanceLists() || hasMore
        advanceSnapshot()
        engine.sweepSessions()
        hasMore = engine.serveWaits() || hasMore

        submitLog()
        submitKernel()
        flushReplies()
        hasMore = tell(engine.takeEvents()) || hasMore

        if loop.stopping != nil { advanceStop() }
        try wake(at: nextWake(hasMore: hasMore))
    }

    private func nextWake(hasMore: Bool) -> Int64 {
        if hasMore || engine.hasLeftovers || !engine.touched.isEmpty || !engine.endedWaits.isEmpty {
            return engine.now.boot
        }
        var next = min(loop.rounds.next, engine.nextDeadline, kernelDue)
        if let stopping = loop.stopping {
            let isWelcome = engine.now.boot < stopping.welcomeEnds
            next = min(next, isWelcome ? stopping.welcomeEnds : stopping.deadline)
        }
        return next
    }
}
