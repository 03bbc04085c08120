// Announces events: to journald as structured entries, or to standard error as lines when opsd was
// started by hand.  Never waits: what a hung journald does not take is queued up to a bound, then
// dropped and counted.  An entry costs some microseconds and a system call, so a turn announces a
// few, and the next one goes on.

import OpsCore
import OpsLinux

/// The one place where the journal is written.
struct Announcer: ~Copyable {
    /// Holds a noncopyable value where an optional is needed.
    private final class Box {
        var journal: Journal

        init() throws(SocketFault) { journal = try Journal() }
    }

    /// Events of the guard that are announced one by one between two calls of `secondIsOver`: more
    /// than a person reads, and less than a flood of bans, which would push other programs' lines
    /// out of the journal.  They are all in `events.ndjson`.
    static let guardEventsPerSecond = 1_000

    /// Events announced in a turn.
    static let eventsPerTurn = 32

    private let box: Box?
    private var lines = StandardError()
    /// Events of the guard in this second: announced or to be announced, and left out.
    private var announced = 0
    private var leftOut = 0
    /// Events to be announced; those before `next` have been.
    private var waiting: [Event] = []
    private var next = 0

    /// - Parameter toJournal: started by the service manager with its standard error connected to
    ///   the journal.
    init(toJournal: Bool) {
        box = toJournal ? try? Box() : nil
    }

    /// journald's descriptor, where there is one.
    var descriptorNumber: Int32? { box?.journal.descriptorNumber }

    /// The journal did not take everything: watch its descriptor for writing.
    var wantsWriting: Bool { box?.journal.wantsWriting ?? false }

    /// Entries and lines that were lost.
    var dropped: UInt64 { (box?.journal.droppedEntries ?? 0) + lines.droppedLines }

    mutating func flush() { box?.journal.flush() }

    /// Once a second: reports how many events were left out, and sends what waits.
    mutating func secondIsOver() {
        if leftOut > 0 {
            say(.info, "\(leftOut) more events of the guard are in events.ndjson")
        }
        announced = 0
        leftOut = 0
        flush()
    }

    /// Queues events to be announced, in order; of the guard's events no more than a second's
    /// limit.
    mutating func announce(_ events: [Event]) {
        for index in events.indices {
            if events[index].kind.topic == .guard {
                if announced == Self.guardEventsPerSecond {
                    leftOut += 1
                    continue
                }
                announced += 1
            }
            waiting.append(events[index])
        }
    }

    /// Announces the next few; true when there are more.
    mutating func tell(atMost most: Int = eventsPerTurn) -> Bool {
        if waiting.isEmpty { return false }
        let end = next + min(most, waiting.count - next)
        for index in next..<end { tell(waiting[index]) }
        next = end
        if next < waiting.count { return true }
        waiting.removeAll(keepingCapacity: waiting.count <= Self.eventsPerTurn)
        next = 0
        return false
    }

    private mutating func tell(_ event: Event) {
        let priority = event.severity.priority
        let message = event.sentence
        guard box != nil else {
            lines.write("opsd: \(priority.label)\(message)")
            return
        }
        var entry = JournalEntry(priority, message)
        entry.add("SYSLOG_IDENTIFIER", "opsd")
        entry.add("MESSAGE_ID", event.kind.messageID)
        entry.add("OPSD_EVENT", event.kind.rawValue)
        entry.add("OPSD_EVENT_ID", String(event.id))
        entry.add("OPSD_SEVERITY", event.severity.rawValue)
        if let network = event.network { entry.add("OPSD_IP", network.description) }
        if let reason = event.reason, !reason.isEmpty { entry.add("OPSD_REASON", reason) }
        if let source = event.shownSource, !source.isEmpty { entry.add("OPSD_SOURCE", source) }
        for field in event.subject?.fields ?? [] {
            entry.add(JournalField(stringLiteral: field.journal), field.value.journalText)
        }
        if let uid = event.uid { entry.add("OPSD_UID", String(uid)) }
        if let expires = event.expires { entry.add("OPSD_EXPIRES", String(expires)) }
        for (field, tenths) in [
            ("OPSD_CPU", event.gauges.cpu), ("OPSD_MEMORY", event.gauges.memory),
            ("OPSD_DISK", event.gauges.disk),
        ] as [(JournalField, UInt16)] where tenths != Gauges.absent {
            entry.add(field, "\(tenths / 10).\(tenths % 10)")
        }
        box?.journal.send(entry)
    }

    /// A line that is not an event: what happens at a start, a warning.
    mutating func say(_ severity: Severity, _ message: String) {
        guard box != nil else {
            lines.write("opsd: \(severity.priority.label)\(message)")
            return
        }
        var entry = JournalEntry(severity.priority, message)
        entry.add("SYSLOG_IDENTIFIER", "opsd")
        box?.journal.send(entry)
    }
}

extension SubjectField.Value {
    /// As the journal has it: a time in seconds since 1970, thousandths as a decimal number.
    var journalText: String {
        switch self {
        case .text(let text): return text
        case .integer(let number), .time(let number): return String(number)
        case .thousandths(let number):
            let decimals = String(number.magnitude % 1_000 + 1_000).dropFirst()
            return "\(number < 0 ? "-" : "")\(number.magnitude / 1_000).\(decimals)"
        }
    }
}

extension Severity {
    var priority: Priority {
        switch self {
        case .info: .info
        case .warning: .warning
        case .critical: .critical
        }
    }
}

extension Priority {
    /// The start of a line whose severity is above information.
    var label: String {
        switch self {
        case .info: ""
        case .warning: "warning: "
        default: "critical: "
        }
    }
}

extension Event {
    /// One line for people: what, whom, why, until when.
    var sentence: String {
        var words = kind.rawValue
        if let network { words += " \(network)" }
        words += ": \(details)"
        if let reason, !reason.isEmpty { words += "; reason: \(reason)" }
        if let source = shownSource, !source.isEmpty { words += "; source: \(source)" }
        return words
    }
}
