// One thing that opsd is to be told: an address misbehaved, or did well, or a line was written that
// is an incident.  It knows where it was
// read, so that opsd can tell a repetition from news, and so that nothing is forgotten before opsd
// has answered.

import OpsCore
import OpsProtocol

/// Where a report was read, as `place=` says it.
struct ReportPlace: Hashable, Sendable {
    /// The stream's name, as opsd keeps it.
    var stream: String
    /// Grows from report to report of the stream.
    var number: UInt64
}

/// What opsd is told.
struct Report: Hashable, Sendable {
    /// The request.
    enum Verb: Hashable, Sendable {
        case strike, success
        /// The line, as the program wrote it.
        case incident(Severity, line: String)

        /// Whether it is an incident.
        var isIncident: Bool { if case .incident = self { true } else { false } }
    }

    var verb: Verb
    /// Whom it is about; an incident may be about nobody.
    var address: Network?
    /// The `source` that it names.
    var source: String
    /// The rule that found it.
    var rule: String
    /// The user name that was tried, where the line has one.
    var user: String?
    /// How many strikes it is; nil: as opsd's rules for the source say.  Of an incident, how many
    /// lines.  1...1000.
    var weight: Int?
    /// When it happened, in milliseconds since 1970.
    var time: Int64
    /// nil: its log has no places now, and opsd counts it whatever it has counted.
    var place: ReportPlace?

    /// The most strikes that one request can carry.
    static let mostWeight = 1_000

    /// Appends the request, with LF.  Without a place opsd counts it even if it knows the place.
    func write(to output: inout [UInt8], withPlace: Bool = true) {
        if case .incident(let severity, let line) = verb {
            write(severity, line, to: &output)
            return
        }
        output.append(contentsOf: verb == .strike ? "strike ".utf8 : "success ".utf8)
        address?.write(to: &output)
        output.append(contentsOf: " source=".utf8)
        Self.quote(source, to: &output)
        if verb == .strike {
            output.append(contentsOf: " reason=".utf8)
            writeReason(to: &output)
            if let weight { output.append(contentsOf: " weight=\(weight)".utf8) }
            output.append(contentsOf: " at=".utf8)
            Timestamp.write(microseconds: time &* 1_000, to: &output)
            if withPlace, let place {
                output.append(contentsOf: " place=".utf8)
                Self.quote("\(place.stream):\(place.number)", to: &output)
            }
        }
        output.append(UInt8(ascii: "\n"))
    }

    /// opsd keeps no place for it: one that is sent again counts as a line more.
    private func write(_ severity: Severity, _ line: String, to output: inout [UInt8]) {
        output.append(contentsOf: "incident raise severity=\(severity.rawValue) source=".utf8)
        Self.quote(source, to: &output)
        output.append(contentsOf: " key=".utf8)
        Self.quote(rule, to: &output)
        output.append(contentsOf: " msg=".utf8)
        Self.quote(line.isEmpty ? rule : line, to: &output)
        if let weight, weight > 1 { output.append(contentsOf: " count=\(weight)".utf8) }
        var details = "found by the log rule \(rule), written at "
        var time: [UInt8] = []
        Timestamp.write(microseconds: self.time &* 1_000, to: &time)
        details += String(decoding: time, as: UTF8.self)
        if let address { details += ", names \(address.bare)" }
        output.append(contentsOf: " details=".utf8)
        Self.quote(details, to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    /// In words for people.
    private func writeReason(to output: inout [UInt8]) {
        if let user, !user.isEmpty {
            Self.quote("\(rule): user \(user)", to: &output)
        } else {
            Self.quote(rule, to: &output)
        }
    }

    private static func quote(_ text: String, to output: inout [UInt8]) {
        JSONWriter.append(to: &output) { $0.string(text) }
    }
}
