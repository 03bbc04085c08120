// Sections that have names of their own, as a file and as values.

import OpsCore

/// Sections that have names of their own, with the values of their keys.
package struct NamedSections: Sendable {
    /// The name of the table within its section, such as `source`.
    package let table: String
    /// By name: the keys that are set, in order.
    package let sections: [(name: String, keys: [(name: String, value: ConfigurationValue)])]
}

extension SectionText {
    /// A section with the keys that are set.
    static func section<Section>(
        _ section: Section, _ table: String, _ name: String, _ keys: [SectionKey<Section>],
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

    /// The keys that are set, in order.
    static func values<Section>(
        _ section: Section, _ keys: [SectionKey<Section>], _ networks: NetworkNotation
    ) -> [(name: String, value: ConfigurationValue)] {
        keys.compactMap { key in
            key.value(in: section, networks: networks).map { (key.name, $0) }
        }
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
