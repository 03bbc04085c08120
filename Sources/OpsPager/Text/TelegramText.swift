// A page as a message of Telegram's: plain text, and where in it something is bold.  There is no
// markup, so nothing needs escaping.  Source: core.telegram.org/bots/api, sendMessage and
// MessageEntity.

import OpsCore
import OpsProtocol

/// A message.
struct TelegramText: Hashable, Sendable {
    /// UTF-16 units of a message.
    static let limitUnits = 4_096

    var text: String
    /// What is bold: UTF-16 units.
    var boldOffset: Int
    var boldLength: Int

    init(_ page: PageText) {
        boldOffset = page.icon.utf16.count + 1
        boldLength = page.title.utf16.count
        let room = Self.limitUnits - page.ending.utf16.count
        text = Self.cut(page.body, units: max(1, room)) + page.ending
    }

    /// The beginning of a text, in whole characters, with a mark where it was cut.
    static func cut(_ text: String, units: Int) -> String {
        guard text.utf16.count > units else { return text }
        var end = text.utf16.index(text.startIndex, offsetBy: units - 1)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf16.index(before: end)
        }
        return String(text[..<end]) + "…"
    }

    /// The body of `sendMessage`.
    /// - Parameter isPlain: without entities.
    func body(chat: String, isPlain: Bool) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("chat_id")
            if let number = Int64(chat) { json.integer(number) } else { json.string(chat) }
            json.key("text")
            json.string(text)
            if !isPlain {
                json.key("entities")
                json.array { json in
                    json.object { json in
                        json.key("type")
                        json.string("bold")
                        json.key("offset")
                        json.integer(boldOffset)
                        json.key("length")
                        json.integer(boldLength)
                    }
                }
            }
            json.key("disable_web_page_preview")
            json.bool(true)
        }
        return json.bytes
    }
}
