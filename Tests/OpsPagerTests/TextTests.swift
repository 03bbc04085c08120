// What people read.  The texts of every kind of page are files in docs/pages; with
// OPSD_REGENERATE=1 in the environment they are rewritten instead of compared.

import Foundation
import OpsCore
import OpsProtocol
import Testing

@testable import OpsPager

@Suite struct TextTests {
    private static let directory = URL(filePath: #filePath)
        .appending(path: "../../../docs/pages").standardized
    private static let regenerates =
        ProcessInfo.processInfo.environment["OPSD_REGENERATE"] == "1"

    private func check(_ text: String, _ name: String) throws {
        let file = Self.directory.appending(path: name)
        if Self.regenerates {
            try FileManager.default.createDirectory(
                at: Self.directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }

    private func letter(_ page: PageMessage) -> MailText {
        MailText(
            from: "alerts@example.org", to: ["ops@example.org", "boss@example.org"],
            host: page.host, date: page.made, id: "opsd.\(night).12",
            thread: page.subjects.count == 1 ? "opsd.incident.17.\(night)" : nil,
            isUrgent: page.severity == .critical, page: text(page))
    }

    @Test(arguments: examples.map(\.name))
    func textsAreThoseOfTheDocuments(_ name: String) throws {
        let page = try #require(examples.first { $0.name == name }?.page)
        try check(TelegramText(text(page)).text + "\n", "\(name).telegram.txt")
        try check(SlackText.text(text(page)) + "\n", "\(name).slack.txt")
        // A mail's lines end in CR LF, which a text file would not keep.
        let mail = String(decoding: letter(page).bytes, as: UTF8.self)
        let head = mail.components(separatedBy: "\r\n\r\n")[0]
        try check(
            head.replacing("\r\n", with: "\n") + "\n\n" + text(page).text + "\n",
            "\(name).mail.txt")
    }

    // MARK: The head of the audit chain

    /// It ends each page, in chat, mail and webhook; of a page that is too long for a channel
    /// something else is cut.
    @Test(arguments: examples.map(\.name), [0, 2_000, 9_000])
    func everyPageEndsWithTheHead(_ name: String, more: Int) throws {
        var page = try #require(examples.first { $0.name == name }?.page)
        for index in page.subjects.indices {
            page.subjects[index].message += String(repeating: "x", count: more)
        }
        page.audit = "1234:ab12cd34ef56"
        let own = text(page)
        let ending = "\n\naudit 1234:ab12cd34ef56"
        #expect(own.text.hasSuffix(ending))
        let chat = TelegramText(own).text
        #expect(chat.hasSuffix(ending) && chat.utf16.count <= TelegramText.limitUnits)
        let slack = SlackText.text(own)
        #expect(slack.hasSuffix(ending + "\n```"))
        #expect(slack.unicodeScalars.count < SlackText.limitCodePoints + 300)
        let mail = String(decoding: letter(page).bytes, as: UTF8.self)
        let body = try #require(mail.components(separatedBy: "\r\n\r\n").last)
        let letter = try #require(
            Data(base64Encoded: body.replacing("\r\n", with: "")))
        #expect(
            String(decoding: letter, as: UTF8.self)
                .hasSuffix("\r\n\r\naudit 1234:ab12cd34ef56\r\n"))
        let hook = try JSONValue(
            parsing: PageObject.json(page, own, id: "i", channel: "ops", mayRepeat: false).span)
        #expect(hook["text"]?.text?.hasSuffix(ending) == true)
        #expect(hook["page"]?["audit"]?.text == "1234:ab12cd34ef56")
    }

    /// Where opsd has no durable head, nothing is made up.
    @Test func aPageWithoutAHeadHasNoSuchLine() {
        for (name, page) in examples { #expect(!text(page).text.contains("audit"), "\(name)") }
    }

    // MARK: S2-14

    @Test func aCriticalRaiseIsTheSeeds() {
        let chat = TelegramText(text(page(subject())))
        let wanted =
            "🚨 CRITICAL INCIDENT\n\nDatabase connection lost\n\n"
            + "Source: healthcheck\nFingerprint: c75893c52574\n"
        #expect(chat.text.hasPrefix(wanted))
        #expect(chat.boldOffset == 3 && chat.boldLength == 17)
        let units = Array(chat.text.utf16)[chat.boldOffset..<chat.boldOffset + chat.boldLength]
        #expect(String(decoding: units, as: UTF16.self) == "CRITICAL INCIDENT")
    }

    /// What is bold is the title, whatever the emoji before it takes.
    @Test(arguments: examples.map(\.name))
    func boldIsTheTitle(_ name: String) throws {
        let page = try #require(examples.first { $0.name == name }?.page)
        let own = text(page)
        let chat = TelegramText(own)
        let units = Array(chat.text.utf16)[chat.boldOffset..<chat.boldOffset + chat.boldLength]
        #expect(String(decoding: units, as: UTF16.self) == own.title)
    }

    @Test func everyPageOfAnOpenIncidentSaysHowToAcknowledgeIt() {
        for (name, page) in examples where page.reason != .test {
            let own = text(page).text
            #expect(own.contains("Host: db1"), "\(name)")
            let isOver = page.reason == .resolve || page.reason == .raiseAndResolve
            #expect(own.contains("opsctl incident ack") != isOver, "\(name)")
            if page.reason == .digest { continue }
            #expect(own.contains("Source: healthcheck") && own.contains("Incident: 17"), "\(name)")
            #expect(own.contains("Fingerprint: "), "\(name)")
        }
    }

    @Test func aRepeatSaysSo() {
        for (name, page) in examples {
            let own = text(page, mayRepeat: true)
            #expect(own.headline.hasSuffix("(may repeat)"), "\(name)")
            #expect(own.subject.hasSuffix("(may repeat)"), "\(name)")
        }
    }

    // MARK: Bounds

    /// 4096 UTF-16 units, and no half of a character.
    @Test(arguments: ["x", "é", "💥", "👩‍👩‍👧‍👦"])
    func telegramHasItsBound(_ piece: String) {
        let long = String(repeating: piece, count: 10_000)
        let chat = TelegramText(text(page(subject(message: long))))
        #expect(chat.text.utf16.count <= 4_096 && chat.text.utf16.count > 4_080)
        #expect(!chat.text.unicodeScalars.contains("\u{fffd}"))
        #expect(chat.text.hasSuffix("…"))
    }

    // MARK: Hostile texts

    static let hostile = [
        "a\r\nBcc: x@example.org\r\n\r\nbody", "\u{1b}[31mred", "\u{202e}txt.exe",
        "*_[]()~`>#+-=|{}.!",
        "=?utf-8?B?YQ==?=", "\u{0}\u{7f}\u{85}\u{2028}", "<b>&amp;</b>", "💥 " + "länge ",
        String(repeating: "0123456789", count: 1_024),
    ]

    @Test(arguments: hostile)
    func strangersGetNoLineOfTheirOwn(_ nasty: String) {
        var page = page(subject(source: nasty, message: nasty))
        page.details = nasty
        page.evidence = nasty
        page.links = [nasty]
        let own = text(page)
        #expect(!own.subject.contains { $0.isNewline })
        let lines = own.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count { $0.hasPrefix("Source: ") } == 1)
        for scalar in own.text.unicodeScalars where scalar != "\n" {
            let isBad =
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
                || (0x202a...0x202e).contains(scalar.value) || scalar == "\u{2028}"
            #expect(!isBad, "\(scalar.value)")
        }
    }

    @Test(arguments: hostile)
    func slackHasNoMarkupOfStrangers(_ nasty: String) {
        let slack = SlackText.text(text(page(subject(source: nasty, message: nasty))))
        #expect(slack.components(separatedBy: "```").count == 3)
        #expect(!slack.contains("<") && !slack.contains(">"))
    }

    // MARK: Mail

    @Test(arguments: hostile)
    func headersAreShortPlainLinesInOrder(_ nasty: String) {
        var page = page(subject(source: nasty, message: nasty))
        page.host = nasty
        let bytes = letter(page).bytes
        let mail = String(decoding: bytes, as: UTF8.self)
        #expect(bytes.allSatisfy { $0 < 0x80 })
        // Every LF has its CR, and there is no CR alone.
        #expect(
            mail.unicodeScalars.count { $0 == "\r" } == mail.unicodeScalars.count { $0 == "\n" })
        let lines = mail.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.utf8.contains(0x0a) })
        let head = lines.prefix { !$0.isEmpty }
        let names = head.filter { !$0.hasPrefix(" ") }.map { String($0.prefix { $0 != ":" }) }
        #expect(
            names == [
                "From", "To", "Subject", "Date", "Message-ID", "References", "Importance",
                "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
            ])
    }

    /// Python's `email` is asked in Tests/pager; here, what a word may be.
    @Test func subjectsAreEncodedWords() throws {
        #expect(MailText.subject("plain") == " plain")
        let long = "💥 " + String(repeating: "länge ", count: 50)
        let lines = MailText.subject(long).components(separatedBy: "\r\n")
        var bytes: [UInt8] = []
        for line in lines {
            #expect(line.utf8.count <= 76 && line.hasPrefix(" =?utf-8?B?") && line.hasSuffix("?="))
            let word = String(line.dropFirst(11).dropLast(2))
            let data = try #require(Data(base64Encoded: word))
            // Each is whole characters.
            #expect(String(bytes: data, encoding: .utf8) != nil)
            bytes += data
        }
        #expect(String(decoding: bytes, as: UTF8.self) == long)
        #expect(MailText.subject("=?x?=").hasPrefix(" =?utf-8?B?"))
        #expect(MailText.subject(String(repeating: "x", count: 300)).contains("\r\n"))
    }

    @Test(arguments: [
        ("db1", "db1"), ("", "localhost"), ("a..b.", "a.b"), ("a b\r\nc", "a-b--c"), ("ü", "--"),
    ])
    func hostsInHeaders(_ host: String, _ domain: String) {
        #expect(MailText.domain(host) == domain)
    }

    @Test func base64() {
        for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar"] {
            let encoded = String(decoding: Base64.text(Array(text.utf8)), as: UTF8.self)
            #expect(encoded == Data(text.utf8).base64EncodedString())
        }
    }

    // MARK: Times

    @Test func times() {
        #expect(PlainTime.mailDate(night) == "Sun, 29 Nov 2026 02:00:00 +0000")
        #expect(PlainTime.mailDate(0) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(PlainTime.mailDate(-1) == "Wed, 31 Dec 1969 23:59:59 +0000")
        #expect(PlainTime.text(night) == "2026-11-29 02:00:00 UTC")
        let lengths: [(Int64, String)] = [
            (0, "0 s"), (59, "59 s"), (60, "1 min"), (3_600, "1 h"), (3_661, "1 h 1 min"),
            (3_601, "1 h"), (90_061, "1 d 1 h"), (754, "12 min 34 s"),
        ]
        for (seconds, words) in lengths { #expect(PlainTime.duration(seconds) == words) }
    }
}
