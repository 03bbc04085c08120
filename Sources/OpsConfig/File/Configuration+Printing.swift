// A configuration as a file: valid TOML with the descriptions of the table as comments, which loads
// to the same value.

import OpsCore

extension Configuration {
    /// The whole configuration, every key with its value: `opsd --print-config`.
    package func printed(networks: NetworkNotation) -> String {
        render(networks: networks, keysCommented: false)
    }

    /// The file that is shipped: every key commented out, with its default.
    package static func shipped(networks: NetworkNotation) -> String {
        """
        # opsd.toml(5).  This file lists every key with its default, commented out; a key that is not
        # set has its default.  `opsd --check && opswatch --check && opspager --check && opscheck --check`
        # check this file and report every fault.  `systemctl reload opsd opswatch opspager opscheck` applies a
        # changed file as a whole, or not at all.


        """ + Configuration().render(networks: networks, keysCommented: true)
    }

    private func render(networks: NetworkNotation, keysCommented: Bool) -> String {
        ConfigurationSection.all.map { section in
            var text = "# \(section.summary)\n[\(section.name)]\n"
            for key in section.keys {
                text += "\n# \(key.summary)\n# \(key.allowed.capitalised)"
                text += key.reload == .restart ? "; takes effect at a restart.\n" : ".\n"
                let line = "\(key.name) = \(key.text(in: self, networks: networks))\n"
                text += keysCommented ? line.commented : line
            }
            if section.name == "probe" {
                text += "\n" + (keysCommented ? MountSection.note : "")
                text += MountSection.text(probe.mounts)
            }
            if section.name == "guard" {
                text += "\n" + (keysCommented ? SourceSection.note(networks: networks) : "")
                text += `guard`.sources.sorted { $0.key < $1.key }.map { source, policy in
                    SourceSection.text(
                        source, policy, isDefault: isLibraryPolicy(policy, of: source),
                        networks: networks, keysCommented: keysCommented)
                }.joined(separator: "\n")
            }
            if section.name == WatchReader.section {
                text += "\n" + (keysCommented ? WatchReader.note : "")
                text += watch.sections(networks: networks)
            }
            if section.name == PagerReader.section {
                text += "\n" + (keysCommented ? PagerReader.note : "")
                text += pagerSections(networks: networks)
            }
            if section.name == CostReader.section {
                text += "\n" + (keysCommented ? CostReader.note : "")
                text += costSections(networks: networks)
            }
            if section.name == EndpointReader.section {
                text += "\n" + (keysCommented ? EndpointReader.note : "")
                text += endpointSections(networks: networks)
            }
            return text
        }.joined(separator: "\n")
            + "\n" + (keysCommented ? QueueReader.note : queueSections(networks: networks))
            + "\n# \(ObjectiveKey.sectionSummary)\n"
            + objectives.map { $0.section(keysCommented: keysCommented) }.joined(separator: "\n")
    }
}

extension String {
    /// The text with its first letter, if it is ASCII, in upper case.
    package var capitalised: String { prefix(1).uppercased() + dropFirst() }

    /// The text with `#` before every line.
    fileprivate var commented: String {
        split(separator: "\n").map { "#\($0)\n" }.joined()
    }
}
