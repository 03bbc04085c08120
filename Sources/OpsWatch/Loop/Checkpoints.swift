// How far logs have been read, until opsd has answered for it.  What is answered may be stored; a
// later checkpoint of a log stands for all earlier ones of it.

/// Checkpoints that wait for answers, in the order in which they were made.
struct Checkpoints: Sendable {
    /// How far a log was read.
    enum Mark: Hashable, Sendable {
        case file(FileCheckpoint)
        case journal(JournalPosition)

        fileprivate var log: Int {
            switch self {
            case .file(let checkpoint): checkpoint.log
            case .journal: -1
            }
        }
    }

    /// More than these are thinned out: only the last of each log is kept.
    static let thinnedAbove = 1_024

    private var waiting: [(sequence: UInt64, mark: Mark)] = []

    /// How many wait.
    var count: Int { waiting.count }

    /// A log was read so far, and its reports are those with numbers below `sequence`.
    mutating func append(_ mark: Mark, sequence: UInt64) {
        if let last = waiting.last, last.sequence == sequence, last.mark.log == mark.log {
            waiting[waiting.count - 1].mark = mark
            return
        }
        waiting.append((sequence, mark))
        if waiting.count > Self.thinnedAbove { thin() }
    }

    /// Takes out those whose reports are all answered, oldest first.
    mutating func takeAnswered(below firstUnanswered: UInt64) -> [Mark] {
        let end = waiting.firstIndex { $0.sequence > firstUnanswered } ?? waiting.count
        let answered = waiting[..<end].map(\.mark)
        waiting.removeFirst(end)
        return answered
    }

    /// The logs are opened anew: what they were read to counts no more.
    mutating func removeAll() { waiting.removeAll() }

    private mutating func thin() {
        var seen: Set<Int> = []
        var kept: [(sequence: UInt64, mark: Mark)] = []
        for entry in waiting.reversed() where seen.insert(entry.mark.log).inserted {
            kept.append(entry)
        }
        waiting = kept.reversed()
    }
}

extension FileCheckpoint {
    /// The log, told from the others.  Its generations are read one after the other or two at a
    /// time, so each is a log of its own here.
    fileprivate var log: Int { file &* 2 &+ Int(truncatingIfNeeded: ordinal & 1) }
}
