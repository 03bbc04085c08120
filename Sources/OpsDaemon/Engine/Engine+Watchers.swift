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
    func beginWatch(_ topics: [Topic], after: EventMark?, _ slot: Int, _ session: Session) {
        endWatch(slot, session)
        watchers += 1
        let topics = TopicSet(topics.isEmpty ? Topic.allCases : topics)
        var watch = Watch(topics: topics, next: ring.end, seen: ring.total(of: topics))
        if let after {
            // Those that wait in the outbox come by the ring.
            let end = outbox.firstID ?? ask { $0.events.lastID } + 1
            let last = lastID(of: after)
            if last < end - 1 { watch.replay = Watch.Replay(next: last + 1, end: end) }
        }
        session.watch = watch
        watchLine.append(slot, isBehind: watch.replay != nil)
    }

    /// The newest id that whoever remembers this event has seen, as this run numbers events.
    private func lastID(of mark: EventMark) -> UInt64 {
        guard let run = mark.run, run != runID else { return mark.id }
        // A run begins with the event that names it, and ends with the next of them.
        let words = "run " + WorkToken.text(run)
        let events = state.events
        var isFound = false
        for place in events.places {
            guard let event = events[place], event.kind == .started else { continue }
            // What it told and a crash took back has the ids of others now.
            if isFound { return min(mark.id, event.id - 1) }
            isFound = event.details.hasSuffix(words)
        }
        return isFound ? mark.id : 0
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
        if let replay = watch.replay { return replayed(replay, &watch) }
        if watch.next >= ring.renderedEnd { return .nothing }
        if ring.hasLost(watch.next) { return .lost(ring.total(of: watch.topics) - watch.seen) }
        let next = ring.collect(
            from: watch.next, watch.topics, limitBytes: WatchBounds.bytes,
            limitEvents: WatchBounds.events, into: &run)
        if !run.marks.isEmpty { return .run }
        watch.next = next
        return next < ring.renderedEnd ? .skipped : .nothing
    }

    /// Collects kept events from the watcher's place on, and before each how many that may have
    /// been of its topics are not kept.
    private func replayed(_ replay: Watch.Replay, _ watch: inout Watch) -> WatchPortion {
        let events = state.events
        let floor = events.floor(of: watch.topics)
        var place = events.place(from: replay.next)
        var expected = replay.next
        var missing: UInt64 = 0
        func note(missingBefore id: UInt64) {
            let end = min(id, floor + 1)
            if end > expected { missing += end - expected }
        }
        while place < events.places.upperBound, run.marks.count < WatchBounds.replayed,
            run.bytes.count < WatchBounds.bytes
        {
            let id = events.id(at: place)
            if id >= replay.end { break }
            place += 1
            guard let topic = events.topic(at: place - 1) else { continue }
            note(missingBefore: id)
            expected = id + 1
            guard watch.topics.contains(topic), let event = events[place - 1] else { continue }
            tell(&missing, before: id)
            run.append(next: id + 1) { event.writeLine(to: &$0) }
        }
        share.spend((place - events.place(from: replay.next)) / 64, clock)
        let isOver =
            place == events.places.upperBound || events.id(at: place) >= replay.end
        if isOver {
            note(missingBefore: replay.end)
            tell(&missing, before: replay.end)
            run.end(at: replay.end)
        }
        if !run.marks.isEmpty { return .run }
        // None of those that were looked at were of its topics.
        watch.replay = isOver ? nil : Watch.Replay(next: expected, end: replay.end)
        return .skipped
    }

    private func tell(_ missing: inout UInt64, before id: UInt64) {
        if missing == 0 { return }
        let count = missing
        missing = 0
        run.append(next: id) { Event.writeMissingLine(count, before: id, to: &$0) }
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
            if let replay = watch.replay, replay.next >= replay.end { watch.replay = nil }
        }
    }
}
