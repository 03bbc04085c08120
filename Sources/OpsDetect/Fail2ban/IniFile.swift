// One file in the format that Python's configparser reads for fail2ban.
//
// 1. Lines end with LF, CR LF or CR.  A line that begins with `#` or `;` is a comment, and so is
//    the rest of a line from a `;` with white space before it.
// 2. `[NAME]` begins a section, up to the last `]` of the line.  A section stands once in a file;
//    only `[DEFAULT]`, which counts for every section, may come again.
// 3. `NAME = VALUE` or `NAME: VALUE`: names are compared in small letters, and stand once in a
//    section.  White space around both is taken away.
// 4. A line that is indented deeper than its option's belongs to that option's value, after a line
//    feed.  Empty lines between them are kept, comments are not.
// 5. Anything else is a fault: a line outside any section, a line without `=` or `:`, no name.

import OpsCore

/// What stands in a file; nothing is resolved.
struct IniFile: Sendable {
    /// Options that count for every section.
    private(set) var defaults = IniOptions()
    /// The sections, in order.
    private(set) var sections: [(name: String, options: IniOptions)] = []

    /// The name of the section that counts for all.
    static let defaultSection = "DEFAULT"

    /// Reads a file's bytes; `path` is what faults name.
    init(_ bytes: [UInt8], path: String) throws(Fail2banFault) {
        guard bytes.count <= Fail2banLimits.fileBytes else {
            throw Fail2banFault(
                file: path,
                "has \(bytes.count) bytes, must be at most \(Fail2banLimits.fileBytes)")
        }
        var reading = Reading(path: path)
        var lines = IniLines(bytes)
        while let line = lines.next() {
            guard String(validating: line, as: UTF8.self) != nil else {
                throw Fail2banFault(file: path, line: lines.number, "not UTF-8")
            }
            try reading.read(line, lines.number)
        }
        reading.closeOption()
        defaults = reading.defaults
        sections = reading.sections
    }
}

/// The lines of a file, numbered.
private struct IniLines {
    private let bytes: [UInt8]
    private var place = 0
    private(set) var number = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next line without its end; nil: there is none.
    mutating func next() -> ArraySlice<UInt8>? {
        guard place < bytes.count else { return nil }
        number += 1
        let start = place
        while place < bytes.count, bytes[place] != 0x0a, bytes[place] != 0x0d { place += 1 }
        let end = place
        place += bytes[end...].has("\r\n", at: end) ? 2 : 1
        return bytes[start..<end]
    }
}

/// What has been read of a file so far.
private struct Reading {
    let path: String
    var defaults = IniOptions()
    var sections: [(name: String, options: IniOptions)] = []
    private var known: Set<String> = []
    private var section: String?
    private var isDefault = false
    /// The option whose value may go on, with what it has.
    private var option: (name: String, line: Int, value: [UInt8])?
    private var indent = 0

    init(path: String) { self.path = path }

    mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) throws(Fail2banFault) {
        let (value, hasComment) = Self.withoutComment(line)
        if value.isEmpty {
            if !hasComment { option?.value.append(ConfigBytes.lineFeed) }
            return
        }
        let depth = line.prefix(while: ConfigBytes.isSpace).count
        if option != nil, depth > indent {
            option?.value.append(ConfigBytes.lineFeed)
            option?.value.append(contentsOf: value)
            return
        }
        indent = depth
        closeOption()
        if let name = Self.header(value) {
            try begin(name, number)
        } else {
            try set(value, number)
        }
    }

    /// The line without white space and comments, and whether it had a comment.
    private static func withoutComment(
        _ line: ArraySlice<UInt8>
    ) -> (value: ArraySlice<UInt8>, hasComment: Bool) {
        let text = line.trimmed
        if text.first == 0x23 || text.first == 0x3b { return ([], true) }
        for place in text.indices.dropFirst()
        where text[place] == 0x3b && ConfigBytes.isSpace(text[place - 1]) {
            return (text[..<place].trimmed, true)
        }
        return (text, false)
    }

    /// The name of the section that begins here.
    private static func header(_ line: ArraySlice<UInt8>) -> String? {
        guard line.first == 0x5b, let end = line.lastIndex(of: 0x5d), end > line.startIndex + 1
        else { return nil }
        return line[(line.startIndex + 1)..<end].text
    }

    private mutating func begin(_ name: String, _ number: Int) throws(Fail2banFault) {
        section = name
        isDefault = name == IniFile.defaultSection
        if isDefault { return }
        guard known.insert(name).inserted else {
            throw Fail2banFault(
                file: path, line: number, section: name,
                "the section is there twice; a file must have it once")
        }
        guard sections.count < Fail2banLimits.sections else {
            throw Fail2banFault(
                file: path, line: number, section: name,
                "too many sections, must be at most \(Fail2banLimits.sections)")
        }
        sections.append((name, IniOptions()))
    }

    private mutating func set(
        _ line: ArraySlice<UInt8>, _ number: Int
    ) throws(Fail2banFault) {
        func fault(_ key: String?, _ message: String) -> Fail2banFault {
            Fail2banFault(file: path, line: number, section: section, key: key, message)
        }
        guard section != nil else {
            throw fault(nil, "a line outside any section, expected [NAME] before it")
        }
        guard let sign = line.firstIndex(where: { $0 == 0x3d || $0 == 0x3a }) else {
            throw fault(nil, "expected NAME = VALUE, found \"\(line.text.shortened)\"")
        }
        let name = line[..<sign].trimmed.text.asciiLowered
        guard !name.isEmpty else { throw fault(nil, "expected a name before the \"=\"") }
        let options = isDefault ? defaults : sections.last?.options
        guard let options, options[name] == nil else {
            throw fault(name, "is set twice; a section of a file must set it once")
        }
        guard options.count < Fail2banLimits.options else {
            throw fault(name, "too many options, must be at most \(Fail2banLimits.options)")
        }
        option = (name, number, Array(line[(sign + 1)...].trimmed))
        // Known from here on, so that it is found if it is set twice.
        closeOption(keepOpen: true)
    }

    /// Stores the option that is being read.
    mutating func closeOption(keepOpen: Bool = false) {
        guard let (name, line, value) = option else { return }
        if !keepOpen { option = nil }
        var text = value[...]
        while let last = text.last, ConfigBytes.isSpace(last) { text.removeLast() }
        let stored = IniValue(text: text.text, file: path, line: line)
        if isDefault {
            defaults[name] = stored
        } else if !sections.isEmpty {
            sections[sections.count - 1].options[name] = stored
        }
    }
}

extension String {
    /// As much of it as fits into a message.
    var shortened: String { utf8.count > 60 ? cut(toBytes: 57) + "..." : self }
}
