// What a page says, in lines of plain English that every channel has in common: a title, and lines
// below it.  A channel adds its own markup and its own bounds, and nothing else.
//
// Whatever strangers wrote (message, source, details, evidence, links) is made safe for one line
// here: no line break, no escape sequence and no mark that turns the reading direction gets
// further.

import OpsCore
import OpsLinux
import OpsProtocol

/// The text of a page before it has the form of a channel.
struct PageText: Hashable, Sendable {
    /// One emoji, for a glance at a list.
    var icon: String
    /// What it is, in capitals; channels make it bold.
    var title: String
    /// After the title, plain: what is special about it.
    var note = ""
    /// Below it.
    var lines: [String] = []
    /// The end of every page: a head of the audit chain, which no channel may cut off; "": none is
    /// known.
    var ending = ""
    /// Where there is one line only: a subject.
    var subject: String

    /// The title and what belongs to it, on one line.
    var headline: String { "\(icon) \(title)\(note)" }

    /// All of it but the end.
    var body: String { ([headline, ""] + lines).joined(separator: "\n") }

    /// All of it.
    var text: String { body + ending }

    /// - Parameters:
    ///   - mayRepeat: it may have been delivered before.
    ///   - channel: the channel's name, for a test.
    init(_ page: PageMessage, mayRepeat: Bool, channel: String) {
        if page.reason == .test {
            self = Self.test(page, channel)
        } else if page.subjects.count == 1, page.unnamed.values.allSatisfy({ $0 == 0 }),
            let only = page.subjects.first
        {
            self = Self.single(only, page)
        } else {
            self = Self.digest(page)
        }
        if let audit = page.audit { ending = "\n\naudit \(Self.plain(audit))" }
        if mayRepeat {
            note += " (may repeat)"
            subject += " (may repeat)"
        }
    }

    private init(icon: String, title: String, note: String = "", subject: String) {
        self.icon = icon
        self.title = title
        self.note = note
        self.subject = subject
    }

    // MARK: One incident

    private static func single(_ subject: PageSubject, _ page: PageMessage) -> PageText {
        let reason = page.reason == .digest ? subject.reason : page.reason
        let host = plain(page.host)
        let message = plain(subject.message)
        let source = plain(subject.source)
        let severity = subject.severity.rawValue.uppercased()
        var text = PageText(
            icon: icon(subject.severity, reason), title: "\(severity) INCIDENT",
            note: note(reason, subject, page),
            subject: "[\(word(severity, reason))] \(host): \(message) (\(source))")
        if reason == .resolve { text.title = "RESOLVED" }
        if reason == .flapping { text.title = "FLAPPING INCIDENT" }
        text.lines = [
            message, "", "Source: \(source)", "Fingerprint: \(plain(subject.fingerprint))",
        ]
        text.lines += ["", "Host: \(host)"]
        if subject.incident > 0 { text.lines.append("Incident: \(subject.incident)") }
        text.lines += times(subject, page)
        text.add(block: page.details)
        text.add(links: page.links)
        text.add(block: page.advice, under: "What to do:")
        text.add(block: page.evidence, under: "As it was then:")
        if subject.incident > 0 { text.lines += [""] + commands(subject, reason) }
        return text
    }

    private static func icon(_ severity: Severity, _ reason: PageReason) -> String {
        switch (reason, severity) {
        case (.resolve, _), (.raiseAndResolve, _): "✅"
        case (_, .critical): "🚨"
        case (_, .warning): "⚠️"
        case (_, .info): "ℹ️"
        }
    }

    /// What a subject begins with.
    private static func word(_ severity: String, _ reason: PageReason) -> String {
        switch reason {
        case .resolve: "RESOLVED"
        case .raiseAndResolve: "\(severity), RESOLVED"
        case .remind: "\(severity), STILL OPEN"
        case .escalate: "\(severity), NOT ACKNOWLEDGED"
        case .flapping: "\(severity), FLAPPING"
        case .again: "\(severity), AGAIN"
        case .raise, .digest, .test: severity
        }
    }

    private static func note(
        _ reason: PageReason, _ subject: PageSubject, _ page: PageMessage
    ) -> String {
        switch reason {
        case .raise, .resolve, .digest, .test: ""
        case .again: ", \(again(subject, page))"
        case .remind: ", still open and not acknowledged"
        case .escalate: ", nobody has acknowledged it"
        case .raiseAndResolve: ", resolved before it was told"
        case .flapping: ": it comes and goes"
        }
    }

    /// `x17 in 1 h`.
    private static func again(_ subject: PageSubject, _ page: PageMessage) -> String {
        let window = page.windowSeconds.map { " in \(PlainTime.duration($0))" } ?? ""
        return "x\(subject.count)\(window)"
    }

