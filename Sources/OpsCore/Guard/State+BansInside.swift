// How many bans lie inside a network: what somebody has to know who unbans a network that is not
// itself banned.  One look at a bounded number of entries, however large the table is.

/// Bans inside a network, as far as they were counted.
struct BansInside: Hashable, Sendable {
    /// Those that were found.
    var count: Int
    /// Whether the whole table was looked at: otherwise there may be more.
    var isWhole: Bool
}

extension ExpiringTable {
    /// Passes entries to `body`, whole shards, until it has passed about `limit`; returns whether
    /// that were all.
    func scan(atMost limit: Int, _ body: (Entry) -> Void) -> Bool {
        var seen = 0
        for shard in shards.indices {
            if seen >= limit { return seen == count }
            let entries = shards[shard].entries
            for slot in entries.indices { body(entries[slot]) }
            seen += entries.count
        }
        return true
    }
}

extension State {
    /// Counts the bans inside a network, or those of a source; it looks at about `Bounds.pageScan`.
    func bansInside(_ network: Network, of source: String?, at now: Moment) -> BansInside {
        var number: UInt16?
        if let source {
            guard let known = bans.number(of: source) else {
                return BansInside(count: 0, isWhole: true)
            }
            number = known
        }
        let boot = now.bootMilliseconds
        var found = 0
        let isWhole = bans.table.scan(atMost: Bounds.pageScan) { entry in
            guard entry.deadline > boot, network.contains(entry.network) else { return }
            if let number, bans.claim(number, beside: entry, at: boot) == nil { return }
            found += 1
        }
        return BansInside(count: found, isWhole: isWhole)
    }

    /// The refusal to unban a network that nothing bans as a whole.
    func notBanned(_ network: Network, of source: String?, _ inside: BansInside) -> Refusal {
        var refusal = Refusal(.notFound, "\(network) is not banned")
        if inside.count == 0 {
            if !inside.isWhole {
                refusal.hint = "`bans under=\(network)` shows the bans inside it, if there are any"
            }
            return refusal
        }
        let isOne = inside.count == 1
        refusal.message +=
            "; \(inside.isWhole ? "" : "at least ")\(inside.count.grouped) "
            + (isOne ? "ban lies" : "bans lie") + " inside it"
        refusal.hint =
            "opsctl unban --under \(network)\(source.map { " --source \($0)" } ?? "") lifts "
            + (isOne && inside.isWhole ? "it" : "them")
        return refusal
    }
}
