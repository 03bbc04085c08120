// Waiting and waking: epoll, eventfd, timerfd, signalfd, poll, clocks, threads.  See
// Syscalls.swift.

import COpsLinux
@preconcurrency import Glibc

extension Syscalls {
    static func epollCreate() throws(Errno) -> Int32 {
        try retrying("epoll_create1") { ops_epoll_create() }
    }

    static func epollAdd(
        _ epoll: Int32, _ fd: Int32, _ interest: Interest, _ token: UInt64
    ) throws(Errno) {
        try retrying("epoll_ctl(ADD)") { ops_epoll_add(epoll, fd, interest.rawValue, token) }
    }

    static func epollModify(
        _ epoll: Int32, _ fd: Int32, _ interest: Interest, _ token: UInt64
    ) throws(Errno) {
        try retrying("epoll_ctl(MOD)") { ops_epoll_modify(epoll, fd, interest.rawValue, token) }
    }

    static func epollRemove(_ epoll: Int32, _ fd: Int32) throws(Errno) {
        try retrying("epoll_ctl(DEL)") { ops_epoll_remove(epoll, fd) }
    }

    /// How many events were written into `ready`; 0 when the time is over or a signal came.
    static func epollWait(
        _ epoll: Int32, _ ready: inout [ops_ready], timeoutMilliseconds: Int32
    ) throws(Errno) -> Int {
        let count = make("epoll_wait") {
            ready.withUnsafeMutableBufferPointer {
                ops_epoll_wait(
                    epoll, $0.baseAddress, Int32(clamping: $0.count), timeoutMilliseconds)
            }
        }
        if count >= 0 { return Int(count) }
        let code = errno
        if code == EINTR { return 0 }
        throw Errno(code, "epoll_wait")
    }

    /// Returns false when the time is over.  An interrupted wait goes on for the time that is left.
    static func poll(
        _ fd: Int32, _ interest: Interest, timeoutMilliseconds: Int32
    ) throws(Errno) -> Bool {
        var events: Int16 = 0
        if interest.contains(.read) { events |= Int16(POLLIN) }
        if interest.contains(.write) { events |= Int16(POLLOUT) }
        let start = clock(CLOCK_MONOTONIC)
        var left = timeoutMilliseconds
        while true {
            var entry = pollfd(fd: fd, events: events, revents: 0)
            let count = make("poll") { Glibc.poll(&entry, 1, left) }
            if count > 0 {
                if entry.revents & Int16(POLLNVAL) != 0 { throw Errno(EBADF, "poll") }
                return true
            }
            if count == 0 { return false }
            let code = errno
            guard code == EINTR else { throw Errno(code, "poll") }
            guard timeoutMilliseconds >= 0 else { continue }
            let passed = (clock(CLOCK_MONOTONIC) - start) / 1_000_000
            left = Int32(clamping: max(0, Int64(timeoutMilliseconds) - passed))
        }
    }

    static func eventfd() throws(Errno) -> Int32 { try retrying("eventfd") { ops_eventfd() } }

    /// Reads an 8-byte counter (eventfd, timerfd); 0 when it is not readable.
    static func readCounter(_ fd: Int32) throws(Errno) -> UInt64 {
        var count: UInt64 = 0
        do throws(Errno) {
            try retrying("read") { Glibc.read(fd, &count, MemoryLayout<UInt64>.size) }
        } catch {
            if error.code == EAGAIN { return 0 }
            throw error
        }
        return count
    }

    /// Adds 1 to the counter of an eventfd.  EAGAIN: the counter is at its limit, so the eventfd is
    /// readable.
    static func raiseCounter(_ fd: Int32) throws(Errno) {
        var one: UInt64 = 1
        do throws(Errno) {
            try retrying("write") { Glibc.write(fd, &one, MemoryLayout<UInt64>.size) }
        } catch {
            if error.code != EAGAIN { throw error }
        }
    }

    static func inotify() throws(Errno) -> Int32 {
        try retrying("inotify_init1") { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) }
    }

    /// The watch's number; that of an older one on the same directory, whose mask is replaced.
    static func inotifyAdd(_ fd: Int32, _ path: String, _ mask: UInt32) throws(Errno) -> Int32 {
        try withPath(path, "inotify_add_watch") { text throws(Errno) in
            try retrying("inotify_add_watch") { inotify_add_watch(fd, text, mask) }
        }
    }

    static func inotifyRemove(_ fd: Int32, _ watch: Int32) throws(Errno) {
        try retrying("inotify_rm_watch") { inotify_rm_watch(fd, watch) }
    }

    static func bootTimer() throws(Errno) -> Int32 {
        try retrying("timerfd_create") { ops_boot_timer() }
    }

    static func wallTimer() throws(Errno) -> Int32 {
        try retrying("timerfd_create") { ops_wall_timer() }
    }

    static func armTimer(
        _ fd: Int32, atNanoseconds deadline: Int64, cancelOnSet: Bool
    ) throws(Errno) {
        try retrying("timerfd_settime") { ops_timer_arm(fd, deadline, cancelOnSet ? 1 : 0) }
    }

    static func signalfd(_ signals: [Int32]) throws(Errno) -> Int32 {
        try retrying("signalfd") { ops_signals_open(signals, Int32(clamping: signals.count)) }
    }

    static func blockSignals(_ signals: [Int32]) throws(Errno) {
        try retrying("pthread_sigmask") {
            ops_signals_block(signals, Int32(clamping: signals.count))
        }
    }

    static func ignoreSignal(_ signal: Int32) throws(Errno) {
        try retrying("sigaction") { ops_signals_ignore(signal) }
    }

    /// nil when no signal is pending.
    static func nextSignal(_ fd: Int32) throws(Errno) -> ops_signal? {
        var signal = ops_signal()
        do throws(Errno) {
            try retrying("read(signalfd)") { ops_signals_next(fd, &signal) }
        } catch {
            if error.code == EAGAIN { return nil }
            throw error
        }
        return signal
    }

    /// Nanoseconds on one of the kernel's clocks; cannot fail for a clock that exists.
    static func clock(_ id: clockid_t) -> Int64 {
        var time = timespec()
        guard clock_gettime(id, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func startThread(
        stackBytes: Int,
        _ body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?,
        _ argument: UnsafeMutableRawPointer
    ) throws(Errno) {
        let code = makeAnsweringErrno("pthread_create") {
            ops_thread_start(stackBytes, body, argument)
        }
        if code != 0 { throw Errno(code, "pthread_create") }
    }

    /// Names the calling thread; the kernel keeps 15 bytes.
    static func nameThread(_ name: String) {
        _ = String(decoding: name.utf8.prefix(15), as: UTF8.self).withCString {
            ops_thread_name($0)
        }
    }

    /// The calling thread gives way to others; where that is not allowed it goes on as it is.
    /// Source: setpriority(2), "C library/kernel differences": of one thread.
    static func giveWay(niceness: Int32) {
        _ = makeAnsweringErrno("setpriority") { ops_give_way(niceness) }
    }
}
