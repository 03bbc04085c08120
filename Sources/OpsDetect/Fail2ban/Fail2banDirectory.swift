// fail2ban's configuration directory, read as fail2ban reads it.  The room opens no file: two
// closures do.

/// A directory such as `/etc/fail2ban`.
package struct Fail2banDirectory {
    /// Its path, absolute, without a slash at the end.
    package let path: String
    private let read: (String) -> [UInt8]?
    private let list: (String) -> [String]

    /// A directory.  `read` gives the bytes of a file by its absolute path, nil where there is no
    /// regular file or it cannot be read; a file over 1 MiB is a fault, so no more need be read.
    /// `list` gives the names in a directory, none where there is no such directory.
    package init(
        path: String = "/etc/fail2ban", read: @escaping (String) -> [UInt8]?,
        list: @escaping (String) -> [String]
    ) {
        var bytes = path.configBytes
        while bytes.count > 1, bytes.last == 0x2f { bytes.removeLast() }
        self.path = bytes[...].text
        self.read = read
        self.list = list
    }

    /// A reader that reads each file once.
    func reader() -> IniReader { IniReader(read: read, list: list) }

    /// A filter by itself, as `fail2ban-regex` reads it: `sshd`, `sshd[mode=aggressive]`.
    ///
    /// `overrides` are options as in the brackets, which win over them, but for `logtype`: `file`
    /// (the default) or `journal`, by where the lines come from; it counts where neither brackets
    /// nor the filter's `[Definition]` say it.
    package func filter(
        _ spec: String, overrides: [String: String] = [:]
    ) throws(Fail2banFault) -> FilterDefinition {
        let parsed: FilterSpec
        do throws(FilterSpecFault) {
            parsed = try FilterSpec(spec)
        } catch {
            throw Fail2banFault(file: path, "the filter \"\(spec.shortened)\" \(error.message)")
        }
        let (reading, warnings) = try reading(of: parsed, overrides: overrides, reader())
        reading.setLogType(overrides["logtype"] ?? "file")
        try reading.readOptions(jail: [:], all: false)
        let options = FilterOptions(
            filter: try reading.combined(), jail: OrderedTexts(), fault: reading.fault)
        return try options.definition(spec.trimmed, warnings: warnings)
    }

    /// Opens a filter's files.
    func reading(
        of spec: FilterSpec, overrides: [String: String] = [:], _ reader: IniReader
    ) throws(Fail2banFault) -> (reading: FilterReading, warnings: [String]) {
        var options = OrderedTexts()
        for name in overrides.keys.sorted() where name != "logtype" {
            options[name] = overrides[name]
        }
        options.merge(spec.options)
        let isPlain = !spec.name.utf8.contains(0) && spec.name.utf8.count <= 255
        let base = "\(path)/filter.d/\(spec.name)"
        guard isPlain, let settings = try reader.settings(base) else {
            throw Fail2banFault(
                file: base + ".conf",
                "the filter \"\(spec.name.shortened)\" is not there, expected this file or one "
                    + "with .local in place of .conf")
        }
        return (FilterReading(settings, options: options), reader.warnings)
    }
}
