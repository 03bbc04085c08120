// How one channel is reached: `[pager.channel.NAME]`.  opsd knows a channel's name and kind;
// the rest is opspager's.  There are no secrets here, only where they are.

package import OpsCore

/// A channel as it is configured.
package struct ChannelSettings: Hashable, Sendable {
    /// How a mail server is spoken to.
    package enum Security: String, Hashable, Sendable, CaseIterable {
        /// In clear until STARTTLS, which the server must offer.
        case starttls
        /// TLS from the first byte.
        case implicit
        /// In clear; only to this host.
        case none
    }

    /// What a webhook is sent.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        case json, slack
    }

    /// Nothing is a channel without it.
    package var kind: ChannelKind?
    /// Messages a minute; what is beyond goes as a digest.
    package var perMinute: Int? = 20
    /// Telegram: where pages go.
    package var chat: String?
    /// Telegram: where the token of the bot is.
    package var tokenFile: String?
    /// Telegram: the server; nil: Telegram's own.
    package var apiBase: String?
    /// SMTP: the server.
    package var host: String?
    /// SMTP: the port; nil: that of `security`.
    package var port: Int?
    /// SMTP: how it is spoken to.
    package var security = Security.starttls
    /// SMTP: the user of the login; nil: there is none.
    package var user: String?
    /// SMTP: where the password is.
    package var passwordFile: String?
    /// SMTP: the sender.
    package var from: String?
    /// SMTP: the recipients.
    package var to: [String] = []
    /// Webhook and heartbeat: whom to call.
    package var url: String?
    /// Webhook and heartbeat: where the URL is.
    package var urlFile: String?
    /// Webhook: what the signature is made with.
    package var secretFile: String?
    /// Webhook: what is sent.
    package var format = Format.json
    /// File: lines go to its end.
    package var path: String?
    /// Heartbeat: how often.
    package var everyMilliseconds: Int64 = 60_000
    /// Certificates that are trusted, in place of the system's.
    package var caFile: String?
    /// It was made of the environment (S2-15): there are its secrets.
    package var isFromEnvironment = false

    /// Every default.
    package init() {}

    /// The port, given or not.
    package var effectivePort: Int {
        if let port { return port }
        switch security {
        case .starttls: return 587
        case .implicit: return 465
        case .none: return 25
        }
    }

    /// The host of a URL; nil: it is not one of http or https, or it names a user.
    package static func host(ofURL url: String) -> String? {
        let scheme = url.hasPrefix("https://") ? "https://" : "http://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if authority.contains("@") { return nil }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        return String(authority.prefix { $0 != ":" })
    }

    /// Whether a host is this one.
    package static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        if host == "::1" { return true }
        return host.hasPrefix("127.") && !host.contains("/") && Network(parsing: host) != nil
    }
}
