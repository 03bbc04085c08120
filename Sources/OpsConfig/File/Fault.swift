// What is wrong with a configuration file, in text that is safe for a terminal and the journal:
// bytes of the file are quoted, escaped and cut.

/// One fault.
package struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// The name of the file.
    package let file: String
    /// The line, counted from 1; 0 means the file as a whole.
    package let line: Int
    /// `section.key`, or the name of a section; empty if there is none, as for a syntax error.
    package let key: String
    /// What is wrong, then what is allowed.
    package let message: String

    /// `file:line: key: message`.
    package var description: String {
        var text = file.escaped
        if line > 0 { text += ":" + String(line) }
        text += ": "
        if !key.isEmpty { text += key + ": " }
        return text + message
    }
}

/// All faults of one file; never empty.
package struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    /// The faults, ordered by line.
    package let faults: [Fault]

    /// One fault a line.
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Collects faults: keeps `limit` of them and counts the others.
struct FaultList {
    static let limit = 100
    let file: String
    private(set) var kept: [Fault] = []
    private(set) var dropped = 0

    init(file: String) { self.file = file }

    mutating func add(_ line: Int, _ key: String, _ message: @autoclosure () -> String) {
        if kept.count < Self.limit {
            kept.append(Fault(file: file, line: line, key: key, message: message()))
        } else {
            dropped += 1
        }
    }

    /// The kept faults, ordered by line, and within a line in the order they were added.
    var faults: [Fault] {
        var sorted = kept.enumerated().sorted { one, other in
            (one.element.line, one.offset) < (other.element.line, other.offset)
        }.map(\.element)
        if dropped > 0 {
            sorted.append(
                Fault(file: file, line: 0, key: "", message: "and \(dropped) more faults"))
        }
        return sorted
    }
}
