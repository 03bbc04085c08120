// Example replies about the chain of events.

@testable import OpsControl
@testable import OpsCore
@testable import OpsProtocol

extension Example {
    static let chain = [
        Example("audit status", .auditStatus(written)),
        Example(
            "audit status", "empty", .auditStatus(AuditChainReport(directory: "/var/log/opsd"))),
    ]

    private static var written: AuditChainReport {
        var report = AuditChainReport(directory: "/var/log/opsd")
        report.head = AuditHead(
            sequence: 1_234, hash: AuditHash(digest: SHA256.digest(of: [1])))
        report.durable = AuditHead(
            sequence: 1_230, hash: AuditHash(digest: SHA256.digest(of: [2])))
        report.through = 5_678
        report.lostLines = 12
        report.since = noon * 1_000_000_000
        report.fault = "/var/log/opsd/events.ndjson: write: No space left on device"
        return report
    }
}
