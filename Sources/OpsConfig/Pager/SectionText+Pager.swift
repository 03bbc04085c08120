// The texts of `[pager.channel.NAME]`.  Whatever becomes part of a command of SMTP or of a header
// is checked here: no line break gets further.

import OpsCore

extension SectionText {
    /// What one is, with an article.
    var oneOfPager: String {
        switch self {
        case .channel: "the name of a channel such as \"mail\""
        case .secret:
            "an absolute path, or the name of a credential of the unit such as \"telegram-token\""
        case .url:
            "a URL of at most \(limitBytes) bytes such as \"https://hooks.example.org/ops\"; http only"
                + " on this host"
        case .host: "a host such as \"mail.example.org\" or \"192.0.2.7\""
        case .address: "the address of a mailbox such as \"ops@example.org\""
        case .chat: "the number of a chat such as \"-1001234567890\", or \"@name\" of a channel"
        default: "text of 1 to \(limitBytes) bytes"
        }
    }

    /// Whether a text may stand here; it has the right length and no control characters.
    func isOfPager(_ text: String) -> Bool {
        switch self {
        case .channel:
            text.utf8.allSatisfy {
                Self.isLower($0) || Self.isDigit($0) || $0 == 0x2d || $0 == 0x5f
            }
        case .secret: Self.isSecret(text)
        case .url: Self.isURL(text)
        case .host: Self.isHost(text)
        case .address: Self.isAddress(text)
        case .chat: Self.isChat(text)
        default: true
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isLower(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLower(byte | 0x20)
    }

    /// A path, or a name that leads nowhere else.  Source: systemd.exec(5), Credentials.
    private static func isSecret(_ text: String) -> Bool {
        if text.utf8.first == UInt8(ascii: "/") { return true }
        return text.utf8.first != UInt8(ascii: ".") && !text.utf8.contains(UInt8(ascii: "/"))
    }

    /// `http://` or `https://`, a host, and no user: a password does not belong here.
    private static func isURL(_ text: String) -> Bool {
        guard let host = ChannelSettings.host(ofURL: text),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return false }
        return isHost(host) && (text.hasPrefix("https:") || ChannelSettings.isLoopback(host))
    }

    /// Letters, digits, `.` and `-`, or an IPv6 address.
    private static func isHost(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        if text.utf8.contains(UInt8(ascii: ":")) {
            return Network(parsing: text) != nil && !text.contains("/")
        }
        return isAlphanumeric(first)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2d || $0 == 0x2e || $0 == 0x5f }
    }

    /// The part of RFC 5321 that every server takes: no quotes, no comments, no letters beyond
    /// ASCII.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].count), !parts[1].isEmpty,
            parts[0].first != 0x2e, parts[0].last != 0x2e
        else { return false }
        let marks = Array("!#$%&'*+/=?^_`{|}~.-".utf8)
        return parts[0].allSatisfy { isAlphanumeric($0) || marks.contains($0) }
            && isHost(String(decoding: Array(parts[1]), as: UTF8.self))
    }

    /// A number, or `@` and a name.
    private static func isChat(_ text: String) -> Bool {
        if text.hasPrefix("@") {
            return text.utf8.count > 1
                && text.utf8.dropFirst().allSatisfy { isAlphanumeric($0) || $0 == 0x5f }
        }
        return Int64(text) != nil
    }
}
