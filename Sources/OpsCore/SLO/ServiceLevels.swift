// All objectives: the rules in force, what is kept of each, and what has gathered since the last
// second.  An objective that leaves the configuration keeps its numbers until all of them are out
// of its window, in case it comes back; then they go, as a logged change.

/// A temporary override of the gate by an administrator.
package struct GateOverride: Hashable, Sendable {
    /// Whether it closes the gate; otherwise it opens it.
    package var isClosed: Bool
    /// Milliseconds on the service clock.
    package var since: Int64
    /// When it ends: milliseconds on the service clock.
    package var until: Int64
    /// Why, for people.
    package var reason: String
    /// Who asked for it.
    package var uid: UInt32

    package init(isClosed: Bool, since: Int64, until: Int64, reason: String, uid: UInt32) {
        self.isClosed = isClosed
        self.since = since
        self.until = until
        self.reason = reason
        self.uid = uid
    }
}

/// The objectives of the daemon.
package struct ServiceLevels: Sendable {
    /// The most objectives that are kept although the configuration does not name them.
    static let dormantLimit = 64

    /// The rules in force, by name; not durable.
    package private(set) var objectives: [Objective] = []
    /// The rules of the gate in force; not durable.
    package private(set) var gateRules = GateRules()
    /// What is kept of each objective; durable.
    package internal(set) var levels: [ObjectiveName: ServiceLevel] = [:]
    /// The override in force; durable.
    package internal(set) var gateOverride: GateOverride?
    /// Service clock less boot time, milliseconds; durable; nil: no clock was set yet.
    package internal(set) var offset: Int64?
    /// The minute in which the alerts were last looked at; not durable.
    var lastKept: Int64 = 0
    /// What has gathered for each objective, in the order of `objectives`; not durable.
    private var pending: [PendingObservations] = []
    private var indices: [ObjectiveName: Int] = [:]
    private var scratch = Tally()
    /// Whether any observation is pending.
    private var hasPending = false

    /// No objectives.
    package init() {}

    /// Replaces the rules, and drops what is pending: call `drainPending` first.
    package mutating func adopt(_ objectives: [Objective], _ gateRules: GateRules) {
        self.gateRules = gateRules
        if objectives == self.objectives { return }
        self.objectives = objectives
        pending = objectives.map { PendingObservations($0) }
        indices = [:]
        for (index, objective) in objectives.enumerated() { indices[objective.name] = index }
    }

    /// The index of an objective in `objectives`; nil: there is none of that name.
    package func index(of name: ObjectiveName) -> Int? { indices[name] }

    @inline(__always)
    mutating func gather(_ observation: Observation, index: Int, minute: Int64) {
        hasPending = true
        pending[index].add(observation, minute: minute)
    }

    mutating func gather(_ batch: ObservationBatch, index: Int, minute: Int64) {
        hasPending = true
        pending[index].add(batch, minute: minute)
    }

    /// Returns the observations since the last call, as changes to apply in this order.
    package mutating func drainPending() -> [Change] {
        if !hasPending { return [] }
        hasPending = false
        var changes: [Change] = []
        for index in pending.indices where !pending[index].isEmpty {
            let name = objectives[index].name
            var number = levels[name]?.number ?? 0
            for gathered in pending[index].drain() {
                number += 1
                changes.append(
                    .service(
                        .observed(
                            ObservedDelta(
                                name: name, number: number, minute: gathered.minute,
                                counts: gathered.counts, bins: gathered.bins))))
            }
        }
        return changes
    }

    /// The kept state of an objective, for reading.
    package func level(_ name: ObjectiveName) -> ServiceLevel? { levels[name] }

    mutating func add(_ delta: ObservedDelta) {
        levels[delta.name, default: ServiceLevel(delta.name, baseline: 0)]
            .add(delta, &scratch)
    }

    /// Restores part of a snapshot.
    package mutating func restore(_ part: ServiceLevelPart) {
        switch part {
        case .head(let name, let number, let baseline, let alerts, let gate):
            var level = ServiceLevel(name, baseline: baseline)
            level.number = number
            level.alerts = alerts
            level.gate = gate
            levels[name] = level
        case .minutes(let name, let entries):
            for entry in entries { levels[name]?.add(entry.counts, minute: entry.minute) }
        case .hourSketch(let name, let sketch):
            levels[name]?.add(sketch.bins, hour: sketch.period, &scratch)
        case .minuteSketch(let name, let sketch):
            levels[name]?.add(sketch.bins, minute: sketch.period, &scratch)
        case .override(let override): gateOverride = override
        }
    }
}

/// A snapshot line about objectives.
package enum ServiceLevelPart: Hashable, Sendable {
    /// Comes before the others of its name.
    case head(
        ObjectiveName, number: UInt64, baseline: Int64, alerts: [AlertKind: ActiveAlert],
        gate: GateHold)
    case minutes(ObjectiveName, [MinuteEntry])
    case hourSketch(ObjectiveName, PeriodSketch)
    case minuteSketch(ObjectiveName, PeriodSketch)
    case override(GateOverride)
}

extension ServiceLevel {
    /// Minutes in one line of a snapshot.
    static let minutesPerPart = 1_440

    /// All of it, in lines of a snapshot.
    package var parts: [ServiceLevelPart] {
        var parts = [
            ServiceLevelPart.head(
                name, number: number, baseline: baseline, alerts: alerts, gate: gate)
        ]
        var rest = entries[...]
        while !rest.isEmpty {
            parts.append(.minutes(name, Array(rest.prefix(Self.minutesPerPart))))
            rest = rest.dropFirst(Self.minutesPerPart)
        }
        parts += hourSketches.map { .hourSketch(name, $0) }
        parts += minuteSketches.map { .minuteSketch(name, $0) }
        return parts
    }
}
