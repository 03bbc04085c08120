// The order of a turn.  The daemon drives it with descriptors and threads, the tests with a clock
// and a disk of their own; whatever is decided between waking and waiting is here and in the other
// files of `EventLoop`, so that both do the same.
//
// The last four steps are consecutive lines, in this order, so that nobody sees what a crash
// could undo:
//
//     log        what was decided is handed to the writer
//     kernel     bans are handed to the packet filter's thread, where they are enforced
//     replies    those whose gate is open are sent to their sockets
//     events     those that are safe go to journal and trail, and to watchers

import OpsConfig
import OpsCore
import OpsLinux
import OpsStore

/// Something to be done outside of the engine.  The loop asks for it and does not wait for it.
enum Errand {
    /// Scans the processes.  `memoryTotalBytes`: the whole of which each uses a share.
    case askProcesses(memoryTotalBytes: UInt64)
    /// Reads the mount table and asks each mount for its space.
    case askMounts
    /// Looks for the addresses that must never be banned.
    case askHostNetworks
    /// Reads the limits of opsd's own cgroup again.
    case refreshScope
    /// Releases memory.
    case giveBack(SpareMemory)
    /// Abandons a call into a mount that takes too long.
    case giveUpStuck
    case trail(TrailJob)
    /// Compresses old files.
    case archive(ArchiveJob)
    /// A second of the journal is over: reports how many events were left out, sends what waits.
    case journalSecond
    /// Accepts connections again where there was no room for them.
    case resumeAccepting
    /// The line of `systemctl status`.
    case status(String)
    /// The sign of life for the service manager.
    case watchdog
    /// A line in the journal that is not an event.
    case say(Severity, String)
    /// A stop has begun: those who are connected are served, others are not accepted.
    case stopAccepting
    /// The stop is over: writes out what is left.
    case leave
}

/// The outcome of sending bytes to a socket.
enum Delivery {
    /// This many were sent.
    case sent(Int)
    /// The socket takes none for now.
    case blocked
    /// The connection is broken.
    case gone
}

/// A loop around an engine: the daemon, or the tests' fake.
protocol EventLoop: EngineHost {
    var engine: Engine { get }
    var loop: LoopState { get }

    /// Waits until there is something to do, begins the engine's turn, and hands it the input.
    func takeInput() throws(Errno)
    /// Wakes the next turn at this time at the latest: nanoseconds of boot time.
    func wake(at boot: Int64) throws(Errno)
    /// Wakes a turn at this wall clock time, nanoseconds since 1970, and whenever the clock is set;
    /// nil: only when the clock is set.
    func wake(atWall wall: Int64?) throws(Errno)
    /// The wall clock now, nanoseconds since 1970.  It is later than the turn's time, which may be
    /// old at a start.
    var wallClock: Int64 { get }

    /// Hands the log's thread a job; false: its queue is full.
    func submit(_ job: LogJob) -> Bool
    /// Starts the thread for one snapshot and hands it its first job; false: there is no thread.
    func openSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool
    /// Hands the snapshot's thread a job; false: its queue is full.
    func submit(_ job: SnapshotJob) -> Bool
    /// Ends the thread after the jobs it has; an unfinished file is removed.
    func closeSnapshot()
    /// Starts the thread for a snapshot for an older release; false: there is no thread.
    func openOlderSnapshot(_ job: SnapshotJob, ticket: UInt64) -> Bool
    /// Ends that thread.
    func closeOlderSnapshot()
    /// Random bits for a new segment of the log; nil: there are none.
    func newSalt() -> UInt64?

    /// Hands the kernel's thread the changes of this turn, as one batch.
    func submitKernel()
    /// When the kernel's side has something to do again: nanoseconds of boot time.
    var kernelDue: Int64 { get }

    /// Sends bytes to a connection, as many as its socket takes.
    func send(_ slot: Int, _ bytes: RawSpan) -> Delivery
    /// Has the connection watched for this from now on; false: it cannot be.
    func watch(_ slot: Int, _ interest: Interest) -> Bool
    /// Closes a connection and its session.
    func close(_ slot: Int)

