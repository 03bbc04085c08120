// The configuration: a file that is taken is printed and taken again as the same; faults are few,
// on lines that exist, and fit for a terminal.

import OpsConfig
import OpsCore

private let notation = NetworkNotation(
    parse: { Network(parsing: $0) }, text: { $0.description })

/// The bytes are an opsd.toml.
func fuzzConfig(_ bytes: [UInt8]) throws(Finding) {
    let configuration: Configuration
    do throws(ConfigurationFaults) {
        configuration = try Configuration.load(bytes, file: "f", networks: notation)
    } catch {
        try hold((1...101).contains(error.faults.count), "\(error.faults.count) faults")
        let lines = 1 + bytes.count { $0 == 0x0a }
        for fault in error.faults {
            try hold((0...lines).contains(fault.line), "\(lines) lines: \(fault)")
            try hold(
                fault.description.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "unfit: \(fault)")
            try hold(fault.description.utf8.count < 4_096, "a long fault: \(fault)")
        }
        return
    }
    let printed = configuration.printed(networks: notation)
    let again: Configuration
    do throws(ConfigurationFaults) {
        again = try Configuration.load(Array(printed.utf8), file: "p", networks: notation)
    } catch {
        throw Finding(description: "printed and refused: \(error)")
    }
    try hold(again == configuration, "another configuration than was printed:\n\(printed)")
    let changes = Configuration.changes(from: Configuration(), to: configuration)
    try hold(changes.applied.count + changes.restartRequired.count < 200, "many changes")
}
