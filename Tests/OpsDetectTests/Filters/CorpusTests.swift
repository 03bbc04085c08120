// All samples of the installed fail2ban, each line as it is annotated.

import Testing

@testable import OpsDetect

@Suite("fail2ban's samples", .enabled(if: InstalledSamples.areInstalled))
struct CorpusTests {
    @Test(
        "Every line of every filter's samples is what its annotation says",
        arguments: InstalledSamples.names, [true, false])
    func corpus(_ name: String, usesLiterals: Bool) throws {
        let zone = try LogZone(rule: AnnotatedSamples.zoneRule)
        var samples = AnnotatedSamples(
            name: name, zone: zone, usesLiterals: usesLiterals
        ) { options throws(FilterFault) in try InstalledSamples.filter(name, options) }
        let report = samples.check(name, read: InstalledSamples.samples)
        #expect(report.annotated > 0)
        for wrong in report.wrong { Issue.record("\(wrong)") }
    }

    @Test("All samples together are what the package has")
    func all() throws {
        let zone = try LogZone(rule: AnnotatedSamples.zoneRule)
        var annotated = 0
        var others = 0
        var named = 0
        for name in InstalledSamples.names {
            var samples = AnnotatedSamples(name: name, zone: zone) {
                options throws(FilterFault) in try InstalledSamples.filter(name, options)
            }
            let report = samples.check(name, read: InstalledSamples.samples)
            annotated += report.annotated
            others += report.others
            named += report.named
        }
        print("samples: \(annotated) annotated (\(named) of a host's name), \(others) others")
        #expect(annotated >= 1000)
    }
}
