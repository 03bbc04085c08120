// Why opsctl could not do what it was told, in words for the person at the terminal: what is wrong,
// and what to do about it.

import Glibc
import OpsLinux

/// A message, a hint, and the exit status that goes with them.
struct ClientFault: Error, Hashable, Sendable {
    /// What opsctl exits with.
    var exit: ExitCode
    /// What is wrong; empty: nothing is printed.
    var message: String
    /// What to do about it.
    var hint: String?

    init(_ exit: ExitCode, _ message: String, hint: String? = nil) {
        self.exit = exit
        self.message = message
        self.hint = hint
    }

    /// The arguments are wrong.
    static func usage(_ message: String, hint: String? = "opsctl --help") -> ClientFault {
        ClientFault(.usage, message, hint: hint)
    }

    /// The connection was lost, or the daemon's answer is missing or invalid.
    static func daemonFailed(_ message: String) -> ClientFault {
        ClientFault(.unreachable, message, hint: "systemctl status opsd")
    }

    /// Nothing was received for this time.
    static func silent(forMilliseconds time: Int32) -> ClientFault {
        let shown = time % 1_000 == 0 ? "\(time / 1_000) s" : "\(time) ms"
        return .daemonFailed("opsd did not answer within \(shown)")
    }

    /// Standard output cannot be written.  If its reader has gone away, there is nothing to say.
    static func output(_ error: Errno) -> ClientFault {
        if error.code == EPIPE { return ClientFault(.trouble, "") }
        return ClientFault(.trouble, "cannot write to standard output: \(error.text)")
    }

    /// The socket at `path` could not be connected to.
    static func unreachable(_ path: String, _ fault: SocketFault) -> ClientFault {
        let why: String
        let hint: String
        switch fault {
        case .failed(let error) where error.code == ENOENT:
            why = "there is no such socket"
            hint =
                "is opsd running? systemctl status opsd; another socket: --socket or OPSD_SOCKET"
        case .failed(let error) where error.code == ECONNREFUSED:
            why = "nothing listens there"
            hint = "systemctl status opsd"
        case .failed(let error) where error.code == EACCES:
            why = "permission denied"
            hint = "join the group opsd (usermod -aG opsd USER, then log in again), or use sudo"
        case .timedOut:
            why = "the connection was not accepted in time"
            hint = "systemctl status opsd"
        case .emptyPath, .pathTooLong, .pathHasNul:
            return ClientFault(.usage, "\(fault)", hint: "see --socket and OPSD_SOCKET")
        default:
            why = "\(fault)"
            hint = "systemctl status opsd; another socket: --socket or OPSD_SOCKET"
        }
        return ClientFault(.unreachable, "cannot reach opsd at \(path): \(why)", hint: hint)
    }
}
