// Which tables are nearly full, for `status` and `health`: from nine tenths on, the room that is
// left is kept for administrators and rules (TableShare.swift), and reports may be refused or push
// out older ones.

extension State {
    /// A finding for each table that has reached nine tenths of its bound.
    package var fullTables: [HealthFinding] {
        let tracked = (rules.maxTracked, " (guard.max_tracked)")
        let tables: [(String, Int, (Int, String))] = [
            ("bans", bans.count, tracked),
            (
                "bans of networks that others ban for longer", bans.others.count,
                (Bounds.otherClaims, "")
            ),
            ("bans that wait to be confirmed", bans.unconfirmed.count, (Bounds.unconfirmed, "")),
            ("sources of bans", bans.sources.count, (Bounds.sources, "")),
            ("struck addresses", strikes.count, tracked),
            ("sources of strikes", strikes.sources.count, (Bounds.sources, "")),
            ("rate windows", rates.count, tracked),
            ("remembered offenders", offenses.count, tracked),
            ("lists", lists.all.count, (ListBounds.lists, "")),
            ("listed networks", lists.listed, (rules.maxListed, " (guard.max_listed)")),
        ]
        return tables.compactMap { name, held, bound in
            let (limit, key) = bound
            if limit == 0 || held < limit - limit / 10 { return nil }
            return HealthFinding(
                .tableFull,
                "the table of \(name) is nearly full: \(held.grouped) of \(limit.grouped)\(key); "
                    + "the rest is kept for administrators and rules",
                thing: name)
        }
    }
}
