// Forecasts in the state: what is looked at, what is shown, and which disk is full too soon.

/// What is forecast of one thing.
package struct ForecastView: Hashable, Sendable {
    /// One slope, and where it leads.
    package struct Slope: Hashable, Sendable {
        /// Bytes a day.
        package var bytesPerDay: Int64
        /// When it is full, wall clock seconds since 1970; nil: not within a year.
        package var fullAt: Int64?
        /// The same in seconds from now.
        package var fullIn: Int64?
    }

    /// What it is about.
    package var id: TrendID
    /// Bytes; nil: it is not there now.
    package var used: Int64?
    /// Bytes.
    package var size: Int64
    /// Of the last 24 hours; nil: not known.
    package var day: Slope?
    /// Of the last 7 days; nil: not known.
    package var week: Slope?
    /// How far forecasts of a day before were off, bytes; nil: not known yet.
    package var error: Int64?
    /// Hours of the last week that were measured.
    package var hours: Int
    /// Why nothing is forecast; nil: something is.
    package var unknown: String?
}

extension State {
    /// What fills up, for reading.
    package var trends: Trends { domains.trends }

    /// Takes what a sample shows, once a minute.
    package mutating func observeTrends(_ sample: Sample, at now: Moment) {
        let minute = serviceMinute(at: now)
        if !domains.trends.isTimeToLook(in: minute) { return }
        domains.trends.take(
            TrendReading.all(of: sample), hour: minute / 60, at: now.bootMilliseconds)
    }

    /// The next change that is due, if any: called once a second, so that the hour of many file
    /// systems, which ends at once, is spread over a minute.
    package mutating func trendChange(at now: Moment) -> Change? {
        domains.trends.next(hour: serviceMinute(at: now) / 60)
    }

    /// `forecast`.
    package func forecasts(at now: Moment) -> [ForecastView] {
        let trends = domains.trends
        let ids = trends.ids
        return (ids.filter(\.isDisk) + ids.filter { !$0.isDisk }).map { forecast($0, at: now) }
    }

    private func forecast(_ id: TrendID, at now: Moment) -> ForecastView {
        let trends = domains.trends
        let trend = trends[id]
        let hour = serviceMinute(at: now) / 60
        let watch = trends.watch(of: id).flatMap { watch in
            now.bootMilliseconds - watch.seen < TrendBounds.freshMilliseconds ? watch : nil
        }
        let hours = trend?.hours(at: hour) ?? 0
        var view = ForecastView(
            id: id, used: watch.map { $0.newest.used << 10 },
            size: (watch?.newest.size ?? trend?.size ?? 0) << 10,
            error: trend?.error.map { $0 << 10 },
            hours: hours)
        guard let reading = watch?.newest else {
            view.unknown = "not there"
            return view
        }
        guard let growth = trends.growth(of: id, in: hour) else {
            view.unknown =
                hours < Growth.leastHours
                ? "\(hours) h of \(Growth.leastHours) h of data" : "gaps in the last 24 h"
            return view
        }
        view.day = slope(growth.day, reading, at: now)
        view.week = slope(growth.week, reading, at: now)
        return view
    }

    private func slope(
        _ slope: Double, _ reading: TrendReading, at now: Moment
    ) -> ForecastView.Slope {
        let seconds = Trends.hoursLeft(reading, slope).map { Int64($0 * 3_600) }
        let bytes = slope * 24 * 1_024
        return ForecastView.Slope(
            bytesPerDay: Int64(max(-0x1p62, min(bytes, 0x1p62))),
            fullAt: seconds.map { now.wallMilliseconds / 1_000 + $0 }, fullIn: seconds)
    }

    /// Which disks are full within a day, and of which that cannot be told.
    package func forecastConditions(at now: Moment) -> [IncidentCondition] {
        let time = now.bootMilliseconds
        return domains.trends.uneasy(at: time).map { id in
            let thing = id.description
            guard domains.trends.urgency(of: id, at: time) == 2 else {
                return .unknown(.diskFullSoon, thing: thing)
            }
            return IncidentCondition(
                .diskFullSoon, thing: thing, "The disk \(thing) will be full within a day",
                details: details(forecast(id, at: now)))
        }
    }

    private func details(_ view: ForecastView) -> String {
        func hours(_ slope: ForecastView.Slope?) -> String {
            slope?.fullIn.map { "\($0 / 3_600) h" } ?? "never"
        }
        return "full in \(hours(view.day)) at the pace of 24 hours, in \(hours(view.week)) at that "
            + "of 7 days; \((view.size - (view.used ?? 0)) >> 20) MiB are left"
    }
}
