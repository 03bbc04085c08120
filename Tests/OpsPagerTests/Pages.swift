// Pages as the tests have them.

import OpsCore

@testable import OpsPager

/// 2026-11-29T02:00:00Z.
let night: Int64 = 1_795_917_600

func subject(
    _ reason: PageReason = .raise, _ severity: Severity = .critical, incident: UInt64 = 17,
    source: String = "healthcheck", message: String = "Database connection lost",
    count: UInt64 = 1, resolved: Int64? = nil
) -> PageSubject {
    PageSubject(
        incident: incident, severity: severity, source: source, message: message,
        fingerprint: Incident.fingerprint(severity, source: source, message: message),
        count: count, stage: resolved == nil ? .open : .resolved, reason: reason, opened: night,
        resolved: resolved)
}

func page(_ subject: PageSubject, _ reason: PageReason? = nil) -> PageMessage {
    PageMessage(
        reason: reason ?? subject.reason, host: "db1", made: night, subjects: [subject])
}

func text(_ page: PageMessage, mayRepeat: Bool = false) -> PageText {
    PageText(page, mayRepeat: mayRepeat, channel: "ops")
}

/// One page of each kind, by name: what docs/pages shows.
let examples: [(name: String, page: PageMessage)] = {
    var raise = page(subject())
    raise.details = "connection refused\nafter 3 tries"
    raise.links = ["https://wiki.example.org/db1"]
    raise.advice = "See whether the database runs: systemctl status postgresql"
    raise.evidence = "load 7.9, memory 91 %\npostgres 88 % of a processor"
    var again = page(subject(.again, .warning, count: 17))
    again.windowSeconds = 3_600
    var resolved = page(subject(.resolve, resolved: night + 754))
    resolved.made = night + 754
    var digest = PageMessage(
        reason: .digest, host: "db1", made: night,
        subjects: [
            subject(),
            subject(.again, .warning, incident: 18, source: "backup", message: "late", count: 4),
            subject(.resolve, .warning, incident: 19, message: "disk is full", resolved: night),
        ])
    digest.windowSeconds = 300
    digest.unnamed = [.critical: 2, .warning: 40]
    var test = PageMessage(reason: .test, host: "db1", made: night, subjects: [])
    test.uid = 1_000
    return [
        ("raise", raise), ("warning", page(subject(.raise, .warning))), ("again", again),
        ("remind", page(subject(.remind))), ("escalate", page(subject(.escalate))),
        ("resolve", resolved),
        ("raise-and-resolve", page(subject(.raiseAndResolve, resolved: night + 20))),
        ("flapping", page(subject(.flapping, .warning))), ("digest", digest), ("test", test),
    ]
}()
