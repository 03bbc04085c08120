// `[probe.mount.PATH]`: what counts as an issue or a warning of one mount, where that is not what
// `[probe]` says.

import CToml
import OpsCore

extension Configuration {
    /// `[probe.mount.PATH]`; nil: as `[probe]` says.
    package struct MountLimits: Hashable, Sendable {
        /// In place of `disk_issue`.
        package var issuePercent: Int?
        /// In place of `inode_issue`.
        package var inodeIssuePercent: Int?
        /// In place of `disk_free_warning_gb`.
        package var freeWarningGibibytes: Int?

        package init(
            issuePercent: Int? = nil, inodeIssuePercent: Int? = nil,
            freeWarningGibibytes: Int? = nil
        ) {
            self.issuePercent = issuePercent
            self.inodeIssuePercent = inodeIssuePercent
            self.freeWarningGibibytes = freeWarningGibibytes
        }
    }
}

/// Reads the tables under `probe.mount`, and writes them.
package enum MountSection {
    /// The name of the table of all sections.
    static let name = "probe.mount"
    /// What it is for.
    static let summary =
        "What counts for the mount at PATH, which is quoted in the file: [probe.mount.\"/var\"].  What a section does not name is as in [probe].  At most \(Bounds.mountSections) sections."

    /// One key.
    struct Key: Sendable {
        let name: String
        let valuePath: any WritableKeyPath<Configuration.MountLimits, Int?> & Sendable
        let range: ClosedRange<Int>
        let unit: String
        let summary: String

        /// Describes the allowed values: it completes "must be ...".
        var allowed: String {
            "an integer from \(range.lowerBound) to \(range.upperBound), in \(unit)"
        }
    }

    /// Every key.
    static let keys = [
        Key(
            name: "issue", valuePath: \.issuePercent, range: 1...100, unit: "percent",
            summary: "Use above which the probe reports an issue, in place of disk_issue."),
        Key(
            name: "inode_issue", valuePath: \.inodeIssuePercent, range: 1...100, unit: "percent",
            summary: "Used inodes above which the probe reports an issue."),
        Key(
            name: "free_warning", valuePath: \.freeWarningGibibytes, range: 0...1_048_576,
            unit: "GiB",
            summary:
                "Free space below which the probe warns, in place of disk_free_warning_gb; small file systems are not exempt."
        ),
    ]

    /// Reads the table `mount` of `[probe]`.
    static func read(
        _ node: TomlNode, into probe: inout Configuration.Probe, _ faults: inout FaultList
    ) {
        guard node.kind == .table else {
            faults.add(node.line, name, "\(node.kindText), must be sections: [\(name).PATH]")
            return
        }
        for child in node.children {
            let path = "\(name).\(child.key.shownAsKey)"
            guard child.kind == .table else {
                faults.add(child.line, path, "a key outside any mount, must be in [\(name).PATH]")
                continue
            }
            guard isMountPoint(child.key) else {
                faults.add(
                    child.line, path,
                    "not a mount point, must be an absolute path without a slash at its end such as"
                        + " [\(name).\"/var\"]")
                continue
            }
            if probe.mounts.count >= Bounds.mountSections {
                faults.add(
                    child.line, path, "too many mounts, must be at most \(Bounds.mountSections)")
                return
            }
            probe.mounts[child.key] = limits(child, path, &faults)
        }
    }

    private static func isMountPoint(_ text: String) -> Bool {
        (1...Bounds.mountPatternBytes).contains(text.utf8.count) && text.hasPrefix("/")
            && (text == "/" || !text.hasSuffix("/"))
            && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }

    private static func limits(
        _ node: TomlNode, _ path: String, _ faults: inout FaultList
    ) -> Configuration.MountLimits {
        var limits = Configuration.MountLimits()
        for child in node.children {
            let place = "\(path).\(child.key.shownAsKey)"
            guard let key = keys.first(where: { $0.name == child.key }) else {
                faults.add(child.line, place, unknown(child.key))
                continue
            }
            do throws(ValueErrors) {
                let value = try ExpectedValue(key.allowed).integer(child, key.range)
                limits[keyPath: key.valuePath] = value
            } catch {
                for fault in error.list { faults.add(fault.line, place, fault.message) }
            }
        }
        return limits
    }

    private static func unknown(_ key: String) -> String {
        let names = keys.map(\.name)
        if let near = Suggestion.closest(to: key, among: names) {
            return "unknown key, did you mean \"\(near)\"?"
        }
        return "unknown key, must be one of " + names.joined(separator: ", ")
    }

    /// The keys that are set, in order.
    package static func members(
        of limits: Configuration.MountLimits
    ) -> [(name: String, value: ConfigurationValue)] {
        keys.compactMap { key in
            limits[keyPath: key.valuePath].map { (key.name, .integer($0)) }
        }
    }

    /// What the shipped file says of it.
    static var note: String {
        """
        # [\(name).PATH]: the mount at PATH has thresholds of its own where they are not those of
        # [probe]: \(keys.map(\.name).joined(separator: ", ")).  At most \(Bounds.mountSections) such sections.  For example:
        #   [\(name)."/var"]
        #   issue = 95

        """
    }

    /// All sections as TOML.
    static func text(_ mounts: [String: Configuration.MountLimits]) -> String {
        mounts.sorted { $0.key < $1.key }.map { place, limits in
            var text = "[\(name).\(place.quoted)]\n"
            for key in keys {
                guard let value = limits[keyPath: key.valuePath] else { continue }
                text += "\n# \(key.summary)\n# \(key.allowed.capitalised).\n"
                text += "\(key.name) = \(value)\n"
            }
            return text
        }.joined(separator: "\n")
    }
}
