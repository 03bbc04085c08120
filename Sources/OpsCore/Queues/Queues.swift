// All queues.  What is durable is the table, which has each queue as it was last logged: when a
// verdict turned, or a minute after the record before.  What was reported since is in `live`, in
// memory: a crash takes a minute of it at most, and the next report brings back what was counted,
// since counters are cumulative.

/// The table of queues.
package struct Queues: Sendable {
    /// `[queue.NAME]`; not durable.
    package private(set) var rules: [QueueName: QueueRules] = [:]
    /// As they were logged.
    private(set) var table = EntityTable<Queue>()
    /// As they were reported since.
    private var live: [QueueName: Queue] = [:]
    /// Since when queues of the configuration are waited for, milliseconds of boot time.
    private(set) var awaited: [QueueName: Int64] = [:]
    /// Since when opsd waits for those without a section: its start, milliseconds of boot time.
    private var began: Int64?
    /// Before this time no queue falls silent or is forgotten; milliseconds of boot time.
    private var nextLook = Int64.min

    /// No queues.
    package init() {}

    /// Whether there is nothing to keep and nothing to wait for.
    package var isEmpty: Bool { table.isEmpty && rules.isEmpty }

    /// A queue as it is now.
    package subscript(name: QueueName) -> Queue? { live[name] ?? table[name] }

    /// All of them, by their names.
    package var all: [Queue] { table.sorted.map { live[$0.id] ?? $0 } }

    /// How many are known, those included that the configuration names and nobody has reported.
    package var count: Int {
        table.count + rules.keys.reduce(0) { $0 + (table[$1] == nil ? 1 : 0) }
    }

    /// What counts for a queue.
    func rules(of name: QueueName) -> QueueRules { rules[name] ?? QueueRules() }

    /// Takes the sections of the configuration.
    mutating func adopt(_ rules: [QueueName: QueueRules], at now: Moment) {
        self.rules = rules
        began = began ?? now.bootMilliseconds
        awaited = Dictionary(
            uniqueKeysWithValues: rules.keys.map { ($0, awaited[$0] ?? now.bootMilliseconds) })
        nextLook = .min
    }

    /// Takes what was reported and need not be logged yet.
    mutating func take(_ queue: Queue) {
        live[queue.id] = queue
        nextLook = min(nextLook, queue.reported + rules(of: queue.id).silentMilliseconds)
    }

    /// What was reported and is not logged, as it is at a stop.
    var unlogged: [Queue] { live.values.sorted { $0.id < $1.id } }

    /// Since when nobody has reported a queue and opsd could have been told: what was reported
    /// while it did not run, or was not logged yet when it ended, it does not know.
    func waitedSince(_ queue: Queue) -> Int64 {
        max(queue.reported, awaited[queue.id] ?? began ?? queue.reported)
    }

    /// Whether something may fall silent or be forgotten by now; the next time is noted.
    mutating func isTimeToLook(at now: Int64) -> Bool {
        if now < nextLook { return false }
        nextLook = .max
        for queue in all {
            let silence = waitedSince(queue) + rules(of: queue.id).silentMilliseconds
            let due =
                !queue.isSilent
                ? silence
                : rules[queue.id] == nil ? queue.reported + QueueBounds.forgotten : .max
            nextLook = min(nextLook, due)
        }
        return true
    }
}

/// What may happen to queues.
package indirect enum QueueRecord: Hashable, Sendable {
    /// A queue is this from now on, or is forgotten.
    case queue(EntityRecord<Queue>)
}

extension Change {
    /// A queue is this from now on.
    static func queue(put queue: Queue, _ event: EventDraft? = nil) -> Change {
        .domain(.queue(.queue(.put(queue, event: event))))
    }

    /// A queue is forgotten.
    static func queue(drop name: QueueName) -> Change {
        .domain(.queue(.queue(.drop(name, event: nil))))
    }
}

extension Queues: Domain {
    /// Applies a record; the event is in it.
    package mutating func apply(_ record: QueueRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .queue(let record):
            switch record {
            case .put(let queue, _): live[queue.id] = nil
            case .drop(let name, _): live[name] = nil
            }
            nextLook = .min
            return table.apply(record)
        }
    }

    /// Takes all of it at the beginning, by reference.
    package func image(_ portion: SnapshotPortion, at now: Moment) -> QueueImage? {
        portion != .beginning || table.isEmpty ? nil : QueueImage(queues: table.image)
    }

    /// An older opsd would carry the lines along, older and older.
    package var minReader: Int { table.isEmpty ? 1 : 4 }

    /// Moves every time to another boot.
    package mutating func rebase(_ rebase: Rebase, at instant: Instant) {
        table.rebase(rebase) { $0.rebase(rebase) }
    }

    /// Nothing is under way.
    package mutating func recoveryEnded() { nextLook = .min }

    /// Nothing ends by itself: who is silent is looked for once a second.
    package var nextDeadline: Int64 { .max }

    /// Nothing.
    package func due(
        at now: Moment, in state: borrowing State, atMost limit: Int
    ) -> [Change] { [] }

    /// Restores a queue of a snapshot.
    package mutating func restore(_ queue: Queue) { table.insert(queue) }
}

/// The queues of a snapshot, by reference.
package struct QueueImage: DomainImage {
    fileprivate let queues: EntityImage<Queue>

    /// The queues by their names.
    package func forEachEntry<Failure: Error>(
        _ body: (DomainEntry) throws(Failure) -> Void
    ) throws(Failure) {
        for queue in queues.sorted { try body(.queue(queue)) }
    }
}
