// The keys of `[queue.NAME]`, their reading, and what the shipped file says of them.

import CToml
package import OpsCore

extension SectionKey<QueueRules> {
    /// The keys of a queue.
    static let all: [SectionKey<QueueRules>] = [
        .init(
            "depth", .integer(\.depthOrNone, 0...1_000_000_000),
            "So many waiting are too many; 0: any number is fine."),
        .init(
            "rate", .integer(\.rateOrNone, 0...1_000_000_000),
            "So few a minute are too few while something waits; 0: any pace is fine."),
        .init(
            "failed", .integer(\.failedOrNone, 0...100),
            "Such a share of failures is too large, per cent; 0: any share is fine."),
        .init(
            "sample", .integer(\.sampleOrNone, 1...1_000_000),
            "With fewer jobs in 5 minutes the share of failures is unknown."),
        .init(
            "stuck", .duration(\.stuckMilliseconds, 60_000...30 * 86_400_000),
            "How long something may wait while nothing is taken."),
        .init(
            "silent", .duration(\.silentMilliseconds, 10_000...30 * 86_400_000),
            "How long nothing need be reported."),
    ]
}

extension QueueRules {
    fileprivate var depthOrNone: Int? {
        get { depth }
        set { depth = newValue ?? depth }
    }

    fileprivate var rateOrNone: Int? {
        get { rate }
        set { rate = newValue ?? rate }
    }

    fileprivate var failedOrNone: Int? {
        get { failed }
        set { failed = newValue ?? failed }
    }

    fileprivate var sampleOrNone: Int? {
        get { sample }
        set { sample = newValue ?? sample }
    }
}

/// Reads `[queue.NAME]`.
struct QueueReader {
    /// The table of the sections.
    static let section = "queue"

    private var reader = SectionReader(
        table: Self.section, word: "queue", limit: QueueRules.limit, name: .queue)

    /// Reads the table `queue`.
    mutating func read(
        _ node: TomlNode, networks: NetworkNotation, into configuration: inout Configuration,
        _ faults: inout FaultList
    ) {
        reader.read(
            node, SectionKey<QueueRules>.all, networks, { _ in QueueRules() },
            &configuration.queues, &faults)
    }

    /// What the shipped file says.
    static var note: String {
        """
        # [\(section).NAME]: what a queue must keep to.  A queue without a section has the defaults.
        # At most \(QueueRules.limit).  Keys: \
        \(SectionKey<QueueRules>.all.map(\.name).joined(separator: ", ")).  For example:
        #   [\(section).mail]
        #   depth = 50
        #   rate = 10
        #   failed = 5
        #   sample = 20
        #   stuck = "10m"
        #   silent = "5m"

        """
    }
}

extension Configuration {
    /// All queues that the configuration names.
    func queueSections(networks: NetworkNotation) -> String {
        queues.sorted { $0.key < $1.key }.map {
            SectionText.section($1, QueueReader.section, $0, SectionKey<QueueRules>.all, networks)
        }.joined(separator: "\n")
    }

    /// `[queue.NAME]` as values.
    package func queueNamedSections(networks: NetworkNotation) -> NamedSections {
        NamedSections(
            table: QueueReader.section,
            sections: queues.sorted { $0.key < $1.key }.map {
                ($0, SectionText.values($1, SectionKey<QueueRules>.all, networks))
            })
    }

    /// `[queue.NAME]` by name.
    package var queueRules: [QueueName: QueueRules] {
        var rules: [QueueName: QueueRules] = [:]
        for (name, section) in queues { if let name = QueueName(name) { rules[name] = section } }
        return rules
    }
}
