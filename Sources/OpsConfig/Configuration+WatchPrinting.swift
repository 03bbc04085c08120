// `[watch.source.NAME]` and `[watch.rule.NAME]` as a file, as values, and what the shipped file
// says of them.

package import OpsCore

extension WatchReader {
    /// What the shipped file says.
    static var note: String {
        """
        # [\(sources).NAME]: a log that rules look at.  Keys: \
        \(WatchKey<WatchSource>.all.map(\.name).joined(separator: ", ")).
        # [\(rules).NAME]: what to look for in it.  Keys: \
        \(WatchKey<WatchRule>.all.prefix(7).map(\.name).joined(separator: ", ")),
        # \(WatchKey<WatchRule>.all.dropFirst(7).map(\.name).joined(separator: ", ")).
        # At most \(limit) of each.  For example:
        #   [\(sources).shop]
        #   files = ["/var/log/shop/*.log"]
        #   [\(rules).shop]
        #   sources = ["shop"]
        #   pattern = '^ login refused for <F-USER>\\S+</F-USER> from <HOST>$'

        """
    }
}

extension WatchSettings {
    /// All its sections as TOML.
    func sections(networks: NetworkNotation) -> String {
        let sources = sources.sorted { $0.key < $1.key }.map {
            Self.text($1, WatchReader.sources, $0, WatchKey<WatchSource>.all, networks)
        }
        let rules = rules.sorted { $0.key < $1.key }.map {
            Self.text($1, WatchReader.rules, $0, WatchKey<WatchRule>.all, networks)
        }
        return (sources + rules).joined(separator: "\n")
    }

    private static func text<Section>(
        _ section: Section, _ table: String, _ name: String, _ keys: [WatchKey<Section>],
        _ networks: NetworkNotation
    ) -> String {
        var text = "[\(table).\(name.asKey)]\n"
        for key in keys {
            guard let value = key.value(in: section, networks: networks) else { continue }
            text += "\n# \(key.summary)\n# \(key.allowed.capitalised).\n"
            text += "\(key.name) = \(value.asToml)\n"
        }
        return text
    }
}

extension ConfigurationValue {
    /// The value as TOML.
    fileprivate var asToml: String {
        switch self {
        case .integer(let value): String(value)
        case .number(let text): text
        case .flag(let value): value ? "true" : "false"
        case .text(let text): text.quoted
        case .list(let texts): texts.asTomlList
        case .table(let members):
            // An inline table is one line.
            "{ "
                + members.sorted { $0.key < $1.key }.map {
                    "\($0.quoted) = [\($1.map(\.quoted).joined(separator: ", "))]"
                }.joined(separator: ", ") + " }"
        }
    }
}

/// Sections that have names of their own, with the values of their keys.
package struct NamedSections: Sendable {
    /// The name of the table within its section, such as `source`.
    package let table: String
    /// By name: the keys that are set, in order.
    package let sections: [(name: String, keys: [(name: String, value: ConfigurationValue)])]
}

extension WatchSettings {
    /// `[watch.source.NAME]` and `[watch.rule.NAME]` as values.
    package func namedSections(networks: NetworkNotation) -> [NamedSections] {
        func values<Section>(
            _ section: Section, _ keys: [WatchKey<Section>]
        ) -> [(name: String, value: ConfigurationValue)] {
            keys.compactMap { key in
                key.value(in: section, networks: networks).map { (key.name, $0) }
            }
        }
        return [
            NamedSections(
                table: "source",
                sections: sources.sorted { $0.key < $1.key }.map {
                    ($0, values($1, WatchKey<WatchSource>.all))
                }),
            NamedSections(
                table: "rule",
                sections: rules.sorted { $0.key < $1.key }.map {
                    ($0, values($1, WatchKey<WatchRule>.all))
                }),
        ]
    }
}
