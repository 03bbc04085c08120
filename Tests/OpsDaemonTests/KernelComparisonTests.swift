// What a comparison with the kernel counts: a range is one difference, though the kernel keeps its
// start and its end as two elements.  In a network of its own; skipped without root.

import OpsCore
import OpsLinux
import Testing

@testable import OpsDaemon
@testable import OpsFirewall

@Suite("counts of a comparison", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct KernelComparisonTests: KernelTableSuite {
    private func range(_ first: UInt32, _ last: UInt32) -> CoverRange {
        CoverRange(first: UInt128(first), last: UInt128(last), deadline: Drop.never)
    }

    private func eights(_ numbers: ClosedRange<UInt32>) -> [Network] {
        numbers.map { four($0 << 24, 8) }
    }

    @Test(
        "ranges that are missing, and those that are too many",
        arguments: 1...3 as ClosedRange<UInt32>)
    func ranges(count: UInt32) {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            // Apart from each other: neighbours would be one range.
            for number in 1...count { bench.wanted[four(number << 25, 8)] = Drop.never }
            #expect(bench.rebuild().error == nil)
            let wanted = (1...count).map { number in
                let first: UInt32 = number << 25
                return range(first, first | 0xff_ffff)
            }
            tamper { $0.remove(.ranges4, wanted) }
            let missing = bench.audit(repairs: true).comparison
            #expect(missing.missing == Int(count) && missing.extra == 0 && missing.wrong == 0)
            #expect(missing.examples.count == Int(count))
            let others = (1...count).map { number in
                let first: UInt32 = 0x6400_0000 + number * 1_000
                return range(first, first + 99)
            }
            tamper { $0.fill(.ranges4, others, at: 0) }
            let extra = bench.audit(repairs: true).comparison
            #expect(extra.extra == Int(count) && extra.missing == 0 && extra.wrong == 0)
            #expect(bench.audit().comparison.isClean)
        }
    }

    /// The end of a range at the wrong place is a difference, also when there was one before.
    @Test("a range that ends too soon")
    func ends() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            bench.wanted = [four(0x0200_0000, 8): Drop.never, four(0x0400_0000, 8): Drop.never]
            #expect(bench.rebuild().error == nil)
            for (place, first) in [UInt32(0x0200_0000), 0x0400_0000].enumerated() {
                tamper { transaction in
                    transaction.remove(.ranges4, [range(first, first | 0xff_ffff)])
                    transaction.fill(.ranges4, [range(first, first | 0xffff)], at: 0)
                }
                #expect(bench.audit().comparison.missing == place + 1)
            }
        }
    }

    @Test("ranges of lists")
    func listRanges() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            var (few, many) = (NetworkRuns(), NetworkRuns())
            for network in eights(1...2) { _ = few.append(network) }
            for network in eights(1...5) { _ = many.append(network) }
            _ = many.append(four(0xff00_0000, 8))
            _ = few.append(six(1 << 16, 0, 48))
            for index in 1...3 as ClosedRange<UInt64> { _ = many.append(six(index << 16, 0, 48)) }
            let (sets, _) = bench.load("a", many)
            #expect(bench.auditList(sets, many).isClean)
            let extra = bench.auditList(sets, few)
            #expect(extra.extra == 4 + 2 && extra.wrong == 0, "\(extra)")
            let (less, _) = bench.load("a", few)
            #expect(bench.auditList(less, few).isClean)
            let wanted = less.map { ListSets("a", many, generation: $0.generation, layout: layout) }
            let missing = bench.auditList(wanted, many)
            #expect(missing.missing == 4 + 2 && missing.extra == 0, "\(missing)")
        }
    }
}
