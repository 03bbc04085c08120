// The texts that sections with names of their own consist of.  What can be told from the text alone
// is checked here; whether a pattern compiles or a filter exists, opswatch says (`opswatch
// --check`), and whether a secret can be read, opspager does (`opspager --check`).

import OpsCore

/// What a text must be.
enum SectionText: Sendable {
    /// The name of a source of strikes.
    case source
    /// A path or a glob.
    case path
    /// `FIELD=value`, several of them separated by spaces.
    case journal
    /// A pattern in fail2ban's notation.
    case pattern
    /// A filter of fail2ban's, with or without options.
    case filter
    /// The path of a member of a JSON object.
    case field
    /// How a date is written.
    case date
    /// The name of a channel.
    case channel
    /// Where a secret is: a path, or the name of a credential.
    case secret
    /// A URL of http or https.
    case url
    /// A host name or an address.
    case host
    /// The address of a mailbox.
    case address
    /// A chat of Telegram's: its number, or the name of a channel.
    case chat
    /// The name of a user at a server.
    case word
    /// The name of a model.
    case model
    /// The name of an endpoint.
    case endpointName
    /// The URL of an endpoint.
    case endpoint
    /// A header line of HTTP.
    case header
    /// Statuses of HTTP.
    case status
    /// The name of an objective.
    case objective
    /// The name of a queue.
    case queue

    /// The longest text, bytes.
    var limitBytes: Int {
        switch self {
        case .source: Bounds.sourceBytes
        case .path, .secret, .url: 1_024
        case .channel: PagerChannel.nameBytes
        case .host: 253
        case .address: 254
        case .chat: 64
        case .model: ModelName.limitBytes
        case .endpointName: EndpointSettings.nameBytes
        case .endpoint, .header: EndpointTarget.limitBytes
        case .status: 7
        case .objective: ObjectiveName.limitBytes
        case .queue: QueueName.limitBytes
        case .journal, .field, .date, .word: 256
        case .pattern, .filter: 8_192
        }
    }

    /// What one is, with an article: it completes "must be ...".
    var one: String {
        switch self {
        case .source: "a source of 1 to \(limitBytes) bytes such as \"sshd\""
        case .path:
            "an absolute path of at most \(limitBytes) bytes or a glob such as \"/var/log/nginx/*.log\""
        case .journal: "a match of the journal such as \"_SYSTEMD_UNIT=ssh.service\""
        case .pattern: "a pattern of 1 to \(limitBytes) bytes such as \"refused from <HOST>$\""
        case .filter: "a filter such as \"sshd\" or \"sshd[mode=aggressive]\""
        case .field: "the path of a member such as \"request.client_ip\""
        case .date: "a date pattern such as \"%Y-%m-%d %H:%M:%S\""
        case .channel, .secret, .url, .host, .address, .chat, .word: oneOfPager
        case .model:
            "the name of a model, of 1 to \(limitBytes) letters, digits and _ - . : / @ +"
        case .endpointName:
            "the name of an endpoint, of 1 to \(limitBytes) letters, digits and _ - ."
        case .endpoint, .header, .status, .objective: oneOfEndpoints
        case .queue:
            "the name of a queue, of 1 to \(limitBytes) letters, digits and _ - . : / @ +"
        }
    }

    /// What several are: it completes "a list of at most N ...".
    var several: String {
        switch self {
        case .source: "names of 1 to \(limitBytes) bytes such as \"nginx\""
        case .path:
            "absolute paths of at most \(limitBytes) bytes or globs such as \"/var/log/nginx/*.log\""
        case .journal: "matches of the journal such as \"_SYSTEMD_UNIT=ssh.service\""
        case .pattern: "patterns of 1 to \(limitBytes) bytes such as \"refused from <HOST>$\""
        case .filter: "filters such as \"sshd\""
        case .field: "paths of members such as \"request.client_ip\""
        case .date: "date patterns such as \"%Y-%m-%d %H:%M:%S\""
        case .channel: "names of channels such as \"mail\""
        case .address: "addresses of mailboxes such as \"ops@example.org\""
        case .secret, .url, .host, .chat, .word: oneOfPager
        case .model: "names of models such as \"gpt-4o\""
        case .header: "header lines such as \"Accept: text/html\""
        case .status: "statuses such as \"200\", or \"200-299\""
        case .endpointName, .endpoint, .objective: oneOfEndpoints
        case .queue: "names of queues such as \"mail\""
        }
    }

    /// Whether a text may stand here.
    func accepts(_ text: String) -> Bool {
        guard (1...limitBytes).contains(text.utf8.count) else { return false }
        // A pattern in free spacing has line breaks.
        if case .pattern = self { return !text.utf8.contains(0) }
        if case .filter = self { return Self.isFilter(text) }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return false }
        switch self {
        case .source, .pattern, .filter, .date, .word: return true
        case .channel, .secret, .url, .host, .address, .chat: return isOfPager(text)
        case .model, .queue: return ModelName(text) != nil
        case .endpointName, .endpoint, .header, .status, .objective: return isOfEndpoints(text)
        case .path: return text.utf8.first == UInt8(ascii: "/")
        case .journal: return text.split(separator: " ").allSatisfy { Self.isMatch($0) }
        case .field:
            return !text.split(separator: ".", omittingEmptySubsequences: false)
                .contains("")
        }
    }

    /// `FIELD=value`.  Source: sd_journal_add_match(3), systemd.journal-fields(7).
    private static func isMatch(_ text: Substring) -> Bool {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let field = text.utf8[..<equals]
        guard (1...64).contains(field.count), let first = field.first,
            !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        else { return false }
        return field.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// The name of a file in filter.d, and options in brackets: no path leads out of filter.d.  A
    /// value in the brackets may be several patterns, on lines of their own.
    private static func isFilter(_ text: String) -> Bool {
        let name = text.utf8.prefix { $0 != UInt8(ascii: "[") }
        guard let first = name.first, first != UInt8(ascii: "."),
            name.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 || $0 == 0x0a })
        else { return false }
        return name.count == text.utf8.count || text.utf8.last == UInt8(ascii: "]")
    }
}
