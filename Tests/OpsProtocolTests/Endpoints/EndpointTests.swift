// Requests about endpoints, and checks as text.

import OpsCore
import Testing

@testable import OpsProtocol

@Suite struct EndpointTests {
    @Test func periodsComeBack() {
        for counts in [
            [CheckCounts(all: 120)], [CheckCounts()],
            [CheckCounts(all: 1, down: 1), CheckCounts(), CheckCounts(all: .max, down: 7)],
        ] {
            #expect(PeriodText.counts(PeriodText.text(counts)) == counts)
        }
        #expect(
            PeriodText.text([CheckCounts(all: 120), CheckCounts(), CheckCounts(all: 9, down: 2)])
                == "120,,9/2")
    }

    @Test(arguments: ["0", "01", "5/0", "5/6", "5/1/1", "x", "-1", "65536", "5/", "/5", " 5"])
    func whatIsNoPeriodIsRefused(text: String) {
        #expect(PeriodText.counts(text) == nil)
    }

    @Test func theDailyCheckIsOneObject() {
        var health = DailyHealth(ts: 1_795_252_290, since: 1_795_165_890)
        health.counts = [.up: 2, .down: 1]
        var bytes: [UInt8] = []
        health.write(to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"ts":"2026-11-21T09:11:30Z","ok":true,"since":"2026-11-20T09:11:30Z","#
                + #""endpoints":{"up":2,"slow":0,"down":1,"unknown":0},"failures":[],"log_rules":[],"#
                + #""incidents":[]}"# + "\n")
    }
}
