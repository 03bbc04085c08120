// One line of the top lists (S3-02), and the whole scan they come from.

/// A process in a top list.
package struct ProcessEntry: Hashable, Sendable {
    /// The process id.
    package var pid: Int32
    /// The kernel's name of it, bad UTF-8 repaired; anybody may choose it, so escape it.
    package var name: String
    /// CPU use in per cent of one core, so that four busy threads are 400; 0 on the first scan.
    package var cpuPercent: Double
    /// Resident set of total memory, 0...100.
    package var memoryPercent: Double
    /// Resident set.
    package var memoryBytes: UInt64

    package init(
        pid: Int32, name: String, cpuPercent: Double, memoryPercent: Double, memoryBytes: UInt64
    ) {
        self.pid = pid
        self.name = name
        self.cpuPercent = cpuPercent
        self.memoryPercent = memoryPercent
        self.memoryBytes = memoryBytes
    }

    /// The resident set in MB of 1,048,576 bytes, as S3-02 has it.
    package var memoryMegabytes: Double { Double(memoryBytes) / 1_048_576 }
}

/// What one walk over /proc/[pid]/stat found.
package struct ProcessScan: Hashable, Sendable {
    /// When the walk ended.
    package var at: Moment
    /// Processes that were there, ranked or not.
    package var total: Int
    /// The processes by CPU use, most first; equal ones by pid.
    package var byCPU: [ProcessEntry]
    /// The processes by resident set, largest first; equal ones by pid.
    package var byMemory: [ProcessEntry]

    package init(at: Moment, total: Int, byCPU: [ProcessEntry], byMemory: [ProcessEntry]) {
        self.at = at
        self.total = total
        self.byCPU = byCPU
        self.byMemory = byMemory
    }
}
