// From a raise to whoever takes the page, and opsd's own incidents: at the engine, with a disk that
// hangs or fails, and a clock that the test moves.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import Testing

@testable import OpsDaemon

@Suite struct PagesEngineTests {
    private static let raise = "incident raise severity=critical source=db msg=lost\n"

    private static func configuration(
        _ change: (inout Configuration) -> Void = { _ in }
    ) -> Configuration {
        var configuration = Configuration()
        configuration.pager.channels = [
            PagerChannel(name: "chat", kind: .file), PagerChannel(name: "mail", kind: .file),
        ]
        configuration.pager.critical.channels = ["chat"]
        configuration.pager.critical.fallback = ["mail"]
        configuration.pager.warning.channels = ["mail"]
        change(&configuration)
        return configuration
    }

    private func loop(_ change: (inout Configuration) -> Void = { _ in }) -> FakeLoop {
        FakeLoop.settled(Self.configuration(change))
    }

    /// The incidents of rules that are not over: `key=severity`.  Nobody takes pages in most tests,
    /// which is an incident as well: it is left out.
    private func own(_ loop: FakeLoop) -> [String] {
        loop.engine.ask { $0.openIncidents }
            .filter { $0.rule != nil && $0.rule != "no_worker" }
            .map { "\($0.group.key)=\($0.highest.rawValue)" }.sorted()
    }

    /// Turns of a second each.
    private func pass(_ seconds: Int, _ loop: FakeLoop) {
        for _ in 0..<seconds {
            loop.advance(1)
            loop.settle()
        }
    }

    // MARK: A page in the turn of its raise

    enum Disk: CaseIterable {
        case prompt, hanging, broken
    }

