// The guard's replies.  `check` and `hit` are the hot path: nothing here allocates but the output
// buffer.  A permanent ban has `expires` and `ttl_seconds` null and `permanent` true.

import OpsCore

extension BanView {
    /// When it ends.
    fileprivate func ending(_ json: inout JSONWriter) {
        json.member("expires", seconds: expires)
        json.member("ttl_seconds", integer: ttlSeconds)
        if expires == nil { json.member("permanent", true) }
        if isDryRun { json.member("dry_run", true) }
        if isUnconfirmed {
            json.member("unconfirmed", true)
            json.member("confirmed_expires", seconds: confirmedExpires)
        }
    }

    private func texts(_ json: inout JSONWriter) {
        json.member("reason", text: reason)
        json.member("source", text: source)
    }

    /// The ban as `check` tells it, behind `ip`.
    func checkMembers(_ json: inout JSONWriter, isBrief: Bool) {
        ending(&json)
        if !isBrief { texts(&json) }
        json.member("match", network)
        if let list { json.member("list", text: list) }
        json.member("automatic", isAutomatic)
        json.member("created", seconds: created)
        json.member("uid", integer: uid)
    }

    /// The answer to `ban`.
    func bannedMembers(_ json: inout JSONWriter, isBrief: Bool = false) {
        json.member("ip", network)
        json.member("banned", !isDryRun)
        ending(&json)
        if !isBrief { texts(&json) }
    }

    /// A row of `bans`.
    func rowMembers(_ json: inout JSONWriter) {
        json.member("ip", network)
        ending(&json)
        texts(&json)
        if let list { json.member("list", text: list) }
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
    func members(_ json: inout JSONWriter, isBrief: Bool = false) {
        json.member("ip", network)
        json.member("banned", ban.map { !$0.isDryRun } ?? false)
        ban?.checkMembers(&json, isBrief: isBrief)
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
        json.member("banned", ban.map { !$0.isDryRun } ?? false)
        ban?.ending(&json)
        if isAllowed { json.member("allowed_by_rule", true) }
    }
}

extension StrikeView {
    /// A row of `strikes`: of many items the newest, at most a sixteenth of the reply.
    func members(_ json: inout JSONWriter, _ budget: PageBudget) {
        json.member("ip", network)
        json.key("strikes")
        json.integer(strikes)
        json.cutMember(itemList("items", &json, limitBytes: budget.share(16)))
    }

    /// The newest items that fit into `limitBytes`, oldest first; whether some did not.
    func itemList(_ name: StaticString, _ json: inout JSONWriter, limitBytes: Int) -> Bool {
        let before = json.mark
        guard json.list(name, items, limitBytes: limitBytes, { $1.members(&$0) }) else {
            return false
        }
        json.rewind(to: before)
        var fitting = 0
        var scratch = JSONWriter()
        scratch.beginArray()
        for item in items.reversed() {
            scratch.object { item.members(&$0) }
            if scratch.bytes.count > limitBytes { break }
            fitting += 1
        }
        _ = json.list(name, items.suffix(fitting), limitBytes: .max) { $1.members(&$0) }
        return true
    }
}

extension StrikeView.Item {
    func members(_ json: inout JSONWriter) {
        json.member("at", seconds: at)
        json.member("expires", seconds: expires)
        json.key("weight")
        json.integer(weight)
        json.member("reason", text: reason)
        json.member("source", text: source)
        json.member("uid", integer: uid)
    }
}

extension WhyReport {
    /// Bans, strikes and events have a quarter of the reply each.
    func members(_ json: inout JSONWriter, _ budget: PageBudget) {
        let quarter = budget.share(4)
        json.member("ip", network)
        json.member("banned", bans.contains { !$0.isDryRun })
        json.member("verdict", text: verdict)
        var isCut = json.list("bans", bans, limitBytes: quarter) { $1.rowMembers(&$0) }
        json.key("strikes")
        json.integer(strikes.strikes)
        if strikes.itemList("strike_items", &json, limitBytes: quarter) { isCut = true }
        json.key("hits")
        json.integer(hits)
        json.key("rate_limit")
        json.integer(rateLimit)
        json.key("rate_window_seconds")
        json.integer(rateWindowSeconds)
        json.key("allowed_by")
        if let allowedBy { json.string { allowedBy.write(to: &$0) } } else { json.null() }
        json.key("offenses")
        json.integer(offenses)
        json.member("offenses_until", seconds: offensesUntil)
        if json.list("events", events, limitBytes: quarter, { $1.members(&$0) }) { isCut = true }
        json.cutMember(isCut)
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
        json.key("lists")
        json.integer(lists)
        json.key("listed")
        json.integer(listed)
        json.key("max_listed")
        json.integer(maxListed)
    }
}
