import OpsCore

@testable import OpsWatch

/// opsd as far as a reporter sees it: it counts what is above the place of a stream, and answers
/// each request in order.  It can crash with requests unread or answers unsent.
struct FakeOpsd {
    /// Strikes that counted, by address, by line.
    private(set) var counted: [String: [UInt64: Int]] = [:]
    /// The weight that counted, by address.
    private(set) var weight: [String: Int] = [:]
    private(set) var places: [String: UInt64] = [:]
    private(set) var requests: [String] = []
    /// Requests that it is to refuse from now on, with this code.
    var refusal: String?

    /// Answers one request line.
    mutating func answer(_ line: String) -> String {
        requests.append(line)
        let words = line.split(separator: " ").map(String.init)
        switch words[0] {
        case "hello": return "ok {}"
        case "places":
            let rows = places.sorted { $0.key < $1.key }
                .map { "{\"stream\":\"\($0.key)\",\"place\":\($0.value),\"uid\":7}" }
            return "ok {\"places\":[\(rows.joined(separator: ","))],\"next\":null}"
        case "strike":
            if let refusal {
                return "err {\"code\":\"\(refusal)\",\"message\":\"not now\"}"
            }
            return strike(words)
        default: return "ok {}"
        }
    }

    private mutating func strike(_ words: [String]) -> String {
        func value(_ key: String) -> String? {
            words.first { $0.hasPrefix(key + "=") }
                .map { String($0.dropFirst(key.count + 1)).filter { $0 != "\"" } }
        }
        let weight = value("weight").flatMap(Int.init) ?? 1
        if let place = value("place") {
            let parts = place.split(separator: ":")
            let stream = String(parts[0])
            let number = UInt64(parts[1]) ?? 0
            if number <= places[stream] ?? 0 {
                return "ok {\"ip\":\"\(words[1])\",\"counted\":false,\"repeated\":true}"
            }
            places[stream] = number
        }
        self.weight[words[1], default: 0] += weight
        return "ok {\"ip\":\"\(words[1])\",\"strikes\":1}"
    }
}

extension Report {
    /// A strike of 198.51.100.`host`, read in line `line` of `stream`.
    static func sample(
        host: UInt32 = 1, line: UInt64, stream: String = "auth", weight: Int? = 1,
        verb: Verb = .strike
    ) -> Report {
        Report(
            verb: verb, address: Network(ipv4: 0xc633_6400 | host), source: "sshd",
            rule: "sshd", user: "root", weight: weight, time: 1_764_357_012_345,
            place: ReportPlace(stream: stream, number: line * 16))
    }
}
