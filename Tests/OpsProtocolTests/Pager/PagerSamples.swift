// Channels as replies show them, for the shapes of replies.

@testable import OpsCore
@testable import OpsProtocol

func pagerShapes(_ text: String) -> [Shape] {
    var row = ChannelRow(PagerChannel(name: "mail", kind: .smtp), .parked)
    row.waiting = 3
    row.parkedSince = 1_795_252_290
    row.pausedUntil = 1_795_252_350
    row.lastSuccess = 1_795_252_000
    row.lastError = text
    row.lastErrorAt = 1_795_252_290
    row.sent = 12
    row.failed = 5
    let fresh = ChannelRow(PagerChannel(name: "tg", kind: .telegram), .unknown)
    return [
        Shape("pager status", .pager(.status([row, fresh]))),
        Shape("pager test", .pager(.test(channel: text, item: 12))),
        Shape("pager report", .pager(.noted)),
    ]
}
