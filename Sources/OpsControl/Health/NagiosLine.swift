// `health --nagios`: one line and an exit status as Nagios, Icinga and similar programs read them.
// Source: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios".

import OpsLinux
import OpsProtocol

/// What a check says.
struct NagiosLine: Hashable, Sendable {
    /// The four states, with their exit statuses.
    enum State: Int32, Sendable {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        var name: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    /// The state, which is also the exit status.
    let state: State
    /// The line, without a line feed.
    let text: String

    /// Makes the line from the replies to `health` and `status`.  What has not lasted `health.hold`
    /// is not an alarm: a check looks once in minutes, and would alarm by chance.
    init(health: JSONValue, status: JSONValue) {
        let word = (health["held_status"] ?? health["status"])?.text ?? "no status"
        let failed = (health["components"]?.elements ?? []).filter { $0["ok"]?.bool != true }
        let issues = (health["issues"]?.elements ?? []).filter { $0["held"]?.bool != false }
        let isDegraded = status.at("store.degraded")?.bool == true
        var parts = [word]
        if isDegraded { parts.append("store degraded") }
        parts += failed.map { "\($0["name"]?.text ?? "-"): \($0["detail"]?.text ?? "-")" }
        parts += issues.map { $0["message"]?.text ?? "-" }
        switch word {
        case _ where isDegraded || !failed.isEmpty: state = .critical
        case "CRITICAL": state = .critical
        case "STRESSED": state = .warning
        case "HEALTHY": state = issues.isEmpty ? .ok : .warning
        default: state = .unknown
        }
        text =
            Self.line(state, parts.joined(separator: "; "))
            + Self.performance(status, health["levels"])
    }

    /// Makes the UNKNOWN line, for when there is no answer.
    init(unknown why: String) {
        state = .unknown
        text = Self.line(.unknown, why)
    }

    static func run(_ options: ControlOptions) throws(ClientFault) -> Int32 {
        let line: NagiosLine
        do throws(ClientFault) {
            var connection = try Connection(
                path: options.socket, timeoutMilliseconds: options.timeoutMilliseconds)
            let health = try connection.ask(Array("health".utf8))
            // After a refusal the daemon may not answer a second request.
            let status = health.kind == .ok ? try connection.ask(Array("status".utf8)) : health
            if status.kind == .ok {
                line = NagiosLine(health: try health.value(), status: try status.value())
            } else {
                line = NagiosLine(unknown: try status.value()["message"]?.text ?? "refused")
            }
        } catch {
            line = NagiosLine(unknown: error.message)
        }
        try? StandardStream.output.write(line.text + "\n")
        return line.state.rawValue
    }

    /// `|` begins the figures, so it is replaced in the text.
    private static func line(_ state: State, _ text: String) -> String {
        "OPSD \(state.name) - \(PlainText.escaped(text).replacing("|", with: "/"))"
    }

    private static func performance(_ status: JSONValue, _ levels: JSONValue?) -> String {
        var figures: [String] = []
        for name in ["cpu", "mem", "disk"] {
            guard let value = status.at("metrics.\(name)")?.double else { continue }
            let bounds = ["warning", "critical"].map { level in
                levels?.at("\(name).\(level)")?.double.map { Figures.decimal($0) } ?? ""
            }
            figures.append(
                "\(name)=\(Figures.decimal(value))%;\(bounds[0]);\(bounds[1]);0;100")
        }
        for (name, path) in [
            ("load1", "metrics.load1"), ("bans", "guard.active_bans"),
            ("strikes", "guard.ips_with_strikes"),
        ] {
            guard let value = status.at(path)?.double else { continue }
            figures.append("\(name)=\(Figures.decimal(value, name == "load1" ? 2 : 0));;;0")
        }
        if let age = status["age_seconds"]?.double {
            figures.append("age=\(Figures.decimal(age))s;;;0")
        }
        return figures.isEmpty ? "" : " | " + figures.joined(separator: " ")
    }
}
