// What an incident has to tell, and to which channels: a pure function of the incident, the routes,
// how the channels are, and the time.  Nothing here is an edge: whatever was lost in between, the
// same question gives the same answer, and a page that has no mark gets one.

/// How the channels are, as far as an incident's pages depend on it.
package struct ChannelTroubles: Hashable, Sendable {
    /// Cannot deliver for now.
    package var parked: Set<String> = []

    /// None.
    package init() {}
}

/// What is known of the item that carries a page.
package enum PageProgress: Hashable, Sendable {
    /// Nobody has begun to send it: it can still be taken back.
    case waiting
    /// It may have been sent.
    case begun
    /// There is none, or it has ended.
    case none
}

/// An incident brought up to date with what it has to tell.
package struct PagingOutcome: Hashable, Sendable {
    /// With the marks that it should have.
    package var incident: Incident
    /// Items that have nothing to tell any more.
    package var takenBack: [UInt64] = []
    /// When to ask again, milliseconds of boot time; `Int64.max`: when something changes.
    package var nextLook = Int64.max
}

/// The questions of paging that an incident answers.
package struct PagingRules: Sendable {
    /// Changes of stage in `flappingSeconds` that count as flapping.
    package static let flappingChanges = 5
    /// The time in which they count, seconds.
    package static let flappingSeconds: Int64 = 600
    /// How far a clock may go back by itself, seconds.
    private static let clockSlackSeconds: Int64 = 10
    /// For this long after its end an incident that nobody was told of is still told, seconds.
    package static let freshSeconds: Int64 = 600

    /// Channels and routes.
    package var settings: PagerSettings
    /// Which channels cannot deliver.
    package var troubles: ChannelTroubles
    /// How long a window is, milliseconds.
    package var dedupMilliseconds: Int64
    /// When it is asked.
    package var now: Moment

    package init(
        settings: PagerSettings, troubles: ChannelTroubles, dedupMilliseconds: Int64, now: Moment
    ) {
        self.settings = settings
        self.troubles = troubles
        self.dedupMilliseconds = dedupMilliseconds
        self.now = now
    }

    private var wall: Int64 { now.wall / 1_000_000_000 }

    /// The incident with its marks as they should be.
    /// - Parameter progress: of an item, by its id.
    package func outcome(
        for incident: Incident, progress: (UInt64) -> PageProgress
    ) -> PagingOutcome {
        var outcome = PagingOutcome(incident: incident)
        let route = settings.route(incident.highest)
        let isFlapping = isFlapping(incident)
        if isFlapping, let first = flappingEnds(incident) { outcome.lookAgain(at: first) }
        switch incident.stage {
        case .acknowledged: outcome.takeBackUnsent(progress)
        case .open where incident.silence != nil || route.moment == .never:
            outcome.takeBackUnsent(progress)
        case .open where isFlapping:
            tellFlapping(route, &outcome, progress)
        case .open: tellOpen(route, &outcome, progress)
        case .resolved where isFlapping: tellFlapping(route, &outcome, progress)
        case .resolved: tellEnd(route, &outcome, progress)
        }
        return outcome
    }

    /// Whether a change counts towards flapping: wall clock seconds.  One in the future does not:
    /// the clock was set back, and nothing may count for longer than it should.
    static func isRecent(_ change: Int64, at wall: Int64) -> Bool {
        (-clockSlackSeconds..<flappingSeconds).contains(wall - change)
    }

    /// Whether its group comes and goes.
    package func isFlapping(_ incident: Incident) -> Bool {
        incident.changes.count { Self.isRecent($0, at: wall) } >= Self.flappingChanges
    }

    /// When it does not count as flapping any more, milliseconds of boot time.
    private func flappingEnds(_ incident: Incident) -> Int64? {
        let recent = incident.changes.filter { Self.isRecent($0, at: wall) }.sorted()
        guard recent.count >= Self.flappingChanges else { return nil }
        let leaves = recent[recent.count - Self.flappingChanges] + Self.flappingSeconds
        return now.bootMilliseconds + max(1, leaves - wall) * 1_000
    }

    private func tellFlapping(
        _ route: PagerRoute, _ outcome: inout PagingOutcome, _ progress: (UInt64) -> PageProgress
    ) {
        if outcome.incident.silence != nil || route.moment == .never { return }
        for channel in targets(route, outcome.incident) {
            let isTold = outcome.incident.pages.contains {
                $0.channel == channel && $0.reason == .flapping
                    && $0.number == outcome.incident.window
            }
            if isTold { continue }
            outcome.takeBackUnsent(on: channel, progress)
            // An end that was told is one of those that come and go: the last one is told anew.
            outcome.incident.pages.removeAll {
                $0.channel == channel && $0.end != nil
                    && [.resolve, .raiseAndResolve].contains($0.reason)
            }
            outcome.want(channel, .flapping, outcome.incident.window, at: wall)
        }
    }

    private func tellOpen(
        _ route: PagerRoute, _ outcome: inout PagingOutcome, _ progress: (UInt64) -> PageProgress
    ) {
        rollWindow(&outcome)
        let incident = outcome.incident
        for channel in targets(route, incident) {
            let isMarked = incident.pages.contains {
                $0.channel == channel && $0.number == incident.window
                    && [.raise, .again, .flapping].contains($0.reason)
            }
            if isMarked { continue }
            outcome.takeBackUnsent(on: channel, progress)
            let count = incident.reasonOfWindow == .again ? incident.earlierRepeats : 1
            outcome.want(
                channel, incident.reasonOfWindow, incident.window, count: max(1, count), at: wall)
        }
        remind(route, &outcome)
        escalate(route, &outcome)
    }

    /// A window is over in which it came again: the next one begins, and tells how often.
    private func rollWindow(_ outcome: inout PagingOutcome) {
        let repeats = outcome.incident.repeats
        if repeats == 0 { return }
        if now.bootMilliseconds < outcome.incident.windowEnds {
            return outcome.lookAgain(at: outcome.incident.windowEnds)
        }
        outcome.incident.window += 1
        outcome.incident.earlierRepeats = repeats
        outcome.incident.repeats = 0
        outcome.incident.windowEnds = now.bootMilliseconds + dedupMilliseconds
        let length = DurationText.text(dedupMilliseconds)
        outcome.incident.steps.append(
            IncidentStep(.raised, at: wall, text: "\(repeats) times more in \(length)"))
        if outcome.incident.steps.count > IncidentBounds.steps {
            outcome.incident.steps.remove(at: 1)
        }
    }

    private func remind(_ route: PagerRoute, _ outcome: inout PagingOutcome) {
        guard let period = route.repeatMilliseconds, period > 0 else { return }
        let incident = outcome.incident
        let number = max(0, now.bootMilliseconds - incident.since) / period
        outcome.lookAgain(at: incident.since + (number + 1) * period)
        if number == 0 { return }
        for channel in targets(route, incident) {
            let isMarked = incident.pages.contains {
                $0.channel == channel && $0.reason == .remind
                    && $0.number == UInt32(clamping: number)
            }
            // What is still waiting there says the same.
            let isWaiting = outcome.incident.pages.contains {
                $0.channel == channel && $0.end == nil
            }
            if isMarked || isWaiting { continue }
            outcome.want(
                channel, .remind, UInt32(clamping: number), count: incident.raises, at: wall)
        }
    }

    private func escalate(_ route: PagerRoute, _ outcome: inout PagingOutcome) {
        if route.escalate.isEmpty { return }
        let incident = outcome.incident
        let due = incident.since + route.escalateMilliseconds
        if now.bootMilliseconds < due { return outcome.lookAgain(at: due) }
        let number = UInt32(incident.highest.rank)
        for channel in route.escalate where isPageable(channel) {
            let isMarked = incident.pages.contains {
                $0.channel == channel && $0.reason == .escalate && $0.number == number
            }
            if isMarked { continue }
            outcome.want(channel, .escalate, number, count: incident.raises, at: wall)
        }
    }

    private func tellEnd(
        _ route: PagerRoute, _ outcome: inout PagingOutcome, _ progress: (UInt64) -> PageProgress
    ) {
        let incident = outcome.incident
        if incident.silence != nil { return outcome.takeBackUnsent(progress) }
        if incident.pages.isEmpty {
            // It began and ended before anybody could be told.
            let isFresh = wall - (incident.resolved ?? wall) < Self.freshSeconds
            if !isFresh || route.moment == .never || incident.wasAcknowledged { return }
            for channel in targets(route, incident) {
                outcome.want(channel, .raiseAndResolve, incident.window, at: wall)
            }
            return
        }
        for channel in Set(incident.pages.map(\.channel)).sorted() {
            let isMarked = incident.pages.contains {
                $0.channel == channel && $0.number == incident.window
                    && [.resolve, .raiseAndResolve].contains($0.reason)
            }
            if isMarked { continue }
            let hadUnsent = outcome.takeBackUnsent(on: channel, progress)
            let isTold = outcome.incident.pages.contains {
                $0.channel == channel && $0.isTold
            }
            if isTold {
                if route.tellsEnd { outcome.want(channel, .resolve, incident.window, at: wall) }
            } else if hadUnsent {
                outcome.want(channel, .raiseAndResolve, incident.window, at: wall)
            }
        }
    }

    /// The channels of a route, and those in whose place others stand.
    private func targets(_ route: PagerRoute, _ incident: Incident) -> [String] {
        var targets = route.channels.filter(isPageable)
        let needsOthers = targets.contains { channel in
            troubles.parked.contains(channel)
                || incident.pages.contains { $0.channel == channel && $0.end == .refused }
        }
        if needsOthers {
            let others = route.fallback.isEmpty ? route.escalate : route.fallback
            targets += others.filter { isPageable($0) && !targets.contains($0) }
        }
        return targets
    }

    private func isPageable(_ channel: String) -> Bool {
        settings.channels.contains { $0.name == channel && $0.kind != .heartbeat }
    }
}

