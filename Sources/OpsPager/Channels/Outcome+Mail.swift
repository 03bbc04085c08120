// What a conversation of SMTP means.  Source: RFC 5321, 4.2; RFC 3463.

import OpsCore

extension DeliveryOutcome {
    /// - Parameter id: the Message-ID, which is the receipt.
    static func mail(_ result: TransferResult, id: String) -> DeliveryOutcome {
        if result.code == 0 { return .sent(receipt: id) }
        let words = result.refused.last ?? serverWords(result)
        let error = words.map { "\($0) (\(result.text))" } ?? result.text
        return .failed(failure(result, error))
    }

    private static func failure(_ result: TransferResult, _ error: String) -> DeliveryFailure {
        let code = result.status
        // No encryption, or not the server that it should be: nothing was said to it.
        let security: Set<Int32> = [35, 58, 59, 60, 64, 66, 77, 83, 90, 91]
        if security.contains(result.code) { return DeliveryFailure(.neverSent, error) }
        // Its own answer counts, wherever the conversation was: it has not taken the letter.
        let isTimeout = result.code == 28
        if !isTimeout, (500..<600).contains(code) { return DeliveryFailure(.permanent, error) }
        if !isTimeout, (400..<500).contains(code) {
            if code == 421 || isPolicy(result) {
                return DeliveryFailure(.limited, error, retryAfterSeconds: 60)
            }
            return DeliveryFailure(.neverSent, error)
        }
        return DeliveryFailure(result.hasSent ? .maybeSent : .neverSent, error)
    }

    /// The last line of the server's that refuses something; nil: it said no such thing.
    private static func serverWords(_ result: TransferResult) -> String? {
        result.lines.last { $0.hasPrefix("4") || $0.hasPrefix("5") }
    }

    /// 4.7.x: not now, by its rules; greylisting and limits of rates are of that kind.
    private static func isPolicy(_ result: TransferResult) -> Bool {
        guard let words = serverWords(result) else { return false }
        return words.dropFirst(3).contains("4.7.") || words.lowercased().contains("greylist")
    }
}
