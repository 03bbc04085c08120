// The requests about queues, and their replies.

/// A request about queues.
package enum QueueCommand: Hashable, Sendable {
    case report(QueueReport)
    /// No names: all queues.
    case status([QueueName])
}

/// A queue as it is shown.
package struct QueueView: Hashable, Sendable {
    /// Its name.
    package var name: QueueName
    /// What counts for it.
    package var rules: QueueRules
    /// Whether the configuration names it.
    package var isConfigured: Bool
    /// nil: nobody has reported it.
    package var queue: Queue?
    /// When it was reported last, wall clock seconds since 1970.
    package var reported: Int64?
    /// How long ago that was.
    package var ageSeconds: Int64?
    /// Whether it has been waited for, for too long.
    package var isSilent: Bool

    /// What is told of it as a whole.
    package var state: QueueState { queue?.state ?? .unknown }

    package init(
        _ name: QueueName, _ rules: QueueRules, isConfigured: Bool, _ queue: Queue?,
        reported: Int64?, ageSeconds: Int64?, isSilent: Bool
    ) {
        self.name = name
        self.rules = rules
        self.isConfigured = isConfigured
        self.queue = queue
        self.reported = reported
        self.ageSeconds = ageSeconds
        self.isSilent = isSilent
    }
}

/// One answer about queues.
package enum QueueReply: Hashable, Sendable {
    /// What the queue is said to be now.
    case noted(QueueName, QueueState)
    case status([QueueView])
}
