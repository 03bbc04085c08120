// The small parsers: principals, near names; and what a reload does.

import OpsCore
import Testing

@testable import OpsConfig

@Suite struct ValueTests {
    @Test(arguments: [
        ("root", Principal.user("root")), ("@opsd", .group("opsd")), ("0", .userID(0)),
        ("@1000", .groupID(1_000)), ("4294967294", .userID(4_294_967_294)),
        ("www-data", .user("www-data")), ("_apt", .user("_apt")), ("host$", .user("host$")),
        ("ops@example.org", .user("ops@example.org")), ("DOMAIN\\ops", .user("DOMAIN\\ops")),
    ])
    func principals(text: String, principal: Principal) {
        #expect(Principal(parsing: text) == principal)
        #expect(principal.text == text)
    }

    @Test(arguments: [
        "", "@", "@@a", "-a", "a b", "a:b", "a,b", "a\n", "a\u{0}", "é", "4294967295",
        "99999999999", "007", "1a", "@-1", "+1", "%ops", ".a", String(repeating: "a", count: 256),
    ])
    func noPrincipals(text: String) {
        #expect(Principal(parsing: text) == nil)
    }

    @Test(arguments: [
        ("strike", "strikes"), ("srtikes", "strikes"), ("Window", "window"), ("widnow", "window"),
        ("rate_limits", "rate_limit"), ("bann", "ban"),
    ])
    func nearNames(word: String, name: String) {
        let names = ConfigurationSection.all.first { $0.name == "guard" }?.keys.map(\.name) ?? []
        #expect(Suggestion.closest(to: word, among: names) == name)
    }

    @Test(arguments: ["", "b", "colour", String(repeating: "w", count: 100_000)])
    func farNames(word: String) {
        let names = ConfigurationSection.all.first { $0.name == "guard" }?.keys.map(\.name) ?? []
        #expect(Suggestion.closest(to: word, among: names) == nil)
    }
}

@Suite struct ReloadTests {
    @Test func nothingChanges() {
        let changes = Configuration.changes(from: Configuration(), to: Configuration())
        #expect(changes == ConfigurationChanges(running: Configuration()))
    }

    @Test func someApplyAndSomeWait() throws {
        let new = try load(
            """
            [paths]
            socket = "/run/x.sock"
            [guard]
            strikes = 5
            allow = []
            [store]
            fsync = "no"
            [access]
            read = ["@ops"]
            """)
        let changes = Configuration.changes(from: Configuration(), to: new)
        #expect(changes.applied == ["guard.strikes", "guard.allow", "access.read"])
        #expect(changes.restartRequired == ["paths.socket", "store.fsync"])
        #expect(changes.running.guard.strikes == 5)
        #expect(changes.running.access.read == [.group("ops")])
        #expect(changes.running.paths.socket == "/run/opsd/opsd.sock")
        #expect(changes.running.store.fsync == .always)
        // The same file again: what waits still waits, and nothing else is new.
        let again = Configuration.changes(from: changes.running, to: new)
        #expect(again.applied == [])
        #expect(again.restartRequired == ["paths.socket", "store.fsync"])
    }

    @Test func everyKeyIsNoticed() throws {
        for key in ConfigurationKey.all {
            var new = Configuration()
            switch key.shape {
            case .integer(let place, _, _): new[keyPath: place] += 1
            case .duration(let place, _): new[keyPath: place] += 1
            case .flag(let place): new[keyPath: place].toggle()
            case .timeOfDay(let place): new[keyPath: place] += 1
            case .path(let place, _): new[keyPath: place] += "x"
            case .fsync(let place): new[keyPath: place] = .no
            case .mode(let place): new[keyPath: place] = .none
            case .gateWord(let place): new[keyPath: place] = .closed
            case .networks(let place, _): new[keyPath: place] = []
            case .principals(let place, _): new[keyPath: place] = []
            case .sources(let place, _): new[keyPath: place] = ["sshd"]
            case .mounts(let place, _): new[keyPath: place] = ["/mnt"]
            case .library(let place): new[keyPath: place] = ["dovecot"]
            case .hours(let place): new[keyPath: place] = QuietHours(from: 0, to: 1)
            case .severity(let place): new[keyPath: place] = .info
            case .users(let place, _): new[keyPath: place] = [.userID(5)]
            case .cap(let place): new[keyPath: place] = nil
            case .endpoints(let place, _): new[keyPath: place] = ["icmp://a"]
            }
            let changes = Configuration.changes(from: Configuration(), to: new)
            #expect(changes.applied + changes.restartRequired == [key.path])
            #expect((changes.running == new) == (key.reload == .applied))
        }
    }
}
