// Example forecasts.

@testable import OpsCore
@testable import OpsProtocol

extension Example {
    private static func view(_ path: String, used: Int64, size: Int64) -> ForecastView {
        ForecastView(
            id: TrendID(mount: path) ?? .memory, used: used << 30, size: size << 30,
            error: 800 << 20, hours: 168)
    }

    private static func slope(_ gib: Int64, hours: Int64?) -> ForecastView.Slope {
        ForecastView.Slope(
            bytesPerDay: gib << 30, fullAt: hours.map { noon + $0 * 3_600 },
            fullIn: hours.map { $0 * 3_600 })
    }

    static let forecasts: [Example] = {
        var full = view("/var/lib/postgresql", used: 960, size: 1_000)
        full.day = slope(48, hours: 20)
        full.week = slope(40, hours: 24)
        var slow = view("/", used: 20, size: 40)
        slow.day = slope(-2, hours: nil)
        slow.week = slope(1, hours: 480)
        var fresh = view("/srv", used: 1, size: 100)
        fresh.unknown = "19 h of 24 h of data"
        fresh.error = nil
        fresh.hours = 19
        var gone = view("/mnt/usb", used: 0, size: 100)
        gone.used = nil
        gone.unknown = "not there"
        var memory = ForecastView(
            id: .memory, used: 3 << 30, size: 16 << 30, error: 1 << 28, hours: 168)
        memory.day = slope(0, hours: nil)
        memory.week = slope(0, hours: nil)
        return [
            Example("forecast", .forecasts([full, slow, fresh, gone, memory])),
            Example("forecast", "nothing yet", .forecasts([])),
        ]
    }()
}
