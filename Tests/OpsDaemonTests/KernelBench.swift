// A table in a real kernel for tests: what it should hold, and what others may do to it.

import OpsCore
import OpsFirewall
import OpsLinux
import OpsTestKit
import Testing

@testable import OpsDaemon

/// A table in a fresh network, and what should be in it.
struct KernelBench: ~Copyable {
    static let layout = Layout(ipv6Prefix: 64)

    var table: KernelTable
    var wanted: [Network: Int64] = [:]
    private var ticket: UInt64 = 0

    init() { table = KernelTable(try? NetfilterSocket(), layout: Self.layout) }

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

    /// The kernel's rules, as far as they are text.
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

    /// Loads a list as the loop would; returns its sets and how many jobs it took.
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
        let job = KernelJob.rebuild(Self.layout, fromNothing: fromNothing)
        guard case .rebuilt(let rebuilt) = table.perform(job) else {
            Issue.record("another answer")
            return Rebuilt()
        }
        return rebuilt
    }

    mutating func audit(repairs: Bool = false) -> Audit {
        gather()
        guard case .audited(let audit) = table.perform(.audit(Self.layout, repairs: repairs)) else {
            Issue.record("another answer")
            return Audit()
        }
        return audit
    }

    /// Looks again and again until this many elements are left of all the table held.
    mutating func wait(untilElements count: Int) {
        let start = Clocks.bootNanoseconds()
        while audit().comparison.elements > count {
            if Clocks.bootNanoseconds() - start > Int64(patienceMilliseconds) * 1_000_000 {
                Issue.record("the kernel still holds more than \(count) elements")
                return
            }
        }
    }
}

/// A suite on a table in a real kernel, with words for what it puts there.
protocol KernelTableSuite {}

extension KernelTableSuite {
    var layout: Layout { KernelBench.layout }

    /// Milliseconds.
    var hour: Int64 { 3_600_000 }

    /// Milliseconds of boot time.
    func now() -> Int64 { Clocks.bootNanoseconds() / 1_000_000 }

    /// A network of IPv4.
    func four(_ address: UInt32, _ prefix: UInt8 = 32) -> Network {
        Network(ipv4: address, prefix: prefix)
    }

    /// A network of IPv6.
    func six(_ high: UInt64, _ low: UInt64, _ length: UInt8) -> Network {
        Network(high: high, low: low, length: length)
    }

    /// Changes the tables as another program might.
    func tamper(_ change: (inout Transaction) -> Void) {
        guard var socket = try? NetfilterSocket() else { return }
        var transaction = Transaction(sequence: 1)
        change(&transaction)
        let bytes = transaction.finish().bytes
        try? socket.send(bytes.span.bytes)
    }
}
