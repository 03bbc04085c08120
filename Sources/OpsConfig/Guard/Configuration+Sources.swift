// `[guard.source.NAME]`: how the reports of one source count, where that is not what `[guard]`
// says.  Its keys are those of `[guard]` with the same types and bounds, and `weight`.

import CToml
package import OpsCore

/// Reads the tables under `guard.source`, and writes them.
package enum SourceSection {
    /// The name of the table of all sections.
    static let name = "guard.source"
    /// The keys of `[guard]` that a source may have of its own.
    static let shared = [
        "strikes", "window", "ban", "ban_factor", "ban_max", "dry_run", "allow",
    ]
    static let weight = "weight"
    /// What it is for.
    static let summary =
        "The reports of source NAME count by themselves, with these keys in place of those of [guard].  What a section does not name is as in [guard]; for a rule of the library (watch.rules), strikes and window are 5 and 10m.  At most \(Bounds.sourcePolicies) sections."
    private static let weights = 1...1_000
    private static let weightSummary =
        "The weight of a strike that gives none."
    private static let allowSummary =
        "Networks that its strikes do not count for, besides those of guard.allow."

    /// The rows of `[guard]` that it shares.
    private static var keys: [ConfigurationKey] {
        shared.compactMap { name in
            ConfigurationKey.all.first { $0.section == "guard" && $0.name == name }
        }
    }

    /// Reads the table `source` of `[guard]`, after all that is in `[guard]` itself.
    static func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration,
        _ faults: inout FaultList
    ) {
        guard node.kind == .table else {
            faults.add(node.line, name, "\(node.kindText), must be sections: [\(name).NAME]")
            return
        }
        for child in node.children {
            let path = "\(name).\(child.key.shownAsKey)"
            guard child.kind == .table else {
                faults.add(
                    child.line, path, "a key outside any source, must be in [\(name).NAME]")
                continue
            }
            guard (1...Bounds.sourceBytes).contains(child.key.utf8.count),
                child.key.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
            else {
                faults.add(
                    child.line, path,
                    "not a source, must be text of 1 to \(Bounds.sourceBytes) bytes")
                continue
            }
            if configuration.guard.sources.count >= Bounds.sourcePolicies {
                faults.add(
                    child.line, path,
                    "too many sources, must be at most \(Bounds.sourcePolicies)")
                return
            }
            if configuration.guard.sources[child.key] != nil {
                faults.add(child.line, path, "the name of another section, written otherwise")
                continue
            }
            configuration.guard.sources[child.key] = policy(
                child, of: child.key, path, networks, configuration, &faults)
        }
    }

    /// What the section says over what counts without it.
    private static func policy(
        _ node: TomlNode, of source: String, _ path: String, _ networks: NetworkNotation,
        _ configuration: Configuration, _ faults: inout FaultList
    ) -> SourcePolicy {
        var scratch = configuration
        scratch.guard.allow = []
        if configuration.watch.library.contains(source) {
            // One key more must not change the others: they are what they are without the section.
            let own = configuration.guard.libraryPolicy(of: source)
            scratch.guard.strikes = own.strikes
            scratch.guard.windowMilliseconds = own.windowMilliseconds
        }
        if configuration.guard.dryRunSources.contains(source) { scratch.guard.dryRun = true }
        var ownWeight = 1
        for child in node.children {
            let place = "\(path).\(child.key.shownAsKey)"
            if child.key == weight {
                if child.kind == .integer, weights.contains(Int(child.integer)) {
                    ownWeight = Int(child.integer)
                } else {
                    faults.add(
                        child.line, place,
                        "must be an integer from \(weights.lowerBound) to \(weights.upperBound)")
                }
                continue
            }
            guard let key = keys.first(where: { $0.name == child.key }) else {
                faults.add(child.line, place, unknown(child.key))
                continue
            }
            do throws(ValueErrors) {
                try key.read(child, networks: networks, into: &scratch)
            } catch {
                for fault in error.list { faults.add(fault.line, place, fault.message) }
            }
        }
        var policy = SourcePolicy(scratch.guard)
        policy.allow = scratch.guard.allow
        policy.weight = ownWeight
        return policy
    }

    private static func unknown(_ key: String) -> String {
        let names = shared + [weight]
        if let near = Suggestion.closest(to: key, among: names) {
            return "unknown key, did you mean \"\(near)\"?"
        }
        return "unknown key, must be one of " + names.joined(separator: ", ")
    }

    /// All keys of a section with their values in a policy, in order.
    static func values(
        of policy: SourcePolicy, networks: NetworkNotation
    ) -> [(name: String, summary: String, allowed: String, text: String, value: ConfigurationValue)]
    {
        var scratch = Configuration()
        scratch.guard.strikes = policy.strikes
        scratch.guard.windowMilliseconds = policy.windowMilliseconds
        scratch.guard.banMilliseconds = policy.banMilliseconds
        scratch.guard.banFactor = policy.banFactor
        scratch.guard.banMaxMilliseconds = policy.banMaxMilliseconds
        scratch.guard.dryRun = policy.dryRun
        scratch.guard.allow = policy.allow
        var rows = keys.map { key in
            (
                name: key.name, summary: key.name == "allow" ? allowSummary : key.summary,
                allowed: key.allowed, text: key.text(in: scratch, networks: networks),
                value: key.value(in: scratch, networks: networks)
            )
        }
        rows.append(
            (
                weight, weightSummary,
                "an integer from \(weights.lowerBound) to \(weights.upperBound)",
                String(policy.weight), .integer(policy.weight)
            ))
        return rows
    }

    /// Its keys with their values in a policy, in order.
    package static func members(
        of policy: SourcePolicy, networks: NetworkNotation
    ) -> [(name: String, value: ConfigurationValue)] {
        values(of: policy, networks: networks).map { ($0.name, $0.value) }
    }

    /// What the shipped file says of it.
    static func note(networks: NetworkNotation) -> String {
        let rows = values(of: SourcePolicy(GuardRules()), networks: networks).map(\.name)
        return """
            # [\(name).NAME]: the reports of source NAME count by themselves, with keys of their own where
            # they are not those of [guard]: \(rows.joined(separator: ", ")).
            # At most \(Bounds.sourcePolicies) such sections.  For example:
            #   [\(name).sshd]
            #   strikes = 5
            #   ban = "1h"
            #   ban_factor = 2

            """
    }

    /// The section as TOML.
    /// - Parameter isDefault: it is what the rule of the library has without a section.
    static func text(
        _ source: String, _ policy: SourcePolicy, isDefault: Bool, networks: NetworkNotation,
        keysCommented: Bool
    ) -> String {
        let mark = keysCommented ? "#" : ""
        var text = ""
        if isDefault { text += "\n# How the strikes of the rule \(source) (watch.rules) count.\n" }
        text += "\(mark)[\(name).\(source.asKey)]\n"
        for row in values(of: policy, networks: networks) {
            text += "\n# \(row.summary)\n# \(row.allowed.capitalised).\n"
            text += "\(mark)\(row.name) = \(row.text)\n"
        }
        return text
    }
}

extension String {
    /// As a TOML key: bare where it can be, else quoted.
    var asKey: String { shownAsKey == self ? self : quoted }
}
