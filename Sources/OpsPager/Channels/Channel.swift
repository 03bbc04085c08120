// One channel with its secrets: makes requests of pages, and outcomes of answers.  It sends nothing
// itself.

import OpsConfig
import OpsCore
import OpsLinux
import OpsProtocol
import OpsSatellite

/// A page on its way to a channel.
struct Message: Hashable, Sendable {
    var page: PageMessage
    /// The same one each time it is sent: `CREATED.ITEM`.
    var id: String
    /// It may have been delivered before.
    var mayRepeat = false
    /// Without markup: Telegram's second try.
    var isPlain = false
    /// In place of the channel's chat, where that has moved.
    var chat: String?
}

/// A channel that can be used, or says why not.
struct Channel: Sendable {
    /// What a message is turned into.
    enum Sending: Hashable, Sendable {
        case transfer(TransferRequest)
        /// A line for a file.
        case line(path: String, bytes: [UInt8])
    }

    var name: String
    var kind: ChannelKind
    var settings: ChannelSettings
    /// Why it cannot be used; nil: it can.
    private(set) var fault: String?
    /// Only since its secret is there in the unit alone.
    private(set) var isOfUnit = false
    private var token = ""
    private var password: String?
    private var url = ""
    private var signatureKey: String?

    /// Reads its secrets.
    init(_ name: String, _ settings: ChannelSettings, _ secrets: SecretSource) {
        self.name = name
        self.settings = settings
        kind = settings.kind ?? .file
        do throws(SecretSource.Fault) {
            try read(secrets)
        } catch {
            fault = "pager.channel.\(name).\(error.message)"
            isOfUnit = error.isOfUnit
        }
    }

    private mutating func read(_ secrets: SecretSource) throws(SecretSource.Fault) {
        switch kind {
        case .telegram:
            if settings.isFromEnvironment {
                token = try secrets.secret(of: .token)
            } else if let place = settings.tokenFile {
                token = try secrets.secret(place, key: "token_file")
            }
            // It becomes a part of a path.
            guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f && $0 != 0x3f })
            else {
                throw SecretSource.Fault(message: "token_file: not a token of a bot")
            }
        case .smtp:
            if settings.isFromEnvironment, settings.user != nil {
                password = try secrets.secret(of: .password)
            } else if let place = settings.passwordFile {
                password = try secrets.secret(place, key: "password_file")
            }
        case .webhook, .heartbeat:
            url = settings.url ?? ""
            if let place = settings.urlFile {
                url = try secrets.secret(place, key: "url_file")
                guard ChannelSettings.host(ofURL: url) != nil else {
                    throw SecretSource.Fault(message: "url_file: not a URL of http or https")
                }
            }
            if let place = settings.secretFile {
                signatureKey = try secrets.secret(place, key: "secret_file")
            }
        case .file: break
        }
    }

    // MARK: Out

    /// What is to be sent.
    /// - Parameter now: seconds since 1970.
    func sending(_ message: Message, now: Int64) -> Sending {
        let text = PageText(message.page, mayRepeat: message.mayRepeat, channel: name)
        switch kind {
        case .telegram: return .transfer(.http(telegram(message, text)))
        case .smtp: return .transfer(.mail(mail(message, text)))
        case .webhook: return .transfer(.http(webhook(message, text)))
        case .heartbeat: return .transfer(.http(beat()))
        case .file:
            let object = PageObject.json(
                message.page, text, id: stableID(message), channel: name,
                mayRepeat: message.mayRepeat, at: now)
            return .line(path: settings.path ?? "", bytes: object + [UInt8(ascii: "\n")])
        }
    }

    /// The request of a heartbeat.
    func beat() -> HTTPRequest { HTTPRequest(url: url, caFile: settings.caFile) }

    private func stableID(_ message: Message) -> String {
        "\(MailText.domain(message.page.host)).\(message.id)"
    }

    private func telegram(_ message: Message, _ text: PageText) -> HTTPRequest {
        let base = settings.apiBase ?? "https://api.telegram.org"
        let trimmed = base.hasSuffix("/") ? String(base.dropLast()) : base
        return HTTPRequest(
            url: "\(trimmed)/bot\(token)/sendMessage",
            headers: ["Content-Type: application/json"],
            body: TelegramText(text).body(
                chat: message.chat ?? settings.chat ?? "", isPlain: message.isPlain),
            caFile: settings.caFile)
    }

    private func webhook(_ message: Message, _ text: PageText) -> HTTPRequest {
        let id = stableID(message)
        let body =
            switch settings.format {
            case .slack: SlackText.body(text)
            case .json:
                PageObject.json(
                    message.page, text, id: id, channel: name, mayRepeat: message.mayRepeat)
            }
        var headers = ["Content-Type: application/json", "X-Opsd-Id: \(id)"]
        if let signatureKey {
            let sum = SHA256.authentication(of: body, key: Array(signatureKey.utf8))
            headers.append("X-Opsd-Signature: sha256=\(SHA256.hexadecimal(sum))")
        }
        return HTTPRequest(url: url, headers: headers, body: body, caFile: settings.caFile)
    }

    private func mail(_ message: Message, _ text: PageText) -> MailRequest {
        let page = message.page
        let subject = page.subjects.count == 1 ? page.subjects.first : nil
        let letter = MailText(
            from: settings.from ?? "", to: settings.to, host: page.host, date: page.made,
            id: "opsd.\(message.id)",
            thread: subject.flatMap {
                $0.incident > 0 ? "opsd.incident.\($0.incident).\($0.opened)" : nil
            },
            isUrgent: page.severity == .critical && page.reason != .resolve, page: text)
        return MailRequest(
            host: settings.host ?? "", port: settings.effectivePort,
            security: settings.mailSecurity, greeting: MailText.domain(page.host),
            login: settings.user.flatMap { user in password.map { .init(user: user, password: $0) }
            },
            from: settings.from ?? "", to: settings.to, letter: letter.bytes,
            caFile: settings.caFile)
    }

    // MARK: In

    /// What an answer means.
    func outcome(_ result: TransferResult, of message: Message) -> DeliveryOutcome {
        var result = result
        result.text = hidden(result.text)
        result.lines = result.lines.map(hidden)
        let outcome: DeliveryOutcome =
            switch kind {
            case .telegram: .telegram(result, isPlain: message.isPlain)
            case .smtp:
                .mail(result, id: "<opsd.\(message.id)@\(MailText.domain(message.page.host))>")
            case .webhook, .heartbeat, .file: .webhook(result)
            }
        guard case .failed(var failure) = outcome else { return outcome }
        failure.error = hidden(failure.error)
        return .failed(failure)
    }

    /// No secret, whoever repeats it.
    private func hidden(_ text: String) -> String {
        var text = text
        let url = settings.urlFile == nil ? nil : url
        for secret in [token, password, url, signatureKey] {
            guard let secret, secret.utf8.count >= 4 else { continue }
            text = text.replacing(secret, with: "***")
        }
        return text
    }
}

extension ChannelSettings {
    fileprivate var mailSecurity: MailRequest.Security {
        switch security {
        case .starttls: .starttls
        case .implicit: .implicit
        case .none: .none
        }
    }
}
