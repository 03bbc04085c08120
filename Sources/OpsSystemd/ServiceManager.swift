// Talks to systemd: readiness, a status line, the watchdog, and the listening socket it may have
// passed.  Without systemd no message is sent, and each call returns false.
// A module of its own, so that opsctl does not load libsystemd: loading that library and its five
// dependencies took longer than everything else that opsctl does.
// Source: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).

import CSystemd
@preconcurrency import Glibc
package import OpsLinux

/// The service manager, as the environment names it.
///
/// A process inherits the environment of the shell that starts it, and a shell may inherit that of
/// a service: `NOTIFY_SOCKET`, `INVOCATION_ID` and the cgroup say who started some ancestor.  Only
/// what names this process says that the manager started it, so a second opsd, started by hand in
/// such a shell, neither enforces bans nor speaks for the service.
package struct ServiceManager: Sendable {
    /// Whether it started this very process: as a service, or as the first process of a container
    /// whose manager listens outside.
    package let isStarter: Bool
    /// Whether it listens for messages of this process.
    package let isListening: Bool
    /// The process is killed after this long without `watchdog()`; nil: there is no watchdog.
    package let watchdogMicroseconds: UInt64?

    /// Reads the environment.  Before any thread starts.
    package init() {
        self.init(ownPID: Int64(getpid()), variable: Environment.value)
    }

    /// - Parameters:
    ///   - ownPID: this process.
    ///   - variable: the value of an environment variable.
    init(ownPID: Int64, variable: (String) -> String?) {
        let hasSocket = variable("NOTIFY_SOCKET").map { !$0.isEmpty } ?? false
        let isFirst = ownPID == 1 && hasSocket
        let named = variable("SYSTEMD_EXEC_PID")
        if let named {
            // systemd 248 and later; see systemd.exec(5).
            isStarter = isFirst || Int64(named) == ownPID
            isListening = hasSocket && isStarter
        } else {
            // An older systemd names the process for the watchdog alone.  Any other manager that
            // passes a socket waits for READY, and to stay silent would fail the start.
            isStarter = isFirst || variable("WATCHDOG_PID").flatMap { Int64($0) } == ownPID
            isListening = hasSocket
        }
        var period: UInt64 = 0
        let isWatched = isListening && sd_watchdog_enabled(0, &period) > 0 && period > 0
        watchdogMicroseconds = isWatched ? period : nil
    }

    /// Startup is done, or a reload.
    @discardableResult
    package func ready(status: String) -> Bool {
        notify("READY=1\nSTATUS=\(PlainText.escaped(status))")
    }

    /// One line for `systemctl status`.
    @discardableResult
    package func status(_ text: String) -> Bool { notify("STATUS=\(PlainText.escaped(text))") }

    /// Tells the watchdog that the process is alive (`WATCHDOG=1`).
    @discardableResult
    package func watchdog() -> Bool { notify("WATCHDOG=1") }

    /// A reload has begun; `ready` ends it.
    @discardableResult
    package func reloading() -> Bool {
        notify("RELOADING=1\nMONOTONIC_USEC=\(Clocks.monotonicMicroseconds())")
    }

    /// The shutdown has begun.
    @discardableResult
    package func stopping(status: String) -> Bool {
        notify("STOPPING=1\nSTATUS=\(PlainText.escaped(status))")
    }

    private func notify(_ state: String) -> Bool { isListening && sd_notify(0, state) > 0 }

    /// The one listening Unix stream socket that the service manager passed, or nil when it passed
    /// none.  Once, before any thread starts: it takes LISTEN_FDS out of the environment.
    package static func inheritedListener() throws(SocketFault) -> Listener? {
        let count = sd_listen_fds(1)
        guard count >= 0 else { throw .failed(Errno(-count, "sd_listen_fds")) }
        if count == 0 { return nil }
        return try takeOver(count: count, from: SD_LISTEN_FDS_START)
    }

    /// Makes a listener of the first of `count` passed descriptors, if it is the only one.
    static func takeOver(count: Int32, from number: Int32) throws(SocketFault) -> Listener {
        guard count == 1 else { throw .activation("expected one socket, \(count) were passed") }
        let answer = sd_is_socket_unix(number, Int32(SOCK_STREAM.rawValue), 1, nil, 0)
        guard answer >= 0 else { throw .failed(Errno(-answer, "sd_is_socket_unix")) }
        guard answer > 0 else {
            throw .activation("the descriptor passed is not a listening Unix stream socket")
        }
        return try Listener(handedOver: Descriptor(owning: number))
    }
}
