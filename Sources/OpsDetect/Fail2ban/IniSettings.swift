// A configuration of several files merged, and its values with all references written out.
//
// A reference is `%(NAME)s`; `%%` is a percent sign, any other `%` a fault.  NAME is looked for
// 1. among the variables of the caller,
// 2. in the section, 3. in `[DEFAULT]`; `__name__` is the section's name.
// `SECTION/NAME` is that section's option, `known/NAME` what an earlier file set in this section,
// `default/NAME` what `[DEFAULT]` says; the first two fall back to `[DEFAULT]`.
// What it refers to may have references too, which are looked for from where the reading began.

/// Sections of several files; later files have replaced what earlier ones said.
struct IniSettings: Sendable {
    /// The file that gave it its name, for faults.
    let path: String
    private(set) var defaults = IniOptions()
    private(set) var sections: [String: IniOptions] = [:]
    /// Names of the sections in the order in which they first stood.
    private(set) var names: [String] = []

    /// Before what an earlier file said in a section of this name.
    private static let known = "KNOWN/"

    init(path: String) { self.path = path }

    /// Takes over a file; it wins.
    mutating func merge(_ file: IniFile) {
        defaults.merge(file.defaults)
        for (name, options) in file.sections {
            let (section, condition) = Self.split(name)
            var incoming = IniOptions()
            for option in options.names {
                incoming[option + condition] = options[option]
            }
            if let earlier = sections[section] {
                var replaced = sections[Self.known + section] ?? IniOptions()
                for option in incoming.names {
                    if let value = earlier[option] { replaced[option] = value }
                }
                sections[Self.known + section] = replaced
                sections[section]?.merge(incoming)
            } else {
                sections[section] = incoming
                names.append(section)
            }
        }
    }

    /// `NAME` and `?CONDITION` of a section's name.
    static func split(_ name: String) -> (section: String, condition: String) {
        let bytes = name.configBytes
        let word = bytes.prefix(while: ConfigBytes.isWord)
        guard !word.isEmpty, bytes.count > word.count + 1, bytes[word.count] == 0x3f else {
            return (name, "")
        }
        return (word.text, bytes[word.count...].text)
    }

    mutating func setDefault(_ name: String, _ text: String) {
        defaults[name] = IniValue(text: text, file: path, line: 0)
    }

    mutating func set(_ section: String, _ name: String, _ text: String) {
        sections[section]?[name] = IniValue(text: text, file: path, line: 0)
    }

    /// What an option was set to as it stands, with its place.
    func raw(_ section: String, _ option: String) -> IniValue? {
        guard let options = options(section) else { return nil }
        return options[option] ?? defaults[option]
    }

    private func options(_ section: String) -> IniOptions? {
        section == IniFile.defaultSection
            ? sections[section] ?? IniOptions() : sections[section]
    }

    /// An option of a section, of `[DEFAULT]`, or a variable of this name, with all references
    /// written out; nil: there is none, or no such section.
    func value(
        _ section: String, _ option: String, variables: [String: String] = [:]
    ) throws(Fail2banFault) -> String? {
        guard let options = options(section) else { return nil }
        let name = option.asciiLowered
        guard let text = variables[name] ?? (options[name] ?? defaults[name])?.text else {
            return nil
        }
        if !text.utf8.contains(0x25) { return text }
        let place = options[name] ?? defaults[name]
        var writing = Interpolation(
            settings: self, section: section, options: options,
            place: Fail2banFault(
                file: place?.file ?? path, line: place?.line ?? 0, section: section, key: name, ""))
        try writing.write(text, variables: variables, depth: 1)
        return String(decoding: writing.result, as: UTF8.self)
    }

    /// The same for an option that may be called `SECTION/OPTION`, as in a tag.
    func value(
        named option: String, in section: String, variables: [String: String]
    ) throws(Fail2banFault) -> String? {
        if let (other, name) = Self.reference(option) {
            var places = [other]
            switch other.asciiLowered {
            case "known": places = [Self.known + section, section]
            case "default": places = [IniFile.defaultSection]
            default: break
            }
            for place in places {
                if let value = try value(place, name) { return value }
            }
        }
        return try value(section, option, variables: variables)
    }

