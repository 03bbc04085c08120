// The requests about channels, and their replies.

/// One request by opspager, or about it.
package enum PagerCommand: Hashable, Sendable {
    /// How a channel does.
    case report(ChannelReport)
    /// How all channels stand.
    case status
    /// A message to one channel.
    case test(channel: String)
}

/// How a channel stands.
package enum ChannelState: String, Hashable, Sendable, CaseIterable {
    /// Its last message was taken.
    case well = "ok"
    /// It has had none yet.
    case unused
    /// Its last attempt failed.
    case failing
    /// The provider wants a pause.
    case limited
    /// It failed too often; one page a minute tries it.
    case parked
    /// By command.
    case held
    /// opspager has told nothing of it for a minute.
    case unknown
}

/// A row of `pager status`.
package struct ChannelRow: Hashable, Sendable {
    /// Its name and kind.
    package var channel: PagerChannel
    /// How it stands.
    package var state: ChannelState
    /// Pages that wait.
    package var waiting = 0
    /// Pages under way.
    package var inHand = 0
    /// Since when it is parked, wall clock seconds since 1970; nil: it is not.
    package var parkedSince: Int64?
    /// When it may be tried next, wall clock seconds since 1970; nil: now.
    package var pausedUntil: Int64?
    /// The same clock; nil: never.
    package var lastSuccess: Int64?
    /// In the provider's words; nil: none.
    package var lastError: String?
    /// When that was; nil: it is not known.
    package var lastErrorAt: Int64?
    /// Since opspager started; nil: it has told nothing.
    package var sent: Int?
    /// The same.
    package var failed: Int?

    package init(_ channel: PagerChannel, _ state: ChannelState) {
        self.channel = channel
        self.state = state
    }
}

/// What opsd answers to a `PagerCommand`.
package enum PagerReply: Hashable, Sendable {
    case noted
    case status([ChannelRow])
    /// The item of work that carries the message.
    case test(channel: String, item: UInt64)
}

extension State {
    /// How a channel stands, by what became of its work and by what opspager told.
    package func row(
        of channel: PagerChannel, told: (report: ChannelReport, isStale: Bool)?
    ) -> ChannelRow {
        let work = workKindStates[channel.workKind] ?? WorkKindState(channel.workKind)
        let view = view(work)
        let report = told?.report
        var row = ChannelRow(channel, .unknown)
        row.waiting = work.waiting
        row.inHand = max(work.inFlight, report?.inHand ?? 0)
        row.parkedSince = work.parkedSince
        row.pausedUntil = view.nextProbe ?? view.limitedUntil
        row.lastSuccess = [work.lastSuccess, report?.lastSuccess].compactMap(\.self).max()
        let ownErrorAt = report?.lastError == nil ? nil : report?.lastErrorAt ?? 0
        if let at = ownErrorAt, at >= work.lastFailure ?? 0 {
            row.lastError = report?.lastError
            row.lastErrorAt = report?.lastErrorAt
        } else if !work.lastError.isEmpty {
            row.lastError = work.lastError
            row.lastErrorAt = work.lastFailure
        } else {
            row.lastError = report?.lastError
        }
        row.sent = report?.sent
        row.failed = report?.failed
        row.state = state(of: row, work, isTold: told.map { !$0.isStale } ?? false, view)
        return row
    }

    private func state(
        of row: ChannelRow, _ work: WorkKindState, isTold: Bool, _ view: WorkKindView
    ) -> ChannelState {
        if work.isHeld { return .held }
        if work.parkedSince != nil { return .parked }
        if !isTold { return .unknown }
        if view.limitedUntil != nil { return .limited }
        if row.lastError != nil, row.lastErrorAt ?? .max > row.lastSuccess ?? 0 { return .failing }
        return row.lastSuccess == nil ? .unused : .well
    }
}
