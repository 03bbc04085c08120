// What a session that watches is to be told next.  It is a place in the ring of events, and before
// that, after `watch after=ID`, a place in the tail: a watcher costs no output while it waits, and
// however little it reads.  Where events of its topics may be missing in the tail, it is told how
// many.

import OpsCore

/// A session's `watch`.
struct Watch {
    /// Kept events that are told before those of the ring.
    struct Replay {
        /// The id of the next.
        var next: UInt64
        /// The ring has the events from this id on.
        var end: UInt64
    }

    let topics: TopicSet
    /// The number, in the ring, of the next event to be looked at.
    var next: UInt64
    /// How many events of its topics had been before `next`.
    var seen: UInt64
    /// nil: it is over.
    var replay: Replay?
    /// Its socket takes nothing: it is visited again when that has changed.
    var isBlocked = false
}

/// The watchers whose sockets take something, in the order in which they are visited.  That there
/// are new events is noted for all of them at once.
struct WatchLine {
    /// Those that had been sent everything when they joined.
    private var idle = SlotLine()
    /// Of `idle`, those that joined up to this ticket have not been sent the newest events.
    private var behind: UInt64 = 0
    /// Those that more was to be sent to when they joined.
    private var busy = SlotLine()
    private var isBusyNext = false

    /// Nobody is to be visited.
    var isDone: Bool { busy.isEmpty && idle.hasPassed(behind) }

    func contains(_ slot: Int) -> Bool { idle.contains(slot) || busy.contains(slot) }

    /// There are new events.
    mutating func noteEvents() { behind = idle.lastTicket }

    /// Adds a watcher at the end; `isBehind`: there is something to send to it already.
    mutating func append(_ slot: Int, isBehind: Bool) {
        if isBehind { busy.append(slot) } else { idle.append(slot) }
    }

    mutating func remove(_ slot: Int) {
        idle.remove(slot)
        busy.remove(slot)
    }

    /// Removes and returns the next to be visited: in turn one that is behind since the newest
    /// events, and one that was before.
    mutating func next() -> Int? {
        isBusyNext.toggle()
        if idle.hasPassed(behind) || (isBusyNext && !busy.isEmpty) { return busy.popFirst() }
        return idle.popFirst()
    }
}
