// Example replies about channels.

@testable import OpsControl
@testable import OpsCore
@testable import OpsProtocol

extension Example {
    private static func row(
        _ name: String, _ kind: ChannelKind, _ state: ChannelState,
        _ change: (inout ChannelRow) -> Void = { _ in }
    ) -> ChannelRow {
        var row = ChannelRow(PagerChannel(name: name, kind: kind), state)
        change(&row)
        return row
    }

    static let pager = [
        Example(
            "pager status",
            .pager(
                .status([
                    row("mail", .smtp, .parked) {
                        $0.waiting = 3
                        $0.parkedSince = noon - 600
                        $0.pausedUntil = noon + 40
                        $0.lastSuccess = noon - 3_600
                        $0.lastError = "451 4.3.0 try again later"
                        $0.lastErrorAt = noon - 20
                    },
                    row("phone", .telegram, .well) { $0.lastSuccess = noon },
                    row("record", .file, .unused), row("team", .webhook, .unknown),
                ]))),
        Example("pager status", "none", .pager(.status([]))),
        Example("pager test", .pager(.test(channel: "mail", item: 12))),
        Example("pager report", .pager(.noted)),
    ]
}
