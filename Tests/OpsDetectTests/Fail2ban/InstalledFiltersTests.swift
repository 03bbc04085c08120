// Every filter of the installed fail2ban, beside fail2ban's own reader: the same patterns to the
// byte, after tags, includes and options.

import Testing

@testable import OpsDetect

@Suite("Installed filters", .enabled(if: ReferenceReader.isInstalled))
struct InstalledFiltersTests {
    /// What a definition says, in the words of the reference.
    static func reading(_ definition: FilterDefinition) -> Reading {
        var reading: Reading = [
            "failregex": definition.failures, "ignoreregex": definition.ignored,
            "journalmatch": definition.journalMatches.map(\.text),
            "maxlines": [String(definition.maxLines)],
        ]
        if let prefix = definition.prefix { reading["prefregex"] = [prefix] }
        if let pattern = definition.datePattern { reading["datepattern"] = [pattern] }
        return reading
    }

    /// Filters with all ways to read them.
    static func requests(_ directory: String) -> [String] {
        let files = DiskFiles.list(directory + "/filter.d").sorted()
        var requests: [String] = []
        for file in files where file.hasSuffix(".conf") {
            let name = String(file.dropLast(5))
            for type in ["file", "journal"] { requests.append("\(name)\t\(type)") }
            for type in ["short", "rfc5424", "nonsense"] {
                requests.append("\(name)[logtype=\(type)]\tfile")
            }
            let modes = [
                "normal", "ddos", "extra", "aggressive", "auth", "errors", "more", "rbl", "warn",
                "allow-iso8859", "default", "nonsense", "",
            ]
            for mode in modes {
                requests.append("\(name)[mode=\(mode)]\tfile")
                requests.append("\(name)[mode=\"\(mode)\", logtype=journal]\tjournal")
            }
            requests.append("\(name)[maxlines=3, _daemon='a|b', datepattern=\"%Y\"]\tfile")
        }
        return requests
    }

    @Test("Every filter, in every mode and type of log, is read as fail2ban reads it")
    func all() throws {
        let requests = Self.requests(Fail2banPackage.etc)
        let reference = try ReferenceReader.readings(
            "filters", directory: Fail2banPackage.etc, requests: requests)
        let directory = DiskFiles.installed()
        var compared = 0
        for request in requests {
            let parts = request.split(separator: "\t")
            let expected = try #require(reference[request])
            do throws(Fail2banFault) {
                let definition = try directory.filter(
                    String(parts[0]), overrides: ["logtype": String(parts[1])])
                #expect(Self.reading(definition) == expected, "\(request)")
                compared += 1
            } catch {
                #expect(expected["error"] != nil, "\(request): \(error)")
            }
        }
        print("\(requests.count) readings, \(compared) of them without a fault")
        #expect(compared > 1_000)
    }
}
