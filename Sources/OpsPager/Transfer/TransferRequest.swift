// What is asked of a server, and what came of it, as values: what decides about deliveries is made
// of these, and needs no network to be tried.

/// A message on its way out.
enum TransferRequest: Hashable, Sendable {
    case http(HTTPRequest)
    case mail(MailRequest)
}

/// A request of HTTP.
struct HTTPRequest: Hashable, Sendable {
    var url: String
    /// Header lines.
    var headers: [String] = []
    /// nil: it is a GET.
    var body: [UInt8]?
    /// Certificates that are trusted; nil: the system's.
    var caFile: String?
}

/// A letter and how it is handed in.
struct MailRequest: Hashable, Sendable {
    /// How the server is spoken to.
    enum Security: Hashable, Sendable {
        case starttls, implicit, none
    }

    var host: String
    var port: Int
    var security: Security
    /// What the server is greeted with.
    var greeting: String
    var login: Login?
    var from: String
    var to: [String]
    /// Lines that end in CR LF.
    var letter: [UInt8]
    /// Certificates that are trusted; nil: the system's.
    var caFile: String?

    /// A user and a password.
    struct Login: Hashable, Sendable {
        var user: String
        var password: String
    }

    /// `smtp://HOST:PORT/GREETING`.
    var url: String {
        let scheme = security == .implicit ? "smtps" : "smtp"
        let place = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(place):\(port)/\(greeting)"
    }
}

/// What came of a transfer.
struct TransferResult: Hashable, Sendable {
    /// libcurl's code; 0: it is complete, whatever the server answered.
    var code: Int32
    /// Its words for that.
    var text: String
    /// The server's last code; 0: it said nothing.
    var status = 0
    /// What the server answered, at most `bodyLimitBytes`.
    var body: [UInt8] = []
    /// Header lines of HTTP, or lines of SMTP, the newest `linesLimit`.
    var lines: [String] = []
    /// The message, or a part of it, has left: whether it arrived is not known unless the server
    /// said.
    var hasSent = false
    /// Recipients that the server refused, each with its words.
    var refused: [String] = []

    /// Bytes of an answer that are read.
    static let bodyLimitBytes = 64 << 10
    static let linesLimit = 64

    /// The value of a header, its name in lower case.
    func header(_ name: String) -> String? {
        for line in lines.reversed() {
            guard let colon = line.firstIndex(of: ":"),
                line[..<colon].lowercased() == name
            else { continue }
            return line[line.index(after: colon)...].split(separator: " ").joined(separator: " ")
        }
        return nil
    }
}
