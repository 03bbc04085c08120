// Whether opsd lives, as far as its answers tell.  A socket that accepts says nothing: that may be
// systemd's.

import OpsCore

/// Looks at opsd's answers by the clock.
struct Deadman: Sendable {
    /// How long opsd may be without an answer: milliseconds.
    static let patienceMilliseconds: Int64 = 60_000
    /// After this long without a look the host slept, or this process did.
    private static let sleepMilliseconds: Int64 = 10_000

    /// What is to be said.
    enum Finding: Hashable, Sendable {
        /// It is silent; an orderly stop came before.
        case silent(isOrderly: Bool)
        /// It answers again, after so long.
        case back(afterMilliseconds: Int64)
    }

    private var lastAnswer: Int64
    private var lastLook: Int64
    private var silentSince: Int64?
    private var isOrderly = false

    init(at boot: Int64) {
        lastAnswer = boot
        lastLook = boot
    }

    /// It has answered something.
    mutating func answered(at boot: Int64) -> Finding? {
        lastAnswer = max(lastAnswer, boot)
        isOrderly = false
        guard let since = silentSince else { return nil }
        silentSince = nil
        return .back(afterMilliseconds: boot - since)
    }

    /// It has said that it stops.
    mutating func saidGoodbye() { isOrderly = true }

    /// A look.
    mutating func look(at boot: Int64) -> Finding? {
        let gap = boot - lastLook
        if gap > Self.sleepMilliseconds { lastAnswer += gap }
        lastLook = boot
        guard silentSince == nil, boot - lastAnswer >= Self.patienceMilliseconds else { return nil }
        silentSince = lastAnswer
        return .silent(isOrderly: isOrderly)
    }
}

extension Deadman.Finding {
    /// What is said.
    /// - Parameter silence: what was said when it fell silent, for the end of that.
    func page(host: String, wall: Int64, silence: PageMessage?) -> PageMessage {
        switch self {
        case .silent(let isOrderly):
            let severity: Severity = isOrderly ? .warning : .critical
            let seconds = Deadman.patienceMilliseconds / 1_000
            let message =
                isOrderly
                ? "opsd was stopped and has not come back for \(seconds) s"
                : "opsd has not answered for \(seconds) s"
            var page = PageMessage(
                reason: .raise, host: host, made: wall,
                subjects: [Self.subject(severity, message, opened: wall, resolved: nil)])
            page.details = "Until it is back nobody is told of anything else on this host."
            page.advice = "On the host: systemctl status opsd, and journalctl -u opsd -n 50."
            return page
        case .back(let milliseconds):
            let first = silence?.subjects.first
            let page = PageMessage(
                reason: .resolve, host: host, made: wall,
                subjects: [
                    Self.subject(
                        first?.severity ?? .critical,
                        first?.message ?? "opsd has not answered",
                        opened: first?.opened ?? wall - milliseconds / 1_000, resolved: wall)
                ])
            return page
        }
    }

    private static func subject(
        _ severity: Severity, _ message: String, opened: Int64, resolved: Int64?
    ) -> PageSubject {
        let source = "opspager"
        return PageSubject(
            incident: 0, severity: severity, source: source, message: message,
            fingerprint: Incident.fingerprint(severity, source: source, message: message), count: 1,
            stage: resolved == nil ? .open : .resolved, reason: resolved == nil ? .raise : .resolve,
            opened: opened, resolved: resolved)
    }
}
