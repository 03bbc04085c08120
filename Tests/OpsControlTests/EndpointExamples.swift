// Example replies about endpoints.

@testable import OpsCore
@testable import OpsProtocol

extension Example {
    private static let rows: [EndpointRow] = {
        var shop = EndpointRow(
            name: "shop", url: "https://shop.example.org/health", state: .up)
        shop.since = noon - 86_400
        shop.checked = noon - 12
        shop.latencyMilliseconds = 84.2
        shop.certificateDays = 61
        shop.uptime = [100, 99.996, 99.981]
        shop.recent = [80, 82, 90, 310, 120, 84, 83, 84.2]
        shop.slo = "default"
        var mail = EndpointRow(name: "mail", url: "tcp://mail.example.org:25", state: .down)
        mail.since = noon - 300
        mail.checked = noon - 2
        mail.reason = "connect: Connection refused"
        mail.uptime = [97.917, 99.7, 99.9]
        mail.recent = [4, 5, nil, nil, nil]
        var slow = EndpointRow(name: "api", url: "http://127.0.0.1:8080/", state: .slow)
        slow.since = noon - 60
        slow.checked = noon - 3
        slow.latencyMilliseconds = 1_420
        slow.reason = "slow: 1420 ms"
        slow.certificateDays = nil
        slow.uptime = [100, 100, 100]
        slow.recent = [20, 21, 900, 1_420]
        return [
            slow, mail, shop, EndpointRow(name: "new", url: "icmp://192.0.2.7", state: .unknown),
        ]
    }()

    static let endpoints: [Example] = [
        Example("endpoints", .endpoint(.page(EndpointPage(rows: rows, next: nil)))),
        Example("endpoints", "none", .endpoint(.page(EndpointPage(rows: [], next: nil)))),
        Example("endpoint report", .endpoint(.counted)),
    ]
}
