// What this process uses, and the few limits it sets for itself.

@preconcurrency import Glibc

/// Memory, CPU time and threads of this process.
package struct ProcessUsage: Hashable, Sendable {
    /// Resident memory.
    package let residentBytes: Int64
    /// User and system time since the start.
    package let cpuMicroseconds: Int64
    /// How many threads it has.
    package let threads: Int
}

/// This process.
package struct OwnProcess: ~Copyable, Sendable {
    private var stat: FileReader
    private let pageBytes: Int64

    /// Keeps /proc/self/stat open.
    package init() throws(Errno) {
        stat = try FileReader(path: "/proc/self/stat", isOneRecord: true)
        pageBytes = KernelUnits.pageBytes
    }

    /// Sends a signal to one other process.  Source: kill(2).
    package static func send(_ signal: Signal, to pid: Int32) throws(Errno) {
        // 0 and below are whole groups of processes.
        guard pid > 0 else { throw Errno(ESRCH, "kill") }
        try Syscalls.kill(pid, signal.number)
    }

    /// Measures now.  Source: proc(5), "/proc/pid/stat", fields 20 and 24; getrusage(2).
    package mutating func usage() throws(Errno) -> ProcessUsage {
        let pageBytes = pageBytes
        let usage = try stat.read { bytes -> ProcessUsage? in
            guard let threads = OwnProcess.field(20, of: bytes),
                let pages = OwnProcess.field(24, of: bytes)
            else { return nil }
            return ProcessUsage(
                residentBytes: pages.multipliedReportingOverflow(by: pageBytes).partialValue,
                cpuMicroseconds: Syscalls.ownMicroseconds(), threads: Int(threads))
        }
        guard let usage else { throw Errno(EINVAL, "read(/proc/self/stat)") }
        return usage
    }

    /// Field `wanted` (3...) of a stat line; the name before it may contain spaces and parentheses.
    static func field(_ wanted: Int, of bytes: Span<UInt8>) -> Int64? {
        var index = bytes.count - 1
        while index >= 0, bytes[index] != UInt8(ascii: ")") { index -= 1 }
        guard index >= 0 else { return nil }
        var field = 2
        var value: Int64?
        for position in index + 1..<bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") {
                if field == wanted { return value }
                field += 1
                value = nil
            } else if field == wanted {
                let digit = byte &- UInt8(ascii: "0")
                guard digit <= 9 else { return nil }
                let (tens, over) = (value ?? 0).multipliedReportingOverflow(by: 10)
                guard !over, tens <= Int64.max - 9 else { return nil }
                value = tens + Int64(digit)
            }
        }
        return field == wanted ? value : nil
    }

    /// Its process id.
    package static var pid: Int32 { getpid() }

    /// Raises the soft limit of open descriptors to the hard one, at most `limit`; returns the
    /// new soft limit.  Source: setrlimit(2), RLIMIT_NOFILE.
    package static func raiseDescriptorLimit(atMost limit: UInt64 = 1 << 20) throws(Errno) -> UInt64
    {
        try Syscalls.raiseDescriptorLimit(atMost: limit)
    }

    /// Returns free pages of the heap to the kernel.  Takes about a millisecond of CPU time after a
    /// large table was freed.  Source: malloc_trim(3).
    package static func trimHeap() { Syscalls.trimHeap() }

    /// Blocks of `mapThresholdBytes` and more are returned to the kernel when they are freed, and
    /// threads share `arenas` heaps.  Call it before the first thread starts.  Source: mallopt(3).
    package static func tuneAllocator(mapThresholdBytes: Int32, arenas: Int32) {
        Syscalls.tuneAllocator(mapThresholdBytes: mapThresholdBytes, arenas: arenas)
    }
}
