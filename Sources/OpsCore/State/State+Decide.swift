// Reads the state and says what should happen; changes nothing.  One arm a command; the arms with
// more than a line stand in files of their own, by noun.

extension State {
    /// The decision on a request whose caller was found to have the command's role.
    package func decide(
        _ command: Command, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .ping: Decision(.pong)
        case .commands: Decision(.commands)
        case .version: Decision(nil, effect: .report(.version))
        case .status: Decision(nil, effect: .report(.status))
        case .health: Decision(nil, effect: .report(.health))
        case .metrics: Decision(nil, effect: .report(.metrics))
        case .systemStats: Decision(nil, effect: .report(.systemStats))
        case .auditStatus: Decision(nil, effect: .report(.audit))
        case .disks: Decision(nil, effect: .report(.disks))
        case .config: Decision(nil, effect: .report(.config))
        case .processes(let top): Decision(nil, effect: .report(.processes(top: top)))
        case .metricsHistory(let hours, let step, let after):
            Decision(
                nil, effect: .report(.history(hours: hours, stepSeconds: step, after: after)))

        case .check(let targets): check(targets, at: now)
        case .hit(let target, let route): try hit(target, route: route, by: caller, at: now)
        case .strike(let target, let terms): try strike(target, terms, by: caller, at: now)
        case .success(let target, let source):
            success(target, source: source, by: caller, at: now)
        case .clear(let target): clear(target, by: caller, at: now)
        case .ban(let targets, let terms): try ban(targets, terms, by: caller, at: now)
        case .confirm(let targets, let source):
            try confirm(targets, source: source, by: caller, at: now)
        case .unban(let targets, let source):
            try unban(targets, source: source, by: caller, at: now)
        case .bans(let query): Decision(.bans(page(query, at: now)))
        case .strikes(let query): Decision(.strikes(strikesPage(query, at: now)))
        case .places(let query): Decision(.places(places(query, by: caller)))
        case .why(let target): Decision(.why(why(target, at: now)))
        case .guardStats: Decision(.guardStats(guardStats))
        case .guardCleanup: Decision(nil, effect: .cleanup)
        case .enforceAudit(let repairs): Decision(nil, effect: .audit(repairs: repairs))

        case .events(let query): events(query)
        case .watch(let topics, let after):
            Decision(nil, effect: .watch(topics: topics, after: after))
        case .snapshot: Decision(nil, effect: .snapshot)
        case .olderSnapshot(let release): Decision(nil, effect: .olderSnapshot(release))
        case .reload: Decision(nil, effect: .reload)
        case .hello(let satellite, let version): try hello(satellite, version, by: caller)
        case .detector(let command): Decision(nil, effect: .detector(command))

        case .list(let command): try decide(command, by: caller, at: now)
        case .service(let command): try decide(command, by: caller, at: now)
        case .work(let command): try decide(command, by: caller, at: now)
        case .incident(let command): try decide(command, by: caller, at: now)
        case .pager(let command): Decision(nil, effect: .pager(command))
        case .endpoint(let command): try decide(command, by: caller, at: now)
        case .queue(let command): try decide(command, by: caller, at: now)
        case .forecast: Decision(.forecasts(forecasts(at: now)))
        case .cost(let command): Decision(try outcome(of: command, by: caller, at: now))
        }
    }

    /// A satellite is known by its role; an administrator may try out any.
    private func hello(
        _ satellite: Satellite, _ version: String?, by caller: Caller
    ) throws(Refusal) -> Decision {
        guard caller.roles.meets(satellite.role.holders) else {
            throw Refusal(
                .forbidden,
                "\(satellite.rawValue) has the role \(satellite.role.name), and yours is "
                    + caller.roles.names)
        }
        return Decision(nil, effect: .hello(satellite, version: version))
    }

    /// `guard stats`.
    package var guardStats: GuardStats {
        GuardStats(
            activeBans: bans.count, ipsWithStrikes: strikes.count, trackedRates: rates.count,
            maxTracked: rules.maxTracked, lists: lists.all.count, listed: lists.listed,
            maxListed: rules.maxListed, bySource: tallies.all)
    }
}
