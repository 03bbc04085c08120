// Endpoints in the daemon: over the socket, as incidents, and in the file of the daily check.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsStore
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite struct EndpointEngineTests {
    private static let configuration: Configuration = {
        var configuration = Configuration()
        for name in ["mail", "shop"] {
            var settings = EndpointSettings()
            settings.url = "https://\(name).example.org/"
            configuration.endpoints[name] = settings
        }
        return configuration
    }()

    /// The role may tell and greet, and nothing else.
    @Test func theRoleOfTheChecker() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .check)
        #expect(
            loop.ask(client, "hello name=opscheck version=1").last?.hasPrefix("ok ") == true)
        #expect(
            loop.ask(client, "endpoint report shop state=up latency_ms=12.5 cert_days=60")
                == [#"ok {"counted":true}"#])
        #expect(loop.ask(client, "ping").last?.hasPrefix("ok ") == true)
        for line in ["endpoints", "status", "ban 192.0.2.1", "slo observe default ok=true"] {
            #expect(loop.ask(client, line).last?.contains("forbidden") == true, "\(line)")
        }
        #expect(
            loop.ask(client, "endpoint report other state=up").last?.contains("not-found") == true)
        #expect(
            loop.ask(client, "endpoint report shop state=well").last?.contains("bad-argument")
                == true)
        let reader = loop.connect(role: .read)
        let list = loop.ask(reader, "endpoints").last ?? ""
        #expect(
            list.contains(#""name":"shop","url":"https://shop.example.org/","state":"up""#)
                && list.contains(#""latency_ms":12.5"#) && list.contains(#""cert_days":60"#))
    }

    /// Down is an incident as long as it is: it ends by itself, a minute after the endpoint is up.
    @Test func whatIsDownIsAnIncident() {
        let loop = FakeLoop.settled(Self.configuration)
        let client = loop.connect(role: .admin)
        _ = loop.ask(client, #"endpoint report shop state=down reason="status: 503""#)
        for _ in 0..<3 { loop.advance(1) }
        let open = loop.ask(client, "incidents").last ?? ""
        #expect(
            open.contains("The endpoint shop is down")
                && open.contains(#""severity":"critical""#))
        #expect((loop.ask(client, "incident show 1").last ?? "").contains("status: 503"))
        // Each report of the same says nothing new.
        for _ in 0..<5 {
            _ = loop.ask(client, #"endpoint report shop state=down reason="status: 503""#)
            loop.advance(30)
        }
        _ = loop.ask(client, "endpoint report shop state=up latency_ms=5")
        loop.advance(1)
        #expect((loop.ask(client, "incidents").last ?? "").contains("endpoint shop is down"))
        for _ in 0..<31 {
            loop.advance(2)
        }
        #expect(!(loop.ask(client, "incidents").last ?? "").contains("endpoint shop is down"))
        let all = loop.ask(client, "incidents state=all").last ?? ""
        #expect(all.split(separator: "endpoint shop is down").count == 2)
    }

    @Test func theDailyCheckIsAFile() {
        var configuration = Self.configuration
        configuration.health.dailyHealthMinutes = 0
        let loop = FakeLoop.settled(configuration)
        let client = loop.connect(role: .admin)
        _ = loop.ask(client, "detector rule sshd state=active matched=3 looked=9")
        _ = loop.ask(client, "endpoint report shop state=up latency_ms=5")
        _ = loop.takeTrailJobs()
        let wall = loop.engine.now.wall / 1_000_000_000
        var files: [String] = []
        var left = 86_400 - wall % 86_400 + 5
        while left > 0 {
            let step = min(20, left)
            left -= step
            loop.advance(Double(step))
            _ = loop.ask(client, "endpoint report shop state=up latency_ms=5")
            _ = loop.ask(client, #"endpoint report mail state=down reason="connect: refused""#)
            _ = loop.ask(client, "detector rule sshd state=active matched=3 looked=9")
            files += loop.takeTrailJobs().compactMap { job in
                guard case .replace(DailyCheck.file, let bytes) = job else { return nil }
                return String(decoding: bytes, as: UTF8.self)
            }
        }
        #expect(files.count == 1)
        let text = files.first ?? ""
        #expect(
            text.contains(#""ok":false"#)
                && text.contains(#"{"endpoint":"mail","state":"down","reason":"connect: refused"}"#)
                && text.contains(#"{"rule":"sshd","matches":3}"#), "\(text)")
        let open = loop.ask(client, "incidents").last ?? ""
        #expect(open.contains("The daily health check has failed"))
        let details = (1...3).compactMap { loop.ask(client, "incident show \($0)").last }
        #expect(details.contains { $0.contains("endpoints: mail down") }, "\(details)")
    }

    @Test func theDailyCheckIsDueOnceADay() {
        let day = Calendar.day
        var check = DailyCheck()
        let minute = 60 * Rounds.second
        // The clock is set back at the end: planned anew, and not made twice for that.
        let looks: [(minutes: Int, at: Int64, isDue: Bool)] = [
            (480, 10 * day, false), (480, 10 * day + 479 * minute, false),
            (480, 10 * day + 480 * minute, true), (480, 10 * day + 481 * minute, false),
            (480, 9 * day, false), (TimeOfDay.never, 20 * day, false),
        ]
        for look in looks {
            let isDue = check.isDue(minutes: look.minutes, at: look.at)
            #expect(isDue == look.isDue, "\(look)")
        }
        let first = check.findings([("a", 5), ("b", 0)], at: 7)
        #expect(first == [DailyHealth.Finding(rule: "a", matches: 5)])
        let second = check.findings([("a", 9), ("b", 0)], at: 8)
        #expect(second.first?.matches == 4)
        // opswatch has begun anew.
        let third = check.findings([("a", 2)], at: 9)
        #expect(third.first?.matches == 2)
        #expect(check.taken == 9)
    }
}
