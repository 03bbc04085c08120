// From a node of the file to a value of the key's type.  Types are strict: 2.0 is not an integer,
// and a number is not a duration.  A value with a fault changes nothing.

import CToml
import OpsCore

extension ConfigurationKey {
    /// Sets the key in `configuration` to the value of `node`.
    func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration
    ) throws(ValueErrors) {
        let expected = ExpectedValue(allowed)
        switch shape {
        case .integer(let valuePath, let range, _):
            configuration[keyPath: valuePath] = try expected.integer(node, range)
        case .duration(let valuePath, let range):
            configuration[keyPath: valuePath] = try expected.duration(node, range)
        case .flag(let valuePath):
            try expected.expect(.boolean, node)
            configuration[keyPath: valuePath] = node.flag
        case .timeOfDay(let valuePath):
            let text = try expected.string(node)
            guard let minutes = TimeOfDay.parse(text) else {
                throw expected.invalid(node, "\(text.shown) is not a time of day")
            }
            configuration[keyPath: valuePath] = minutes
        case .path(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.path(node, limit)
        case .fsync(let valuePath):
            let word = try expected.string(node)
            guard let policy = Configuration.Store.Fsync(rawValue: word) else {
                throw expected.invalid(node, "\(word.shown) is unknown")
            }
            configuration[keyPath: valuePath] = policy
        case .mode(let valuePath):
            let word = try expected.string(node)
            guard let mode = Configuration.Enforce.Mode(rawValue: word) else {
                throw expected.invalid(node, "\(word.shown) is unknown")
            }
            configuration[keyPath: valuePath] = mode
        case .gateWord(let valuePath):
            let text = try expected.string(node)
            guard let word = GateWord(rawValue: text) else {
                throw expected.invalid(node, "\(text.shown) is unknown")
            }
            configuration[keyPath: valuePath] = word
        case .networks(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.list(
                node, limit, "neither an address nor a network", networks.parse)
        case .principals(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.list(
                node, limit, "neither a user nor a group", Principal.init(parsing:))
        case .users(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.users(node, limit)
        case .sources(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.sources(node, limit)
        case .hours(let valuePath):
            let text = try expected.string(node)
            guard let hours = TimeOfDay.hours(text) else {
                throw expected.invalid(node, "\(text.shown) is not part of a day")
            }
            configuration[keyPath: valuePath] = hours
        case .severity(let valuePath):
            configuration[keyPath: valuePath] = try expected.ruleSeverity(node)
        case .cap(let valuePath):
            configuration[keyPath: valuePath] = try expected.cap(node)
        case .mounts(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.mounts(node, limit)
        case .library(let valuePath):
            configuration[keyPath: valuePath] = try library(expected, node)
        case .endpoints(let valuePath, let limit):
            configuration[keyPath: valuePath] = try expected.endpoints(node, limit)
        }
    }

    /// Names of the library, none of them twice.
    private func library(
        _ expected: ExpectedValue, _ node: TomlNode
    ) throws(ValueErrors) -> [String] {
        try expected.expect(.array, node)
        var names: [String] = []
        var errors = ValueErrors()
        for child in node.children {
            let name = try expected.string(child)
            if names.contains(name) {
                errors.add(child.line, "\(name.shown) is in the list twice")
            } else if LibraryNames.all.contains(name) {
                names.append(name)
            } else if let near = Suggestion.closest(to: name, among: LibraryNames.all) {
                errors.add(
                    child.line, "\(name.shown) is not in the library, did you mean \(near.quoted)?")
            } else {
                errors.add(child.line, "\(name.shown) is not in the library, must be \(allowed)")
            }
        }
        guard errors.list.isEmpty else { throw errors }
        return names
    }
}

extension ExpectedValue {
    /// Users, and no groups.
    fileprivate func users(_ node: TomlNode, _ limit: Int) throws(ValueErrors) -> [Principal] {
        try list(node, limit, "not a user") { text in
            Principal(parsing: text).flatMap { $0.isUser ? $0 : nil }
        }
    }

    fileprivate func sources(_ node: TomlNode, _ limit: Int) throws(ValueErrors) -> [String] {
        try list(node, limit, "not a source") { SectionText.source.accepts($0) ? $0 : nil }
    }

    fileprivate func mounts(_ node: TomlNode, _ limit: Int) throws(ValueErrors) -> [String] {
        try list(
            node, limit, "neither a mount point nor a pattern",
            entryLimitBytes: Bounds.mountPatternBytes
        ) { text in
            let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            return text.hasPrefix("/") && isPlain ? text : nil
        }
    }

    /// URLs of what is elsewhere.
    fileprivate func endpoints(_ node: TomlNode, _ limit: Int) throws(ValueErrors) -> [String] {
        try list(
            node, limit, "not a URL of tcp, icmp, http or https",
            entryLimitBytes: EndpointTarget.limitBytes
        ) { text in
            let target = EndpointTarget(text)
            let isRemote = target.map { [.tcp, .icmp, .http, .https].contains($0.scheme) }
            return isRemote == true ? text : nil
        }
    }

    /// Money, or nil for none.
    fileprivate func cap(_ node: TomlNode) throws(ValueErrors) -> MicroUSD? {
        node.kind == .string && node.string == "none" ? nil : try money(node)
    }
}
