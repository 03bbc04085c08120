// Pages as payloads: what is written is read, and what does not fit is shortened and counted.

import OpsCore
import Testing

@testable import OpsProtocol

private func subject(_ id: UInt64, _ severity: Severity, _ message: String) -> PageSubject {
    PageSubject(
        incident: id, severity: severity, source: "source", message: message,
        fingerprint: "0123456789ab", count: 3, stage: .acknowledged, reason: .again,
        opened: 1_795_917_600, resolved: 1_795_917_700)
}

private func page(_ subjects: [PageSubject]) -> PageMessage {
    PageMessage(reason: .digest, host: "db1", made: 1_795_917_600, subjects: subjects)
}

private func read(_ json: String) throws -> PageMessage? {
    PageMessage(json: try JSONValue(parsing: Array(json.utf8).span))
}

@Suite struct PageJSONTests {
    @Test func whatIsWrittenIsRead() throws {
        var whole = page([subject(1, .critical, "a \"b\"\n\u{1b}"), subject(2, .info, "💥")])
        whole.unnamed = [.warning: 9]
        whole.windowSeconds = 3_600
        whole.details = "details"
        whole.links = ["https://example.org/"]
        whole.advice = "advice"
        whole.evidence = "evidence"
        whole.uid = 1_000
        #expect(try read(whole.json()) == whole)
    }

    @Test func whatIsNotKnownIsIgnored() throws {
        let json = page([]).json().replacing("\"host\"", with: "\"new\":{\"a\":[1]},\"host\"")
        #expect(try read(json) == page([]))
        for wrong in ["{}", "[]", page([]).json().replacing("\"page\":1", with: "\"page\":2")] {
            #expect(try read(wrong) == nil)
        }
    }

    /// Whatever is in it, it fits; and every incident is named or counted.
    @Test(arguments: [0, 1, 2, 50, 51, 1_000], ["x", "\u{1}", "💥", "\\"])
    func everyPageFits(_ count: Int, _ piece: String) throws {
        let long = String(repeating: piece, count: 1_024 / piece.utf8.count)
        var whole = page((0..<count).map { subject(UInt64($0), .critical, long) })
        whole.unnamed = [.warning: 7]
        for text in [\PageMessage.details, \.advice, \.evidence] {
            whole[keyPath: text] = String(repeating: long, count: 2)
        }
        whole.links = [String](repeating: String(long.prefix(500)), count: 4)
        let json = whole.json()
        #expect(json.utf8.count <= PageMessage.payloadBytes)
        let back = try #require(try read(json))
        #expect(back.subjects.count + (back.unnamed[.critical] ?? 0) == count)
        #expect(back.subjects.count <= PageMessage.namedLimit)
        #expect(back.unnamed[.warning] == 7)
        #expect(back.subjects.map(\.incident) == (0..<back.subjects.count).map(UInt64.init))
        #expect(count == 0 || !back.subjects.isEmpty)
    }

    /// What says less goes first: the evidence before the details, and those before a name.
    @Test func evidenceGoesFirst() throws {
        var whole = page([subject(1, .critical, "message")])
        whole.details = String(repeating: "d", count: 2_000)
        whole.evidence = String(repeating: "e", count: 8_000)
        let back = try #require(try read(whole.json()))
        #expect(back.details == whole.details)
        #expect(back.evidence.hasPrefix("eee") && back.evidence.hasSuffix("…"))
        #expect(back.subjects == whole.subjects)
    }
}
