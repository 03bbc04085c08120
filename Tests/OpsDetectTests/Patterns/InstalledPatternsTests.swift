import Glibc
import Testing

@testable import OpsDetect

/// The patterns of fail2ban's filters, where Debian's package is installed: roughly read, with the
/// tags that stand for addresses as groups, and `%(...)s` as text that may be anything.
private enum InstalledFilters {
    static let directory = Fail2banPackage.etc + "/filter.d"

    static let patterns: [String] = {
        guard let open = opendir(directory) else { return [] }
        defer { closedir(open) }
        var patterns: Set<String> = []
        while let entry = readdir(open) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".conf") { patterns.formUnion(failures(directory + "/" + name)) }
        }
        return patterns.sorted()
    }()

    private static func lines(_ path: String) -> [Substring] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&block, 1, block.count, file), count > 0 {
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// The lines of `failregex = ` and those indented below it.
    private static func failures(_ path: String) -> [String] {
        var found: [String] = []
        var isInside = false
        for line in lines(path) {
            if line.hasPrefix("failregex") {
                isInside = true
                found.append(String(line.drop { $0 != "=" }.dropFirst()))
            } else if isInside, line.first == " " || line.first == "\t" {
                found.append(String(line))
            } else if line.first != "#" {
                isInside = false
            }
        }
        return found.map(expanded).filter { !$0.isEmpty }
    }

    private static func expanded(_ line: String) -> String {
        var text = line.drop { $0 == " " || $0 == "\t" }
        while text.last == " " { text = text.dropLast() }
        let isReference = text.hasPrefix("%(") && text.hasSuffix(")s") || text.hasPrefix("<mdre")
        if isReference || text.hasPrefix("#") { return "" }
        var result = ""
        while let first = text.first {
            if text.hasPrefix("%("), let end = text.firstIndex(of: ")") {
                result += "(?:.*)"
                text = text[text.index(after: end)...].dropFirst()
            } else if text.hasPrefix("%%") {
                result += "%"
                text = text.dropFirst(2)
            } else {
                result.append(first)
                text = text.dropFirst()
            }
        }
        return LintTags.expanded(result)
    }
}

@Suite("Patterns of the filters that are installed here")
struct InstalledPatternsTests {
    @Test("They are understood, and 95 % have literals of 5 bytes or more")
    func literals() throws {
        let patterns = InstalledFilters.patterns
        guard !patterns.isEmpty else {
            print(
                "SKIPPED: no filters in \(InstalledFilters.directory); install fail2ban to have them"
            )
            return
        }
        try #require(patterns.count > 100)
        // Read roughly: a few do not compile as they are here.
        let compiling = patterns.filter { (try? Pattern($0)) != nil }
        #expect(compiling.count * 100 >= patterns.count * 97)
        for pattern in compiling { #expect(RegexSyntax.parse(pattern) != nil, "\(pattern)") }
        let sets = compiling.map { RequiredLiterals.of($0) }
        let good = sets.count { set in
            set.map { $0.literals.allSatisfy { $0.bytes.count >= 5 } } ?? false
        }
        #expect(good * 100 >= compiling.count * 95, "\(good) of \(compiling.count)")
    }
}
