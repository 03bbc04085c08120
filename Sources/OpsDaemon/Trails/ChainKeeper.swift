// What the loop asks for the chain once a second: that a head becomes durable which is to be
// published, that losses are told though no event follows, and a chain line an hour.

import OpsCore

/// When the chain was last attended to; nanoseconds of boot time.
struct ChainKeeper {
    /// The time between two syncs, where a head is to be published and where none is.
    static let publishing: Int64 = 5 * Rounds.second
    static let quiet: Int64 = 60 * Rounds.second
    /// A chain line is written after this time, though nothing happened.
    static let hour: Int64 = 3_600 * Rounds.second

    private var lastSync: Int64?
    /// The newest chain line that was seen, and when.
    private var seen: (sequence: UInt64, at: Int64)?

    /// What is to be done now; nil: nothing.
    /// - Parameters:
    ///   - given: the newest event that was given to the thread.
    ///   - isIdle: nothing waits to be written.
    mutating func job(
        _ chain: EventChain?, given: UInt64, isIdle: Bool, publishes: Bool, at boot: Int64,
        _ room: EventRoom
    ) -> ChainJob? {
        let sequence = chain?.head.sequence ?? 0
        if seen?.sequence != sequence { seen = (sequence, boot) }
        let isDue = boot - (seen?.at ?? boot) >= Self.hour
        let lacks = isIdle && chain != nil && chain?.through ?? 0 < given
        let isBehind = chain.map { $0.head != $0.durable || $0.isUnsure } ?? false
        let isSoon = publishes || chain?.isUnsure == true
        let period = isSoon ? Self.publishing : Self.quiet
        let syncs = isBehind && boot - (lastSync ?? boot - period) >= period
        guard isDue || lacks || syncs else { return nil }
        if syncs { lastSync = boot }
        if isDue { seen = (sequence, boot) }
        return ChainJob(
            through: isIdle ? given : 0, isDue: isDue, syncs: syncs, room: room)
    }
}

extension Trails {
    /// Once a second.
    mutating func keepChain(at boot: Int64, publishes: Bool, _ room: EventRoom) {
        let job = keeper.job(
            chain.read().chain, given: lastGiven, isIdle: isIdle, publishes: publishes, at: boot,
            room)
        if let job { submit(.chain(job)) }
    }

    /// `audit status`.
    func report(directory: String) -> AuditChainReport {
        var report = AuditChainReport(directory: directory)
        report.fault = faults[Trail.events.rawValue] ?? faults[Self.sync]
        let content = chain.read()
        guard let chain = content.chain else {
            report.durable = content.start?.durable
            return report
        }
        report.head = chain.head.sequence > 0 ? chain.head : nil
        report.durable = chain.durable
        report.through = chain.through
        report.lostLines = chain.lostLines
        report.since = chain.since
        return report
    }
}
