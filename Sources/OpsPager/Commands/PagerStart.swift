// From the command line and the configuration to channels with their secrets; and what is said on
// standard error.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite

/// What opspager works with.
struct PagerPlan: Sendable {
    var configuration: Configuration
    var channels: [String: Channel]

    /// Why channels cannot be used, a line each.
    var faults: [String] {
        channels.sorted { $0.key < $1.key }.compactMap(\.value.fault)
    }
}

/// Reading what a start needs.
enum PagerStart {

    /// The configuration, checked as opsd checks it, and the secrets.
    static func plan(
        _ options: SatelliteOptions, secrets: SecretSource = .own
    ) throws(SatelliteFault) -> PagerPlan {
        let configuration = try SatelliteCommand.configuration(
            options, environment: PagerVariable.environment(Environment.value))
        var channels: [String: Channel] = [:]
        for (name, settings) in configuration.channels {
            channels[name] = Channel(name, settings, secrets)
        }
        return PagerPlan(configuration: configuration, channels: channels)
    }
}

/// Lines on standard error.
enum Say {
    private static let log = ProgramLog("opspager")

    static func info(_ text: String) { log.info(text) }
    static func warning(_ text: String) { log.warning(text) }
    static func error(_ text: String) { log.error(text) }
}
