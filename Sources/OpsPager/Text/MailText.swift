// A page as a mail: headers of RFC 5322 in ASCII, a subject of RFC 2047, a body in base64.  Every
// line ends in CR LF and has at most 78 bytes, so no relay rewrites it.  Nothing of a stranger's
// gets into a header but the subject, and there it is one line, encoded where it is not plain
// ASCII.

import OpsCore
import OpsProtocol

/// A letter.
struct MailText: Sendable {
    var from: String
    var to: [String]
    /// The host that it is about.
    var host: String
    /// Seconds since 1970.
    var date: Int64
    /// Stable: the same page has the same one each time it is sent.
    var id: String
    /// Letters about the same thing name this as what they belong to; nil: nothing.
    var thread: String?
    var isUrgent: Bool
    var page: PageText

    /// Code points of a subject.
    static let subjectCodePoints = 400

    /// The whole letter.
    var bytes: [UInt8] {
        let domain = Self.domain(host)
        var lines = [
            "From: \"opsd on \(domain)\" <\(from)>",
            "To: " + to.joined(separator: ",\r\n "),
            "Subject:" + Self.subject(page.subject),
            "Date: \(PlainTime.mailDate(date))",
            "Message-ID: <\(id)@\(domain)>",
        ]
        if let thread { lines.append("References: <\(thread)@\(domain)>") }
        if isUrgent { lines.append("Importance: high") }
        lines += [
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
        ]
        let text =
            page.text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n") + "\r\n"
        let body = Base64.text(Array(text.utf8))
        var start = body.startIndex
        while start < body.endIndex {
            let end = min(start + 76, body.endIndex)
            lines.append(String(decoding: body[start..<end], as: UTF8.self))
            start = end
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// A host's name as it may stand after the `@` and within quotes; at most 32 bytes.
    static func domain(_ host: String) -> String {
        let name = host.utf8.prefix(32).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                byte
            case UInt8(ascii: "."): byte
            default: UInt8(ascii: "-")
            }
        }
        // No dot at an end, and no two in a row.
        let parts = name.split(separator: UInt8(ascii: ".")).map {
            String(decoding: Array($0), as: UTF8.self)
        }
        return parts.isEmpty ? "localhost" : parts.joined(separator: ".")
    }

    // MARK: The subject

    /// What stands after `Subject:`, folded.  Source: RFC 2047.
    static func subject(_ text: String) -> String {
        let cut = text.unicodeScalars.count > subjectCodePoints
        let shown = cut ? text.codePoints(atMost: subjectCodePoints - 1) + "…" : text
        let isPlain =
            shown.utf8.count <= 66 && shown.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
            && !shown.contains("=?") && shown.utf8.last != 0x20
        if isPlain { return " \(shown)" }
        return words(shown).map { " =?utf-8?B?\($0)?=" }.joined(separator: "\r\n")
    }

    /// In pieces of at most 45 bytes, 60 in base64: none is cut within a character of Unicode.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let more = Array(String(scalar).utf8)
            if bytes.count + more.count > 42 {
                words.append(String(decoding: Base64.text(bytes), as: UTF8.self))
                bytes.removeAll()
            }
            bytes += more
        }
        words.append(String(decoding: Base64.text(bytes), as: UTF8.self))
        return words
    }
}

/// Base64.  Source: RFC 4648, 4.
enum Base64 {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0)
            }
            for place in 0..<4 {
                let letter = letters[Int(group >> UInt32(18 - 6 * place) & 63)]
                output.append(place <= count ? letter : UInt8(ascii: "="))
            }
            index += 3
        }
        return output
    }
}
