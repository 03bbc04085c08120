// Lists in a real kernel, in a network of its own.  Skipped where that is not permitted (no root).

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux
import Testing

@testable import OpsDaemon

@Suite("lists in the kernel", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct KernelTableListsTests: KernelTableSuite {
    @Test("a list is loaded in parts, replaced in one moment, and dropped")
    func lists() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            var many = NetworkRuns()
            for index in 0..<40_000 as Range<UInt32> { _ = many.append(four(index * 3)) }
            _ = many.append(four(0x0a00_0000, 8))
            _ = many.append(four(0xff00_0000, 8))
            _ = many.append(six(1, 0, 64))
            _ = many.append(six(1 << 16, 0, 48))
            let end = now() + hour
            let (sets, jobs) = bench.load("a", many, until: end)
            #expect(sets?.counts[.addresses4] == 40_000)
            #expect(jobs == 5, "begin, three parts, the switch")
            #expect(bench.auditList(sets, many, until: end).isClean)
            var few = NetworkRuns()
            _ = few.append(four(9))
            let (other, _) = bench.load("b", few)
            #expect(bench.auditList(other, few).isClean)
            #expect(bench.sets.count == 5)
            // Replaced: the old sets go.
            let (newer, _) = bench.load("a", few)
            #expect(bench.auditList(newer, few).isClean)
            #expect(bench.sets.sorted() == ["list.a.addresses4.3", "list.b.addresses4.2"])
            #expect(bench.audit().comparison.isClean, "the rules are as they were made")
            // Building the bans again leaves them alone.
            let rebuilt = bench.rebuild()
            #expect(rebuilt.error == nil && !rebuilt.lostLists)
            #expect(bench.auditList(newer, few).isClean)
            guard case .kept(nil) = bench.table.perform(.keepLists(["b"])) else {
                _ = Issue.record("not kept")
                return
            }
            #expect(bench.sets == ["list.b.addresses4.2"])
            #expect(bench.rebuild(fromNothing: true).lostLists)
            #expect(bench.sets == [])
        }
    }

    @Test("lists of an earlier run stand until those of this one are loaded")
    func earlierLists() {
        NetworkOfItsOwn.run {
            var few = NetworkRuns()
            _ = few.append(four(9))
            _ = few.append(six(1 << 16, 0, 48))
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            _ = bench.load("a", few)
            _ = bench.load("b", few)
            // This one was killed while it loaded.
            let order = ListOrder(name: "a", networks: ListedNetworks(few), deadline: Drop.never)
            _ = bench.table.perform(.loadList(order))
            var next = KernelBench()
            #expect(next.rebuild().error == nil)
            #expect(next.rules.contains("list.a.addresses4.1"))
            #expect(next.rules.contains("list.b.ranges6.2"))
            #expect(!next.rules.contains("list.a.addresses4.3"))
            _ = next.table.perform(.keepLists(["b"]))
            #expect(next.sets.sorted() == ["list.b.addresses4.2", "list.b.ranges6.2"])
            let (sets, _) = next.load("b", few)
            #expect(sets?.generation == 3)
            #expect(next.auditList(sets, few).isClean)
            #expect(next.sets.count == 2)
            #expect(next.audit().comparison.isClean)
        }
    }

    @Test("elements of a list that others take or add are found")
    func spoiledLists() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            var runs = NetworkRuns()
            for index in 1...100 as ClosedRange<UInt32> { _ = runs.append(four(index)) }
            let end = now() + hour
            let (sets, _) = bench.load("a", runs, until: end)
            guard let sets else {
                _ = Issue.record("not loaded")
                return
            }
            var other = NetworkRuns()
            _ = other.append(four(0x0101_0101))
            tamper { $0.fill(sets, other.chunk(0), until: Drop.never, at: 0) }
            // The set has the size of the list: there is no room for more.
            #expect(bench.auditList(sets, runs, until: end).isClean)
            #expect(bench.auditList(sets, runs, until: end + 60_000).wrong == 100)
            #expect(bench.auditList(sets, other, until: end).extra == 100)
            _ = runs.append(four(200))
            let more = ListSets("a", runs, generation: 1, layout: layout)
            #expect(bench.auditList(more, runs, until: end).missing == 1)
            guard case .listed(.failed(let error)) = bench.table.perform(.continueList) else {
                _ = Issue.record("there is nothing to go on with")
                return
            }
            #expect(error.code == ENOENT)
        }
    }
}
