// The topics of the command table: which commands belong together, in help, manual and completions.

import OpsCore

/// Commands about one thing.
package struct CommandTopic: Sendable {
    /// One word, as in `opsctl help guard`.
    package let name: String
    /// What the commands are about: one phrase.
    package let summary: String
    /// The rows of the topic, in the order of the manual.
    package let rows: [CommandRow]

    init(_ name: String, _ summary: String, _ rows: [CommandRow]) {
        self.name = name
        self.summary = summary
        self.rows = rows
    }
}

extension CommandTable {
    /// All topics, in the order of the manual.
    package static let topics = [
        CommandTopic(
            "daemon", "the daemon itself: its version, configuration and snapshots", daemonRows),
        CommandTopic(
            "host", "this host: health, load, memory, disks, processes",
            hostRows + [forecastRow]),
        CommandTopic("guard", "bans, strikes and rate limits of addresses", guardRows),
        CommandTopic("enforce", "the kernel's copy of the bans", enforceRows),
        CommandTopic("lists", "named lists of banned networks", listRows),
        CommandTopic(
            "detector", "the log detector, opswatch: what it reads and finds", detectorRows),
        CommandTopic("slo", "service level objectives and their error budgets", serviceRows),
        CommandTopic("gate", "the deploy gate: whether budgets allow a deployment", gateRows),
        CommandTopic("work", "what is to be done outside: pages, and who does them", workRows),
        CommandTopic(
            "incidents", "what is wrong: raised, acknowledged, resolved, silenced", incidentRows),
        CommandTopic("pager", "the pager, opspager: how people are reached", pagerRows),
        CommandTopic(
            "costs", "spending on AI models: caps, reservations, what was spent", costRows),
        CommandTopic(
            "endpoints", "what opscheck asks for: sites, ports, databases", endpointRows),
        CommandTopic("queues", "queues: how many wait, and whether they are worked off", queueRows),
        CommandTopic("events", "what has happened, and what is happening", eventRows),
        CommandTopic("audit", "the chain that proves what events.ndjson has", auditRows),
    ]
}
