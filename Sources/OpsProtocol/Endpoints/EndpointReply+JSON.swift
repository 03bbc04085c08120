// The replies about endpoints, and the file of the daily check.

package import OpsCore

extension EndpointReply {
    func writeMembers(to json: inout JSONWriter, _ budget: PageBudget) {
        switch self {
        case .counted: json.member("counted", true)
        case .page(let page):
            let last = json.pageRows("endpoints", page.rows, budget) { $1.writeMembers(to: &$0) }
            json.key("next")
            if let next = last?.name ?? page.next { json.string(next) } else { json.null() }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: StaticString, optional text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }
}

extension EndpointRow {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("name", text: name)
        json.member("url", text: url)
        json.member("state", text: state.rawValue)
        json.member("since", seconds: since)
        json.member("checked", seconds: checked)
        json.member("latency_ms", latencyMilliseconds, decimals: 1)
        json.member("reason", optional: reason)
        json.member("cert_days", integer: certificateDays)
        json.member("uptime_24h", uptime[0], decimals: 3)
        json.member("uptime_7d", uptime[1], decimals: 3)
        json.member("uptime_30d", uptime[2], decimals: 3)
        json.key("latencies")
        json.array { json in for latency in recent { json.number(latency, decimals: 1) } }
        json.member("slo", optional: slo)
    }
}

extension DailyHealth {
    /// `daily_health.json`: one object, with a line feed.
    package func write(to bytes: inout [UInt8]) {
        JSONWriter.append(to: &bytes) { json in json.object { writeMembers(to: &$0) } }
        bytes.append(0x0a)
    }

    private func writeMembers(to json: inout JSONWriter) {
        json.member("ts", seconds: ts)
        json.member("ok", isOK)
        json.member("since", seconds: since)
        json.key("endpoints")
        json.object { json in
            for state in EndpointState.allCases {
                json.key(text: state.rawValue)
                json.integer(counts[state] ?? 0)
            }
        }
        json.key("failures")
        json.array { json in
            for failure in failures {
                json.object { json in
                    json.member("endpoint", text: failure.name)
                    json.member("state", text: failure.state.rawValue)
                    json.member("reason", optional: failure.reason)
                }
            }
        }
        json.key("log_rules")
        json.array { json in
            for finding in findings {
                json.object { json in
                    json.member("rule", text: finding.rule)
                    json.key("matches")
                    json.integer(finding.matches)
                }
            }
        }
        json.key("incidents")
        json.array { json in
            for incident in raised {
                json.object { json in
                    json.key("id")
                    json.integer(incident.id)
                    json.member("severity", text: incident.severity.rawValue)
                    json.member("source", text: incident.source)
                    json.member("message", text: incident.message)
                }
            }
        }
    }
}
