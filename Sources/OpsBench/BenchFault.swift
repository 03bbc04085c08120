// Why opsbench could not measure, in words for the person at the terminal, and the exit statuses.

import OpsLinux

/// The exit statuses of opsbench.
enum BenchExit: Int32, Sendable {
    case done = 0
    /// Some replies were errors, so the result is not that of the requested workload.
    case refusals = 1
    case usage = 2
    /// The server cannot be reached, closed a connection, or stopped answering.
    case unreachable = 3
}

/// A message, a hint, and the exit status that goes with them.
struct BenchFault: Error, Hashable, Sendable {
    /// The exit status.
    var exit: BenchExit
    /// What is wrong, on one line.
    var message: String
    /// What may help; nil: nothing.
    var hint: String?

    init(_ exit: BenchExit, _ message: String, hint: String? = nil) {
        self.exit = exit
        self.message = message
        self.hint = hint
    }

    static func usage(_ message: String) -> BenchFault {
        BenchFault(.usage, message, hint: "opsbench --help")
    }

    /// A system call failed unexpectedly.
    static func failed(_ error: Errno) -> BenchFault { BenchFault(.unreachable, "\(error)") }

    static func unreachable(_ path: String, _ fault: SocketFault) -> BenchFault {
        BenchFault(
            .unreachable, "cannot reach \(path): \(fault)",
            hint:
                "is the server running, and may you connect to it? --socket PATH names another socket"
        )
    }
}

extension BenchFault {
    /// Runs system calls; an error becomes a fault.
    @inline(__always)
    @discardableResult
    static func from<Result: ~Copyable>(
        _ calls: () throws(Errno) -> Result
    ) throws(BenchFault) -> Result {
        do throws(Errno) { return try calls() } catch { throw .failed(error) }
    }
}
