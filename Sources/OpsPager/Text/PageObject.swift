// A page as a JSON object: what a webhook gets, and a line of a file.

import OpsCore
import OpsProtocol

/// A page and what is known of its delivery.
enum PageObject {
    /// - Parameter at: for a file: when the line was written, seconds since 1970.
    static func json(
        _ page: PageMessage, _ text: PageText, id: String, channel: String, mayRepeat: Bool,
        at: Int64? = nil
    ) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            if let at {
                json.key("at")
                json.string(PlainTime.stamp(at))
            }
            json.key("id")
            json.string(id)
            json.key("channel")
            json.string(channel)
            json.key("may_repeat")
            json.bool(mayRepeat)
            json.key("title")
            json.string(text.subject)
            json.key("text")
            json.string(text.text)
            json.key("page")
            json.raw(page.json(limitBytes: .max))
        }
        return json.bytes
    }
}
