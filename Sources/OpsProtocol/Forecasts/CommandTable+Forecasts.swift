// The row of forecasts.

import OpsCore

extension CommandTable {
    static let forecastRow = CommandRow(
        "forecast", .read, [.showsState, .heavy],
        "Show when each file system, the memory and the swap are full.",
        details:
            "By the paces of the last 24 hours and of the last 7 days; null: not within a year. "
            + "Nothing is forecast with less than a day of data.",
        reply: [
            ReplyField(
                "forecasts",
                "list of {what, kind, used_bytes, size_bytes, used_pct, bytes_per_day_24h, "
                    + "full_at_24h, full_in_seconds_24h, bytes_per_day_7d, full_at_7d, "
                    + "full_in_seconds_7d, error_bytes, hours_measured, unknown}; error_bytes is how "
                    + "far forecasts of a day before were off in the last week, the mean of the "
                    + "amounts; unknown says why nothing is forecast, or is null"),
            ReplyField("cut", "true, present only if the list did not fit as a whole"),
        ]
    ) { _ in .forecast }
}
