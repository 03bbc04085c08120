// The table in a real kernel, in a network of its own.  Skipped where that may not be (no root).

import Glibc
import OpsCore
import OpsFirewall
import OpsLinux
import Testing

@testable import OpsDaemon

private let layout = Layout(ipv6Prefix: 64)
private let hour: Int64 = 3_600_000

private func now() -> Int64 { Clocks.bootNanoseconds() / 1_000_000 }

private func four(_ address: UInt32, _ prefix: UInt8 = 32) -> Network {
    Network(ipv4: address, prefix: prefix)
}

private func six(_ high: UInt64, _ low: UInt64, _ length: UInt8) -> Network {
    Network(high: high, low: low, length: length)
}

/// A table in a fresh network, and what should be in it.
private struct Bench: ~Copyable {
    var table: KernelTable
    var wanted: [Network: Int64] = [:]
    private var ticket: UInt64 = 0

    init() { table = KernelTable(try? NetfilterSocket(), layout: layout) }

    mutating func change(_ network: Network, _ deadline: Int64?) {
        change([KernelChange(network: network, deadline: deadline)])
    }

    mutating func change(_ changes: [KernelChange]) {
        for change in changes { wanted[change.network] = change.deadline }
        ticket += 1
        guard case .changed(ticket, let error) = table.perform(.change(ticket: ticket, changes))
        else {
            Issue.record("another answer")
            return
        }
        #expect(error == nil)
    }

    /// The sets of lists in the kernel.
    var sets: [String] {
        mutating get {
            ((try? table.ask(.sets).names) ?? []).filter { $0.hasPrefix(ListSets.prefix) }
        }
    }

    /// What the rules say, as far as it is text.
    var rules: String {
        mutating get { String(decoding: (try? table.ask(.rules).structure) ?? [], as: UTF8.self) }
    }

    mutating func allow(_ networks: [Network]) {
        guard case .allowed(nil) = table.perform(.allow(networks)) else {
            _ = Issue.record("refused")
            return
        }
    }

    mutating func auditList(
        _ sets: ListSets?, _ networks: NetworkRuns, until deadline: Int64 = Drop.never
    ) -> Comparison {
        guard let sets else {
            Issue.record("not loaded")
            return Comparison()
        }
        var auditor = ListAuditor(try? NetfilterSocket())
        let audit = auditor.audit([
            ListClaim(sets: sets, networks: ListedNetworks(networks), deadline: deadline)
        ])
        #expect(audit.error == nil)
        return audit.comparison
    }

    /// Loads a list as the loop would: how many jobs it took.
    mutating func load(
        _ name: String, _ networks: NetworkRuns, until deadline: Int64 = Drop.never
    ) -> (sets: ListSets?, jobs: Int) {
        let order = ListOrder(
            name: name, networks: ListedNetworks(networks), deadline: deadline)
        var job = KernelJob.loadList(order)
        for jobs in 1...1_000 {
            switch table.perform(job) {
            case .listed(.more): job = .continueList
            case .listed(.done(let sets)): return (sets, jobs)
            default: return (nil, jobs)
            }
        }
        return (nil, 0)
    }

    mutating func gather() {
        let drops = wanted.map { Drop($0.key, until: $0.value) }
        _ = table.perform(.gather(drops, isFirst: true))
    }

    mutating func rebuild(fromNothing: Bool = false) -> Rebuilt {
        gather()
        guard case .rebuilt(let rebuilt) = table.perform(.rebuild(layout, fromNothing: fromNothing))
        else {
            Issue.record("another answer")
            return Rebuilt()
        }
        return rebuilt
    }

    mutating func audit(repairs: Bool = false) -> Audit {
        gather()
        guard case .audited(let audit) = table.perform(.audit(layout, repairs: repairs)) else {
            Issue.record("another answer")
            return Audit()
        }
        return audit
    }
}

/// Does to the kernel what somebody else might.
private func tamper(_ change: (inout Transaction) -> Void) {
    guard var socket = try? NetfilterSocket() else { return }
    var transaction = Transaction(sequence: 1)
    change(&transaction)
    let bytes = transaction.finish().bytes
    try? socket.send(bytes.span.bytes)
}

@Suite("table in the kernel", .enabled(if: NetworkOfItsOwn.isPossible, "needs root"))
struct KernelTableTests {
    @Test("built, it holds what it should; built again, too")
    func build() {
        NetworkOfItsOwn.run {
            var bench = Bench()
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
            var bench = Bench()
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
            var random = SeededRandom(UInt64(seed))
            var bench = Bench()
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

    @Test("what is taken away or added by others is found, and mended")
    func tampering() {
        NetworkOfItsOwn.run {
            var bench = Bench()
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
            // A table that looks the same and is not ours.
            tamper { $0.rebuild(Layout(ipv6Prefix: 56)) }
            audit = bench.audit(repairs: true)
            #expect(audit.comparison.isAltered)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("without a table a change is refused with the errno, and later ones are not lost")
    func refused() {
        NetworkOfItsOwn.run {
            var bench = Bench()
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
            var bench = Bench()
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
            var bench = Bench()
            bench.wanted = [six(1, 0, 64): Drop.never]
            #expect(bench.rebuild().error == nil)
            // A chain of the same name and another place.
            tamper { $0.deleteTable() }
            #expect(bench.rebuild().error == nil)
            #expect(bench.audit().comparison.isClean)
        }
    }

    @Test("a ban ends in the kernel by itself")
    func expiry() {
        NetworkOfItsOwn.run {
            var bench = Bench()
            #expect(bench.rebuild().error == nil)
            bench.change(four(1), now() + 30)
            bench.change(four(0x0a00_0000, 8), now() + 30)
            bench.change(four(2), Drop.never)
            usleep(120_000)
            bench.wanted = [four(2): Drop.never]
            #expect(bench.audit().comparison.elements == 1)
            // And what the kernel has dropped by itself can be changed and lifted.
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
            var bench = Bench()
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
            var bench = Bench()
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

    @Test("a list is loaded in parts, replaced in one moment, and dropped")
    func lists() {
        NetworkOfItsOwn.run {
            var bench = Bench()
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
            var bench = Bench()
            #expect(bench.rebuild().error == nil)
            _ = bench.load("a", few)
            _ = bench.load("b", few)
            // This one was killed while it loaded.
            let order = ListOrder(name: "a", networks: ListedNetworks(few), deadline: Drop.never)
            _ = bench.table.perform(.loadList(order))
            var next = Bench()
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
            var bench = Bench()
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
