// What an annotation says about a line.

import OpsCore

/// An annotation, and how it differs from what was found.
struct SampleExpectation {
    private let values: [String: SampleValue]
    private let zone: LogZone

    init(_ values: [String: SampleValue], zone: LogZone) {
        self.values = values
        self.zone = zone
    }

    /// For which filters and options the annotation is meant.
    var condition: String? { values["constraint"]?.optionText }

    /// Whether the line is a failure.
    var isMatch: Bool { values["match"] == .flag(true) }

    /// Whether the failure is of a host by name, which nobody looks up.
    var isNamed: Bool {
        guard isMatch, let host = values["host"]?.optionText else { return false }
        return Network(parsing: host) == nil
    }

    /// What is expected and what was found instead; nil: they agree.
    func difference(from found: SampleFinding?) -> (expected: String, found: String)? {
        guard let found else { return isMatch && !isNamed ? (words, "no failure") : nil }
        let who = "a failure of \(found.address)"
        guard isMatch else { return ("no failure", who) }
        guard !isNamed else { return ("nobody, as \(words) is a name", who) }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            if let actual = actual(key, value, found) { return ("\(key) \(value.words)", actual) }
        }
        return nil
    }

    private var words: String {
        values["host"]?.optionText.map { "a failure of \($0)" } ?? "a failure"
    }

    /// What was found for a key, if it is not what is expected.
    private func actual(
        _ key: String, _ value: SampleValue, _ found: SampleFinding
    ) -> String? {
        let failure = found.failure
        switch key {
        case "host", "ip4", "ip6":
            guard let host = value.optionText else { return nil }
            return Network(parsing: host) == found.address ? nil : "\(found.address)"
        case "dns":
            return (value == .null) == (failure.dns == nil) ? nil : "another"
        case "user":
            return value.optionText == failure.user ? nil : failure.user ?? "no user"
        case "users":
            guard case .list(let users) = value else { return nil }
            let names = Set(users.compactMap { $0.optionText })
            return names == Set(failure.users) ? nil : "\(failure.users)"
        case "attempts":
            return value.optionText == "\(failure.matches)" ? nil : "\(failure.matches)"
        case "time":
            guard let text = value.optionText else { return nil }
            guard let time = milliseconds(text) else { return "an annotation without a time" }
            // fail2ban drops fractions, and so do we where a date has some.
            return time / 1000 == found.time / 1000 ? nil : "\(found.time / 1000)"
        default: return nil
        }
    }

    /// `2005-08-14T12:00:00`, in the zone of the samples.
    private func milliseconds(_ text: String) -> Int64? {
        let parts = text.split { "-T:.".contains($0) }.map { Int($0) }
        guard parts.count >= 6, let year = parts[0], let month = parts[1], let day = parts[2],
            let hour = parts[3], let minute = parts[4], let second = parts[5]
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard date.isDate else { return nil }
        let local = Int64(date.days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return zone.instants(ofLocal: local).earlier * 1000
    }
}