    /// Hands over events that are safe to announce; true when some still wait.
    func tell(_ events: [[Event]]) -> Bool
    /// All events that were submitted have been written to the trails.
    var isQuiet: Bool { get }
    /// The id of the first event that was submitted and is not in its file; nil: all are.
    var firstUnwrittenEvent: UInt64? { get }
    /// Hands the thread that reads files of events a search; false: it does not take it.
    func submit(_ job: EventReadJob) -> Bool
    /// Gives up a search that hangs; false: one hangs already.
    func giveUpReading() -> Bool

    /// Samples the host; nil: that failed.
    func sample() -> Sample?
    /// Does something outside of the engine.
    func perform(_ errand: Errand)
}

/// The state of an event loop besides its engine and its descriptors.
final class LoopState {
    let bootID: OpsCore.BootID
    /// Nanoseconds of boot time.
    let startedAt: Int64
    var rounds: Rounds
    var lag = LoopLag()
    var serviceFiles = ServiceFiles()
    /// The files of spending.
    var costFiles = CostFiles()
    /// When the daily check of endpoints and log rules is due.
    var dailyHealth = DailyCheck()
    var incidentFiles = IncidentFiles()
    var bansFile = BansFile()
    var snapshotting: Snapshotting?
    /// Counts the snapshots begun.
    var snapshotTicket: UInt64 = 0
    var snapshotTrouble = SnapshotTrouble()
    /// The snapshot for an older release.
    var older = OlderSnapshotting()
    /// The log's thread is looking whether everything is there.
    var isLooking = false
    /// The newest change at its last look, and when it looks again although nothing was written:
    /// nanoseconds of boot time.
    var looked: (sequence: UInt64, again: Int64) = (0, 0)
    /// Why the state is not locked; nil: it is.
    var lockFault: String?
    /// Another process has locked the state: the daemon ends at once, and this is why.
    var usurped: String?
    /// Bytes of the last snapshot.
    var snapshotBytes: Int64 = 0
    /// When the last snapshot began; nanoseconds of boot time.
    var lastSnapshot: Int64
    /// Lines of other versions that the next snapshot carries along.
    let extras: SnapshotExtras
    /// The next daily check: nanoseconds since 1970 by the wall clock; nil: there is none.
    var dailyDue: Int64?
    /// Set by TERM and INT.
    var stopping: Stopping?
    var isFinished = false
    /// The start is over, and the memory of its code released.
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

    /// Runs turns until the end.
    func run() throws(Errno) {
        while !loop.isFinished { try turn() }
    }

    /// One turn: reads the input, does what is due, and then the last four steps.
    func turn() throws(Errno) {
        try takeInput()
        // Nothing more is acknowledged that another process would not know of.
        if loop.usurped != nil { return }
        engine.serveArrived()
        try performRounds()
        var hasMore = engine.expire()
        hasMore = engine.settle() || hasMore
        hasMore = engine.serveLeftovers() || hasMore
        hasMore = engine.advanceLists() || hasMore
        advanceSnapshot()
        advanceBansFile()
        hasMore = engine.sweepSessions() || hasMore
        hasMore = engine.serveWaits() || hasMore
        engine.gatherEvidence()
        hasMore = engine.advancePaging() || hasMore
        hasMore = engine.serveTakers() || hasMore

        submitLog()
        submitKernel()
        flushReplies()
        engine.relieve()
        hasMore = tell(engine.takeEvents()) || hasMore
        hasMore = serveWatchers() || hasMore
        if engine.hasReads { readEventFiles() }

        if loop.stopping != nil { advanceStop() }
        try wake(at: nextWake(hasMore: hasMore))
    }

    /// Hands the next search in files of events to its thread, and gives up one that hangs.
    private func readEventFiles() {
        if engine.isReading(longerThan: EventReader.patience), giveUpReading(),
            let ticket = engine.reads.running?.ticket
        {
            engine.finishRead(ticket, nil)
        }
        engine.refuseStaleReads()
        if let job = engine.nextRead(unwritten: firstUnwrittenEvent), !submit(job) {
            engine.finishRead(job.ticket, nil)
        }
        engine.hasReads = engine.reads.isWaiting || engine.reads.running != nil
    }

    private func nextWake(hasMore: Bool) -> Int64 {
        if hasMore || engine.hasLeftovers || engine.hasReplies || !engine.endedWaits.isEmpty
            || engine.stopSlot > 0 || (engine.work.hasOrphans && !engine.isStopping)
        {
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
