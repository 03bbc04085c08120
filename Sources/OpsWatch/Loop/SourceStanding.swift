// How a source stands: whether its logs can be read, and if not, why, and what helps.  And when
// that is worth an event: a log that is missing or may not be read for half a minute, and its
// return.  Around a rotation a log is gone for a moment, or not readable yet; nothing is said then.

import OpsCore
import OpsLinux

/// How a source stands.
struct SourceStanding: Hashable, Sendable {
    var state: SourceReport.State
    /// The path, or the first pattern and how many more there are; nil: the journal.
    var path: String?
    /// In words for people.
    var detail: String?
    var lagBytes: Int64 = 0
    var lostBytes: Int64 = 0
}

extension SourceStanding {
    /// Of a source that reads the journal.
    init(_ journal: JournalState?, isSilent: Bool) {
        switch journal {
        case .reading?: state = isSilent ? .silent : .reading
        case .absent?:
            state = .missing
            detail = "there is no journal"
        case .unreadable?:
            state = .denied
            detail = journal.map { "\($0)" }
        case .failed(let error)?:
            state = .failed
            detail = "\(error)"
        case .unopened?, nil: state = .waiting
        }
    }

    /// Of a source that reads files: its rows, and the patterns that it is made of; `unread` files
    /// are too many to be read.
    init(
        _ rows: [FileStatusRow], _ patterns: [PatternStatusRow], unread: Int, isSilent: Bool
    ) {
        let present = rows.filter { $0.state != .missing }
        let denied = rows.filter { $0.state == .denied }
        let failed = rows.filter { if case .failed = $0.state { true } else { false } }
        if let row = denied.first {
            state = .denied
            detail = Self.of(denied.count, present.count) + Self.refusal(row.path)
        } else if let directory = patterns.lazy.compactMap(\.closedDirectory).first {
            state = .denied
            detail = Self.refusal("the directory \(directory)")
        } else if let row = failed.first, case .failed(let error) = row.state {
            state = .failed
            detail = Self.of(failed.count, present.count) + "\(row.path): \(error)"
        } else if unread > 0 {
            state = .failed
            detail = "\(unread) more files are not read: \(FileBounds.files) are read already"
        } else if present.isEmpty {
            state = .missing
        } else {
            state = isSilent ? .silent : .reading
            if present.count > 1 { detail = "\(present.count) files" }
        }
        if present.count == 1, let only = present.first {
            path = only.path
        } else if let first = patterns.first {
            path = first.pattern + (patterns.count > 1 ? " and \(patterns.count - 1) more" : "")
        }
        lagBytes = rows.reduce(Int64(0)) { $0 &+ max(0, $1.lag) }
        lostBytes = rows.reduce(Int64(0)) { $0 &+ max(0, $1.lostBytes) }
    }

    private static func of(_ count: Int, _ all: Int) -> String {
        all > 1 ? "\(count) of \(all) files: " : ""
    }

    private static func refusal(_ what: String) -> String {
        "\(what) may not be read by the user opswatch: add its group to the unit"
            + " (systemctl edit opswatch), then restart opswatch"
    }
}

/// What of a source is worth an event.
struct SourceAlarm: Sendable {
    /// How long a trouble lasts before it is told.
    static let patienceMilliseconds: Int64 = 30_000

    /// Why a log is not read.
    enum Trouble: Hashable, Sendable {
        case missing, denied
    }

    /// What is to be told.
    enum Change: Hashable, Sendable {
        case began(Trouble)
        case ended
    }

    private var trouble: Trouble?
    private var since: Int64 = 0
    private var told: Trouble?

    /// Takes the state of the moment, `uptime` in milliseconds; returns what to tell.
    mutating func note(_ state: SourceReport.State, uptime: Int64) -> Change? {
        let now: Trouble? =
            switch state {
            case .missing: .missing
            case .denied: .denied
            default: nil
            }
        if now != trouble {
            trouble = now
            since = uptime
        }
        guard trouble != told else { return nil }
        guard let trouble else {
            told = nil
            return .ended
        }
        guard uptime &- since >= Self.patienceMilliseconds else { return nil }
        told = trouble
        return .began(trouble)
    }
}