    /// `SECTION` and `OPTION` of `SECTION/OPTION`.
    private static func reference(_ text: String) -> (section: String, option: String)? {
        let bytes = text.configBytes
        let section = bytes.prefix { ConfigBytes.isWord($0) || $0 == 0x2d }
        guard !section.isEmpty, bytes.count > section.count + 1, bytes[section.count] == 0x2f
        else { return nil }
        let option = bytes[(section.count + 1)...]
        guard option.allSatisfy({ !ConfigBytes.isSpace($0) && $0 != 0x3e }) else { return nil }
        return (section.text, option.text)
    }

    /// What `%(SECTION/OPTION)s` stands for, as it was set; nil: there is none.
    fileprivate func referred(_ text: String, from section: String) -> String? {
        let bytes = text.configBytes
        let other = bytes.prefix { ConfigBytes.isWord($0) || $0 == 0x2d }
        guard !other.isEmpty, bytes.count > other.count + 1, bytes[other.count] == 0x2f else {
            return nil
        }
        let option = bytes[(other.count + 1)...].text
        switch other.text.asciiLowered {
        case "default": return defaults[option]?.text
        case "known":
            return (sections[Self.known + section]?[option] ?? defaults[option])?.text
        default:
            guard let options = sections[other.text] else { return nil }
            return (options[option] ?? defaults[option])?.text
        }
    }
}

/// Writes one value with its references.
private struct Interpolation {
    let settings: IniSettings
    let section: String
    let options: IniOptions
    /// Where the value was set.
    let place: Fail2banFault
    var result: [UInt8] = []
    private var references = 0

    init(settings: IniSettings, section: String, options: IniOptions, place: Fail2banFault) {
        self.settings = settings
        self.section = section
        self.options = options
        self.place = place
    }

    private func fault(_ message: String) -> Fail2banFault {
        var fault = place
        fault.message = message
        return fault
    }

    mutating func write(
        _ text: String, variables: [String: String], depth: Int
    ) throws(Fail2banFault) {
        guard depth <= Fail2banLimits.valueDepth else {
            throw fault(
                "refers to itself, or values refer to values more than "
                    + "\(Fail2banLimits.valueDepth) deep")
        }
        let bytes = text.configBytes
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x25 else {
                let end = bytes[place...].firstIndex(of: 0x25) ?? bytes.count
                try append(bytes[place..<end])
                place = end
                continue
            }
            if bytes[...].has("%%", at: place) {
                try append([0x25])
                place += 2
                continue
            }
            let (name, end) = try reference(bytes, place)
            place = end
            references += 1
            guard references <= Fail2banLimits.references else {
                throw fault("has too many references, at most \(Fail2banLimits.references)")
            }
            guard let value = lookUp(name, variables) else {
                throw fault("refers to %(\(name.shortened))s, which is set nowhere")
            }
            if value.utf8.contains(0x25) {
                try write(value, variables: variables, depth: depth + 1)
            } else {
                try append(value.configBytes[...])
            }
        }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) throws(Fail2banFault) {
        guard bytes.count <= Fail2banLimits.valueBytes - result.count else {
            throw fault(
                "is longer than \(Fail2banLimits.valueBytes) bytes with what it refers to")
        }
        result += bytes
    }

    /// The name in `%(NAME)s`, and what comes after.
    private func reference(
        _ bytes: [UInt8], _ place: Int
    ) throws(Fail2banFault) -> (name: String, end: Int) {
        guard bytes[...].has("%(", at: place) else {
            throw fault("has a single %, expected %% for a percent sign or %(NAME)s")
        }
        guard let close = bytes[(place + 2)...].firstIndex(of: 0x29), close > place + 2,
            close + 1 < bytes.count, bytes[close + 1] == 0x73
        else { throw fault("has a %( that is not closed, expected %(NAME)s") }
        return (bytes[(place + 2)..<close].text, close + 2)
    }

    private func lookUp(_ written: String, _ variables: [String: String]) -> String? {
        let name = written.asciiLowered
        if name == "__name__" { return section }
        if let text = variables[name] ?? (options[name] ?? settings.defaults[name])?.text {
            return text
        }
        // fail2ban looks up the name as it is written, and uses it in small letters.
        return written == name ? settings.referred(written, from: section) : nil
    }
}
