// Pages of a table against a sort of the whole of it, and what a page may look at.

import Testing

@testable import OpsCore

private struct Plain: Expiring {
    var network: Network
    var deadline: Int64
}

@Suite struct PageTests {
    private func table(_ count: Int) -> ExpiringTable<Plain> {
        var table = ExpiringTable<Plain>(hasher: KeyedHash(key: (3, 5)))
        for number in 0..<count {
            table.insert(
                Plain(
                    network: Network(ipv4: 0x0a00_0000 + UInt32(number)), deadline: Int64(number)))
        }
        return table
    }

    private func order(_ table: ExpiringTable<Plain>) -> [Network] {
        table.shards.flatMap(\.entries).map(\.network)
            .sorted { table.hasher.hash($0) < table.hasher.hash($1) }
    }

    @Test(arguments: [1, 3, 10, 100, 1_000], [1, 500, 20_000])
    func pagesAreTheSortedTable(_ limit: Int, _ scan: Int) {
        let table = table(5_000)
        var seen: [Network] = []
        var after: Network?
        repeat {
            let (rows, next) = table.page(limit: limit, after: after, scan: scan) { _ in true }
            #expect(rows.count <= limit)
            #expect(next == nil || next != after)
            seen += rows.map(\.network)
            after = next
        } while after != nil
        #expect(seen == order(table))
    }

    /// A filter that admits little: many empty pages, each with a bounded look, none missed.
    @Test(arguments: [1, 7, 1_000])
    func filteredPagesLookAtLittle(_ limit: Int) {
        let table = table(20_000)
        let longest = table.shards.map(\.entries.count).max() ?? 0
        let scan = 1_000
        var seen: [Network] = []
        var after: Network?
        var pages = 0
        repeat {
            var looked = 0
            let (rows, next) = table.page(limit: limit, after: after, scan: scan) {
                looked += 1
                return $0.deadline % 997 == 0
            }
            #expect(looked <= scan + longest)
            seen += rows.map(\.network)
            after = next
            pages += 1
        } while after != nil
        #expect(pages >= 15)
        #expect(seen == order(table).filter { table[$0].map { $0.deadline % 997 == 0 } ?? false })
    }

    /// What comes and goes between two pages moves nothing else.
    @Test func pagesOutliveChanges() {
        var table = table(5_000)
        let lasting = Set((0..<5_000).filter { $0 % 2 == 0 }.map { UInt32($0) })
        var seen: Set<Network> = []
        var after: Network?
        var round: UInt32 = 0
        repeat {
            let (rows, next) = table.page(limit: 50, after: after, scan: 1_000) { _ in true }
            for row in rows { #expect(seen.insert(row.network).inserted) }
            after = next
            // Odd ones go, others come.
            for step in 0..<20 as Range<UInt32> {
                let odd = (round * 20 + step) * 2 + 1
                _ = table.remove(Network(ipv4: 0x0a00_0000 + odd))
                table.insert(Plain(network: Network(ipv4: 0x0b00_0000 + odd), deadline: 1))
            }
            round += 1
        } while after != nil
        for number in lasting { #expect(seen.contains(Network(ipv4: 0x0a00_0000 + number))) }
    }

    @Test func anUnknownSourceCostsNothing() throws {
        var world = World()
        let target = Target(network: Network(ipv4: 0x0a00_0001), isBare: true)
        try world.ask(.ban(Targets(target), BanTerms(lifetime: .permanent, source: "one")))
        #expect(world.state.bans.number(of: "two") == nil)
        #expect(world.state.bans.number(of: "one") != nil)
        guard
            case .bans(let page)? = try world.ask(.bans(PageQuery(source: "two")))
        else { throw Wrong() }
        #expect(page.rows.isEmpty && page.next == nil)
    }
}
