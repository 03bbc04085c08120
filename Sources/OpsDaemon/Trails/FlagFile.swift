// A flag for programs that are not clients: a file in the log directory that is there while
// something holds.  It says until when it is valid, and is written again before that: who finds one
// that has expired knows that opsd is dead, not that it still holds.

/// A flag as it was left.
struct FlagFile<Words: Equatable & Sendable>: Sendable {
    /// What is to be done with the file.
    enum Step: Equatable {
        case none, write, remove
    }

    /// When it is to be written next: nanoseconds of boot time; nil: it does not exist.
    private(set) var due: Int64?
    /// What it says without its times.
    private var words: Words?
    /// One of an earlier daemon may be there.
    private(set) var mayBeOld = true

    /// What is to be done now; the caller does it.
    /// - Parameters:
    ///   - words: what it is to say without its times; nil: it is not to be there.
    ///   - refresh: how often it is written again: nanoseconds.
    mutating func step(_ words: Words?, at now: Int64, every refresh: Int64) -> Step {
        guard let words else {
            let isThere = due != nil || mayBeOld
            due = nil
            mayBeOld = false
            self.words = nil
            return isThere ? .remove : .none
        }
        if let due, due > now, words == self.words { return .none }
        due = now + refresh
        mayBeOld = false
        self.words = words
        return .write
    }
}
