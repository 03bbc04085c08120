// Reading a table whose sections have names of their own, such as `[watch.source.NAME]`.  What the
// sections must say together is checked by who knows them.

import CToml
import OpsCore

/// Where a section and its keys stand in the file.
struct SectionPlaces {
    /// The line of its header.
    var line: Int
    /// Lines of its keys, by name.
    var keys: [String: Int] = [:]
    /// A key has a fault: checks across keys are left out.
    var isFaulty = false
}

/// Reads the sections of one table.
struct SectionReader {
    /// What to say of a key that is none: its name, the names there are, and the section's.
    typealias Unknown = @Sendable (String, [String], String) -> String

    /// Its name, such as `watch.source`.
    let table: String
    /// What a section is, in a word.
    let word: String
    /// The most sections.
    let limit: Int
    /// What a name must be.
    let name: SectionText
    let unknown: Unknown
    /// By the names of the sections.
    private(set) var places: [String: SectionPlaces] = [:]

    init(
        table: String, word: String, limit: Int, name: SectionText,
        unknown: @escaping Unknown = Self.unknown
    ) {
        self.table = table
        self.word = word
        self.limit = limit
        self.name = name
        self.unknown = unknown
    }

    /// Reads all its sections.
    mutating func read<Section>(
        _ node: TomlNode, _ keys: [SectionKey<Section>], _ networks: NetworkNotation,
        _ empty: (String) -> Section, _ sections: inout [String: Section],
        _ faults: inout FaultList
    ) {
        guard node.kind == .table else {
            faults.add(node.line, table, "\(node.kindText), must be sections: [\(table).NAME]")
            return
        }
        for child in node.children {
            let path = "\(table).\(child.key.shownAsKey)"
            guard child.kind == .table else {
                faults.add(
                    child.line, path, "a key outside any \(word), must be in [\(table).NAME]")
                continue
            }
            guard name.accepts(child.key) else {
                faults.add(child.line, path, "not a name, must be \(name.oneName)")
                continue
            }
            if sections.count >= limit {
                faults.add(child.line, path, "too many \(word)s, must be at most \(limit)")
                return
            }
            if sections[child.key] != nil {
                faults.add(child.line, path, "the name of another section, written otherwise")
                continue
            }
            var section = empty(child.key)
            places[child.key] = read(child, path, keys, networks, &section, &faults)
            sections[child.key] = section
        }
    }

    private func read<Section>(
        _ node: TomlNode, _ path: String, _ keys: [SectionKey<Section>],
        _ networks: NetworkNotation, _ section: inout Section, _ faults: inout FaultList
    ) -> SectionPlaces {
        var places = SectionPlaces(line: node.line)
        for child in node.children where !keys.contains(where: { $0.name == child.key }) {
            places.isFaulty = true
            faults.add(
                child.line, "\(path).\(child.key.shownAsKey)",
                unknown(child.key, keys.map(\.name), node.key))
        }
        for key in keys {
            guard let child = node.children.first(where: { $0.key == key.name }) else { continue }
            places.keys[key.name] = child.line
            do throws(ValueErrors) {
                try key.read(child, networks: networks, into: &section)
            } catch {
                places.isFaulty = true
                for fault in error.list {
                    faults.add(fault.line, "\(path).\(key.name)", fault.message)
                }
            }
        }
        return places
    }

    /// What to say where nothing more is known of a key.
    static func unknown(_ key: String, _ names: [String], in section: String) -> String {
        if let near = Suggestion.closest(to: key, among: names) {
            return "unknown key, did you mean \"\(near)\"?"
        }
        return "unknown key, must be one of " + names.joined(separator: ", ")
    }
}

extension SectionText {
    /// What a name of this kind is: it completes "must be ...".
    fileprivate var oneName: String {
        switch self {
        case .channel: "1 to \(limitBytes) lower case letters, digits, - and _"
        case .model, .endpointName, .queue: one
        default: "text of 1 to \(limitBytes) bytes"
        }
    }
}
