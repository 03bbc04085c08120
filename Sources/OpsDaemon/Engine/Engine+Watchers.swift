// Watchers: who they are, and what each is to be sent next.  The loop visits them in slices
// (`EventLoop.serveWatchers`); nothing here walks over all of them.

import OpsCore
import OpsProtocol

/// The bounds of what is sent to a watcher in one visit.
enum WatchBounds {
    /// Bytes of events, at about which a visit ends.
    static let bytes = 32 << 10
    /// Events of the ring that are looked at.
    static let events = 2_048
    /// Kept events that are rendered.
    static let replayed = 64
}

extension Engine {
    /// What a watcher is to be sent.
    enum WatchPortion {
        /// It has been sent everything.
        case nothing
        /// The events in `run`.
        case run
        /// None of the events that were looked at were of its topics.
        case skipped
        /// This many of its events are gone.
        case lost(UInt64)
    }

    /// A session begins to watch, or watches other topics from now on.
    func beginWatch(_ topics: [Topic], after: UInt64?, _ slot: Int, _ session: Session) {
        endWatch(slot, session)
        watchers += 1
        let topics = TopicSet(topics.isEmpty ? Topic.allCases : topics)
        var watch = Watch(topics: topics, next: ring.end, seen: ring.total(of: topics))
        if let after {
            // Those that wait in the outbox come by the ring.
            let end = outbox.firstID ?? ask { $0.events.lastID } + 1
            let left = after < end ? kept(from: after + 1, before: end, topics) : 0
            if left > 0 { watch.replay = Watch.Replay(next: after + 1, end: end, left: left) }
        }
        session.watch = watch
        watchLine.append(slot, isBehind: watch.replay != nil)
    }

    /// A session does not watch any more.
    func endWatch(_ slot: Int, _ session: Session) {
        if session.watch == nil { return }
        session.watch = nil
        watchLine.remove(slot)
        watchers -= 1
        if watchers == 0 { ring.clear() }
    }

    /// Events that are safe to tell.
    func append(_ batches: [[Event]]) {
        if watchers == 0 { return }
        for batch in batches { ring.append(batch) }
    }

    /// Renders events that are safe, up to a share.
    func renderEvents() {
        if ring.waitingCount == 0 { return }
        var share = share(of: TurnShare.rendering)
        while !share.isOver || ring.waitingCount > EventRing.waitingLimit, ring.renderNext() {
            share.spend(1, clock)
        }
        watchLine.noteEvents()
    }

    /// Output of a watcher has gone, or its socket takes something again: it is visited.
    func resumeWatch(_ slot: Int, _ session: Session) {
        guard session.watch != nil, session.output.count == 0, !session.isClosing,
            !watchLine.contains(slot)
        else { return }
        watchLine.append(slot, isBehind: true)
    }

    /// Whether there is anything that a watcher can be sent now.
    func isDue(_ watch: Watch) -> Bool { watch.replay != nil || watch.next < ring.renderedEnd }

    /// Whether there is anything that a watcher has not been sent.
    func isBehind(_ watch: Watch) -> Bool { watch.replay != nil || watch.next < ring.end }

    /// Finds out what a watcher is to be sent next.  Its place moves over events that it does not
    /// want; `note(sent:)` moves it over those that were sent.
    func nextPortion(_ watch: inout Watch) -> WatchPortion {
        run.clear()
        if let replay = watch.replay { return replayed(replay, watch) }
        if watch.next >= ring.renderedEnd { return .nothing }
        if ring.hasLost(watch.next) { return .lost(ring.total(of: watch.topics) - watch.seen) }
        let next = ring.collect(
            from: watch.next, watch.topics, limitBytes: WatchBounds.bytes,
            limitEvents: WatchBounds.events, into: &run)
        if !run.marks.isEmpty { return .run }
        watch.next = next
        return next < ring.renderedEnd ? .skipped : .nothing
    }

    /// How many events of these topics the tail has.  A long tail takes its time: the work counts
    /// as what it is.
    private func kept(from first: UInt64, before end: UInt64, _ topics: TopicSet) -> UInt64 {
        let events = state.events
        let start = events.position(from: first)
        share.spend((events.count - start) / 64, clock)
        var count: UInt64 = 0
        for position in start..<events.count where events.id(at: position) < end {
            if topics.contains(events.kind(at: position).topic) { count += 1 }
        }
        return count
    }

    private func replayed(_ replay: Watch.Replay, _ watch: Watch) -> WatchPortion {
        let events = state.events
        var position = events.position(from: replay.next)
        // The tail goes on meanwhile, and may have dropped some of them.
        if position == 0 && replay.next < events.id(at: 0),
            kept(from: replay.next, before: replay.end, watch.topics) < replay.left
        {
            return .lost(replay.left + ring.total(of: watch.topics) - watch.seen)
        }
        while position < events.count, run.marks.count < WatchBounds.replayed,
            run.bytes.count < WatchBounds.bytes
        {
            let event = events[position]
            if event.id >= replay.end { break }
            position += 1
            if !watch.topics.contains(event.kind.topic) { continue }
            run.append(next: event.id + 1) { event.writeLine(to: &$0) }
        }
        return .run
    }

    /// Of `run`, events were sent, the last perhaps in part.
    func note(sent events: Int, _ watch: inout Watch) {
        if events == 0 { return }
        let next = run.marks[events - 1].next
        if watch.replay == nil {
            watch.next = next
            watch.seen += UInt64(events)
        } else {
            watch.replay?.next = next
            watch.replay?.left -= UInt64(events)
            if watch.replay?.left == 0 { watch.replay = nil }
        }
    }
}
