// What happens to logs and rules that somebody should hear of: a line on standard error, and for
// most of it an event at opsd.  Bounded: when nobody takes them, the newest are counted only.

import OpsCore
import OpsDetect

/// Something that happened.
struct Happening: Hashable, Sendable {
    /// The event's name at opsd; nil: it is only said here.
    var event: String?
    /// The source or the rule.
    var subject: String
    /// In words.
    var text: String
    /// Whether it is bad news.
    var isWarning = true
}

/// What happened and was not taken yet.
struct Happenings: Sendable {
    static let capacity = 256

    private var waiting: [Happening] = []
    private var dropped = 0

    mutating func append(_ happening: Happening) {
        if waiting.count < Self.capacity { waiting.append(happening) } else { dropped += 1 }
    }

    /// All of them.
    mutating func takeAll() -> [Happening] {
        if waiting.isEmpty { return [] }
        if dropped > 0 {
            waiting.append(
                Happening(event: nil, subject: "opswatch", text: "\(dropped) more were not told"))
            dropped = 0
        }
        defer { waiting.removeAll() }
        return waiting
    }

    mutating func file(_ note: FileNote) {
        let isLoss =
            switch note.kind {
            case .truncated(let lost): lost > 0
            case .rewritten, .gone, .givenUp, .tooManyFiles: true
            default: false
            }
        append(
            Happening(event: isLoss ? "log_lost" : nil, subject: note.path, text: "\(note)"))
    }

    mutating func positionsLost() {
        append(
            Happening(
                event: "log_lost", subject: "positions",
                text: "the stored positions were damaged; of logs whose position is lost, what was"
                    + " written meanwhile is not read"))
    }

    mutating func tooLong(rule: String) {
        append(
            Happening(
                event: nil, subject: rule,
                text: "a line was too long to be read as JSON; such lines are counted"
                    + " (`opsctl detector rules`)"))
    }

    mutating func gap(_ range: ClosedRange<Int64>?) {
        var text = "journald has thrown entries away before they were read"
        if let range {
            text += ", over \((range.upperBound - range.lowerBound) / 1_000) s"
        }
        append(Happening(event: "log_lost", subject: "journal", text: text))
    }

    mutating func clock(source: String, milliseconds: Int64) {
        let minutes = abs(milliseconds) / 60_000
        let text =
            milliseconds == 0
            ? "its dates are right again"
            : "its dates are \(minutes) min \(milliseconds > 0 ? "ahead" : "behind"); they are"
                + " corrected, and `zone` in [watch.source] would say it from the start"
        append(Happening(event: "clock_offset", subject: source, text: text))
    }

    mutating func slow(rule: String, percent: Int) {
        append(
            Happening(
                event: "filter_slow", subject: rule,
                text: "takes more than \(percent) % of a core (watch.cpu_share); it looks at a"
                    + " sample of its lines"))
    }

    mutating func well(rule: String) {
        append(
            Happening(
                event: "filter_well", subject: rule, text: "looks at every line again",
                isWarning: false))
    }

    mutating func unread(
        source: String, _ trouble: SourceAlarm.Trouble, _ standing: SourceStanding
    ) {
        let path = standing.path.map { " at \($0)" } ?? ""
        let text =
            switch trouble {
            case .missing: standing.detail ?? "nothing is\(path); it is read once it is there"
            case .denied: standing.detail ?? "it may not be read"
            }
        append(
            Happening(
                event: trouble == .missing ? "source_missing" : "source_denied", subject: source,
                text: text))
    }

    mutating func readable(source: String) {
        append(
            Happening(
                event: "source_back", subject: source, text: "it is read again", isWarning: false))
    }

    mutating func failed(rule: String, _ fault: PlanFault) {
        append(
            Happening(
                event: "filter_failed", subject: rule,
                text: "it finds nothing, until this is mended and opswatch reloaded: "
                    + fault.message))
    }

    mutating func oneAddress(rule: String, _ address: Network) {
        append(
            Happening(
                event: "one_address", subject: rule,
                text: "\(address) makes most of its strikes: is it a proxy, with everybody behind"
                    + " it?"))
    }

    mutating func silent(source: String, milliseconds: Int64) {
        append(
            Happening(
                event: "source_silent", subject: source,
                text: "no line for \(DurationText.text(milliseconds / 1_000 * 1_000))"))
    }

    mutating func back(source: String) {
        append(
            Happening(
                event: "source_back", subject: source, text: "lines come again", isWarning: false))
    }

    mutating func canary(source: String, _ text: String) {
        append(
            Happening(event: "canary", subject: source, text: text, isWarning: false))
    }
}

/// How much is told: what a stranger can cause by the lines that he writes must not fill the log of
/// the host.  What is beyond is counted, and told with the next of its kind and subject.
struct HappeningBudget: Sendable {
    private var events = DetectorEventBudget()
    private var others = DetectorEventBudget()

    /// The happening as it is to be told, with what was not told before it; nil: it is not told.
    /// `boot` in nanoseconds.
    mutating func take(_ happening: Happening, at boot: Int64) -> Happening? {
        let kind = happening.event.flatMap { EventKind(rawValue: $0) }
        // What is not an event is bounded as one, apart from those.
        let event = DetectorEvent(kind ?? .logLost, source: happening.subject)
        let untold = kind == nil ? others.take(event, at: boot) : events.take(event, at: boot)
        guard let untold else { return nil }
        var told = happening
        if untold > 0 { told.text += " (\(untold) more were not told)" }
        return told
    }
}

/// Whether one address makes most of a rule's strikes: of the last `window`, more than half.  The
/// majority is found by the vote of Boyer and Moore, in one word of memory, and then counted.
struct Crowd: Sendable {
    /// Strikes that are looked at together.
    static let window = 200

    private var candidate: Network?
    private var votes = 0
    private var ofCandidate = 0
    private var seen = 0
    private var suspect: Network?
    private var told: Network?

    /// A strike of an address.
    mutating func add(_ address: Network) {
        seen += 1
        if votes == 0 {
            candidate = address
            ofCandidate = 0
        }
        if address == candidate {
            votes += 1
            ofCandidate += 1
        } else {
            votes -= 1
        }
        guard seen >= Self.window else { return }
        if ofCandidate > Self.window / 2, candidate != told { suspect = candidate }
        seen = 0
        votes = 0
        ofCandidate = 0
    }

    /// An address that was found since the last call; each is told once, until another is.
    mutating func takeSuspect() -> Network? {
        guard let found = suspect else { return nil }
        suspect = nil
        told = found
        return found
    }
}
