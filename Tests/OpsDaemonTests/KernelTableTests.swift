// The table in a real kernel, in a network of its own.  Skipped where that is not permitted (no
// root).

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

@Suite("table in the kernel", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct KernelTableTests: KernelTableSuite {
    @Test("built, it holds what it should; built again, too")
    func build() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.audit().comparison.isAltered, "there is none yet")
            for index in 0..<3_000 as Range<UInt32> {
                bench.wanted[four(0xc000_0200 + index)] = now() + hour
                bench.wanted[six(UInt64(index) << 8, 0, 64)] = now() + hour
            }
            bench.wanted[six(7, 9, 128)] = Drop.never
            bench.wanted[four(0x0a00_0000, 8)] = now() + hour
            bench.wanted[four(0x0a01_0000, 16)] = Drop.never
            bench.wanted[four(0xff00_0000, 8)] = now() + hour
            bench.wanted[six(1 << 60, 0, 48)] = now() + hour
            #expect(bench.rebuild().error == nil)
            for _ in 0..<2 {
                let audit = bench.audit()
                #expect(audit.error == nil)
                #expect(audit.comparison.isClean, "\(audit.comparison)")
                #expect(bench.rebuild().error == nil)
            }
            #expect(bench.rebuild(fromNothing: true).error == nil)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("changes one by one, whether the kernel had them or not")
    func changes() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            bench.change(four(1), now() + hour)
            bench.change(four(1), now() + 2 * hour)
            bench.change(four(1), Drop.never)
            bench.change(four(1), now() + hour)
            bench.change(four(2), nil)
            bench.change(six(1, 0, 64), now() + hour)
            bench.change(six(1, 0, 64), nil)
            bench.change(six(1, 1, 128), now() + hour)
            let comparison = bench.audit().comparison
            #expect(comparison.isClean, "\(comparison)")
            #expect(comparison.elements == 2)
        }
    }

    @Test("random changes of nested networks leave exactly what they should", arguments: 1...8)
    func ranges(seed: Int) {
        NetworkOfItsOwn.run {
            var random = SeededGenerator(seed: UInt64(seed))
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            for round in 0..<120 {
                var changes: [Network: Int64?] = [:]
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let address = UInt32.random(in: 0...255, using: &random) << 16
                    let prefix = UInt8.random(in: 8...24, using: &random)
                    let network =
                        Bool.random(using: &random)
                        ? four(address | 0xff00_0000, prefix)
                        : six(UInt64(address) << 32 | 0xff << 56, 0, prefix + 8)
                    let ends: [Int64?] = [nil, nil, now() + hour, now() + 2 * hour, Drop.never]
                    changes[network] = .some(ends.randomElement(using: &random) ?? nil)
                }
                bench.change(changes.map { KernelChange(network: $0.key, deadline: $0.value) })
                if round % 10 == 9 {
                    let comparison = bench.audit().comparison
                    #expect(comparison.isClean, "round \(round): \(comparison)")
                }
            }
        }
    }

    @Test("what is taken away or added by others is found, and repaired")
    func tampering() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            for index in 1...100 as ClosedRange<UInt32> { bench.wanted[four(index)] = Drop.never }
            bench.wanted[four(0x0a00_0000, 8)] = now() + hour
            #expect(bench.rebuild().error == nil)
            tamper { $0.remove(.addresses4, [Drop(four(7), until: 0)]) }
            var audit = bench.audit(repairs: true)
            #expect(audit.comparison.missing == 1)
            #expect(audit.comparison.examples == ["missing: 0.0.0.7 in addresses4"])
            #expect(audit.rebuilt?.error == nil)
            #expect(bench.audit().comparison.isClean)
            tamper { $0.fill(.addresses4, [Drop(four(0x0101_0101), until: Drop.never)], at: 0) }
            audit = bench.audit(repairs: true)
            #expect(audit.comparison.extra == 1)
            #expect(bench.audit().comparison.isClean)
            tamper { $0.deleteTable() }
            audit = bench.audit(repairs: true)
            #expect(audit.comparison.isAltered)
            #expect(bench.audit().comparison.isClean)
            // A table of the same name that opsd did not make.
            tamper { $0.rebuild(Layout(ipv6Prefix: 56)) }
            audit = bench.audit(repairs: true)
            #expect(audit.comparison.isAltered)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("without a table a change is refused with the errno, and later ones are not lost")
    func refused() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            let change = KernelChange(network: four(1), deadline: Drop.never)
            guard case .changed(1, let error) = bench.table.perform(.change(ticket: 1, [change]))
            else {
                _ = Issue.record("another answer")
                return
            }
            #expect(error?.code == ENOENT)
            bench.wanted[four(1)] = Drop.never
            #expect(bench.rebuild().error == nil)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("what changes while the state is gathered is in the rebuilt table")
    func gathering() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            bench.wanted = [four(1): Drop.never, four(2): Drop.never]
            bench.gather()
            bench.change(four(3), Drop.never)
            bench.change(four(1), nil)
            bench.change(four(0x0a00_0000, 8), Drop.never)
            guard
                case .rebuilt(let rebuilt) = bench.table.perform(
                    .rebuild(layout, fromNothing: true))
            else {
                _ = Issue.record("another answer")
                return
            }
            #expect(rebuilt.error == nil)
            #expect(rebuilt.elements == 3)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("a table of that name with other sets is replaced")
    func foreign() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            bench.wanted = [six(1, 0, 64): Drop.never]
            #expect(bench.rebuild().error == nil)
            // No chain, and no table.
            tamper { $0.deleteTable() }
            #expect(bench.rebuild().error == nil)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("a ban ends in the kernel by itself")
    func expiry() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            bench.change(four(1), now() + 30)
            bench.change(four(0x0a00_0000, 8), now() + 30)
            bench.change(four(2), Drop.never)
            bench.wanted = [four(2): Drop.never]
            bench.wait(untilElements: 1)
            #expect(bench.audit().comparison.isClean)
            // Bans that have ended in the kernel by themselves can be changed and lifted.
            bench.change(four(1), nil)
            bench.change(four(0x0a00_0000, 8), nil)
            bench.change(four(0x0a00_0000, 9), Drop.never)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("the monitor hears others, not us")
    func monitor() {
        NetworkOfItsOwn.run {
            guard var own = try? NetfilterSocket(), let monitor = try? NetfilterSocket() else {
                _ = Issue.record("no socket")
                return
            }
            let port = own.port
            // NFNLGRP_NFTABLES.
            #expect((try? monitor.join(group: 7)) != nil)
            #expect((try? monitor.ignore(port: port)) != nil)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            func heard() -> [Tampering] {
                var found: [Tampering] = []
                while case .bytes(let count) = monitor.receive(into: &buffer) {
                    let one = Tampering.found(
                        in: buffer.span.extracting(first: count), ownPort: port)
                    if !one.isEmpty { found.append(one) }
                }
                return found
            }
            var transaction = Transaction(sequence: 1)
            transaction.build(layout)
            let bytes = transaction.finish().bytes
            try? own.send(bytes.span.bytes)
            #expect(heard() == [])
            tamper { $0.fill(.addresses4, [Drop(four(1), until: Drop.never)], at: 0) }
            #expect(heard() == [.elements])
            tamper { $0.deleteTable() }
            #expect(heard() == [.structure])
        }
    }

    @Test("the counters are there and count nothing yet")
    func counters() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            #expect(bench.rebuild().error == nil)
            guard case .counted(let counts) = bench.table.perform(.count) else {
                _ = Issue.record("another answer")
                return
            }
            #expect(counts.count == KernelSet.bans.count)
            #expect(counts.values.allSatisfy { $0 == DropCount() })
            guard case .withdrawn(nil) = bench.table.perform(.withdraw) else {
                _ = Issue.record("not withdrawn")
                return
            }
            guard case .counted([:]) = bench.table.perform(.count) else {
                _ = Issue.record("something is left")
                return
            }
        }
    }

    @Test("what is never dropped is in the kernel, changed as a whole, and compared")
    func allowed() {
        NetworkOfItsOwn.run {
            var bench = KernelBench()
            bench.allow([four(0x0a00_0001), four(0x0a00_0000, 24), six(1, 0, 64)])
            bench.wanted[four(0x0a00_0000, 8)] = now() + hour
            #expect(bench.rebuild().error == nil)
            #expect(bench.audit().comparison.isClean)
            bench.allow([four(0x0b00_0000, 8), six(1, 5, 128), six(1 << 60, 0, 4)])
            let comparison = bench.audit().comparison
            #expect(comparison.isClean, "\(comparison)")
            #expect(comparison.elements == 4)
            tamper { $0.replace(.allowed4, with: []) }
            #expect(bench.audit(repairs: true).comparison.missing == 1)
            #expect(bench.audit().comparison.isClean)
        }
    }
}
