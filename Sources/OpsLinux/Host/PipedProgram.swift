// A program that reads what this one writes: a pager.  It has the terminal's keyboard and screen as
// its own; while it runs, Ctrl-C is for it alone.

@preconcurrency import Glibc

/// A shell command with a pipe as its standard input.
package final class PipedProgram {
    private let pid: Int32
    private var input: Descriptor?

    /// Starts `/bin/sh -c command`.  From then on this process ignores SIGINT and SIGQUIT; the
    /// program does not.
    package init(shell command: String) throws(Errno) {
        let (read, write) = try Syscalls.pipe()
        let reading = Descriptor(owning: read)
        input = Descriptor(owning: write)
        try Syscalls.ignoreSignal(SIGINT)
        try Syscalls.ignoreSignal(SIGQUIT)
        pid = try Syscalls.spawnShell(command, input: reading.number)
    }

    /// Waits until all of it is written.  EPIPE: the program has ended, or reads no more.
    package func write(_ bytes: RawSpan) throws(Errno) {
        if input == nil { throw Errno(EPIPE, "write") }
        try input?.writeAll(bytes)
    }

    /// Ends its input and waits until it has ended; once.
    package func finish() {
        if input == nil { return }
        input = nil
        try? Syscalls.waitForEnd(of: pid)
    }
}
