// Descriptors 0, 1 and 2, when the kernel says no.

@preconcurrency import Glibc
import Testing

@testable import OpsLinux

@Suite struct StandardStreamFaultTests {
    /// 1. A client's output waits where a terminal does not, and ends where nothing is taken.
    @Test func outputWaitsAndEnds() throws {
        // Nothing is really written: to no byte, each time.
        let injection = FaultInjection(
            .init(.error(EINTR), of: "write"), .init(.error(EAGAIN), of: "write", at: 2),
            .init(.atMost(0), of: "write", at: 3, times: 3), .init(.error(EINTR), of: "poll"))
        injection.run {
            #expect(code { () throws(Errno) in try StandardStream.output.write("text") } == EIO)
        }
        #expect(injection.calls == ["write", "write", "poll", "poll", "write"])
        for code in [EPIPE, ENOSPC, EIO] {
            FaultInjection(.init(.error(code), of: "write")).run {
                #expect(throws: Errno(code, "write")) { try StandardStream.output.write("text") }
            }
        }
    }

    /// 2. A daemon's line that does not go as a whole is counted, and never waited for.
    @Test func linesThatDoNotGoAreCounted() throws {
        let (read, write) = try makePipe()
        let end = Descriptor(owning: read)
        let pipe = Descriptor(owning: write)
        var log = StandardError(descriptorNumber: pipe.number)
        let faults: [FaultInjection.Fault] = [
            .init(.error(EIO), of: "poll"), .init(.error(EAGAIN), of: "write"),
            .init(.error(EPIPE), of: "write"), .init(.error(ENOSPC), of: "write"),
            .init(.atMost(2), of: "write"),
        ]
        for (count, fault) in faults.enumerated() {
            let injection = FaultInjection(fault)
            injection.run { log.write("line") }
            #expect(log.droppedLines == UInt64(count + 1))
            #expect(injection.forced.count == 1)
        }
        FaultInjection(.init(.error(EINTR), of: "write", "poll", times: 3)).run { log.write("all") }
        #expect(log.droppedLines == UInt64(faults.count))
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = try end.read(into: &buffer)
        #expect(String(decoding: buffer[..<count], as: UTF8.self) == "liall\n")
    }

    /// 3. A standard descriptor that is closed and cannot be filled is an error: the next file
    ///    would be taken for it.
    @Test(arguments: 0...2)
    func aHoleThatCannotBeFilledIsAnError(_ hole: Int) throws {
        for code in [EMFILE, ENFILE, EIO] {
            let injection = FaultInjection(
                .init(.error(EBADF), of: "fcntl(F_GETFD)", at: hole + 1),
                .init(.error(EINTR), of: "open(/dev/null)"),
                .init(.error(code), of: "open(/dev/null)", at: 2))
            injection.run {
                #expect(throws: Errno(code, "open(/dev/null)")) {
                    try StandardStream.ensureAllOpen()
                }
            }
            let asked = [String](repeating: "fcntl(F_GETFD)", count: hole + 1)
            #expect(injection.calls == asked + ["open(/dev/null)", "open(/dev/null)"])
        }
    }
}
