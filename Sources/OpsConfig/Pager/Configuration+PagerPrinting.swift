// `[pager.channel.NAME]` and `[pager.route.SEVERITY]` as a file, as values, and what the shipped
// file says of them.

import OpsCore

extension PagerReader {
    /// What the shipped file says.
    static var note: String {
        """
        # [\(channels).NAME]: a way to reach somebody.  At most \(limit).  Its kind says which keys it has.
        # [\(routes).critical], .warning and .info: where incidents go.  Keys: \
        \(SectionKey<PagerRoute>.all.prefix(4).map(\.name).joined(separator: ", ")),
        # \(SectionKey<PagerRoute>.all.dropFirst(4).map(\.name).joined(separator: ", ")).
        # Without routes critical goes to all channels at once, and warning to all at the tick.  For example:
        #   [\(channels).phone]
        #   kind = "telegram"
        #   chat_id = "-1001234567890"
        #   token_file = "telegram-token"
        #   [\(channels).mail]
        #   kind = "smtp"
        #   host = "mail.example.org"
        #   user = "alerts"
        #   password_file = "/etc/opsd/mail-password"
        #   from = "alerts@example.org"
        #   to = ["ops@example.org"]
        #   [\(routes).critical]
        #   channels = ["phone"]
        #   fallback = ["mail"]
        #   escalate = ["mail"]
        #   escalate_after = "15m"

        """
    }
}

extension ChannelSettings {
    /// Its keys that count for its kind and are set.
    fileprivate var keys: [SectionKey<ChannelSettings>] {
        let known = kind.map(SectionKey<ChannelSettings>.names(of:)) ?? []
        return SectionKey<ChannelSettings>.all.filter {
            known.contains($0.name) && !($0.name == "to" && to.isEmpty)
        }
    }
}

extension PagerRoute {
    /// Its keys that have an effect.
    fileprivate var keys: [SectionKey<PagerRoute>] {
        SectionKey<PagerRoute>.all.filter { $0.name != "escalate_after" || !escalate.isEmpty }
    }
}

extension Configuration {
    /// Channels that the file has, and routes that are not what they are by themselves.
    func pagerSections(networks: NetworkNotation) -> String {
        let own = channels.filter { !$0.value.isFromEnvironment }.sorted { $0.key < $1.key }
        let texts = own.map {
            SectionText.section($1, PagerReader.channels, $0, $1.keys, networks)
        }
        let routes = ownRoutes.map { name, route in
            SectionText.section(route, PagerReader.routes, name, route.keys, networks)
        }
        return (texts + routes).joined(separator: "\n")
    }

    private var ownRoutes: [(String, PagerRoute)] {
        [Severity.critical, .warning, .info].compactMap { severity in
            let name = severity.rawValue
            var standard = PagerReader.standard(name)
            if standard.moment != .never { standard.channels = pager.pageable.map(\.name) }
            let route = pager.route(severity)
            return route == standard ? nil : (name, route)
        }
    }

    /// `[pager.channel.NAME]` and `[pager.route.SEVERITY]` as values; there are no secrets in them.
    package func pagerNamedSections(networks: NetworkNotation) -> [NamedSections] {
        [
            NamedSections(
                table: "channel",
                sections: channels.sorted { $0.key < $1.key }.map {
                    ($0, SectionText.values($1, $1.keys, networks))
                }),
            NamedSections(
                table: "route",
                sections: [Severity.critical, .warning, .info].map {
                    (
                        $0.rawValue,
                        SectionText.values(pager.route($0), pager.route($0).keys, networks)
                    )
                }),
        ]
    }
}
