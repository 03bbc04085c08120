// The processes from one scan to the next: how much CPU time each used since the last scan, and how
// much memory it has.  The daemon walks /proc, passes in the stat file of each process, and gets
// two short lists.
//   1. A process is identified by its pid and start time: a reused pid is a new process.
//   2. A process that started after the last scan used all its ticks since then.  One that is new
//      for another reason has a share of 0 at first, so that there is no spike.
//   3. Strings are made only for processes in the lists.

package import OpsCore

/// Turns stat files into top lists.
package struct ProcessTable: Hashable, Sendable {
    /// The most processes whose ticks are kept; further ones count in `total` and for memory only.
    package static let processLimit = 65_536
    /// Entries of each list, at most.
    package static let topLimit = 100

    private struct Row: Hashable, Sendable {
        let pid: Int32
        let start: UInt64
        let ticks: UInt64
    }

    private let top: Int
    private let ticksPerSecond: UInt64
    private let pageBytes: UInt64

    /// The processes of the previous scan, ordered by pid.
    private var before: [Row] = []
    private var beforeAt: Moment?
    private var rows: [Row] = []
    private var total = 0
    private var at = Moment(boot: 0, wall: 0)
    private var memoryTotal: UInt64 = 0
    private var byCPU: Ranking
    private var byMemory: Ranking

    /// `top` is clamped to 1...100; the other two are sysconf(3)'s _SC_CLK_TCK and _SC_PAGESIZE.
    package init(top: Int = 20, ticksPerSecond: UInt64 = 100, pageBytes: UInt64 = 4_096) {
        self.top = min(max(top, 1), ProcessTable.topLimit)
        self.ticksPerSecond = max(ticksPerSecond, 1)
        self.pageBytes = max(pageBytes, 1)
        byCPU = Ranking(limit: self.top)
        byMemory = Ranking(limit: self.top)
    }

    /// Begins a scan.  Memory shares are of `memoryTotalBytes`.
    package mutating func begin(at: Moment, memoryTotalBytes: UInt64) {
        self.at = at
        memoryTotal = memoryTotalBytes
        total = 0
        rows.removeAll(keepingCapacity: true)
        byCPU = Ranking(limit: top)
        byMemory = Ranking(limit: top)
    }

    /// Adds the content of one /proc/[pid]/stat.  False when it is malformed: the process ended
    /// while it was read.
    @discardableResult
    package mutating func add(pid: Int32, stat bytes: Span<UInt8>) -> Bool {
        guard let stat = ProcessStat(bytes) else { return false }
        total += 1
        if rows.count < ProcessTable.processLimit {
            rows.append(Row(pid: pid, start: stat.start, ticks: stat.ticks))
        }
        let (resident, overflow) = stat.residentPages.multipliedReportingOverflow(by: pageBytes)
        let memory = overflow ? UInt64.max : resident
        let cpu = cpuPercent(pid, stat)
        let inCPU = byCPU.admits(cpu, pid)
        let inMemory = byMemory.admits(Double(memory), pid)
        guard inCPU || inMemory else { return true }
        let share = memoryTotal == 0 ? 0 : min(Double(memory) / Double(memoryTotal) * 100, 100)
        let entry = ProcessEntry(
            pid: pid, name: bytes.text(stat.name), cpuPercent: cpu, memoryPercent: share,
            memoryBytes: memory)
        if inCPU { byCPU.add(entry, cpu) }
        if inMemory { byMemory.add(entry, Double(memory)) }
        return true
    }

    /// Ends the scan.
    package mutating func finish() -> ProcessScan {
        swap(&before, &rows)
        beforeAt = at
        // readdir(3) returns pids in order, and sorting what is sorted already takes one pass.
        before.sort { $0.pid < $1.pid }
        return ProcessScan(
            at: at, total: total, byCPU: byCPU.entries, byMemory: byMemory.entries)
    }

    private func cpuPercent(_ pid: Int32, _ stat: ProcessStat) -> Double {
        guard let beforeAt, at.boot > beforeAt.boot else { return 0 }
        let spent: UInt64
        if let row = row(of: pid), row.start == stat.start {
            guard stat.ticks >= row.ticks else { return 0 }
            spent = stat.ticks - row.ticks
        } else {
            let started = Double(stat.start) / Double(ticksPerSecond)
            guard started >= Double(beforeAt.boot) / 1_000_000_000 else { return 0 }
            spent = stat.ticks
        }
        let seconds = Double(at.boot &- beforeAt.boot) / 1_000_000_000
        return Double(spent) / Double(ticksPerSecond) / seconds * 100
    }

    private func row(of pid: Int32) -> Row? {
        var low = 0
        var high = before.count
        while low < high {
            let middle = (low + high) / 2
            if before[middle].pid < pid { low = middle + 1 } else { high = middle }
        }
        return low < before.count && before[low].pid == pid ? before[low] : nil
    }
}

/// The entries with the highest scores, highest first; equal ones by pid.
private struct Ranking: Hashable, Sendable {
    let limit: Int
    private(set) var entries: [ProcessEntry] = []
    private var scores: [Double] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether an entry with this score would be in the list.
    func admits(_ score: Double, _ pid: Int32) -> Bool {
        guard entries.count == limit, let score0 = scores.last, let last = entries.last else {
            return limit > 0
        }
        return score > score0 || score == score0 && pid < last.pid
    }

    mutating func add(_ entry: ProcessEntry, _ score: Double) {
        var place = entries.count
        while place > 0,
            score > scores[place - 1]
                || score == scores[place - 1] && entry.pid < entries[place - 1].pid
        {
            place -= 1
        }
        entries.insert(entry, at: place)
        scores.insert(score, at: place)
        guard entries.count > limit else { return }
        entries.removeLast()
        scores.removeLast()
    }
}
