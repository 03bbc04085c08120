// The guard's replies.  `check` and `hit` are the hot path: nothing here allocates but the output
// buffer.  A permanent ban has `expires` and `ttl_seconds` null and `permanent` true.

import OpsCore

extension BanView {
    /// When it ends.
    private func ending(_ json: inout JSONWriter) {
        json.member("expires", seconds: expires)
        json.member("ttl_seconds", integer: ttlSeconds)
        if expires == nil { json.member("permanent", true) }
    }

    /// The ban as `check` tells it, behind `ip`.
    func checkMembers(_ json: inout JSONWriter) {
        ending(&json)
        json.member("reason", text: reason)
        json.member("source", text: source)
        json.member("match", network)
        json.member("automatic", isAutomatic)
        json.member("created", seconds: created)
        json.member("uid", integer: uid)
    }

    /// The answer to `ban`.
    func bannedMembers(_ json: inout JSONWriter) {
        json.member("ip", network)
        json.member("banned", true)
        ending(&json)
        json.member("reason", text: reason)
        json.member("source", text: source)
    }

    /// A row of `bans`.
    func rowMembers(_ json: inout JSONWriter) {
        json.member("ip", network)
        ending(&json)
        json.member("reason", text: reason)
        json.member("source", text: source)
        json.member("automatic", isAutomatic)
        json.member("created", seconds: created)
        json.member("uid", integer: uid)
    }
}

extension Network {
    /// The answer to `unban`.
    func unbannedMembers(_ json: inout JSONWriter) {
        json.member("ip", self)
        json.member("unbanned", true)
    }
}

extension CheckAnswer {
    func members(_ json: inout JSONWriter) {
        json.member("ip", network)
        json.member("banned", ban != nil)
        ban?.checkMembers(&json)
    }
}

extension HitAnswer {
    func members(_ json: inout JSONWriter) {
        json.member("ip", network)
        switch outcome {
        case .admitted(let remaining):
            json.member("allowed", true)
            json.key("remaining")
            json.integer(remaining)
        case .limited(let seconds):
            json.member("allowed", false)
            json.key("status")
            json.integer(429)
            json.key("retry_after_seconds")
            json.integer(seconds)
            json.key("strikes")
            json.integer(strikes)
            json.member("banned", false)
        case .banned(let seconds):
            json.member("allowed", false)
            json.key("status")
            json.integer(403)
            json.member("retry_after_seconds", integer: seconds)
            json.key("strikes")
            json.integer(strikes)
            json.member("banned", true)
        }
    }
}

extension StrikeAnswer {
    func members(_ json: inout JSONWriter) {
        json.member("ip", network)
        json.key("strikes")
        json.integer(strikes)
        json.member("banned", ban != nil)
        if let ban {
            json.member("expires", seconds: ban.expires)
            json.member("ttl_seconds", integer: ban.ttlSeconds)
        }
        if isAllowed { json.member("allowed_by_rule", true) }
    }
}

extension StrikeView {
    func members(_ json: inout JSONWriter) {
        json.member("ip", network)
        json.key("strikes")
        json.integer(strikes)
        json.key("items")
        itemArray(&json)
    }

    func itemArray(_ json: inout JSONWriter) {
        json.array { json in
            for item in items {
                json.object { json in
                    json.member("at", seconds: item.at)
                    json.member("expires", seconds: item.expires)
                    json.key("weight")
                    json.integer(item.weight)
                    json.member("reason", text: item.reason)
                    json.member("source", text: item.source)
                    json.member("uid", integer: item.uid)
                }
            }
        }
    }
}

extension WhyReport {
    func members(_ json: inout JSONWriter) {
        json.member("ip", network)
        json.member("banned", !bans.isEmpty)
        json.member("verdict", text: verdict)
        json.key("bans")
        json.array { json in for ban in bans { json.object { ban.rowMembers(&$0) } } }
        json.key("strikes")
        json.integer(strikes.strikes)
        json.key("strike_items")
        strikes.itemArray(&json)
        json.key("hits")
        json.integer(hits)
        json.key("rate_limit")
        json.integer(rateLimit)
        json.key("rate_window_seconds")
        json.integer(rateWindowSeconds)
        json.key("allowed_by")
        if let allowedBy { json.string { allowedBy.write(to: &$0) } } else { json.null() }
        json.key("events")
        json.array { json in for event in events { json.object { event.members(&$0) } } }
    }
}

extension GuardStats {
    func members(_ json: inout JSONWriter) {
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
    }
}
