// Signals as events: their delivery is blocked, and they are read from a descriptor (signalfd(2)).
// Make the source before the first thread starts, because threads inherit the signal mask; the
// threads of `Worker` block every signal anyway.  A signal that is not listed keeps its default
// action, except SIGPIPE, which is ignored.

import COpsLinux
@preconcurrency import Glibc

/// A signal a program may ask for.
package enum Signal: Hashable, Sendable, CaseIterable {
    case terminate, interrupt, hangUp, user1, user2, windowChange

    /// The kernel's number.  Source: signal(7).
    package var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .hangUp: SIGHUP
        case .user1: SIGUSR1
        case .user2: SIGUSR2
        case .windowChange: SIGWINCH
        }
    }
}

/// A signal that was received, and its sender.
package struct ReceivedSignal: Hashable, Sendable {
    /// Which signal.
    package let signal: Signal
    /// The sender's process id; 0 if the kernel sent it.
    package let senderPID: Int32
    /// The sender's user id; also 0 if the kernel sent it.
    package let senderUID: UInt32
}

/// A descriptor that is readable while one of the listed signals is pending.
package struct SignalSource: ~Copyable, Sendable {
    /// Readable while a signal is pending.
    package let descriptor: Descriptor
    private let signals: [Signal]

    /// Blocks `signals` in this thread and in all threads it starts later, and ignores SIGPIPE.
    package init(_ signals: [Signal]) throws(Errno) {
        let numbers = signals.map(\.number)
        try Syscalls.ignoreSignal(SIGPIPE)
        try Syscalls.blockSignals(numbers)
        descriptor = Descriptor(owning: try Syscalls.signalfd(numbers))
        self.signals = signals
    }

    /// The next pending signal, or nil.
    package func next() throws(Errno) -> ReceivedSignal? {
        while let found = try Syscalls.nextSignal(descriptor.number) {
            guard let signal = signals.first(where: { $0.number == found.number }) else { continue }
            return ReceivedSignal(
                signal: signal, senderPID: found.pid, senderUID: found.uid)
        }
        return nil
    }

    /// Ignores SIGPIPE in a program that has no signal source: a write to a closed pipe then fails
    /// with EPIPE.
    package static func ignoreBrokenPipes() throws(Errno) { try Syscalls.ignoreSignal(SIGPIPE) }
}
