// This process and this host: randomness, users and groups, limits, cost, names.  See
// Syscalls.swift.

import COpsLinux
@preconcurrency import Glibc

extension Syscalls {
    static func kill(_ pid: Int32, _ signal: Int32) throws(Errno) {
        try retrying("kill") { Glibc.kill(pid, signal) }
    }

    static func random(into buffer: inout [UInt8]) throws(Errno) {
        var done = 0
        let total = buffer.count
        while done < total {
            let offset = done
            done += try retrying("getrandom", upTo: total - offset) { count in
                buffer.withUnsafeMutableBytes {
                    ops_random($0.baseAddress?.advanced(by: offset), count)
                }
            }
        }
    }

    static func windowSize(_ fd: Int32) -> (columns: Int, rows: Int)? {
        var columns: UInt16 = 0
        var rows: UInt16 = 0
        guard make("ioctl(TIOCGWINSZ)", { ops_window_size(fd, &columns, &rows) }) == 0,
            columns > 0, rows > 0
        else { return nil }
        return (Int(columns), Int(rows))
    }

    static func raiseDescriptorLimit(atMost: UInt64) throws(Errno) -> UInt64 {
        var now: UInt64 = 0
        try retrying("setrlimit") { ops_raise_descriptor_limit(atMost, &now) }
        return now
    }

    static func tuneAllocator(mapThresholdBytes: Int32, arenas: Int32) {
        _ = ops_allocator(mapThresholdBytes, arenas)
    }

    static func trimHeap() { ops_trim_heap() }

    /// Whether the call succeeded.
    static func dropPages(_ start: UInt, _ length: Int) -> Bool {
        make("madvise") {
            madvise(UnsafeMutableRawPointer(bitPattern: start), length, MADV_DONTNEED)
        } == 0
    }

    static func interfaceAddresses(limit: Int) throws(Errno) -> [ops_address] {
        var room = [ops_address](repeating: ops_address(), count: limit)
        let count = try retrying("getifaddrs") { ops_host_addresses(&room, Int32(limit)) }
        room.removeLast(limit - Int(count))
        return room
    }

    /// User and system time of this process, in microseconds.
    static func ownMicroseconds() -> Int64 {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }
        let seconds = Int64(usage.ru_utime.tv_sec) + Int64(usage.ru_stime.tv_sec)
        return seconds * 1_000_000 + Int64(usage.ru_utime.tv_usec) + Int64(usage.ru_stime.tv_usec)
    }

    static func uname() throws(Errno) -> utsname {
        var name = utsname()
        try retrying("uname") { Glibc.uname(&name) }
        return name
    }

    /// Calls getpwnam_r(3) or a relative of it, with a buffer that grows up to 1 MiB while it fails
    /// with ERANGE.  For an unknown name these functions return 0 without an entry, or one of
    /// several errors.
    static func lookup<Result>(
        _ call: StaticString,
        _ body: (UnsafeMutablePointer<CChar>, _ capacity: Int) -> (Int32, Result?)
    ) throws(Errno) -> Result? {
        var capacity = 1024
        while true {
            var result: Result?
            let code = try withScratch(capacity) { scratch throws(Errno) in
                guard let base = scratch.baseAddress else { throw Errno(ENOMEM, "\(call)") }
                return makeAnsweringErrno(call) {
                    let code: Int32
                    (code, result) = body(base, scratch.count)
                    return code
                }
            }
            switch code {
            case 0: return result
            case ENOENT, ESRCH, EBADF, EPERM: return nil
            case EINTR: continue
            case ERANGE where capacity < 1 << 20: capacity *= 4
            default: throw Errno(code, "\(call)")
            }
        }
    }
}
