// Lists being loaded into the kernel: one job at a time, in an order in which nothing that should
// be dropped is let through, and again where the kernel refused or another program changed them.

import OpsCore
import OpsFirewall
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

private let layout = Layout(ipv6Prefix: 64)

private func list(
    _ name: String, _ first: UInt32 = 1, until deadline: Int64 = Ban.never
) -> AddressList {
    var runs = NetworkRuns()
    _ = runs.append(Network(ipv4: first))
    return AddressList(
        name: name, deadline: deadline, committed: 0, uid: 0, networks: ListedNetworks(runs))
}

/// The book, and a thread that does what the test says.
private struct Desk {
    var lists = KernelLists()
    var state: [AddressList] = []
    var seconds: Int64 = 0
    var refuses: Errno?

    var now: Moment { Moment(boot: seconds * 1_000_000_000, wall: 0) }

    /// Hands out jobs until there are none; what they were.
    mutating func work() -> [String] {
        var jobs: [String] = []
        var loading: ListOrder?
        while let job = lists.nextJob(state, at: now) {
            #expect(lists.nextJob(state, at: now) == nil, "one at a time")
            switch job {
            case .keepLists(let names):
                jobs.append("keep \(names.joined(separator: " "))")
                lists.kept(nil, at: now)
            case .loadList(let order):
                jobs.append("load \(order.name)")
                loading = order
                _ = lists.listed(refuses.map { .failed($0) } ?? .more, at: now)
            case .continueList:
                guard let order = loading else {
                    Issue.record("nothing is being loaded")
                    return jobs
                }
                let sets = ListSets(
                    order.name, order.networks.runs, generation: 1, layout: layout)
                if let name = lists.listed(.done(sets), at: now) { jobs.append("back \(name)") }
            default: Issue.record("another job")
            }
        }
        return jobs
    }
}

@Suite struct KernelListsTests {
    @Test func atTheStartWhatNobodyWantsGoesAndTheRestIsLoaded() {
        var desk = Desk(state: [list("a"), list("b")])
        #expect(desk.lists.standing(of: desk.state[0]) == .pending)
        #expect(desk.lists.due <= desk.now.boot)
        #expect(desk.work() == ["keep a b", "load a", "load b"])
        #expect(desk.lists.isSettled && desk.lists.due == .max)
        #expect(desk.state.allSatisfy { desk.lists.standing(of: $0) == .enforced })
        #expect(desk.lists.claims.map(\.sets.name) == ["a", "b"])
        desk.lists.note()
        #expect(desk.work() == [], "nothing has changed")
    }

    @Test func aListIsReplacedAndDropped() {
        var desk = Desk(state: [list("a"), list("b")])
        _ = desk.work()
        desk.state = [list("a", 2), desk.state[1]]
        #expect(desk.work() == [], "nobody said so")
        desk.lists.note()
        #expect(desk.lists.standing(of: desk.state[0]) == .pending)
        #expect(desk.work() == ["load a"])
        desk.state = [desk.state[1]]
        desk.lists.note()
        #expect(desk.work() == ["keep b"])
        desk.state = [list("b", until: 5_000)]
        desk.lists.note()
        #expect(desk.work() == ["load b"], "another end is another list")
    }

    @Test func aRefusedListIsTriedAgainLaterAndLater() {
        var desk = Desk(state: [list("a"), list("b")])
        desk.refuses = Errno(12, "nf_tables")
        #expect(desk.work() == ["keep a b", "load a", "load b"])
        #expect(desk.lists.standing(of: desk.state[0]) == .refused("ENOMEM"))
        #expect(desk.lists.hasRefusals && desk.lists.refusal?.name == "a")
        let due = desk.lists.due
        #expect(due > desk.now.boot && due < .max)
        desk.seconds = 100
        #expect(desk.work() == ["load a", "load b"])
        desk.seconds = 300
        desk.refuses = nil
        #expect(desk.work() == ["load a", "back a", "load b", "back b"])
        #expect(!desk.lists.hasRefusals)
        desk.lists.note()
        #expect(desk.work() == [])
    }

    @Test func aRefusedListThatIsDroppedIsForgotten() {
        var desk = Desk(state: [list("a")])
        desk.refuses = Errno(12, "nf_tables")
        _ = desk.work()
        desk.state = []
        desk.lists.note()
        _ = desk.work()
        #expect(!desk.lists.hasRefusals)
    }

    @Test func whatSomebodySpoiledIsLoadedAgainAndSaid() {
        var desk = Desk(state: [list("a"), list("b")])
        _ = desk.work()
        desk.seconds = 10
        let version = desk.lists.version
        desk.lists.spoiled("somebody", at: desk.now)
        #expect(desk.lists.version != version)
        #expect(desk.lists.takeRestored(at: desk.now) == nil)
        #expect(desk.work() == [], "he may not be done")
        desk.seconds += 1
        #expect(desk.work() == ["load a", "load b"])
        let restored = desk.lists.takeRestored(at: desk.now)
        #expect(restored?.message == "somebody" && restored?.lists == 2)
        #expect(desk.lists.takeRestored(at: desk.now) == nil, "said once")
        // Changes that never end are not answered one by one.
        desk.lists.spoiled("somebody", at: desk.now)
        #expect(desk.lists.due == desk.now.boot + 1_000_000_000)
        desk.seconds += 1
        #expect(desk.work() == ["load a", "load b"])
    }

    @Test func whatIsSpoiledWhileItIsLoadedIsLoadedOnceMore() {
        var desk = Desk(state: [list("a")])
        guard case .keepLists? = desk.lists.nextJob(desk.state, at: desk.now) else {
            _ = Issue.record("another job")
            return
        }
        desk.lists.kept(nil, at: desk.now)
        guard case .loadList(let order)? = desk.lists.nextJob(desk.state, at: desk.now) else {
            _ = Issue.record("another job")
            return
        }
        desk.lists.spoiled("somebody", at: desk.now)
        desk.seconds = 1
        let sets = ListSets("a", order.networks.runs, generation: 1, layout: layout)
        _ = desk.lists.listed(.done(sets), at: desk.now)
        #expect(desk.lists.standing(of: desk.state[0]) == .pending)
        #expect(desk.work() == ["load a"])
        #expect(desk.lists.standing(of: desk.state[0]) == .enforced)
    }
}
