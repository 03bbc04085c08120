// Reading the clocks.  Nothing is cached.

@preconcurrency import Glibc

/// The kernel's clocks, in nanoseconds.  Source: clock_gettime(2).
package enum Clocks {
    /// CLOCK_BOOTTIME (since boot, suspend included) and CLOCK_REALTIME (since 1970), read
    /// together.
    package static func now() -> (bootNanoseconds: Int64, wallNanoseconds: Int64) {
        (Syscalls.clock(CLOCK_BOOTTIME), Syscalls.clock(CLOCK_REALTIME))
    }

    /// CLOCK_BOOTTIME alone.
    package static func bootNanoseconds() -> Int64 { Syscalls.clock(CLOCK_BOOTTIME) }

    /// CPU time of this thread; unlike the other clocks, reading it takes a real system call.
    package static func threadCPUNanoseconds() -> Int64 { Syscalls.clock(CLOCK_THREAD_CPUTIME_ID) }

    /// CLOCK_MONOTONIC in microseconds: the clock of the service manager's messages.
    package static func monotonicMicroseconds() -> Int64 { Syscalls.clock(CLOCK_MONOTONIC) / 1000 }
}
