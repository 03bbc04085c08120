// How large an incident may become: what goes through `fitted` can always be written, whatever its
// texts are made of.

import OpsProtocol
import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct IncidentSizeTests {
    /// As long as everything may be, of a character.
    private func longest(_ character: Character) -> Incident {
        func text(_ bytes: Int) -> String {
            String(repeating: character, count: bytes).cut(toWrittenBytes: bytes)
        }
        var incident = Incident(
            id: UInt64(Int64.max),
            group: IncidentGroup(
                source: text(IncidentBounds.sourceBytes), key: text(IncidentBounds.keyBytes),
                message: ""), severity: .critical, message: text(IncidentBounds.messageBytes),
            uid: .max, opened: 1 << 33, since: -1 << 42, windowEnds: 1 << 42)
        incident.details = text(IncidentBounds.detailsBytes)
        incident.links = Array(
            repeating: text(IncidentBounds.linkBytes), count: IncidentBounds.links)
        incident.rule = text(IncidentBounds.ruleBytes)
        incident.stage = .acknowledged
        incident.acknowledgedSeverity = .critical
        incident.raises = .max
        incident.repeats = .max
        incident.earlierRepeats = .max
        incident.window = .max
        incident.silence = .max
        incident.isFlood = true
        incident.resolved = 1 << 33
        incident.deadline = 1 << 42
        for _ in 0..<50 { incident.add(change: 1 << 33) }
        for number in 0..<100 as Range<UInt32> {
            incident.add(
                IncidentStep(
                    .acknowledged, at: 1 << 33, uid: .max,
                    text: text(IncidentBounds.stepBytes)))
            incident.add(
                PageMark(
                    channel: String(repeating: "c", count: PagerChannel.nameBytes),
                    reason: .raiseAndResolve, number: .max - number, item: .max, end: .cancelled,
                    at: 1 << 33))
        }
        return incident
    }

    @Test(arguments: ["x", "\"", "\u{1b}", "\n", "ä", "𝄞", "\u{202e}"] as [Character])
    func theLongestCanBeWritten(character: Character) throws {
        let incident = longest(character)
        #expect(incident.steps.count == IncidentBounds.steps)
        #expect(incident.pages.count == IncidentBounds.pages)
        #expect(incident.encoded.count <= incident.encodedBytes)
        let fitted = incident.fitted
        #expect(fitted.encoded.count <= EntityBounds.bytes && fitted.fits)
        #expect(fitted.message == incident.message, "the message is never cut")
        #expect(fitted.steps.first == incident.steps.first)
        #expect(try Incident(parsing: fitted.encoded.span) == fitted)
    }

    /// What a newer version added takes its share.
    @Test func evenWithMembersOfANewerVersion() {
        var incident = longest("\"")
        incident.unknown = "\"later\":\"" + String(repeating: "y", count: 4_000) + "\""
        #expect(incident.fitted.fits)
    }

    @Test func theFirstStepStays() {
        let incident = longest("x")
        var other = incident
        other.steps[0].text = "first"
        other.add(IncidentStep(.resolved, at: 5))
        #expect(other.steps.first?.text == "first" && other.steps.last?.kind == .resolved)
    }
}
