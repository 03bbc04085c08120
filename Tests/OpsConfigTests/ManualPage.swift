// The key section of opsd.toml(5), in mdoc(7), from the table.

import OpsCore

@testable import OpsConfig

enum ManualPage {
    static let begin = #".\" From here on written by the tests out of the table of keys."#
    static let end = #".\" To here."#

    static func keys() -> String {
        ConfigurationSection.all.map { section in
            var text = ".Ss [\(section.name)]\n\(roff(section.summary))\n.Bl -tag -width Ds\n"
            for key in section.keys {
                let value = key.text(in: Configuration(), networks: .test)
                text += ".It Ic \(key.name) No = Li \(roff(value, argument: true))\n"
                text += roff(key.summary) + "\n"
                text += roff(key.allowed.capitalised + ".") + "\n"
                if key.reload == .restart { text += "Takes effect at a restart.\n" }
            }
            return text + ".El\n"
        }.joined() + mounts() + sources() + watch() + pager() + queues()
            + objectives()
    }

    /// The keys of `[probe.mount.PATH]`.
    private static func mounts() -> String {
        var text = ".Ss [\(MountSection.name).PATH]\n\(roff(MountSection.summary))\n"
        text += ".Bl -tag -width Ds\n"
        for key in MountSection.keys {
            text += ".It Ic \(key.name)\n"
            text += roff(key.summary) + "\n" + roff(key.allowed.capitalised + ".") + "\n"
        }
        return text + ".El\n"
    }

    /// The keys of `[guard.source.NAME]`.
    private static func sources() -> String {
        var text = ".Ss [\(SourceSection.name).NAME]\n\(roff(SourceSection.summary))\n"
        text += ".Bl -tag -width Ds\n"
        for key in SourceSection.values(of: SourcePolicy(GuardRules()), networks: .test) {
            // What the section does not name is that of [guard].
            let value = key.name == SourceSection.weight || key.name == "allow" ? key.text : nil
            text += ".It Ic \(key.name)"
            text += value.map { " No = Li \(roff($0, argument: true))\n" } ?? "\n"
            text += roff(key.summary) + "\n" + roff(key.allowed.capitalised + ".") + "\n"
        }
        return text + ".El\n"
    }

    private static func section<Section>(
        _ name: String, _ summary: String, _ keys: [SectionKey<Section>], _ empty: Section,
        variable: String = "NAME"
    ) -> String {
        var text = ".Ss [\(name).\(variable)]\n\(roff(summary))\n.Bl -tag -width Ds\n"
        for key in keys {
            text += ".It Ic \(key.name)"
            switch key.value(in: empty, networks: .test) {
            case .text(let value)? where !value.isEmpty:
                text += " No = Li \(roff("\"\(value)\"", argument: true))\n"
            case .integer(let value)?: text += " No = Li \(roff("\(value)", argument: true))\n"
            default: text += "\n"
            }
            text += roff(key.summary) + "\n" + roff(key.allowed.capitalised + ".") + "\n"
        }
        return text + ".El\n"
    }

    /// The keys of `[watch.source.NAME]` and `[watch.rule.NAME]`.
    private static func watch() -> String {
        section(
            WatchReader.sources, "A log that rules look at.  At most \(WatchReader.limit).",
            SectionKey<WatchSource>.all, WatchSource())
            + section(
                WatchReader.rules,
                "What to look for in logs, and what follows.  At most \(WatchReader.limit).",
                SectionKey<WatchRule>.all, WatchRule())
    }

    /// The keys of `[pager.channel.NAME]` and `[pager.route.SEVERITY]`.
    private static func pager() -> String {
        var text = section(
            PagerReader.channels,
            "A way to reach somebody.  At most \(PagerReader.limit).  Which keys it has, its kind says.",
            SectionKey<ChannelSettings>.all, ChannelSettings())
        text += section(
            PagerReader.routes,
            "Where incidents of critical, warning or info go.  Without such sections critical goes to all channels at once, warning to all at the tick, and info is only recorded.",
            SectionKey<PagerRoute>.all, PagerRoute(.now),
            variable: "SEVERITY"
        )
        text += """
            .Pp
            The environment variables
            .Ev TELEGRAM_BOT_TOKEN
            and
            .Ev TELEGRAM_CHAT_ID
            make a channel
            .Li telegram ,
            and
            .Ev SMTP_HOST ,
            .Ev SMTP_PORT ,
            .Ev SMTP_USER ,
            .Ev SMTP_PASS ,
            .Ev SMTP_FROM
            and
            .Ev SMTP_TO
            (by default the user) a channel
            .Li mail ,
            where the file has none of that name.  Both
            .Xr opsd 8
            and
            .Xr opspager 8
            must have them.

            """
        return text
    }

    /// The keys of `[queue.NAME]`.
    private static func queues() -> String {
        section(
            QueueReader.section,
            "What a queue must keep to.  A queue that is reported and has no section has the defaults.  At most \(QueueRules.limit).",
            SectionKey<QueueRules>.all, QueueRules())
    }

    /// The keys of `[slo.NAME]`.
    private static func objectives() -> String {
        let standard = Configuration().objectives[0]
        var text = ".Ss [\(ObjectiveKey.section).NAME]\n\(roff(ObjectiveKey.sectionSummary))\n"
        text += ".Bl -tag -width Ds\n"
        for key in ObjectiveKey.all {
            let value = key.text(in: standard)
            text += ".It Ic \(key.name) No = Li \(roff(value, argument: true))\n"
            text += roff(key.summary) + "\n"
            text += roff(key.allowed.capitalised + ".") + "\n"
        }
        text += ".El\n"
        for variable in ObjectiveVariable.all {
            text +=
                ".Pp\nThe environment variable\n.Ev \(variable.name)\nsets\n.Ic \(variable.key)\n"
            text += "of all objectives for which the file does not.\n"
        }
        return text
    }

    /// Text that roff takes for text; as an argument it is one word of its line.
    private static func roff(_ text: String, argument: Bool = false) -> String {
        var escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        escaped = escaped.replacing("'", with: "\\(aq")
        if !argument { return escaped.hasPrefix(".") ? "\\&" + escaped : escaped }
        return "\"" + escaped.replacing("\"", with: "\\(dq") + "\""
    }
}
