// Why opsbench could not measure, in words for the person at the terminal, and the exit statuses.

import OpsLinux

/// The exit statuses of opsbench.
package enum BenchExit: Int32, Sendable {
    case done = 0
    /// Measured, and some replies were errors: it is not what was asked for that was measured.
    case refusals = 1
    case usage = 2
    /// Nobody listens, the server went away, or it stopped answering.
    case unreachable = 3
}

/// A message, a hint, and the exit status that goes with them.
package struct BenchFault: Error, Hashable, Sendable {
    package var exit: BenchExit
    package var message: String
    package var hint: String?

    package init(_ exit: BenchExit, _ message: String, hint: String? = nil) {
        self.exit = exit
        self.message = message
        self.hint = hint
    }

    static func usage(_ message: String) -> BenchFault {
        BenchFault(.usage, message, hint: "opsbench --help")
    }

    /// A call of the kernel's failed in a way nobody planned for.
    static func failed(_ error: Errno) -> BenchFault { BenchFault(.unreachable, "\(error)") }

    static func unreachable(_ path: String, _ fault: SocketFault) -> BenchFault {
        BenchFault(
            .unreachable, "cannot reach \(path): \(fault)",
            hint: "does the server run, and may you connect? --socket names another")
    }
}

extension BenchFault {
    /// Runs system calls; what fails is a fault.
    @inline(__always)
    @discardableResult
    static func from<Result: ~Copyable>(
        _ calls: () throws(Errno) -> Result
    ) throws(BenchFault) -> Result {
        do throws(Errno) { return try calls() } catch { throw .failed(error) }
    }
}
