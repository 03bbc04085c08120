// The values of a configuration, key by key, for output in other forms than TOML.

import OpsCore

/// A value without its place.
package enum ConfigurationValue: Hashable, Sendable {
    case integer(Int)
    /// A number with decimals, as text that is also valid JSON.
    case number(String)
    case flag(Bool)
    case text(String)
    case list([String])
}

extension ConfigurationKey {
    /// The value in `configuration`; durations as the file has them.
    package func value(
        in configuration: Configuration, networks: NetworkNotation
    ) -> ConfigurationValue {
        switch shape {
        case .integer(let place, _, _): .integer(configuration[keyPath: place])
        case .duration(let place, _): .text(DurationText.text(configuration[keyPath: place]))
        case .flag(let place): .flag(configuration[keyPath: place])
        case .timeOfDay(let place): .text(TimeOfDay.text(configuration[keyPath: place]))
        case .path(let place, _): .text(configuration[keyPath: place])
        case .fsync(let place): .text(configuration[keyPath: place].rawValue)
        case .mode(let place): .text(configuration[keyPath: place].rawValue)
        case .networks(let place, _): .list(configuration[keyPath: place].map(networks.text))
        case .principals(let place, _): .list(configuration[keyPath: place].map(\.text))
        case .sources(let place, _): .list(configuration[keyPath: place])
        }
    }
}
