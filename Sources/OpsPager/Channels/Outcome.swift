// How an attempt ended, in the classes that opsd decides by (docs/architecture.md): not how often
// it failed, but what is known of the message.

import OpsCore
import OpsLinux

/// Why an attempt failed.
struct DeliveryFailure: Error, Hashable, Sendable {
    /// What is known of the message.
    enum Class: String, Hashable, Sendable, CaseIterable {
        /// It has not left: nobody has it.
        case neverSent = "never-sent"
        /// The provider wants a pause first.
        case limited
        /// It has left, and no answer came: somebody may have it.
        case maybeSent = "maybe-sent"
        /// It will never be taken.
        case permanent
    }

    var kind: Class
    /// When the provider wants to hear of it again.
    var retryAfterSeconds: Int64?
    /// The provider's own words, or libcurl's: one line, no secrets.
    var error: String

    init(_ kind: Class, _ error: String, retryAfterSeconds: Int64? = nil) {
        self.kind = kind
        self.retryAfterSeconds = retryAfterSeconds
        self.error = Self.line(error)
    }

    /// One line of at most `WorkBounds.errorBytes`.
    static func line(_ text: String) -> String {
        var line = PlainText.escaped(text)
        while line.utf8.count > WorkBounds.errorBytes {
            line.unicodeScalars.removeLast(max(1, (line.utf8.count - WorkBounds.errorBytes) / 4))
        }
        return line
    }
}

/// How an attempt ended.
enum DeliveryOutcome: Hashable, Sendable {
    /// The provider has it; what it calls it.
    case sent(receipt: String)
    case failed(DeliveryFailure)
    /// Telegram: it does not like the entities; the same without them.
    case againPlain(String)
    /// Telegram: the chat has another number now.
    case againInChat(String)
}
