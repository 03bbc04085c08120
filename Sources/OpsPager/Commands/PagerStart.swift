// From the command line and the configuration to channels with their secrets; and what is said on
// standard error.

import OpsConfig
import OpsCore
import OpsLinux
import OpsSatellite

/// Why opspager ends.
struct PagerFault: Error, Hashable, Sendable {
    /// 1: it failed; 2: configuration or command line.
    var status: Int32
    var message: String
}

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
    private static let limitBytes = 1 << 20

    /// The configuration, checked as opsd checks it, and the secrets.
    static func plan(
        _ options: PagerOptions, secrets: SecretSource = .own
    ) throws(PagerFault) -> PagerPlan {
        let configuration = try configuration(options)
        var channels: [String: Channel] = [:]
        for (name, settings) in configuration.channels {
            channels[name] = Channel(name, settings, secrets)
        }
        return PagerPlan(configuration: configuration, channels: channels)
    }

    private static func configuration(
        _ options: PagerOptions
    ) throws(PagerFault) -> Configuration {
        let file = options.configurationFile
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try FileReader.bytes(path: file, limitBytes: limitBytes + 1)
        } catch {
            throw PagerFault(status: 2, message: "\(file): \(error.text)")
        }
        do throws(ConfigurationFaults) {
            return try Configuration.load(
                bytes, file: file,
                networks: NetworkNotation(
                    parse: { Network(parsing: $0) }, text: { $0.description }),
                environment: PagerVariable.environment(Environment.value))
        } catch {
            throw PagerFault(status: 2, message: error.description)
        }
    }
}

/// Lines on standard error.
enum Say {
    private static let log = ProgramLog("opspager")

    static func info(_ text: String) { log.info(text) }
    static func warning(_ text: String) { log.warning(text) }
    static func error(_ text: String) { log.error(text) }
}
