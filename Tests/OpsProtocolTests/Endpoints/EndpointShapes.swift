// A reply about endpoints for every form that its members can have; and how endpoints are kept.

@testable import OpsCore
@testable import OpsProtocol

/// Every case of `EndpointReply`, with `text` wherever there is text.
func endpointShapes(_ text: String) -> [Shape] {
    var row = EndpointRow(name: text, url: text, state: .down)
    row.since = 5
    row.checked = 9
    row.latencyMilliseconds = 12.5
    row.reason = text
    row.certificateDays = -1
    row.uptime = [100, 99.5, nil]
    row.recent = [12.5, nil]
    row.slo = text
    let bare = EndpointRow(name: text, url: text, state: .unknown)
    return [
        Shape("endpoint report", .endpoint(.counted)),
        Shape("endpoints", .endpoint(.page(EndpointPage(rows: [row, bare], next: text)))),
        Shape("endpoints", .endpoint(.page(EndpointPage(rows: [], next: nil)))),
    ]
}
