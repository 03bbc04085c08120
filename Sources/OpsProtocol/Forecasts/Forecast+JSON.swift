// The reply to `forecast`.

import OpsCore

extension ForecastView {
    func writeMembers(to json: inout JSONWriter) {
        json.member("what", text: id.description)
        json.member("kind", text: id.isDisk ? "disk" : id.description)
        json.member("used_bytes", integer: used)
        json.member("size_bytes", integer: size)
        json.member(
            "used_pct", used.map { Double($0) * 100 / Double(max(1, size)) }, decimals: 1)
        json.member("bytes_per_day_24h", integer: day?.bytesPerDay)
        json.member("full_at_24h", seconds: day?.fullAt)
        json.member("full_in_seconds_24h", integer: day?.fullIn)
        json.member("bytes_per_day_7d", integer: week?.bytesPerDay)
        json.member("full_at_7d", seconds: week?.fullAt)
        json.member("full_in_seconds_7d", integer: week?.fullIn)
        json.member("error_bytes", integer: error)
        json.member("hours_measured", integer: hours)
        json.key("unknown")
        if let unknown { json.string(unknown) } else { json.null() }
    }

    static func write(
        _ views: [ForecastView], to json: inout JSONWriter, _ budget: PageBudget
    ) {
        let isCut = json.list("forecasts", views, limitBytes: budget.share(1)) {
            $1.writeMembers(to: &$0)
        }
        json.cutMember(isCut)
    }
}
