// The newest events as watchers are sent them.  An event is rendered once, however many watch, and
// a watcher is a place in the ring, not a copy of what it has yet to be sent.  The ring is bounded:
// the oldest go, and a watcher whose place has gone with them is told how many it lost.
//
//  - What is appended is safe to tell.  It is rendered in slices, in its order.
//  - Events are numbered from one on by the ring itself; these are not the events' ids.
//  - While nobody watches it is empty and does nothing.

import OpsCore
import OpsProtocol

extension Topic {
    /// How many there are.
    fileprivate static let count = allCases.count
}

/// Rendered events of a watcher's topics that follow each other, to be sent in one piece.
struct EventRun {
    /// One event of the run.
    struct Mark {
        /// Where its bytes end.
        var end: Int
        /// The number after it: the watcher's place once it was sent.
        var next: UInt64
    }

    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []

    /// Empties it, and keeps its room.
    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
    }

    /// Adds an event; `next`: the number after it.
    mutating func append(next: UInt64, _ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        marks.append(Mark(end: bytes.count, next: next))
    }

    /// Where the watcher is once the last has been sent.
    mutating func end(at next: UInt64) {
        if !marks.isEmpty { marks[marks.count - 1].next = next }
    }

    /// How many events have been sent, wholly or in part, when `count` bytes were; and where the
    /// last of them ends.
    func sent(_ count: Int) -> (events: Int, end: Int) {
        if count == 0 { return (0, 0) }
        var (low, high) = (0, marks.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].end < count { low = middle + 1 } else { high = middle }
        }
        return (low + 1, marks[low].end)
    }
}

/// The ring.
final class EventRing {
    /// The most bytes of rendered events that are kept.
    static let limitBytes = 4 << 20
    /// Room for the event with which a chunk is full.
    private static let roomBytes = 4 << 10
    /// Events that are rendered at once where more than these wait.
    static let waitingLimit = Outbox.limit

    /// Events that follow each other; a chunk is dropped as a whole.
    private struct Chunk {
        /// The number of its first event.
        var first: UInt64
        var bytes: [UInt8] = []
        /// Where each event ends in `bytes`.
        var ends: [UInt32] = []
        var topics: [Topic] = []
        /// The topics of its events.
        var mask: UInt16 = 0

        var end: UInt64 { first + UInt64(ends.count) }
    }

    private let chunkBytes: Int
    private let chunkLimit: Int
    private var chunks: [Chunk] = []
    /// Batches, in order; those before `nextBatch` are rendered, and of that one the events before
    /// `nextWaiting`.
    private var waiting: [[Event]] = []
    private var nextBatch = 0
    private var nextWaiting = 0
    private(set) var waitingCount = 0
    /// The number of the next event to be rendered.
    private(set) var renderedEnd: UInt64 = 1
    /// How many events of each topic there were, those that wait included.
    private var totals = [UInt64](repeating: 0, count: Topic.count)

    init(limitBytes: Int = EventRing.limitBytes) {
        chunkBytes = max(1, min(64 << 10, limitBytes / 4))
        chunkLimit = max(1, limitBytes / chunkBytes)
    }

    /// The number of the next event to be appended: the place of a watcher that begins now.
    var end: UInt64 { renderedEnd + UInt64(waitingCount) }

    /// Bytes of rendered events held.
    var bytes: Int { chunks.reduce(0) { $0 + $1.bytes.count } }

    /// How many events of these topics there were.
    func total(of topics: TopicSet) -> UInt64 {
        var sum: UInt64 = 0
        for topic in Topic.allCases where topics.contains(topic) { sum += totals[topic.index] }
        return sum
    }

    /// Whether the event of that number is gone.
    func hasLost(_ number: UInt64) -> Bool { number < chunks.first?.first ?? renderedEnd }

    /// Appends events, to be rendered in their order.
    func append(_ events: [Event]) {
        if events.isEmpty { return }
        for index in events.indices { totals[events[index].kind.topic.index] += 1 }
        waiting.append(events)
        waitingCount += events.count
    }

    /// Renders the next event that waits; false: none does.
    func renderNext() -> Bool {
        if nextBatch == waiting.count { return false }
        waitingCount -= 1
        render(waiting[nextBatch][nextWaiting])
        nextWaiting += 1
        if nextWaiting == waiting[nextBatch].count {
            waiting[nextBatch] = []
            nextBatch += 1
            nextWaiting = 0
            if nextBatch * 2 >= waiting.count {
                waiting.removeFirst(nextBatch)
                nextBatch = 0
            }
        }
        return true
    }

    private func render(_ event: borrowing Event) {
        if chunks.last.map({ $0.bytes.count >= chunkBytes }) ?? true { beginChunk() }
        let last = chunks.count - 1
        event.writeLine(to: &chunks[last].bytes)
        chunks[last].ends.append(UInt32(chunks[last].bytes.count))
        chunks[last].topics.append(event.kind.topic)
        chunks[last].mask |= TopicSet([event.kind.topic]).bits
        renderedEnd += 1
    }

    private func beginChunk() {
        var chunk = Chunk(first: renderedEnd)
        if chunks.count == chunkLimit {
            // Its memory is used again.
            var oldest = chunks.removeFirst()
            swap(&chunk.bytes, &oldest.bytes)
            swap(&chunk.ends, &oldest.ends)
            swap(&chunk.topics, &oldest.topics)
            chunk.bytes.removeAll(keepingCapacity: true)
            chunk.ends.removeAll(keepingCapacity: true)
            chunk.topics.removeAll(keepingCapacity: true)
        } else {
            chunk.bytes.reserveCapacity(chunkBytes + Self.roomBytes)
        }
        chunks.append(chunk)
    }

    /// Collects events of these topics from `number` on, at most about `limitBytes`, looking at no
    /// more than `limitEvents`; `number` must not be lost.
    /// - Returns: the number after the last that was looked at.
    func collect(
        from number: UInt64, _ topics: TopicSet, limitBytes: Int, limitEvents: Int,
        into run: inout EventRun
    ) -> UInt64 {
        var number = number
        var left = limitEvents
        var place = chunks.count
        while place > 0 && chunks[place - 1].end > number { place -= 1 }
        while place < chunks.count && left > 0 {
            let chunk = chunks[place]
            place += 1
            if chunk.mask & topics.bits == 0 {
                number = chunk.end
                left -= 1
                continue
            }
            var index = Int(number - chunk.first)
            while index < chunk.ends.count && left > 0 {
                let start = index == 0 ? 0 : Int(chunk.ends[index - 1])
                if topics.contains(chunk.topics[index]) {
                    let end = Int(chunk.ends[index])
                    if !run.marks.isEmpty && run.bytes.count + end - start > limitBytes {
                        return number
                    }
                    run.append(next: number + 1) { $0 += chunk.bytes[start..<end] }
                }
                index += 1
                number += 1
                left -= 1
            }
        }
        return number
    }

    /// Nobody watches any more: releases everything.
    func clear() {
        renderedEnd = end
        chunks = []
        waiting = []
        nextBatch = 0
        nextWaiting = 0
        waitingCount = 0
    }
}
