// The part of the frozen story about work and incidents: every kind of their records, and every
// member of their lines.

import OpsConfig
import OpsTestKit
import Testing

@testable import OpsCore
@testable import OpsDaemon

extension Story {
    private var wall: Int64 { now.wall / 1_000_000_000 }

    private func commit(_ record: WorkRecord) throws { try store.engine.commit(.work(record)) }

    private func commit(_ record: IncidentRecord) throws {
        try store.engine.commit(.incident(record))
    }

    /// Puts an item, which lasts for two days; its number.
    private func put(
        _ kind: String, _ key: String, isUrgent: Bool = false, supersedes: UInt64 = 0
    ) throws -> UInt64 {
        let id = try store.engine.state.domains.work.lastNumber.id + 1
        let draft = WorkDraft(
            kind: kind, key: key, payload: "{\"page\":1,\"host\":\"ä\"}", isUrgent: isUrgent,
            expires: now.bootMilliseconds + 2 * 86_400_000)
        try commit(.put(WorkPut(id: id, draft, at: now, supersedes: supersedes)))
        return id
    }

    private func take(_ id: UInt64, begins: Bool = true) throws {
        let lease = WorkLease(token: 0x9f8e_7d6c_5b4a_3921 &+ id, uid: 990, milliseconds: 60_000)
        try commit(.taken(WorkTaken(id: id, lease: lease, number: 1)))
        if begins { try commit(.begun(id: id)) }
    }

    /// Items in every stage, and kinds that are held, parked and limited.
    func work(_ number: Int) throws {
        let boot = now.bootMilliseconds
        let retried = try put("page/mail", "incident/\(number)/raise/1", isUrgent: true)
        try take(retried)
        try commit(
            .retried(
                WorkRetry(
                    id: retried, kind: "page/mail", outcome: .maybeSent, notBefore: boot + 4_000,
                    failures: 5, kindFailures: 5, mayRepeat: true, limitedUntil: boot + 3_000,
                    parks: true, error: "421 too busy")))
        let done = try put("page/chat", "incident/\(number)/raise/1")
        try take(done)
        try commit(
            .ended(
                WorkEnding(
                    id: done, kind: "page/chat", .done, outcome: .done, receipt: "<1@a>")))
        let earlier = try put("page/chat", "digest/chat")
        let digest = try put("page/chat", "digest/chat", supersedes: earlier)
        try take(digest, begins: false)
        try commit(
            .released(
                WorkRelease(
                    id: digest, notBefore: boot, outcome: .released, mayRepeat: false)))
        try take(try put("page/chat", "incident/\(number)/resolve/1"))
        let unsure = try put("restart", "web.service/\(number)")
        try take(unsure)
        try commit(
            .unsure(
                WorkDoubt(id: unsure, kind: "restart", outcome: .lost, error: "gone")))
        try commit(.kind(WorkKindChange("page/chat", isHeld: true, uid: 0)))
        try commit(.doubted(through: retried))
        try commit(.forgotten(through: 1))
        try pass(1)
    }

    /// What is raised, and what becomes of it.
    func incidents(_ number: Int) throws {
        try ask(
            "silence add severity=warning source=load* ttl=20d reason=\"new disks\"",
            "silence add source=quiet\(number) ttl=10d reason=quiet",
            "incident raise severity=critical source=db\(number) msg=\"lost \u{e4}\" key=k "
                + "details=\"more words\" links=\"https://example.org/a https://example.org/b\"")
        let lost = try store.engine.state.domains.incidents.numbers.incident
        try ask(
            "incident raise severity=critical source=db\(number) msg=\"lost \u{e4}\" key=k",
            "incident note \(lost) \"on it\"", "incident ack \(lost) note=mine",
            "incident raise severity=warning source=quiet\(number) msg=hush",
            "incident raise severity=warning source=quiet\(number) msg=hush",
            "incident raise severity=info source=web\(number) msg=\"it was slow\"",
            "incident resolve \(lost + 2)")
        try commit(
            .evidence(
                .put(IncidentEvidence(id: lost, text: "status: HEALTHY", at: wall), event: nil)))
        var whole = try #require(try store.engine.state.incident(lost))
        whole.rule = "disk_high"
        whole.isFlood = true
        whole.pages = [
            PageMark(channel: "mail", reason: .raise, number: 1, at: wall),
            PageMark(channel: "chat", reason: .again, number: 2, count: 17, at: wall),
        ]
        try store.engine.commit(.incident(put: whole))
        try commit(
            .marked(
                PageMarks(
                    channel: "mail", item: 12, isInDigest: true, end: .digest, at: wall,
                    pages: [MarkedPage(incident: lost, reason: .raise, number: 1)])))
        let fingerprint = try #require(try store.engine.state.incident(lost)).fingerprint
        try ask("silence add fingerprint=\(fingerprint) ttl=20d reason=once")
        try pass(1)
    }

    /// What is gone before the story ends.
    func passingIncidents(_ number: Int) throws {
        try ask(
            "incident raise severity=critical source=gone\(number) msg=gone",
            "silence add source=gone\(number) ttl=1h reason=gone")
        let numbers = try store.engine.state.domains.incidents.numbers
        try ask(
            "incident note \(numbers.incident) gone", "silence end \(numbers.silence)")
        try commit(
            .evidence(
                .put(IncidentEvidence(id: numbers.incident, text: "x", at: wall), event: nil)))
        try commit(.evidence(.drop(numbers.incident, event: nil)))
        try commit(
            .note(.drop(IncidentNote.ID(incident: numbers.incident, number: 1), event: nil)))
        try commit(.incident(.drop(numbers.incident, event: nil)))
        try pass(1)
    }
}