extension PagingOutcome {
    fileprivate mutating func lookAgain(at milliseconds: Int64) {
        nextLook = min(nextLook, milliseconds)
    }

    fileprivate mutating func want(
        _ channel: String, _ reason: PageReason, _ number: UInt32, count: UInt64 = 1, at wall: Int64
    ) {
        // Of each reason the newest says all that is asked of it; so they do not gather.
        incident.pages.removeAll {
            $0.channel == channel && $0.reason == reason && $0.end != nil
        }
        incident.pages.append(
            PageMark(
                channel: channel, reason: reason, number: number, count: count, item: 0, end: nil,
                at: wall))
    }

    /// Takes back what no channel has begun to send.
    fileprivate mutating func takeBackUnsent(_ progress: (UInt64) -> PageProgress) {
        for channel in Set(incident.pages.map(\.channel)) { takeBackUnsent(on: channel, progress) }
    }

    /// Takes back what this channel has not begun to send; whether there was something.  What a
    /// digest names stays: the digest tells it.
    @discardableResult
    fileprivate mutating func takeBackUnsent(
        on channel: String, _ progress: (UInt64) -> PageProgress
    ) -> Bool {
        let before = incident.pages.count
        incident.pages.removeAll { mark in
            guard mark.channel == channel, mark.end == nil else { return false }
            if mark.item == 0 { return true }
            guard !mark.isInDigest, progress(mark.item) == .waiting else { return false }
            takenBack.append(mark.item)
            return true
        }
        return incident.pages.count < before
    }
}

extension Incident {
    /// Why its newest window is told.
    fileprivate var reasonOfWindow: PageReason {
        let last = steps.last { [.raised, .worse, .reopened].contains($0.kind) }
        return window > 1 && last?.kind == .raised ? .again : .raise
    }

    /// Somebody took it on: it needs no page to be known.
    fileprivate var wasAcknowledged: Bool { steps.contains { $0.kind == .acknowledged } }
}

extension PageMark {
    /// The channel was told of the incident, or may have been.
    fileprivate var isTold: Bool {
        switch end {
        case .sent, .digest: reason != .resolve
        case nil: reason != .resolve && item != 0
        case .cancelled, .expired, .refused: false
        }
    }
}
