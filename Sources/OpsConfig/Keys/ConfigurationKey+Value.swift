// The values of a configuration, key by key, for output in other forms than TOML.

import OpsCore

/// The value of a key, without its path and its line.
package enum ConfigurationValue: Hashable, Sendable {
    case integer(Int)
    /// A number with decimals, as text that is also valid JSON.
    case number(String)
    case flag(Bool)
    case text(String)
    case list([String])
    /// Lists of text by name.
    case table([String: [String]])
}

extension ConfigurationKey {
    /// The value in `configuration`; durations are written as in the file.
    package func value(
        in configuration: Configuration, networks: NetworkNotation
    ) -> ConfigurationValue {
        switch shape {
        case .integer(let valuePath, _, _): .integer(configuration[keyPath: valuePath])
        case .duration(let valuePath, _):
            .text(DurationText.text(configuration[keyPath: valuePath]))
        case .flag(let valuePath): .flag(configuration[keyPath: valuePath])
        case .timeOfDay(let valuePath): .text(TimeOfDay.text(configuration[keyPath: valuePath]))
        case .path(let valuePath, _): .text(configuration[keyPath: valuePath])
        case .fsync(let valuePath): .text(configuration[keyPath: valuePath].rawValue)
        case .mode(let valuePath): .text(configuration[keyPath: valuePath].rawValue)
        case .gateWord(let valuePath): .text(configuration[keyPath: valuePath].rawValue)
        case .networks(let valuePath, _):
            .list(configuration[keyPath: valuePath].map(networks.text))
        case .principals(let valuePath, _), .users(let valuePath, _):
            .list(configuration[keyPath: valuePath].map(\.text))
        case .sources(let valuePath, _), .mounts(let valuePath, _), .library(let valuePath),
            .endpoints(let valuePath, _):
            .list(configuration[keyPath: valuePath])
        case .hours(let valuePath): .text(TimeOfDay.text(configuration[keyPath: valuePath]))
        case .severity(let valuePath):
            .text(RuleSeverity.text(configuration[keyPath: valuePath]))
        case .cap(let valuePath):
            configuration[keyPath: valuePath].map { .number($0.description) } ?? .text("none")
        }
    }
}
