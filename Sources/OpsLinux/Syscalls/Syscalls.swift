// All system calls of this room are made in the files `Syscalls*.swift`, each by a function with
// the name of the call.  They repeat on EINTR, turn -1 into `Errno`, and refuse paths that contain
// a NUL (C would truncate them).  They hold no state and decide nothing.
//
// Each goes through `make`, where a test can have it fail (`FaultInjection`); close(2) and the
// clocks do not, because nothing depends on their result.

import COpsLinux
@preconcurrency import Glibc

/// The system calls, by area in `Syscalls+*.swift`.
enum Syscalls {
    /// Makes one call: -1 is a failure, and errno says which.
    @inline(__always)
    static func make<Result: FixedWidthInteger & SignedInteger>(
        _ call: StaticString, _ body: () -> Result
    ) -> Result {
        #if DEBUG
            switch FaultInjection.outcome(of: call) {
            case .error(let code):
                errno = code
                return -1
            case .atMost: preconditionFailure("\(call) does not move bytes")
            case nil: break
            }
        #endif
        return body()
    }

    /// Makes one call that moves up to `count` bytes; returns how many it moved.
    @inline(__always)
    static func make(_ call: StaticString, upTo count: Int, _ body: (_ count: Int) -> Int) -> Int {
        #if DEBUG
            switch FaultInjection.outcome(of: call) {
            case .error(let code):
                errno = code
                return -1
            case .atMost(let limit): return body(min(count, limit))
            case nil: break
            }
        #endif
        return body(count)
    }

    /// Makes one call that returns the errno value itself, or 0 for success.
    @inline(__always)
    static func makeAnsweringErrno(_ call: StaticString, _ body: () -> Int32) -> Int32 {
        let code = make(call, body)
        return code == -1 ? errno : code
    }

    /// Repeats the call while a signal interrupts it; -1 becomes an error.
    @inline(__always)
    @discardableResult
    static func retrying<Result: FixedWidthInteger & SignedInteger>(
        _ call: StaticString, _ body: () -> Result
    ) throws(Errno) -> Result {
        while true {
            let result = make(call, body)
            if result != -1 { return result }
            let code = errno
            if code != EINTR { throw Errno(code, "\(call)") }
        }
    }

    /// Repeats a call that moves up to `count` bytes while a signal interrupts it; -1 becomes an
    /// error.
    @inline(__always)
    static func retrying(
        _ call: StaticString, upTo count: Int, _ body: (_ count: Int) -> Int
    ) throws(Errno) -> Int {
        while true {
            let result = make(call, upTo: count, body)
            if result != -1 { return result }
            let code = errno
            if code != EINTR { throw Errno(code, "\(call)") }
        }
    }

    /// Passes `path` to `body` as a C string.
    static func withPath<Result>(
        _ path: String, _ call: String, _ body: (UnsafePointer<CChar>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        guard !path.utf8.contains(0) else { throw Errno(EINVAL, call) }
        var outcome: Swift.Result<Result, Errno>?
        path.withCString { text in
            do throws(Errno) { outcome = .success(try body(text)) } catch {
                outcome = .failure(error)
            }
        }
        guard let outcome else { throw Errno(EINVAL, call) }
        return try outcome.get()
    }

    /// Passes `capacity` bytes of temporary memory to `body`, on the stack if they fit.
    static func withScratch<Result>(
        _ capacity: Int, _ body: (UnsafeMutableBufferPointer<CChar>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        let outcome: Swift.Result<Result, Errno> = withUnsafeTemporaryAllocation(
            of: CChar.self, capacity: capacity
        ) { scratch in
            do throws(Errno) { return .success(try body(scratch)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// close(2).  Never repeated: Linux frees the number even when it reports EINTR.
    static func close(_ fd: Int32) { _ = Glibc.close(fd) }
}
