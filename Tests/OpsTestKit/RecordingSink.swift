// Everything that recovery hands over, as values in the order it came.

package import OpsCore
package import OpsStore

/// A record of the log.
package struct LogEntry: Hashable, Sendable {
    /// Its number.
    package var sequence: UInt64
    /// When and by what it was made.
    package var stamp: Stamp
    /// What it changes.
    package var change: Change

    /// The record of this number.
    package init(sequence: UInt64, stamp: Stamp, change: Change) {
        self.sequence = sequence
        self.stamp = stamp
        self.change = change
    }
}

/// What a snapshot holds between its header and its trailer, by kind.
package enum SnapshotEntryKind: CaseIterable, Sendable {
    case strikes, event
    case objective, minutes, hourSketch, minuteSketch, gateOverride
    case offense, ban, list
    case claim, place
    case workLast, workKind, workItem
    case incident, incidentNote, incidentEvidence, silence, incidentNumbers
    case costSummary, costCap, costModel, costMinutes, costHours, costEntry
    case endpoint
    case queue, trend

    /// The kind of a domain's entry.  No `default:`: a kind without a sample must not compile.
    package init(_ entry: DomainEntry) {
        self =
            switch entry {
            case .list: .list
            case .service(.head): .objective
            case .service(.minutes): .minutes
            case .service(.hourSketch): .hourSketch
            case .service(.minuteSketch): .minuteSketch
            case .service(.override): .gateOverride
            case .place: .place
            case .work(.last): .workLast
            case .work(.kind): .workKind
            case .work(.item): .workItem
            case .incident(.incident): .incident
            case .incident(.note): .incidentNote
            case .incident(.evidence): .incidentEvidence
            case .incident(.silence): .silence
            case .incident(.numbers): .incidentNumbers
            case .cost(.summary): .costSummary
            case .cost(.cap): .costCap
            case .cost(.model): .costModel
            case .cost(.minutes): .costMinutes
            case .cost(.hours): .costHours
            case .cost(.entry): .costEntry
            case .endpoint: .endpoint
            case .queue: .queue
            case .trend: .trend
            }
    }
}

/// A sink that keeps all.
package struct RecordingSink: RecoverySink, Hashable {
    /// One thing that recovery hands over.
    package enum Item: Hashable, Sendable {
        case header(SnapshotHeader)
        case ban(Ban)
        case claim(Ban)
        case strikes([Strike])
        case offense(Offense)
        case event(Event)
        case entry(DomainEntry)
        case record(LogEntry)

        /// What it is in a snapshot; nil: the header, or a record of the log.
        package var kind: SnapshotEntryKind? {
            switch self {
            case .header, .record: nil
            case .ban: .ban
            case .claim: .claim
            case .strikes: .strikes
            case .offense: .offense
            case .event: .event
            case .entry(let entry): SnapshotEntryKind(entry)
            }
        }
    }

    /// All since the last reset.
    package private(set) var items: [Item] = []
    /// How often it had to forget everything: a snapshot turned out damaged.
    package private(set) var resets = 0
    private var texts = NumberedTexts()

    /// An empty one.
    package init() {}

    package mutating func reset() {
        items.removeAll(keepingCapacity: true)
        texts = NumberedTexts()
        resets += 1
    }

    package mutating func load(_ header: SnapshotHeader) { items.append(.header(header)) }
    package mutating func load(_ ban: Ban) { items.append(.ban(ban)) }
    package mutating func number(ofReason text: String) -> UInt32 {
        UInt32(texts.number(of: text))
    }
    package mutating func number(ofSource text: String) -> UInt16 {
        UInt16(texts.number(of: text))
    }
    package mutating func load(_ entry: BanEntry) { load(texts.ban(entry)) }
    package mutating func load(claim: Ban) { items.append(.claim(claim)) }
    package mutating func load(_ strikes: [Strike]) { items.append(.strikes(strikes)) }
    package mutating func load(_ offense: Offense) { items.append(.offense(offense)) }
    package mutating func load(_ event: Event) { items.append(.event(event)) }
    package mutating func load(_ entry: DomainEntry) { items.append(.entry(entry)) }
    package mutating func loaded() {}
    package mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp) {
        append(LogEntry(sequence: sequence, stamp: stamp, change: change))
    }

    /// Appends a record of the log.
    package mutating func append(_ entry: LogEntry) { items.append(.record(entry)) }

    /// Two that were handed the same are equal, however often they were reset before.
    package static func == (one: RecordingSink, other: RecordingSink) -> Bool {
        one.items == other.items
    }

    /// Hashes what `==` compares.
    package func hash(into hasher: inout Hasher) { hasher.combine(items) }
}

extension RecordingSink {
    /// The snapshot's header.
    package var header: SnapshotHeader? {
        if case .header(let header) = items.first { header } else { nil }
    }

    /// The bans, in order.
    package var bans: [Ban] {
        items.compactMap { if case .ban(let ban) = $0 { ban } else { nil } }
    }

    /// The strikes, those of an address together.
    package var strikes: [[Strike]] {
        items.compactMap { if case .strikes(let strikes) = $0 { strikes } else { nil } }
    }

    /// The events, in order.
    package var events: [Event] {
        items.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    /// The domains' entries, in order.
    package var entries: [DomainEntry] {
        items.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
    }

    /// The records of the log, in order.
    package var log: [LogEntry] {
        items.compactMap { if case .record(let entry) = $0 { entry } else { nil } }
    }

    /// Writes what came of a snapshot into one, in the same order.
    package func write(
        extras: SnapshotExtras = SnapshotExtras(), through: UInt64
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let header else { return bytes }
        var writer = SnapshotWriter(header, extras: extras, into: &bytes)
        for item in items { writer.append(item, into: &bytes) }
        writer.finish(through: through, into: &bytes)
        return bytes
    }
}

extension SnapshotWriter {
    /// Appends the lines of an item; none for the header and for records of the log.
    package mutating func append(_ item: RecordingSink.Item, into bytes: inout [UInt8]) {
        switch item {
        case .header, .record: break
        case .ban(let ban): append(ban, into: &bytes)
        case .claim(let claim): append(claim: claim, into: &bytes)
        case .strikes(let strikes): append(strikes, into: &bytes)
        case .offense(let offense): append(offense, into: &bytes)
        case .event(let event): append(event, into: &bytes)
        case .entry(let entry):
            for step in 0..<entry.steps { append(entry, step: step, into: &bytes) }
        }
    }
}
