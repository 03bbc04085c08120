// A page for an incoming webhook of Slack's or Mattermost's: a bold title, and the rest in a block
// of code, where no character of a stranger's is markup.  Source: api.slack.com, "Formatting text
// for app surfaces".

import OpsCore
import OpsProtocol

/// A message.
enum SlackText {
    /// Code points of a message, before escaping.
    static let limitCodePoints = 3_500

    static func text(_ page: PageText) -> String {
        let body = page.lines.joined(separator: "\n")
        let isCut = body.unicodeScalars.count > limitCodePoints
        let shown = (isCut ? body.codePoints(atMost: limitCodePoints) + "…" : body) + page.ending
        return
            "\(page.icon) *\(escaped(page.title))*\(escaped(page.note))\n```\n\(escaped(shown))\n```"
    }

    /// The body of the request.
    static func body(_ page: PageText) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.key("text")
            json.string(text(page))
        }
        return json.bytes
    }

    /// `&`, `<` and `>`; and nothing ends the block of code.
    private static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "`": output += "ˋ"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
