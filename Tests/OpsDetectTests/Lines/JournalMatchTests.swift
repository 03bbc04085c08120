import Testing

@testable import OpsDetect

@Suite("Matches of the journal")
struct JournalMatchTests {
    @Test(
        "A match that a local user could fit is narrowed to root",
        arguments: [
            ("_COMM=sshd", false), ("SYSLOG_IDENTIFIER=sshd", false), ("", false),
            ("_EXE=/usr/sbin/sshd", false), ("_HOSTNAME=web", false), ("CONTAINER_NAME=a", false),
            ("_TRANSPORT=syslog", false), ("_TRANSPORT=kernel", true), ("_TRANSPORT=driver", true),
            ("_TRANSPORT=kernel _TRANSPORT=syslog", false), ("_COMM=sshd _UID=0", true),
            ("_UID=33", true), ("_SYSTEMD_UNIT=ssh.service", true), ("_UIDX=0", false),
            ("_SYSTEMD_USER_UNIT=a.service", false),
        ])
    func trust(_ text: String, _ isTrusted: Bool) {
        let match = JournalMatch(fields: text.split(separator: " ").map(String.init))
        #expect(match.isTrusted == isTrusted)
        #expect(match.narrowedToTrusted.isTrusted)
        #expect(
            match.narrowedToTrusted.fields == match.fields + (isTrusted ? [] : ["_UID=0"]))
    }
}
