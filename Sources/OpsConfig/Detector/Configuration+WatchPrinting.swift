// `[watch.source.NAME]` and `[watch.rule.NAME]` as a file, as values, and what the shipped file
// says of them.

package import OpsCore

extension WatchReader {
    /// What the shipped file says.
    static var note: String {
        """
        # [\(sources).NAME]: a log that rules look at.  Keys: \
        \(SectionKey<WatchSource>.all.map(\.name).joined(separator: ", ")).
        # [\(rules).NAME]: what to look for in it.  Keys: \
        \(SectionKey<WatchRule>.all.prefix(7).map(\.name).joined(separator: ", ")),
        # \(SectionKey<WatchRule>.all.dropFirst(7).map(\.name).joined(separator: ", ")).
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
            SectionText.section($1, WatchReader.sources, $0, SectionKey<WatchSource>.all, networks)
        }
        let rules = rules.sorted { $0.key < $1.key }.map {
            SectionText.section($1, WatchReader.rules, $0, SectionKey<WatchRule>.all, networks)
        }
        return (sources + rules).joined(separator: "\n")
    }

}

extension WatchSettings {
    /// `[watch.source.NAME]` and `[watch.rule.NAME]` as values.
    package func namedSections(networks: NetworkNotation) -> [NamedSections] {
        [
            NamedSections(
                table: "source",
                sections: sources.sorted { $0.key < $1.key }.map {
                    ($0, SectionText.values($1, SectionKey<WatchSource>.all, networks))
                }),
            NamedSections(
                table: "rule",
                sections: rules.sorted { $0.key < $1.key }.map {
                    ($0, SectionText.values($1, SectionKey<WatchRule>.all, networks))
                }),
        ]
    }
}
