// Whether opsd answers: a connection can be open while nobody reads from it.

/// Looks at the answers by the clock.
struct AnswerWatch: Sendable {
    /// What is to be told.
    enum Finding: Hashable, Sendable {
        /// It has not answered for `patienceMilliseconds`.
        case late
        /// It answers, after that was told.
        case answering
    }

    /// How long an answer may take.
    static let patienceMilliseconds: Int64 = 10_000

    private var answers: UInt64 = 0
    /// The last look at which it had answered, or nothing was asked; milliseconds since boot.
    private var since: Int64?
    private var isLate = false

    /// What there is to tell at `boot`, in milliseconds; `answers` is how many came so far.
    mutating func look(isWaiting: Bool, answers: UInt64, at boot: Int64) -> Finding? {
        let hasAnswered = answers != self.answers
        self.answers = answers
        guard isWaiting, !hasAnswered, let since else {
            self.since = boot
            guard isLate, hasAnswered || !isWaiting else { return nil }
            isLate = false
            return hasAnswered ? .answering : nil
        }
        guard !isLate, boot - since >= Self.patienceMilliseconds else { return nil }
        isLate = true
        return .late
    }
}
