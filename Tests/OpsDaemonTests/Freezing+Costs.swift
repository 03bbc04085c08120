// The part of the frozen story about spending: every kind of its records, and every member of its
// lines; and the head of the audit chain.

import OpsTestKit
import Testing

@testable import OpsCore
@testable import OpsDaemon

extension Story {
    /// Caps, records, reservations in each state, a correction and levels that are told.
    func costs(_ number: Int) throws {
        var chain = AuditChainReport(directory: "/var/log/opsd")
        chain.durable = AuditHead(
            sequence: UInt64(number), hash: AuditHash(digest: SHA256.digest(of: [UInt8(number)])))
        try store.engine.adopt(chain)
        try ask(
            "cost set-cap usd=\(20 * number)", "cost set-cap gpt-4o usd=\(10 * number)",
            "cost set-cap free usd=none",
            "cost record model=gpt-4o usd=0.0125",
            "cost record model=gpt-4o usd=1.5 key=call-\(number)",
            "cost reserve model=gpt-4o usd=0.02 key=job-\(number) ttl=1d",
            "cost settle key=job-\(number) usd=0.0081",
            "cost reserve model=mini usd=2 ttl=1d exempt=true",
            "cost reserve model=mini usd=0.5 key=given-back-\(number)",
            "cost release key=given-back-\(number)",
            "cost correct key=call-\(number) usd=1.25",
            "cost record model=gpt-4o usd=7.75 key=big-\(number)")
        try pass(1)
        try store.engine.commit(
            .cost(
                .spent(
                    SpendDelta(
                        model: try #require(ModelName("gone")), number: 1,
                        minute: now.bootMilliseconds / 60_000, amount: MicroUSD(5)))))
        try store.engine.commit(
            .cost(
                .alerted(
                    CostAlert(
                        model: ModelName("gpt-4o"), level: .warning, details: "90.2 % of 10.00"))))
        try store.engine.commit(.cost(.modelDropped(try #require(ModelName("gone")))))
        try pass(1)
    }
}
