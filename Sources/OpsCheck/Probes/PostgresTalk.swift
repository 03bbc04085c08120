// One connection to PostgreSQL by libpq, without waiting: it says which way its socket is to become
// ready.  libpq may open another socket under way, so it is lent out anew after each step.

import CPostgres
@preconcurrency import Glibc
import OpsCore
import OpsLinux

/// A connection to a database.
final class PostgresTalk {
    /// How it goes on.
    enum Step: Hashable {
        case wait(Interest)
        /// Lines for people.
        case done([String])
        case failed(String)
    }

    private enum Phase {
        case connecting
        /// Questions that are still to be asked, and what was said so far.
        case asking([String])
    }

    /// What every check asks, and what a single one asks besides.
    private static let check = "SELECT 1"
    private static let details = [
        "SELECT 'connections ' || (SELECT count(*) FROM pg_stat_activity "
            + "WHERE backend_type = 'client backend') || ' of ' || current_setting('max_connections')",
        "SELECT relname || ' ' || pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class "
            + "WHERE relkind IN ('r', 'm') ORDER BY pg_total_relation_size(oid) DESC LIMIT 5",
    ]
    /// Rows and bytes of an answer that are shown.
    private static let rowLimit: Int32 = 5
    private static let textLimit = 200
    /// Bytes of all that a server says: libpq itself keeps whatever comes.
    private static let answerLimitBytes = 256 << 10

    private let connection: OpaquePointer
    private var phase = Phase.connecting
    private let wantsDetails: Bool
    private var lines: [String] = []
    private var receivedBytes = 0

    /// It has logged in.
    var isConnected: Bool { if case .asking = phase { true } else { false } }

    /// nil: libpq has no memory for it.
    init?(_ request: TryRequest, _ target: EndpointTarget, at address: Network) {
        let database = target.path.count > 1 ? String(target.path.dropFirst()) : nil
        let user = request.settings.user ?? "postgres"
        guard
            let connection = cpostgres_start(
                target.host, address.addressText, "\(target.port)", database, user, request.password
            )
        else { return nil }
        self.connection = connection
        cpostgres_silence(connection)
        wantsDetails = request.wantsDetails
    }

    deinit { PQfinish(connection) }

    /// A descriptor of the socket, to be waited on; nil: there is none.
    func lend() -> Int32? {
        let socket = PQsocket(connection)
        guard socket >= 0 else { return nil }
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? copy : nil
    }

    /// What the first step waits for.
    var first: Step {
        PQstatus(connection) == CONNECTION_BAD ? .failed(error("connect")) : .wait(.write)
    }

    /// Goes on, once the socket is ready.
    func proceed() -> Step {
        receivedBytes += Int(cpostgres_waiting(connection))
        if receivedBytes > Self.answerLimitBytes {
            return .failed("answer: more than \(Self.answerLimitBytes >> 10) KiB")
        }
        switch phase {
        case .connecting:
            switch PQconnectPoll(connection) {
            case PGRES_POLLING_READING: return .wait(.read)
            case PGRES_POLLING_WRITING: return .wait(.write)
            case PGRES_POLLING_OK:
                PQsetnonblocking(connection, 1)
                return ask([Self.check] + (wantsDetails ? Self.details : []))
            default: return .failed(error("connect"))
            }
        case .asking(let later):
            if PQconsumeInput(connection) == 0 { return .failed(error("answer")) }
            while PQisBusy(connection) == 0 {
                guard let result = PQgetResult(connection) else { return ask(later) }
                defer { PQclear(result) }
                let status = PQresultStatus(result)
                guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
                    // Of a detail it is only a line: the database has answered.
                    if lines.isEmpty { return .failed(error("answer")) }
                    lines.append(error("not shown"))
                    continue
                }
                for row in 0..<min(PQntuples(result), Self.rowLimit) where lines.count < 16 {
                    let text = PQgetvalue(result, row, 0).map { String(cString: $0) } ?? ""
                    lines.append(String(text.prefix(Self.textLimit)))
                }
            }
            return .wait(PQflush(connection) == 1 ? [.read, .write] : .read)
        }
    }

    private func ask(_ questions: [String]) -> Step {
        guard let question = questions.first else { return .done(Array(lines.dropFirst())) }
        phase = .asking(Array(questions.dropFirst()))
        if PQsendQuery(connection, question) == 0 { return .failed(error("answer")) }
        return .wait(PQflush(connection) == 1 ? [.read, .write] : .read)
    }

    /// What libpq says first, without whom it was to connect to; what the server itself says is
    /// about the login.
    private func error(_ step: String) -> String {
        let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
        return Self.reason(text, step)
    }

    static func reason(_ text: String, _ step: String) -> String {
        var line = text.split(separator: "\n").first ?? "failed"
        for mark in ["failed: ", "FATAL:", "ERROR:"] {
            guard let place = line.firstRange(of: mark) else { continue }
            line = line[place.upperBound...]
        }
        let isLogin = text.contains("FATAL:")
        return "\(isLogin ? "login" : step): \(line.drop { $0 == " " }.prefix(textLimit))"
    }
}

extension Substring {
    /// Where a mark of ASCII is.
    fileprivate func firstRange(of mark: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) {
                return start..<index(start, offsetBy: mark.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
