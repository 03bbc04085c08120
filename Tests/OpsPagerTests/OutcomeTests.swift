// What answers mean: the classes that opsd decides by.

import OpsConfig
import OpsCore
import OpsSatellite
import Testing

@testable import OpsPager

private func kind(_ outcome: DeliveryOutcome) -> DeliveryFailure.Class? {
    if case .failed(let failure) = outcome { failure.kind } else { nil }
}

private func retry(_ outcome: DeliveryOutcome) -> Int64? {
    if case .failed(let failure) = outcome { failure.retryAfterSeconds } else { nil }
}

private func answer(_ status: Int, _ body: String = "{}", _ lines: [String] = []) -> TransferResult
{
    TransferResult(
        code: 0, text: "", status: status, body: Array(body.utf8), lines: lines, hasSent: true)
}

private func broken(_ code: Int32, hasSent: Bool, status: Int = 0) -> TransferResult {
    TransferResult(code: code, text: "libcurl's words", status: status, hasSent: hasSent)
}

@Suite struct OutcomeTests {
    // MARK: Transport

    /// DNS, connecting and TLS: nothing has left.
    @Test(arguments: [5, 6, 7, 35, 60, 77] as [Int32])
    func whatFailsBeforeItIsSentWasNeverSent(_ code: Int32) {
        #expect(kind(.webhook(broken(code, hasSent: false))) == .neverSent)
        #expect(kind(.telegram(broken(code, hasSent: false), isPlain: false)) == .neverSent)
        #expect(kind(.mail(broken(code, hasSent: false), id: "x")) == .neverSent)
    }

    /// A timeout, a reset, silence: it depends on whether the message had left.
    @Test(arguments: [28, 52, 55, 56] as [Int32])
    func whatFailsAfterItIsSentMayHaveArrived(_ code: Int32) {
        #expect(kind(.webhook(broken(code, hasSent: true))) == .maybeSent)
        #expect(kind(.webhook(broken(code, hasSent: false))) == .neverSent)
        #expect(kind(.telegram(broken(code, hasSent: true), isPlain: false)) == .maybeSent)
        #expect(kind(.mail(broken(code, hasSent: true, status: 354), id: "x")) == .maybeSent)
        #expect(kind(.mail(broken(code, hasSent: false, status: 250), id: "x")) == .neverSent)
    }

    // MARK: HTTP

    @Test func statusesOfAWebhook() {
        for status in [200, 201, 204] { #expect(kind(.webhook(answer(status))) == nil) }
        for status in [301, 302, 400, 401, 403, 404, 410] {
            #expect(kind(.webhook(answer(status))) == .permanent, "\(status)")
        }
        for status in [408, 500, 502, 504] {
            #expect(kind(.webhook(answer(status))) == .maybeSent, "\(status)")
        }
        let limited = DeliveryOutcome.webhook(answer(429, "", ["Retry-After: 12"]))
        #expect(kind(limited) == .limited && retry(limited) == 12)
        #expect(retry(.webhook(answer(503))) == 60)
        #expect(retry(.webhook(answer(429, "", ["retry-after: soon"]))) == 60)
    }

    // MARK: Telegram

    @Test func answersOfTelegram() {
        let sent = answer(200, #"{"ok":true,"result":{"message_id":7}}"#)
        #expect(
            .telegram(sent, isPlain: false) == DeliveryOutcome.sent(receipt: "telegram message 7"))
        let limited = DeliveryOutcome.telegram(
            answer(429, #"{"ok":false,"description":"Too Many","parameters":{"retry_after":9}}"#),
            isPlain: false)
        #expect(kind(limited) == .limited && retry(limited) == 9)
        let bad = answer(400, #"{"ok":false,"description":"can't parse entities"}"#)
        #expect(
            .telegram(bad, isPlain: false)
                == DeliveryOutcome.againPlain("HTTP 400: can't parse entities"))
        #expect(kind(.telegram(bad, isPlain: true)) == .permanent)
        let moved = answer(
            400, #"{"ok":false,"parameters":{"migrate_to_chat_id":-1009}}"#)
        #expect(.telegram(moved, isPlain: false) == DeliveryOutcome.againInChat("-1009"))
        for status in [401, 403, 404] {
            #expect(kind(.telegram(answer(status), isPlain: false)) == .permanent)
        }
        #expect(kind(.telegram(answer(500), isPlain: false)) == .maybeSent)
        // A captive portal says 200 to everything.
        #expect(kind(.telegram(answer(200, "<html>"), isPlain: false)) == .maybeSent)
    }

    // MARK: SMTP

    private func refused(_ code: Int32, _ line: String, hasSent: Bool = false) -> TransferResult {
        var result = broken(code, hasSent: hasSent)
        result.status = Int(line.prefix(3)) ?? 0
        result.lines = ["250 OK", line]
        return result
    }

    @Test func answersOfMailServers() {
        #expect(.mail(answer(250), id: "<x@y>") == DeliveryOutcome.sent(receipt: "<x@y>"))
        let cases: [(Int32, String, Bool, DeliveryFailure.Class)] = [
            (55, "451 4.3.0 try again later", false, .neverSent),
            (8, "451 4.3.0 try again later", true, .neverSent),
            (8, "452 4.7.1 too many messages", true, .limited),
            (55, "421 too many connections", false, .limited),
            (55, "550 5.1.1 no such user", false, .permanent),
            (8, "550 5.7.1 refused", true, .permanent),
            (67, "535 5.7.8 authentication failed", false, .permanent),
            (64, "502 command not implemented", false, .neverSent),
            // The timeout came after an answer that is not about the letter.
            (28, "550 from an earlier recipient", true, .maybeSent),
        ]
        for (code, line, hasSent, wanted) in cases {
            let outcome = DeliveryOutcome.mail(refused(code, line, hasSent: hasSent), id: "x")
            #expect(kind(outcome) == wanted, "\(code) \(line)")
            guard case .failed(let failure) = outcome else { continue }
            #expect(failure.error.contains(line), "\(failure.error)")
        }
    }

    // MARK: Errors

    @Test func errorsAreOneShortLine() {
        let failure = DeliveryFailure(
            .permanent, "a\r\n\u{1b}[31m\u{202e}" + String(repeating: "é", count: 900))
        #expect(failure.error.utf8.count <= WorkBounds.errorBytes)
        #expect(failure.error.hasPrefix("a\\r\\n\\x1b[31m"))
    }

    /// Whoever repeats a secret, it is not passed on.
    @Test func secretsAreHidden() {
        var settings = ChannelSettings()
        settings.kind = .telegram
        settings.chat = "-1"
        settings.isFromEnvironment = true
        let secrets = SecretSource(credentials: nil) { _ in "123:very-secret" }
        let channel = Channel("tg", settings, secrets)
        let message = Message(page: page(subject()), id: "1.1")
        let result = answer(404, #"{"ok":false,"description":"no /bot123:very-secret/x"}"#)
        guard case .failed(let failure) = channel.outcome(result, of: message) else {
            Issue.record("it was sent")
            return
        }
        #expect(failure.error == "HTTP 404: no /bot***/x")
    }
}
