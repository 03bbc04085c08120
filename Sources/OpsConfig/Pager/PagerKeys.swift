// The keys of `[pager.channel.NAME]` and `[pager.route.SEVERITY]`.

import OpsCore

extension SectionKey<ChannelSettings> {
    /// The keys of a channel.
    static let all: [SectionKey<ChannelSettings>] = [
        .init(
            "kind", .word(\.kindWord, ChannelKind.allCases.map(\.rawValue)),
            "What it is; required."),
        .init(
            "per_minute", .integer(\.perMinute, 1...60),
            "Pages a minute; what is beyond goes as one digest."),
        .init("chat_id", .text(\.chat, .chat), "telegram: the chat that pages go to; required."),
        .init(
            "token_file", .text(\.tokenFile, .secret),
            "telegram: where the token of the bot is; required."),
        .init(
            "api_base", .text(\.apiBase, .url),
            "telegram: a server of your own, in place of https://api.telegram.org."),
        .init("host", .text(\.host, .host), "smtp: the mail server; required."),
        .init(
            "port", .integer(\.port, 1...65_535),
            "smtp: its port; by default 587, 465 with implicit, 25 with none."),
        .init(
            "tls", .word(\.securityWord, ChannelSettings.Security.allCases.map(\.rawValue)),
            "smtp: starttls is required of the server; implicit is TLS from the first byte; none only where the server is on this host."
        ),
        .init(
            "user", .text(\.user, .word), "smtp: the user of the login; by default there is none."),
        .init(
            "password_file", .text(\.passwordFile, .secret), "smtp: where the user's password is."),
        .init("from", .text(\.from, .address), "smtp: the address of the sender; required."),
        .init("to", .texts(\.to, .address, limit: 16), "smtp: who gets it; required."),
        .init("url", .text(\.url, .url), "webhook, heartbeat: what is called; this or url_file."),
        .init(
            "url_file", .text(\.urlFile, .secret),
            "webhook, heartbeat: where the URL is, if it is a secret."),
        .init(
            "secret_file", .text(\.secretFile, .secret),
            "webhook: where the secret of the signature is; by default there is no signature."),
        .init(
            "format", .word(\.formatWord, ChannelSettings.Format.allCases.map(\.rawValue)),
            "webhook: JSON with all members, or a message for Slack or Mattermost."),
        .init(
            "path", .text(\.path, .path),
            "file: the file that lines are appended to; its directory must be there, and opspager be allowed to write in it."
        ),
        .init(
            "every", .duration(\.everyMilliseconds, 10_000...86_400_000),
            "heartbeat: how often, as long as opsd answers."),
        .init(
            "ca_file", .text(\.caFile, .path),
            "telegram, smtp, webhook, heartbeat: the certificates to trust, in place of the system's."
        ),
    ]

    /// The keys that count for a kind.
    static func names(of kind: ChannelKind) -> [String] {
        switch kind {
        case .telegram: ["kind", "per_minute", "chat_id", "token_file", "api_base", "ca_file"]
        case .smtp:
            [
                "kind", "per_minute", "host", "port", "tls", "user", "password_file", "from", "to",
                "ca_file",
            ]
        case .webhook:
            ["kind", "per_minute", "url", "url_file", "secret_file", "format", "ca_file"]
        case .file: ["kind", "per_minute", "path"]
        case .heartbeat: ["kind", "url", "url_file", "every", "ca_file"]
        }
    }
}

extension SectionKey<PagerRoute> {
    /// The keys of a route.
    static let all: [SectionKey<PagerRoute>] = [
        .init(
            "moment", .word(\.momentWord, PagerRoute.Moment.allCases.map(\.rawValue)),
            "When it is told: at once, at the next tick together with others, or never; by default now for critical, tick for warning, never for info."
        ),
        .init(
            "channels", .texts(\.channels, .channel, limit: PagerReader.limit),
            "All of them get it; by default every channel that takes pages."),
        .init(
            "fallback", .texts(\.fallback, .channel, limit: PagerReader.limit),
            "Get it where one of channels is parked, or will never take it."),
        .init(
            "escalate", .texts(\.escalate, .channel, limit: PagerReader.limit),
            "Get it when nobody has acknowledged it after escalate_after."),
        .init(
            "escalate_after", .duration(\.escalateMilliseconds, 60_000...7 * 86_400_000),
            "How long to wait for somebody before escalate."),
        .init(
            "repeat", .duration(\.repeatOrZero, 0...7 * 86_400_000),
            "How often channels get it again while nobody acknowledges it; 0s: not again."),
        .init(
            "resolved", .flag(\.tellsEnd), "Whether whoever was told of it is told of its end."),
    ]
}

extension ChannelSettings {
    fileprivate var kindWord: String {
        get { kind?.rawValue ?? "" }
        set { kind = ChannelKind(rawValue: newValue) }
    }

    fileprivate var securityWord: String {
        get { security.rawValue }
        set { security = Security(rawValue: newValue) ?? security }
    }

    fileprivate var formatWord: String {
        get { format.rawValue }
        set { format = Format(rawValue: newValue) ?? format }
    }
}

extension PagerRoute {
    fileprivate var momentWord: String {
        get { moment.rawValue }
        set { moment = Moment(rawValue: newValue) ?? moment }
    }

    fileprivate var repeatOrZero: Int64 {
        get { repeatMilliseconds ?? 0 }
        set { repeatMilliseconds = newValue == 0 ? nil : newValue }
    }
}
