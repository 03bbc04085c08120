// What new settings undo: bans of addresses that are allowed now, and strikes beyond a lower bound.
// Both may concern the whole table, so they go in slices, a turn each.
//
//  - A ban that `allow` covers wholly is lifted.  Of a wider one, what is allowed is a hole.
//  - Struck addresses and remembered offenses beyond `max_tracked` go, the first to end first.
//  - Bans beyond `max_tracked` stay: none makes room for anything.  New ones are refused.

/// How far the look through the bans for those that `allow` covers has come.
package struct AllowWalk: Sendable {
    fileprivate var shard = 0
    /// Slots from here on have been looked at.  It goes down, because a removed entry is replaced
    /// by the last one, which was looked at already.
    fileprivate var slot = Int.max

    /// At the beginning.
    package init() {}
}

extension State {
    /// The next bans that `allow` covers, at most `most`; nil: none are left.  An empty slice may
    /// be followed by others.
    package func bansToLift(_ walk: inout AllowWalk, atMost most: Int) -> [Change]? {
        if rules.allow.isEmpty { return nil }
        var lifts: [Change] = []
        var share = Bounds.allowChecks
        while walk.shard < bans.table.shards.count {
            let entries = bans.table.shards[walk.shard].entries
            walk.slot = min(walk.slot, entries.count)
            while walk.slot > 0 {
                if share <= 0 || lifts.count == most { return lifts }
                share -= rules.allow.count
                walk.slot -= 1
                let network = entries[walk.slot].network
                if rules.allow.contains(where: { $0.contains(network) }) {
                    lifts.append(.unbanned(network, .allowed, uid: Caller.daemon.uid))
                }
            }
            share -= 1
            walk.shard += 1
            walk.slot = .max
        }
        return lifts.isEmpty ? nil : lifts
    }

    /// The next change that brings a table down to a lower `max_tracked`; nil: all fit.
    package var beyondBounds: Change? {
        if strikes.count > rules.maxTracked, let victim = strikes.table.first {
            return .strikesCleared(victim.network, .evicted, uid: Caller.daemon.uid)
        }
        if offenses.count > rules.maxTracked, let victim = offenses.table.first {
            return .forgotten(ExpiryMark(deadline: victim.deadline, network: victim.network))
        }
        return nil
    }
}
