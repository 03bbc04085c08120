// Repeat offenders, and attacks from many addresses of one network.
//
// The rules, numbered as their tests:
// 12. The n-th ban in a row by the rules lasts `ban` x `ban_factor`^(n-1), at most `ban_max` (or
//     `ban`, if that is longer).
// 13. A row ends when `ban_memory` has passed since the end of the last ban, or by `unban`.
//     What was lifted by `unban` counts for nothing below, either.
// 14. When as many addresses of an IPv4 /24 or IPv6 /48 as the threshold says have been banned by
//     the rules within `subnet_window`, the network is banned for `ban`; its reason says why.
//     Bans made as dry runs count only towards a ban that is a dry run itself.
// 15. Rule 14 bans no network of which rule 10 protects a part, and none while `subnet_bans`
//     networks are banned by it already: what is banned on suspicion stays bounded.

extension State {
    /// The source of bans of networks for their addresses.
    static let subnetSource = "subnet"

    /// Which ban in a row the next one of `key` is: 1 for the first.
    func offenseCount(of key: Network, at boot: Int64) -> UInt16 {
        guard let entry = offenses.table[key], entry.deadline > boot else {
            return 1
        }
        return entry.count == .max ? .max : entry.count + 1
    }

    /// How long the n-th ban in a row is.
    func banMilliseconds(forOffense count: UInt16, _ policy: SourcePolicy) -> Int64 {
        let most = max(policy.banMilliseconds, policy.banMaxMilliseconds)
        var length = policy.banMilliseconds
        var left = count
        while left > 1 && policy.banFactor > 1 && length < most {
            let (product, overflow) = length.multipliedReportingOverflow(
                by: Int64(policy.banFactor))
            length = overflow ? most : product
            left -= 1
        }
        return min(length, most)
    }

    /// Whether a new offender finds room: a user of the role `report` that has a quarter of a full
    /// table does not push out what others reported.
    private func remembers(_ network: Network, _ share: TableShare) -> Bool {
        if offenses.count < rules.maxTracked || offenses.table[network] != nil { return true }
        return !share.isQuarter
            || offenses.owners.count(of: share.uid) < TableShare.quarter(of: rules.maxTracked)
    }

    /// Everything that a ban by strikes brings about.
    /// - Parameter count: which ban in a row it is; nil: it is not remembered.
    func changes(
        banning ban: Ban, after release: ClaimRelease?, _ count: UInt16?, share: TableShare,
        at now: Moment
    ) -> Changes {
        var changes: [Change] = []
        if let release { changes.append(.released(release)) }
        changes.append(.claimed(ban))
        if let count, !ban.isDryRun, remembers(ban.network, share) {
            if offenses.count >= rules.maxTracked && offenses.table[ban.network] == nil,
                let first = offenses.table.first
            {
                changes.append(
                    .forgotten(ExpiryMark(deadline: first.deadline, network: first.network)))
            }
            changes.append(
                .remembered(
                    Offense(
                        network: ban.network, count: count,
                        deadline: ban.deadline + rules.banMemoryMilliseconds)))
        }
        if let subnet = subnetBan(after: ban, at: now) {
            // Where many claim the network already there may be no room; then it stays at that.
            do throws(Refusal) {
                let release = try room(
                    for: subnet, share: Caller.daemon.share,
                    after: EarlierClaims(bans: 1, others: 1), at: now)
                if let release { changes.append(.released(release)) }
                changes.append(.claimed(subnet))
            } catch {}
        }
        return changes.count == 1 ? .one(.claimed(ban)) : .several(changes)
    }

    private func threshold(for network: Network) -> Int {
        network.isIPv4 ? rules.subnetThreshold : rules.subnetThresholdIPv6
    }

    private func subnetBan(after ban: Ban, at now: Moment) -> Ban? {
        let threshold = threshold(for: ban.network)
        guard threshold > 0, let subnet = SubnetWatch.subnet(of: ban.network) else { return nil }
        let boot = now.bootMilliseconds
        let since = boot - rules.subnetWindowMilliseconds
        let others = subnets.count(
            in: subnet, except: ban.network, since: since, withDryRuns: ban.isDryRun)
        let count = others + 1
        let held = ban.isDryRun ? bans.drySubnetCount : bans.subnetCount
        guard count >= threshold, held < rules.subnetBans, bans.count + 1 < rules.maxTracked,
            bans.holding(subnet, at: boot)?.traits.contains(.dryRun) ?? true,
            refusal(banning: subnet, isForced: false) == nil
        else { return nil }
        let minutes = (rules.subnetWindowMilliseconds + 59_999) / 60_000
        return Ban(
            network: subnet, deadline: boot + rules.banMilliseconds, created: ban.created,
            reason: "\(count) of its addresses banned within \(minutes) min",
            source: Self.subnetSource,
            uid: ban.uid,
            traits: traits(source: Self.subnetSource).union([.automatic, .subnet])
                .union(ban.traits.intersection(.dryRun)))
    }

    /// Notes a ban by the rules as evidence against its network.
    mutating func noteSubnet(of ban: Ban, at boot: Int64) {
        noteSubnet(of: ban.network, ban.traits, at: boot)
    }

    /// The same for a ban as the table keeps it.
    mutating func noteSubnet(of network: Network, _ traits: BanTraits, at boot: Int64) {
        guard traits.contains(.automatic), !traits.contains(.subnet) else { return }
        let keep = threshold(for: network)
        guard keep > 0, let subnet = SubnetWatch.subnet(of: network) else { return }
        subnets.note(
            network, in: subnet, isDryRun: traits.contains(.dryRun), keep: keep, at: boot)
    }
}
