// Every jail of the installed fail2ban, as if it were enabled, beside fail2ban's own reader.

import OpsCore
import Testing

@testable import OpsDetect

@Suite("Installed jails", .enabled(if: ReferenceReader.isInstalled))
struct InstalledJailsTests {
    /// What a jail says, in the words of the reference.
    static func reading(_ jail: JailDefinition, _ definition: FilterDefinition) -> Reading {
        var reading = InstalledFiltersTests.reading(definition)
        reading["maxretry"] = [String(jail.maxRetry)]
        reading["findtime"] = [String(jail.findTime)]
        reading["bantime"] = [jail.banTime.map { String($0) } ?? "-1000"]
        return reading
    }

    @Test("Every jail is read as fail2ban reads it")
    func all() throws {
        var reference = try ReferenceReader.readings("jails", directory: Fail2banPackage.etc)
        let list = try DiskFiles.installed().jailList(all: true)
        #expect(list.warnings.isEmpty)
        #expect(list.jails.count == reference.count)
        var compared = 0
        for jail in list.jails {
            let known = reference.removeValue(forKey: jail.name)
            var expected = try #require(known)
            guard let definition = jail.definition else {
                // fail2ban starts a jail without a pattern, which finds nothing.
                let isEmpty = expected["failregex"]?.isEmpty ?? true
                #expect(expected["error"] != nil || isEmpty, "\(jail.name): \(jail.state)")
                continue
            }
            compared += 1
            let shownBackend = expected.removeValue(forKey: "backend")
            let backend = try #require(shownBackend)
            #expect(backend == [jail.backend.rawValue] || jail.backend == .files)
            let shownPaths = expected.removeValue(forKey: "logpath")
            let paths = try #require(shownPaths)
            let shown = jail.logPaths.map { $0.fromEnd ? $0.path + " tail" : $0.path }
            #expect(paths.filter { !$0.isEmpty } == shown)
            let ignored = expected.removeValue(forKey: "ignoreip")
            #expect(ignored == [])
            let encoding = expected.removeValue(forKey: "logencoding")
            #expect(encoding == ["auto"] || encoding == [jail.encoding])
            #expect(Self.reading(jail, definition) == expected, "\(jail.name)")
            #expect(jail.equivalentSpec != nil, "\(jail.name)")
        }
        print("\(list.jails.count) jails, \(compared) compared")
        #expect(compared > 80)
        #expect(reference.isEmpty)
    }

    @Test("Without anything set, only what Debian switches on is enabled")
    func debian() throws {
        let jails = try DiskFiles.installed().jails()
        #expect(jails.filter { $0.state == .enabled }.map(\.name) == ["sshd"])
    }
}
