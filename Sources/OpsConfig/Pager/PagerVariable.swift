// S2-15: the names of the environment that make the channels `telegram` and `mail` where the file
// has none of that name.  Secrets stay in the environment: only that they are there is looked at.

import OpsCore

/// A variable that the pager takes.
package struct PagerVariable: Sendable {
    /// Its name.
    package let name: String
    /// Its value is nobody's business but opspager's.
    package let isSecret: Bool

    /// The token of the bot.
    package static let token = PagerVariable(name: "TELEGRAM_BOT_TOKEN", isSecret: true)
    /// The password of the mail server's user.
    package static let password = PagerVariable(name: "SMTP_PASS", isSecret: true)

    /// Every variable.
    package static let all: [PagerVariable] =
        [token, password]
        + [
            "TELEGRAM_CHAT_ID", "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_FROM", "SMTP_TO",
        ].map { PagerVariable(name: $0, isSecret: false) }

    /// The variables as `Configuration.load` takes them: of a secret only that it is there.
    package static func environment(_ value: (String) -> String?) -> [String: String] {
        var values: [String: String] = [:]
        for variable in all {
            guard let given = value(variable.name), !given.isEmpty else { continue }
            values[variable.name] = variable.isSecret ? "" : given
        }
        return values
    }

    static func add(
        _ environment: [String: String], to channels: inout [String: ChannelSettings],
        _ faults: inout FaultList
    ) {
        var values = environment
        if values["SMTP_TO"] == nil { values["SMTP_TO"] = values["SMTP_USER"] }
        func require(_ names: [String]) -> Bool {
            let absent = names.filter { values[$0] == nil }
            for name in absent {
                faults.add(
                    0, name, "in the environment: missing, though \(names[0]) is there")
            }
            return absent.isEmpty
        }
        func text(_ name: String, _ kind: SectionText) -> String? {
            guard let value = values[name] else { return nil }
            if kind.accepts(value) { return value }
            faults.add(
                0, name, "in the environment: \(value.shown) is wrong, must be \(kind.one)")
            return nil
        }
        if values[token.name] != nil, channels["telegram"] == nil,
            require([token.name, "TELEGRAM_CHAT_ID"])
        {
            var channel = ChannelSettings()
            channel.kind = .telegram
            channel.chat = text("TELEGRAM_CHAT_ID", .chat)
            channel.isFromEnvironment = true
            channels["telegram"] = channel
        }
        if values["SMTP_HOST"] != nil, channels["mail"] == nil,
            require(["SMTP_HOST", "SMTP_FROM", "SMTP_TO"])
        {
            var channel = ChannelSettings()
            channel.kind = .smtp
            channel.host = text("SMTP_HOST", .host)
            channel.from = text("SMTP_FROM", .address)
            channel.to = [text("SMTP_TO", .address)].compactMap(\.self)
            if values[password.name] != nil { channel.user = text("SMTP_USER", .word) }
            if let port = values["SMTP_PORT"] {
                channel.port = Int(port)
                if !(1...65_535).contains(channel.port ?? 0) {
                    faults.add(
                        0, "SMTP_PORT", "in the environment: \(port.shown) is not a port")
                }
                if port == "465" { channel.security = .implicit }
            }
            channel.isFromEnvironment = true
            channels["mail"] = channel
        }
    }
}
