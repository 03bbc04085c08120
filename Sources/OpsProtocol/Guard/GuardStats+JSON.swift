// What the guard holds, and what came of the reports of each source.

import OpsCore

extension GuardStats {
    func writeMembers(to json: inout JSONWriter) {
        json.key("active_bans")
        json.integer(activeBans)
        json.key("ips_with_strikes")
        json.integer(ipsWithStrikes)
        json.key("total_tracked_ips")
        json.integer(totalTrackedIPs)
        json.key("tracked_rates")
        json.integer(trackedRates)
        json.key("max_tracked")
        json.integer(maxTracked)
        json.key("lists")
        json.integer(lists)
        json.key("listed")
        json.integer(listed)
        json.key("max_listed")
        json.integer(maxListed)
        dropped.writeMembers(to: &json)
    }

    /// With the totals of all sources; there are 65 at most.
    func writeAllMembers(to json: inout JSONWriter) {
        writeMembers(to: &json)
        Self.write(bySource, &json)
    }

    /// Sources that `status` shows.
    private static let sourcesShown = 5

    /// The totals of the sources with the most strikes.
    func writeBusiestSources(to json: inout JSONWriter) {
        let busy = bySource.filter { $0.strikes > 0 }.sorted { $0.strikes > $1.strikes }
        Self.write(Array(busy.prefix(Self.sourcesShown)), &json)
    }

    private static func write(_ tallies: [SourceTally], _ json: inout JSONWriter) {
        json.key("by_source")
        json.array { json in
            for tally in tallies {
                json.object { json in
                    json.key("source")
                    if let source = tally.source { json.string(source) } else { json.null() }
                    json.key("strikes")
                    json.integer(tally.strikes)
                    json.key("weight")
                    json.integer(tally.weight)
                    json.key("bans")
                    json.integer(tally.bans)
                }
            }
        }
    }
}
