// What is in the table and is not opsd's, whether it came while opsd was running or not; and which
// sets have rules.  In a network of its own; skipped without root.

import CNetfilter
import OpsCore
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon
@testable import OpsFirewall

/// Something that another program may put into the table.
enum Stranger: String, CaseIterable, Sendable {
    case chain, set, counter, quota, wrongSet, listSet

    func put(_ transaction: inout Transaction) {
        switch self {
        case .chain:
            transaction.message(NFT_MSG_NEWCHAIN, NLM_F_CREATE) { writer in
                writer.text(NFTA_CHAIN_TABLE, "opsd")
                writer.text(NFTA_CHAIN_NAME, "evil")
                writer.nest(NFTA_CHAIN_HOOK) { writer in
                    writer.number(NFTA_HOOK_HOOKNUM, NetfilterHook.preRouting)
                    writer.number(NFTA_HOOK_PRIORITY, UInt32(bitPattern: -301))
                }
                writer.text(NFTA_CHAIN_TYPE, "filter")
            }
        case .set: transaction.addSet(shape("evil", isRanges: false))
        case .counter: transaction.addCounter("evil")
        case .quota:
            transaction.message(NFT_MSG_NEWOBJ, NLM_F_CREATE) { writer in
                writer.text(NFTA_OBJ_TABLE, "opsd")
                // The name of a counter of opsd's.
                writer.text(NFTA_OBJ_NAME, "addresses4")
                writer.number(NFTA_OBJ_TYPE, UInt32(NFT_OBJECT_QUOTA))
                writer.nest(NFTA_OBJ_DATA) { $0.number(NFTA_QUOTA_BYTES, wide: 1_000) }
            }
        case .wrongSet:
            transaction.deleteTable()
            transaction.message(NFT_MSG_NEWTABLE, NLM_F_CREATE) {
                $0.text(NFTA_TABLE_NAME, "opsd")
            }
            transaction.addSet(shape("addresses4", isRanges: true), hasTimeouts: false)
        case .listSet: transaction.addSet(shape("list.evil.addresses4.x", isRanges: false))
        }
    }

    private func shape(_ name: String, isRanges: Bool) -> SetShape {
        SetShape(name: name, isIPv4: true, isRanges: isRanges, number: 900)
    }
}

@Suite("strangers in the table", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct KernelStrangersTests: KernelTableSuite {
    @Test("what came while opsd was down is gone after the start", arguments: Stranger.allCases)
    func down(stranger: Stranger) {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            bench.wanted = [four(1): Drop.never]
            #expect(bench.rebuild().error == nil)
            tamper { stranger.put(&$0) }
            var next = KernelBench()
            next.wanted = bench.wanted
            let rebuilt = next.rebuild()
            #expect(rebuilt.error == nil)
            #expect(!rebuilt.strange.isEmpty, "it is told")
            let left = try? next.table.inventory()
            #expect(left?.allSatisfy(\.isAsMade) == true, "\(left ?? [])")
            #expect(next.audit().comparison.isClean)
            #expect(next.rebuild().strange.isEmpty)
        }
    }

    @Test("what comes while opsd runs is found, and repaired", arguments: Stranger.allCases)
    func running(stranger: Stranger) {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            bench.wanted = [four(1): Drop.never]
            #expect(bench.rebuild().error == nil)
            tamper { stranger.put(&$0) }
            let audit = bench.audit(repairs: true)
            #expect(audit.comparison.isAltered)
            #expect(audit.rebuilt?.error == nil)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("a set of a list that nobody loaded is found")
    func strangeList() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            var runs = NetworkRuns()
            _ = runs.append(four(9))
            _ = bench.load("a", runs)
            #expect(bench.audit().comparison.isClean)
            let sets = ListSets("evil", runs, generation: 7, layout: layout)
            tamper { $0.addSets(sets, hasTimeouts: false) }
            let comparison = bench.audit().comparison
            #expect(comparison.isAltered)
            #expect(
                comparison.examples.sorted() == [
                    "not opsd's: counter list.evil", "not opsd's: set list.evil.addresses4.7",
                ])
        }
    }

    @Test("lists stay when strangers go")
    func lists() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            var runs = NetworkRuns()
            _ = runs.append(four(9))
            _ = bench.load("a", runs)
            tamper { Stranger.chain.put(&$0) }
            var next = KernelBench()
            #expect(!next.rebuild().lostLists)
            #expect(next.sets == ["list.a.addresses4.1"])
            #expect(next.rules.contains("list.a.addresses4.1"))
        }
    }

    @Test("a set has a rule from its first element on, until it is found empty")
    func rules() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            bench.allow([four(7)])
            #expect(bench.rebuild().error == nil)
            #expect(bench.rules.isEmpty, "no ban, no rule")
            bench.change(four(1), now() + hour)
            #expect(bench.rules.contains("addresses4") && bench.rules.contains("allowed4"))
            #expect(!bench.rules.contains("ranges4") && !bench.rules.contains("ipv6"))
            bench.change(four(0x0a00_0000, 8), Drop.never)
            bench.change(six(1, 0, 64), Drop.never)
            bench.change(six(1, 1, 128), Drop.never)
            bench.change(six(1 << 60, 0, 48), Drop.never)
            for set in KernelSet.bans { #expect(bench.rules.contains("\(set.name)"), "\(set)") }
            #expect(bench.audit(repairs: true).comparison.isClean)
            for set in KernelSet.bans { #expect(bench.rules.contains("\(set.name)"), "\(set)") }
            for network in bench.wanted.keys { bench.change(network, nil) }
            #expect(bench.audit(repairs: true).comparison.isClean)
            #expect(bench.rules.isEmpty)
            #expect(bench.audit().comparison.isClean)
            bench.change(four(1), now() + hour)
            #expect(bench.rules.contains("addresses4"))
        }
    }

    @Test("the monitor does not hear a long transaction, and hears again after it")
    func unheard() {
        NetworkOfItsOwn.run {
            // It does not ignore the table's port, so it would hear all of it.
            guard let monitor = try? NetfilterSocket(), (try? monitor.join(group: 7)) != nil,
                let socket = try? NetfilterSocket()
            else {
                _ = Issue.record("no socket")
                return
            }
            var table = KernelTable(
                socket, layout: layout, hearing: try? monitor.membership(of: 7))
            var buffer = [UInt8](repeating: 0, count: 65_536)
            func heard() -> Int {
                var count = 0
                while case .bytes = monitor.receive(into: &buffer) { count += 1 }
                return count
            }
            let drops = (1...5_000 as ClosedRange<UInt32>).map { Drop(four($0), until: Drop.never) }
            _ = table.perform(.gather(drops, isFirst: true))
            guard
                case .rebuilt(let rebuilt) = table.perform(.rebuild(layout, fromNothing: false))
            else {
                _ = Issue.record("another answer")
                return
            }
            #expect(rebuilt.error == nil)
            #expect(heard() == 0)
            let hasMissed = table.takeMissed()
            #expect(!hasMissed, "nobody else changed anything")
            tamper { $0.fill(.addresses4, [Drop(four(0x0101_0101), until: Drop.never)], at: 0) }
            #expect(heard() > 0)
        }
    }
}
