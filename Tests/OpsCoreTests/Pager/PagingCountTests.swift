// What a channel takes in a minute, what a digest counts, and items that are not there any more.

import Testing

@testable import OpsCore

@Suite struct PagingCountTests {
    /// What was sent counts towards `per_minute` as well as what waits.
    @Test func whatWasSentInThisMinuteCounts() throws {
        var paged = PagedWorld()
        for number in 1...20 {
            try paged.raise("lost \(number)")
            #expect(paged.keys("chat") == ["incident/\(number)/raise/1"])
            paged.end(paged.items("chat")[0])
        }
        try paged.raise("lost 21")
        #expect(paged.keys("chat") == ["digest/chat"])
        paged.end(paged.items("chat")[0])
        paged.advance(seconds: 60)
        try paged.raise("lost 22")
        #expect(paged.keys("chat") == ["incident/22/raise/1"])
    }

    /// A mark names an item that is not there: a page is made anew.
    @Test func whatNoItemCarriesIsToldByAnother() throws {
        var paged = PagedWorld()
        try paged.raise("lost")
        let first = try #require(paged.items("chat").first)
        paged.world.commit(
            .incident(
                .marked(
                    PageMarks(
                        channel: "chat", item: 999, isInDigest: false, end: nil, at: 0,
                        pages: [MarkedPage(incident: 1, reason: .raise, number: 1)]))))
        paged.settle()
        let second = try #require(paged.items("chat").first)
        #expect(second.id != first.id && second.key == first.key)
        #expect(paged.world.state.incident(1)?.pages.map(\.item) == [second.id])
        paged.end(second)
        #expect(paged.marks(1) == "chat:raise/1=sent")
    }

    @Test func aDigestCountsWhatItDoesNotName() throws {
        var ready = PagesReady()
        for id in 1...60 as ClosedRange<UInt64> {
            var incident = Incident(
                id: id, group: IncidentGroup(source: "db", key: "\(id)", message: "lost"),
                severity: id <= 5 ? .critical : .warning, message: "lost", uid: 0, opened: 0,
                since: 0, windowEnds: 0)
            incident.pages = [
                PageMark(channel: "chat", reason: .raise, number: 1, end: nil, at: 0)
            ]
            ready.add(incident, on: "chat")
        }
        let writer = PageWriter(
            channel: PagerChannel(name: "chat", kind: .file), host: "db1", expires: 0, wall: 0,
            windowSeconds: 3_600)
        var message: PageMessage?
        let draft = writer.digest(ready, key: "digest/chat") { page in
            message = page
            return "{}"
        }
        #expect(draft.pages.count == 60 && draft.draft.isUrgent)
        #expect(message?.subjects.count == PageMessage.namedLimit)
        #expect(message?.subjects.prefix(5).allSatisfy { $0.severity == .critical } == true)
        #expect(message?.unnamed == [.warning: 10])
    }
}