    private static func times(_ subject: PageSubject, _ page: PageMessage) -> [String] {
        var lines = ["Since: \(PlainTime.text(subject.opened))"]
        if let resolved = subject.resolved {
            let lasted = PlainTime.duration(max(0, resolved - subject.opened))
            lines.append("Resolved: \(PlainTime.text(resolved)), after \(lasted)")
        }
        if subject.count > 1 {
            let window = page.windowSeconds.map { " in \(PlainTime.duration($0))" } ?? ""
            lines.append("Raised: \(subject.count) times\(window)")
        }
        return lines
    }

    private static func commands(_ subject: PageSubject, _ reason: PageReason) -> [String] {
        let show = "Look: opsctl incident show \(subject.incident)"
        let isOver = reason == .resolve || reason == .raiseAndResolve
        if isOver || subject.stage == .resolved { return [show] }
        return ["Acknowledge: opsctl incident ack \(subject.incident)", show]
    }

    // MARK: Several

    private static func digest(_ page: PageMessage) -> PageText {
        let host = plain(page.host)
        let counts = counts(page)
        let total = counts.reduce(0) { $0 + $1.count }
        let listed = counts.map { "\($0.count) \($0.severity.rawValue)" }.joined(separator: ", ")
        let noun = total == 1 ? "INCIDENT" : "INCIDENTS"
        var text = PageText(
            icon: icon(page.severity, .digest), title: "\(total) \(noun)",
            note: listed.isEmpty ? "" : ": \(listed)",
            subject: "[\(page.severity.rawValue.uppercased())] \(host): \(total)"
                + " \(noun.lowercased()) (\(listed))")
        for subject in page.subjects { text.lines.append(line(subject, page)) }
        let unnamed = [Severity.critical, .warning, .info].compactMap { severity in
            page.unnamed[severity].flatMap { $0 > 0 ? "\($0) \(severity.rawValue)" : nil }
        }
        if !unnamed.isEmpty {
            text.lines.append(
                "\(page.subjects.isEmpty ? "" : "and more: ")" + unnamed.joined(separator: ", "))
            if !page.unnamedIDs.isEmpty {
                text.lines.append(
                    "among them: " + page.unnamedIDs.map(String.init).joined(separator: ", "))
            }
        }
        text.lines += ["", "Host: \(host)", "Time: \(PlainTime.text(page.made))"]
        text.add(block: page.details)
        text.lines += ["", "Acknowledge: opsctl incident ack ID", "Look: opsctl incidents"]
        return text
    }

    /// One incident of a digest.
    private static func line(_ subject: PageSubject, _ page: PageMessage) -> String {
        let what: String? =
            switch subject.reason {
            case .raise, .digest, .test: subject.count > 1 ? again(subject, page) : nil
            case .again: again(subject, page)
            case .remind: "still open"
            case .escalate: "not acknowledged"
            case .resolve: "resolved"
            case .raiseAndResolve: "raised and resolved"
            case .flapping: "comes and goes"
            }
        return "\(subject.incident) \(subject.severity.rawValue.uppercased())"
            + " \(plain(subject.source)): \(plain(subject.message))"
            + (what.map { " (\($0))" } ?? "") + " [\(plain(subject.fingerprint))]"
    }

    private static func counts(_ page: PageMessage) -> [(severity: Severity, count: Int)] {
        [Severity.critical, .warning, .info].compactMap { severity in
            let named = page.subjects.count { $0.severity == severity }
            let count = named + max(0, page.unnamed[severity] ?? 0)
            return count > 0 ? (severity, count) : nil
        }
    }

    // MARK: A test

    private static func test(_ page: PageMessage, _ channel: String) -> PageText {
        let host = plain(page.host)
        var text = PageText(
            icon: "🔔", title: "TEST", note: ": nothing is wrong",
            subject: "[TEST] \(host): a test of the channel \(plain(channel))")
        let who = page.uid.map { $0 == 0 ? " by root" : " by user \($0)" } ?? ""
        text.lines = [
            "A test of the channel \(plain(channel)) was asked for\(who).", "", "Host: \(host)",
            "Time: \(PlainTime.text(page.made))",
        ]
        return text
    }

    // MARK: Strangers' texts

    /// Safe for one line.
    static func plain(_ text: String) -> String { PlainText.escaped(text) }

    /// Lines of somebody's own, each made safe.
    private mutating func add(block: String, under title: String? = nil) {
        let rows = block.split(separator: "\n").map { Self.plain(String($0)) }
        guard !rows.isEmpty else { return }
        lines.append("")
        if let title { lines.append(title) }
        lines += rows
    }

    private mutating func add(links: [String]) {
        guard !links.isEmpty else { return }
        lines += [""] + links.map(Self.plain)
    }
}
