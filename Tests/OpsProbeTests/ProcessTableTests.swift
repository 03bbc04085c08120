// Top lists over several scans.

import OpsCore
import OpsTestKit
import Testing

@testable import OpsProbe

@Suite struct ProcessTableTests {
    private func stat(
        _ pid: Int32, _ name: String = "p", ticks: UInt64, start: UInt64, pages: UInt64
    ) -> [UInt8] {
        "\(pid) (\(name)) S 1 1 1 0 -1 0 0 0 0 0 \(ticks) 0 0 0 20 0 1 0 \(start) 99 \(pages) 0\n"
            .utf8Array
    }

    private func at(_ seconds: Int64) -> Moment {
        Moment(boot: seconds * 1_000_000_000, wall: 0)
    }

    private func scan(
        _ table: inout ProcessTable, at seconds: Int64, _ stats: [(Int32, [UInt8])]
    ) -> ProcessScan {
        table.begin(at: at(seconds), memoryTotalBytes: 4_096 * 1_000)
        for (pid, bytes) in stats { table.add(pid: pid, stat: bytes.span) }
        return table.finish()
    }

    @Test func sharesAreTicksBetweenTwoScans() {
        var table = ProcessTable(top: 2)
        let first = scan(
            &table, at: 1_000,
            [
                (1, stat(1, "init", ticks: 50, start: 5, pages: 100)),
                (7, stat(7, "busy", ticks: 900, start: 900, pages: 10)),
                (9, stat(9, "big", ticks: 3, start: 950, pages: 500)),
            ])
        #expect(first.total == 3)
        #expect(first.byCPU.map(\.cpuPercent) == [0, 0])
        #expect(first.byCPU.map(\.pid) == [1, 7])
        #expect(first.byMemory.map(\.name) == ["big", "init"])
        #expect(first.byMemory.first?.memoryPercent == 50)
        #expect(first.byMemory.first?.memoryMegabytes == 1.953_125)

        let second = scan(
            &table, at: 1_010,
            [
                (1, stat(1, "init", ticks: 51, start: 5, pages: 100)),
                (7, stat(7, "busy", ticks: 2_900, start: 900, pages: 10)),
            ])
        #expect(second.total == 2)
        #expect(second.byCPU.map(\.cpuPercent) == [200, 0.1])
    }

    @Test(arguments: [
        // pid, ticks, start ticks, percent expected: the scan before was at 1000 s (100,000 ticks).
        (7, 1_000, 900, 10.0),  // the same process, 100 ticks on
        (7, 500, 100_300, 50.0),  // the pid was used again: all of its ticks since
        (8, 500, 100_300, 50.0),  // started since
        (8, 500, 99_000, 0.0),  // was there before and not seen: no share yet
        (7, 100, 900, 0.0),  // ticks went back
    ])
    func rules(pid: Int32, ticks: UInt64, start: UInt64, percent: Double) {
        var table = ProcessTable()
        _ = scan(&table, at: 1_000, [(7, stat(7, ticks: 900, start: 900, pages: 1))])
        let next = scan(&table, at: 1_010, [(pid, stat(pid, ticks: ticks, start: start, pages: 1))])
        #expect(next.byCPU.map(\.cpuPercent) == [percent])
    }

    @Test func noTimeIsNoShare() {
        var table = ProcessTable()
        _ = scan(&table, at: 1_000, [(7, stat(7, ticks: 0, start: 900, pages: 1))])
        let next = scan(&table, at: 1_000, [(7, stat(7, ticks: 100, start: 900, pages: 1))])
        #expect(next.byCPU.map(\.cpuPercent) == [0])
    }

    @Test func listsHoldTheTopOfAnyOrder() {
        var dice = SeededGenerator(seed: 4)
        let processes = (1...500).map { (Int32($0), UInt64.random(in: 0...300, using: &dice)) }
        var table = ProcessTable(top: 10)
        let all = processes.shuffled(using: &dice).map {
            ($0.0, stat($0.0, ticks: 0, start: 1, pages: $0.1))
        }
        let found = scan(&table, at: 1, all)
        let expected = processes.sorted { $0.1 == $1.1 ? $0.0 < $1.0 : $0.1 > $1.1 }.prefix(10)
        #expect(found.byMemory.map(\.pid) == expected.map(\.0))
        #expect(found.byCPU.map(\.pid) == Array(1...10))
    }

    @Test func hugeFiguresAndNoMemory() {
        var table = ProcessTable()
        table.begin(at: at(1), memoryTotalBytes: 0)
        table.add(pid: 1, stat: stat(1, ticks: .max, start: .max, pages: .max).span)
        table.add(pid: 2, stat: "gone".utf8Array.span)
        let found = table.finish()
        #expect(found.total == 1)
        #expect(found.byMemory.first?.memoryPercent == 0)
        #expect(found.byMemory.first?.memoryBytes == .max)
    }
}
