// An item of work as opsd hands it out, and what is said of it.

import OpsCore
import OpsProtocol

/// A page to deliver.
struct PagedItem: Hashable, Sendable {
    var id: UInt64
    /// The channel: what follows `page/` in its kind.
    var channel: String
    var key: String
    /// Who holds it.
    var token: String
    /// Seconds since 1970.
    var created: Int64
    var mayRepeat: Bool
    /// nil: it is not a page that this opspager knows.
    var page: PageMessage?

    /// The `item` of an answer to `work take`; nil: it is not an item of this kind.
    init?(json: JSONValue) {
        let prefix = "page/"
        guard let id = json["id"]?.integer, let kind = json["kind"]?.text, kind.hasPrefix(prefix),
            let key = json["key"]?.text, let token = json["token"]?.text
        else { return nil }
        self.id = UInt64(clamping: id)
        channel = String(kind.dropFirst(prefix.count))
        self.key = key
        self.token = token
        created = json["created"]?.seconds ?? 0
        mayRepeat = json["may_repeat"]?.bool ?? false
        page = json["payload"].flatMap { PageMessage(json: $0) }
    }

    init(
        id: UInt64, channel: String, key: String, token: String, created: Int64, mayRepeat: Bool,
        page: PageMessage?
    ) {
        self.id = id
        self.channel = channel
        self.key = key
        self.token = token
        self.created = created
        self.mayRepeat = mayRepeat
        self.page = page
    }

    /// What it is about: pages of one incident go one after the other on a channel.
    var subject: String? {
        let parts = key.split(separator: "/")
        guard parts.count >= 2, parts[0] == "incident" else { return nil }
        return "\(channel)/\(parts[1])"
    }

    // MARK: Requests

    var begun: String { "work begun \(id) token=\(token)" }
    var beat: String { "work beat \(id) token=\(token)" }

    func done(receipt: String) -> String {
        let shown = receipt.codePoints(atMost: WorkBounds.receiptBytes / 4)
        let text = receipt.utf8.count <= WorkBounds.receiptBytes ? receipt : shown
        return "work done \(id) token=\(token) receipt=\(Self.quoted(text))"
    }

    func failed(_ failure: DeliveryFailure) -> String {
        var line = "work failed \(id) token=\(token) class=\(failure.kind.rawValue)"
        if let seconds = failure.retryAfterSeconds { line += " retry_after=\(seconds)s" }
        return line + " error=\(Self.quoted(failure.error))"
    }

    /// A value as the protocol has texts: a JSON string.
    static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.string(text)
        return json.text
    }
}

extension JSONValue {
    /// A time, in seconds since 1970: RFC 3339, or a number.
    fileprivate var seconds: Int64? {
        integer ?? text.flatMap { Timestamp.parse($0) }.map { $0 / 1_000 }
    }
}
