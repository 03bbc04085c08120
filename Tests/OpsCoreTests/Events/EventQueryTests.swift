// `events` where the tail can answer it, and what it leaves for the files where it cannot.

import OpsTestKit
import Testing

@testable import OpsCore

@Suite struct EventQueryTests {
    /// A state whose tail has `kinds`, one event each second.
    private func state(_ kinds: [EventKind], capacity: Int = 1_000) -> State {
        var state = State(hashKey: (1, 2), eventCapacity: capacity)
        for (index, kind) in kinds.enumerated() {
            let severity: Severity = kind == .health ? .critical : .info
            let moment = Moment(boot: 1, wall: Int64(index + 1) * 1_000_000_000)
            state.apply(.noted(Note(kind, severity, "\(index)")), Stamp(moment: moment))
        }
        return state
    }

    private func page(_ state: State, _ query: EventQuery) throws -> EventPage {
        guard case .events(let page)? = state.events(query).reply else {
            throw Refusal(.refused, "the files are asked")
        }
        return page
    }

    private func search(_ state: State, _ query: EventQuery) -> EventSearch? {
        guard case .readEvents(let search) = state.events(query).effect else { return nil }
        return search
    }

    private func ids(_ page: EventPage) -> [UInt64] { page.rows.map(\.place.id) }

    @Test func aTailThatHasAllAnswersAll() throws {
        let state = state([.health, .reload, .started, .health, .reload])
        let all = try page(state, EventQuery(limit: 2))
        #expect(ids(all) == [5, 4] && all.total == 5 && all.isTotalComplete)
        #expect(all.next == .id(4))
        let rest = try page(state, EventQuery(limit: 9, after: .id(4)))
        #expect(ids(rest) == [3, 2, 1] && rest.next == nil && rest.total == 5)
        #expect(try ids(page(state, EventQuery(after: .id(0)))) == [])
        #expect(try ids(page(state, EventQuery(after: .id(.max)))) == [5, 4, 3, 2, 1])
    }

    @Test(
        arguments: [
            (EventFilter(topic: .config), [5, 2]), (EventFilter(kind: .started), [3]),
            (EventFilter(severity: .critical), [4, 1]),
            (EventFilter(topic: .store, severity: .critical), []),
            (EventFilter(since: 2_000, until: 4_000), [3, 2]),
            (EventFilter(network: Network(ipv4: 0, prefix: 0)), []),
        ] as [(EventFilter, [UInt64])])
    func filters(_ filter: EventFilter, _ expected: [UInt64]) throws {
        let state = state([.health, .reload, .started, .health, .reload])
        let page = try page(state, EventQuery(filter))
        #expect(ids(page) == expected && page.total == expected.count)
    }

    /// Topics that lost nothing are answered at once, whatever others have lost.
    @Test func aTopicThatLostNothingNeedsNoFiles() throws {
        let state = state([.health] + [EventKind](repeating: .reload, count: 30), capacity: 18)
        let page = try page(state, EventQuery(EventFilter(topic: .health)))
        #expect(ids(page) == [1] && page.isTotalComplete && page.next == nil)
    }

    /// The tail gives what it has; the files have the rest, from the first that is missing on.
    @Test func whatTheTailLacksIsLeftForTheFiles() throws {
        let state = state([.health] + [EventKind](repeating: .reload, count: 30), capacity: 18)
        let search = try #require(self.search(state, EventQuery(limit: 40)))
        #expect(search.floor == 14 && search.start == .id(15))
        #expect(search.rows.map(\.place.id) == Array(15...31).reversed())
        #expect(search.kept.map(\.id) == [1] && search.seen == 17)
        // A page that is full goes on there.
        let full = try page(state, EventQuery(limit: 17))
        #expect(full.next == .id(15) && !full.isTotalComplete && full.total == 18)
        let next = try #require(self.search(state, EventQuery(limit: 17, after: .id(15))))
        #expect(next.rows.isEmpty && next.seen == 17 && next.start == .id(15))
        let later = try #require(self.search(state, EventQuery(limit: 17, after: .id(9))))
        #expect(later.start == .id(9) && later.kept.map(\.id) == [1])
    }

    /// Where there are no files, what the tail has is the page.
    @Test func withoutFilesTheTailIsShownAndSaidToBeAPart() throws {
        let state = state([.health] + [EventKind](repeating: .reload, count: 30), capacity: 18)
        let page = try #require(search(state, EventQuery(limit: 40))).pageOfTail
        #expect(page.rows.map(\.place.id) == Array(15...31).reversed() + [1])
        #expect(page.total == 18 && !page.isTotalComplete && page.next == nil)
    }

    @Test func aPlaceInAFileGoesThere() throws {
        let state = state([.health] + [EventKind](repeating: .reload, count: 30), capacity: 18)
        let place = EventLinePlace(id: 7, inode: 3, offset: 99, seen: 20)
        let search = try #require(self.search(state, EventQuery(after: .line(place))))
        #expect(search.start == .line(place) && search.seen == 20 && search.rows.isEmpty)
        #expect(search.kept.map(\.id) == [1])
        let first = EventLinePlace(id: 0, inode: 3, offset: 99, seen: 20)
        #expect(self.search(state, EventQuery(after: .line(first)))?.kept == [])
    }

    @Test func whySaysThatThereMayBeMore() throws {
        var world = World()
        let target = Target(network: Network(ipv4: 0xcb00_7109), isBare: true)
        try world.ask(.ban(Targets(target), BanTerms()))
        #expect(!world.state.why(target, at: world.now).hasOlderEvents)
        for _ in 0..<20 { try world.ask(.ban(Targets(target), BanTerms())) }
        let report = world.state.why(target, at: world.now)
        #expect(report.events.count == 20 && report.hasOlderEvents)
    }
}
