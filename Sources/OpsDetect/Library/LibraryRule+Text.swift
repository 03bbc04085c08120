// A rule of the library as the sections of the configuration that it stands for: to read, or to
// copy and change under another name.

import OpsCore

extension LibraryRule {
    /// The sections as TOML, those of the journal where it is there.
    package func text(hasJournal: Bool) -> String {
        var text = "# \(summary)\n"
        for form in forms {
            let section = name + form.suffix
            let source = form.source(hasJournal: hasJournal)
            text += "\n[watch.source.\(section)]\n"
            if !source.journal.isEmpty {
                text += Self.list("journal", source.journal)
                text += "# without a journal: files = [\(Self.joined(form.files))]\n"
            } else {
                text += Self.list("files", source.files)
            }
            if source.format != .text { text += "format = \"\(source.format.rawValue)\"\n" }
            text += "\n[watch.rule.\(section)]\nsources = [\"\(section)\"]\n"
            if form.address == nil { text += Self.list("patterns", form.patterns) }
            if let date = form.datePattern { text += "date_pattern = \(Self.quoted(date))\n" }
            if let address = form.address { text += "address = \(Self.quoted(address))\n" }
            if let time = form.time { text += "time = \(Self.quoted(time))\n" }
            if !form.when.isEmpty {
                let members = form.when.sorted { $0.key < $1.key }
                    .map { "\(Self.quoted($0.key)) = [\(Self.joined($0.value))]" }
                text += "when = { \(members.joined(separator: ", ")) }\n"
            }
            if section != name { text += "source = \"\(name)\"\n" }
        }
        text += "\n[guard.source.\(name)]\nstrikes = \(strikes)\n"
        text += "window = \"\(windowMilliseconds / 60_000)m\"\n"
        return text
    }

    private static func list(_ key: String, _ values: [String]) -> String {
        guard values.count > 1 else { return "\(key) = [\(joined(values))]\n" }
        return "\(key) = [\n" + values.map { "    \(quoted($0)),\n" }.joined() + "]\n"
    }

    private static func joined(_ values: [String]) -> String {
        values.map(quoted).joined(separator: ", ")
    }

    /// A literal string where it can be one: nothing in a pattern needs to be escaped then.
    private static func quoted(_ text: String) -> String {
        guard text.contains("'") else { return "'\(text)'" }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
