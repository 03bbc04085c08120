// What an answer of HTTP means: for a webhook, a heartbeat and Telegram.

import OpsCore
import OpsProtocol

extension DeliveryFailure {
    /// Codes of libcurl's at which nothing has left, whatever else.
    private static let neverSent: Set<Int32> = [
        1, 2, 3, 5, 6, 7, 27, 35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 82, 83, 90, 91,
    ]

    /// Why a transfer did not come to its end.  nil: it did.
    init?(transport result: TransferResult) {
        guard result.code != 0 else { return nil }
        let isBefore = Self.neverSent.contains(result.code) || !result.hasSent
        self.init(isBefore ? .neverSent : .maybeSent, result.text)
    }

    /// What a status other than 2xx means.
    /// - Parameter error: the provider's words.
    init(status: Int, _ result: TransferResult, _ error: String) {
        let wait = result.header("retry-after").flatMap { Self.retryAfter($0) }
        switch status {
        case 429: self.init(.limited, error, retryAfterSeconds: wait ?? 30)
        case 503: self.init(.limited, error, retryAfterSeconds: wait ?? 60)
        case 408, 500...599: self.init(.maybeSent, error)
        default: self.init(.permanent, error)
        }
    }

    /// Seconds; a date counts as a minute.  Source: RFC 9110, 10.2.3.
    static func retryAfter(_ text: String) -> Int64? {
        if text.isEmpty { return nil }
        guard let seconds = Double(text), seconds >= 0 else { return 60 }
        return Int64(min(86_400, max(1, seconds.rounded(.up))))
    }
}

extension DeliveryOutcome {
    /// A webhook or a heartbeat.
    static func webhook(_ result: TransferResult) -> DeliveryOutcome {
        if let failure = DeliveryFailure(transport: result) { return .failed(failure) }
        if (200..<300).contains(result.status) { return .sent(receipt: "HTTP \(result.status)") }
        let words = String(decoding: result.body.prefix(200), as: UTF8.self)
        var error = "HTTP \(result.status)"
        if (300..<400).contains(result.status) {
            error +=
                ": it redirects to \(result.header("location") ?? "elsewhere");"
                + " give the URL that it redirects to"
        } else if !words.isEmpty {
            error += ": \(words)"
        }
        return .failed(DeliveryFailure(status: result.status, result, error))
    }

    /// Telegram.  Source: core.telegram.org/bots/api, "Making requests", ResponseParameters.
    static func telegram(_ result: TransferResult, isPlain: Bool) -> DeliveryOutcome {
        if let failure = DeliveryFailure(transport: result) { return .failed(failure) }
        let answer = try? JSONValue(parsing: result.body.span)
        if result.status == 200, answer?["ok"]?.bool == true {
            let id = answer?["result"]?["message_id"]?.integer
            return .sent(receipt: id.map { "telegram message \($0)" } ?? "telegram")
        }
        let words = answer?["description"]?.text
        let error = "HTTP \(result.status)" + (words.map { ": \($0)" } ?? "")
        let parameters = answer?["parameters"]
        if let chat = parameters?["migrate_to_chat_id"]?.integer {
            return .againInChat(String(chat))
        }
        if let seconds = parameters?["retry_after"]?.integer {
            return .failed(
                DeliveryFailure(
                    .limited, error, retryAfterSeconds: min(86_400, max(1, seconds))))
        }
        if result.status == 400, !isPlain { return .againPlain(error) }
        if result.status == 200 {
            return .failed(DeliveryFailure(.maybeSent, "\(error): not an answer of Telegram's"))
        }
        return .failed(DeliveryFailure(status: result.status, result, error))
    }
}
