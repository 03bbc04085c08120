// Samples of endpoints.

import OpsTestKit

@testable import OpsCore

extension SeededGenerator {
    /// An endpoint with any of what it can have.
    mutating func endpoint() -> Endpoint {
        var endpoint = Endpoint(
            id: pick(["shop", "a.b-c_d", "0"]), state: pick(EndpointState.allCases),
            since: wall() / 1_000, checked: wall() / 1_000, deadline: deadline())
        endpoint.reason = pick([nil, text(upTo: EndpointBounds.reasonBytes)])
        endpoint.certificateDays = pick([nil, 0, -5, 61])
        for _ in 0..<Int(next() % 40) {
            let day = Int64(next() % 100)
            endpoint.days.add(isDown: next() % 4 == 0, at: day)
            endpoint.hours.add(isDown: next() % 4 == 0, at: day * 24 + Int64(next() % 24))
        }
        return endpoint
    }

    /// An event of one.
    mutating func endpointEvent() -> EventDraft? {
        pick([
            nil,
            EventDraft(
                .endpointDown, .critical, text(upTo: 60),
                subject: .endpoint(EndpointSubject(name: "shop"))),
        ])
    }
}
