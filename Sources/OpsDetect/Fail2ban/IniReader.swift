// Finds the files that make up one configuration, and merges them.
//
// 1. `BASE.conf`, `BASE.d/*.conf`, `BASE.local`, `BASE.d/*.local`, each that is there; names in
//    the order of their bytes.
// 2. A file's `[INCLUDES]` name files that come before and after it, relative to its directory;
//    each file has its `.local` after it.  A file that includes itself on a way is left out there;
//    one that is not there is left out too, and told if it is not a `.local`.
// 3. What comes later wins, option by option.  What it replaces stays as `known/...`.
// 4. `[NAME?CONDITION]` is part of `[NAME]`, its options called `OPTION?CONDITION`.
//
// Source: jail.conf(5), and fail2ban's reader of Debian 12, of which the manual says little.

/// Reads files through closures; the same file once.
final class IniReader {
    private let read: (String) -> [UInt8]?
    private let list: (String) -> [String]
    private var files: [String: IniFile] = [:]
    private var missing: Set<String> = []
    /// Files by those that they come around.
    private var orders: [String: [String]] = [:]
    /// Includes that are not there.
    private(set) var warnings: [String] = []

    init(read: @escaping (String) -> [UInt8]?, list: @escaping (String) -> [String]) {
        self.read = read
        self.list = list
    }

    /// The configuration called `base`, an absolute path without `.conf`; nil: it has no file.
    func settings(_ base: String) throws(Fail2banFault) -> IniSettings? {
        warnings = []
        let own = names(in: base + ".d")
        var paths = [base + ".conf"]
        paths += own.filter { $0.hasSuffix(".conf") }.map { "\(base).d/\($0)" }
        paths.append(base + ".local")
        paths += own.filter { $0.hasSuffix(".local") }.map { "\(base).d/\($0)" }
        var present: [String] = []
        for path in paths where try file(path) != nil { present.append(path) }
        guard !present.isEmpty else { return nil }
        var settings = IniSettings(path: base + ".conf")
        for path in try order(present, seen: []) {
            if let file = try file(path) { settings.merge(file) }
        }
        return settings
    }

    private func names(in directory: String) -> [String] {
        list(directory).filter { !$0.utf8.starts(with: [0x2e]) }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func file(_ path: String) throws(Fail2banFault) -> IniFile? {
        if let known = files[path] { return known }
        if missing.contains(path) { return nil }
        guard let bytes = read(path) else {
            if missing.count < Fail2banLimits.files * 4 { missing.insert(path) }
            return nil
        }
        let file = try IniFile(bytes, path: path)
        if files.count < Fail2banLimits.files * 4 { files[path] = file }
        return file
    }

    /// The files in the order in which they are merged.
    private func order(
        _ paths: [String], seen: [String]
    ) throws(Fail2banFault) -> [String] {
        var all: [String] = []
        for path in paths {
            all.append(path)
            let local = Self.withoutExtension(path) + ".local"
            if !paths.contains(local), try file(local) != nil { all.append(local) }
        }
        // As fail2ban does, also where it was found on a way on which some files were left out.
        let key = all.joined(separator: "\n")
        if let known = orders[key] { return known }
        var order: [String] = []
        for path in all {
            order += try self.order(around: path, seen: seen)
            guard order.count <= Fail2banLimits.files else { throw Self.tooMany(path) }
        }
        orders[key] = order
        return order
    }

    private func order(
        around path: String, seen: [String]
    ) throws(Fail2banFault) -> [String] {
        guard let file = try file(path) else {
            if let from = seen.last, !path.hasSuffix(".local") {
                let text = "\(from): the include \(path) is not there"
                if !warnings.contains(text), warnings.count < 32 { warnings.append(text) }
            }
            return []
        }
        guard seen.count < Fail2banLimits.includeDepth else { throw Self.tooMany(path) }
        let includes = try Self.includes(of: file, path)
        var order: [String] = []
        for name in includes.before where !seen.contains(name) {
            order += try self.order([name], seen: seen + [path])
            guard order.count <= Fail2banLimits.files else { throw Self.tooMany(path) }
        }
        order.append(path)
        for name in includes.after where !seen.contains(name) {
            order += try self.order([name], seen: seen + [path])
            guard order.count <= Fail2banLimits.files else { throw Self.tooMany(path) }
        }
        return order
    }

    private static func tooMany(_ path: String) -> Fail2banFault {
        Fail2banFault(
            file: path, section: "INCLUDES",
            "too many files include each other: at most \(Fail2banLimits.files), "
                + "\(Fail2banLimits.includeDepth) deep")
    }

    private static func includes(
        of file: IniFile, _ path: String
    ) throws(Fail2banFault) -> (before: [String], after: [String]) {
        guard file.sections.contains(where: { $0.name == "INCLUDES" }) else { return ([], []) }
        var alone = IniSettings(path: path)
        alone.merge(file)
        func paths(_ option: String) throws(Fail2banFault) -> [String] {
            guard let text = try alone.value("INCLUDES", option) else { return [] }
            return text.configLines.filter { !$0.isEmpty }.map {
                $0.utf8.first == 0x2f ? $0 : directory(of: path) + $0
            }
        }
        return (try paths("before"), try paths("after"))
    }

    /// The directory of a path, with its slash.
    static func directory(of path: String) -> String {
        let bytes = path.configBytes
        guard let slash = bytes.lastIndex(of: 0x2f) else { return "" }
        return bytes[...slash].text
    }

    private static func withoutExtension(_ path: String) -> String {
        let bytes = path.configBytes
        let name = (bytes.lastIndex(of: 0x2f) ?? -1) + 1
        guard let first = bytes[name...].firstIndex(where: { $0 != 0x2e }),
            let dot = bytes[first...].lastIndex(of: 0x2e)
        else { return path }
        return bytes[..<dot].text
    }
}