    @Test(arguments: Disk.allCases) func whoeverWaitsHasThePageInTheTurnOfTheRaise(_ disk: Disk) {
        let loop = loop()
        let taker = loop.connect(uid: 7, role: .pager)
        let reporter = loop.connect(uid: 8, role: .report)
        loop.send(taker, "work take page/chat wait=30s\n")
        #expect(taker.take().isEmpty)
        loop.disk = disk == .prompt ? .prompt : disk == .hanging ? .waiting : .broken
        loop.send(reporter, Self.raise)
        let page = taker.take().last ?? ""
        #expect(page.contains(#""key":"incident/1/raise/1""#), "\(page)")
        #expect(page.contains(#""message":"lost""#) && page.contains(#""may_repeat":false"#))
        if disk == .hanging { #expect(reporter.take().isEmpty, "it is not on the disk yet") }
    }

    @Test func howAPageEndedIsInTheTrail() throws {
        let loop = loop()
        let pager = loop.connect(uid: 7, role: .pager)
        let reporter = loop.connect(uid: 8, role: .report)
        loop.send(reporter, Self.raise)
        loop.send(pager, "work take page/chat wait=1s\n")
        let item = try #require(takenItem(pager.take().last ?? ""))
        _ = loop.ask(pager, "work begun \(item.id) token=\(item.token)")
        let done = loop.ask(pager, "work done \(item.id) token=\(item.token) receipt=17")
        #expect(done.last?.hasPrefix("ok ") == true)
        let marks = loop.engine.ask { $0.incident(1)?.pages } ?? []
        #expect(marks.map(\.end) == [.sent])
        pass(1, loop)
        let lines = loop.takeTrailJobs().flatMap { job -> [String] in
            guard case .append(.incidents, let lines, _) = job else { return [] }
            return String(decoding: lines, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        #expect(lines.contains { $0.contains(#""channel":"chat""#) && $0.contains(#""sent""#) })
    }

    @Test func aReloadTakesChannelsAway() {
        let loop = loop()
        let reporter = loop.connect(uid: 8, role: .report)
        loop.send(reporter, Self.raise)
        #expect(loop.engine.ask { $0.openWorkCount } == 1)
        loop.engine.adopt(
            Self.configuration {
                $0.pager.channels.removeFirst()
                $0.pager.critical.channels = ["mail"]
                $0.pager.critical.fallback = []
            })
        pass(1, loop)
        let marks = loop.engine.ask { $0.incident(1)?.pages } ?? []
        #expect(marks.contains { $0.channel == "mail" && $0.reason == .raise && $0.item != 0 })
        #expect(!marks.contains { $0.channel == "chat" && $0.end == nil })
    }

    // MARK: What opsd raises by itself

    @Test func aBrokenStoreIsAnIncidentUntilItHasBeenWellForAMinute() {
        let loop = loop()
        pass(61, loop)
        let client = loop.connect(role: .admin)
        loop.disk = .broken
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        pass(2, loop)
        #expect(own(loop) == ["store_degraded=critical"])
        #expect(loop.engine.ask { $0.incident(1)?.raises } == 1)
        loop.disk = .prompt
        pass(30, loop)
        #expect(!loop.engine.log.isDegraded && own(loop) == ["store_degraded=critical"])
        pass(40, loop)
        #expect(own(loop) == [])
        #expect(loop.engine.ask { $0.incident(1)?.raises } == 1)
    }

    @Test func afterAStartNothingIsWellForAMinute() throws {
        let loop = loop()
        let condition = IncidentCondition(
            .diskHigh, thing: "/var", "The disk /var is nearly full", details: "at 99 %")
        for change in loop.engine.ask({ $0.raise(condition, .critical, at: loop.engine.now) }) {
            loop.engine.commit(change)
        }
        pass(30, loop)
        #expect(own(loop) == ["disk_high:/var=critical"])
        // Without a sample nothing is known of a disk, however long it takes.
        pass(60, loop)
        #expect(own(loop) == ["disk_high:/var=critical"])
    }

    @Test func pagesThatNobodyTakesAreAnIncident() {
        let loop = loop()
        let reporter = loop.connect(uid: 8, role: .report)
        loop.send(reporter, Self.raise)
        pass(59, loop)
        #expect(!loop.engine.ask { $0.openIncidents }.contains { $0.rule == "no_worker" })
        pass(3, loop)
        let found = loop.engine.ask { $0.openIncidents }.first { $0.rule == "no_worker" }
        #expect(
            found?.group
                == IncidentGroup(source: "opspager", key: "no_worker:page/chat", message: ""))
    }

    @Test func aSilentPagerIsAnIncident() {
        let loop = loop()
        loop.engine.expect([.opspager])
        pass(62, loop)
        #expect(own(loop).contains("satellite_silent:opspager=warning"))
        let pager = loop.connect(uid: 7, role: .pager)
        _ = loop.ask(pager, "hello name=opspager version=0.2.0")
        for _ in 0..<70 {
            pass(1, loop)
            _ = loop.ask(pager, "ping")
        }
        #expect(!own(loop).contains("satellite_silent:opspager=warning"))
    }

    @Test func aParkedChannelIsThePagersOwnIncident() throws {
        let loop = loop()
        pass(61, loop)
        let pager = loop.connect(uid: 7, role: .pager)
        let reporter = loop.connect(uid: 8, role: .report)
        loop.send(reporter, Self.raise)
        for _ in 0..<5 {
            loop.send(pager, "work take page/chat wait=0s\n")
            guard let item = takenItem(pager.take().last ?? "") else {
                pass(20, loop)
                continue
            }
            _ = loop.ask(
                pager,
                "work failed \(item.id) token=\(item.token) class=never-sent error=\"refused\"")
            pass(40, loop)
        }
        #expect(own(loop).contains("channel_parked:chat=critical"))
        let incident = try #require(
            loop.engine.ask { $0.openIncidents }.first { $0.rule == "channel_parked" })
        #expect(incident.group.source == "opspager" && incident.details == "refused")
        // Whoever stands in has been told of both.
        let mail = loop.engine.ask { $0.incident(1)?.pages.contains { $0.channel == "mail" } }
        #expect(mail == true)
    }

    @Test func aRuleThatIsOffRaisesNothing() {
        let loop = loop { $0.incidentRules[.storeDegraded] = nil }
        pass(61, loop)
        let client = loop.connect(role: .admin)
        loop.disk = .broken
        _ = loop.ask(client, "ban 203.0.113.9 ttl=1h")
        pass(2, loop)
        #expect(own(loop) == [])
        // On after a reload, and off again: what it raised is over.
        loop.engine.adopt(Self.configuration())
        pass(1, loop)
        #expect(own(loop) == ["store_degraded=critical"])
        loop.engine.adopt(Self.configuration { $0.incidentRules[.storeDegraded] = nil })
        pass(1, loop)
        #expect(own(loop) == [])
    }
}
