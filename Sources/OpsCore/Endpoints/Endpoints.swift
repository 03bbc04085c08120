// Endpoints: what is kept in log and snapshot, and beside it what opscheck has told since.  A
// report is telemetry: it counts at once, in memory; once a second a changed state becomes a
// record of the whole endpoint, and what was only counted becomes one every quarter of an hour.

/// Endpoints as they are kept, and as they stand.
package struct Endpoints: Sendable {
    /// A configured endpoint, with what was told of it.
    struct Live: Sendable {
        var name: String
        var settings: EndpointSettings
        var objective: ObjectiveName?
        /// With what was counted since its last record; nil: it was never told of.
        var endpoint: Endpoint?
        /// The newest latencies, a ring; below 0: there was no answer.
        var recent: [Float] = []
        var nextRecent = 0
        /// When it was told of last, or began to be expected: milliseconds of boot time.
        var heard: Int64
        /// When its last record was made, milliseconds of boot time.
        var recorded: Int64
        /// Something was counted since.
        var isCounted = false
        /// It stands in the line of those to be looked at.
        var isTouched = false
        /// What is kept is of what is asked now: not of another URL, nor of a time before it was
        /// left out of the configuration.
        var isOfToday = true

        /// How it stands.
        func state(at boot: Int64) -> EndpointState {
            guard let endpoint, isOfToday, boot - heard <= settings.silenceMilliseconds else {
                return .unknown
            }
            return endpoint.state
        }
    }

    /// Durable.
    private(set) var table = EntityTable<Endpoint>()
    /// By name; not durable.
    private(set) var live: [Live] = []
    private var places: [String: Int] = [:]
    /// Places in `live` with something to record.
    private var touched: [Int] = []
    /// The configuration of the start was adopted.
    private var hasBegun = false

    /// There are none.
    package init() {}

    /// Endpoints that the configuration has.
    package var count: Int { live.count }
    /// Endpoints that are kept.
    package var keptCount: Int { table.count }

    func place(of name: String) -> Int? { places[name] }

    /// The kept endpoint of a name.
    package subscript(name: String) -> Endpoint? { table[name] }

    // MARK: Configuration

    /// New settings; what was told of those that stay is kept.
    mutating func adopt(_ settings: [String: EndpointSettings], at boot: Int64) {
        var fresh: [Live] = []
        for (name, settings) in settings.sorted(by: { $0.key < $1.key }) {
            var one: Live
            if let place = places[name] {
                one = live[place]
                if one.settings.url != settings.url { one.isOfToday = false }
                one.settings = settings
            } else {
                one = Live(
                    name: name, settings: settings, endpoint: table[name], heard: boot,
                    recorded: boot)
                one.isOfToday = !hasBegun
            }
            one.objective = settings.slo.flatMap { ObjectiveName($0) }
            one.isTouched = one.isCounted
            fresh.append(one)
        }
        hasBegun = true
        live = fresh
        places = [:]
        touched = []
        for (place, one) in live.enumerated() {
            places[one.name] = place
            if one.isTouched { touched.append(place) }
        }
    }

    // MARK: Reports

    /// Takes a report of the endpoint at `place`.
    mutating func gather(_ report: EndpointReport, at place: Int, _ instant: CheckInstant) {
        guard live.indices.contains(place), live[place].name == report.name else { return }
        var one = live[place]
        live[place].recent = []  // So that the ring is changed where it is.
        one.heard = instant.boot
        one.isOfToday = true
        var endpoint =
            one.endpoint
            ?? Endpoint(
                id: one.name, state: report.state, since: instant.wall, checked: instant.wall,
                deadline: 0)
        if endpoint.state != report.state {
            endpoint.state = report.state
            endpoint.since = instant.wall
        }
        endpoint.checked = instant.wall
        endpoint.reason = report.reason?.cut(toWrittenBytes: EndpointBounds.reasonBytes)
        if let days = report.certificateDays {
            endpoint.certificateDays = days
        } else if report.state == .up || report.state == .slow {
            // It answers without one.
            endpoint.certificateDays = nil
        }
        if report.state != .unknown {
            let isDown = report.state == .down
            endpoint.hours.add(isDown: isDown, at: instant.service / 3_600_000)
            endpoint.days.add(isDown: isDown, at: instant.service / 86_400_000)
            let latency = isDown ? -1 : Float(report.latencyMilliseconds ?? -1)
            if one.recent.count < EndpointBounds.recent {
                one.recent.append(latency)
            } else {
                one.recent[one.nextRecent] = latency
                one.nextRecent = (one.nextRecent + 1) % EndpointBounds.recent
            }
        }
        endpoint.deadline = instant.boot + EndpointBounds.keptMilliseconds
        one.endpoint = endpoint
        one.isCounted = true
        if !one.isTouched {
            one.isTouched = true
            touched.append(place)
        }
        live[place] = one
    }

    /// What is to be recorded, as changes to apply in this order.
    /// - Parameter all: also what has only been counted.
    mutating func drainPending(all: Bool = false) -> [Change] {
        let line = all ? live.indices.filter { live[$0].isCounted } : touched
        if line.isEmpty { return [] }
        var changes: [Change] = []
        var rest: [Int] = []
        var (count, puts) = (table.count, 0)
        var others: [String]?
        for place in line {
            let one = live[place]
            guard let endpoint = one.endpoint else { continue }
            let kept = table[one.name]
            let isDue =
                all || kept?.state != endpoint.state
                || one.heard - one.recorded >= EndpointBounds.gatherMilliseconds
            let isFull = !all && puts >= EndpointBounds.recordsPerSecond
            if !isDue || isFull {
                if isFull { rest.append(place) } else { live[place].isTouched = false }
                continue
            }
            if kept == nil {
                if count >= EndpointBounds.kept, others == nil { others = oldestOthers }
                if count >= EndpointBounds.kept, let gone = others?.popLast() {
                    changes.append(.endpoint(.drop(gone, event: nil)))
                } else {
                    count += 1
                }
            }
            puts += 1
            changes.append(
                .endpoint(.put(endpoint, event: Self.event(from: kept, to: endpoint))))
            live[place].isTouched = false
            live[place].isCounted = false
            live[place].recorded = one.heard
        }
        touched = rest
        return changes
    }

    /// Those that the configuration no longer has, the one told of longest ago last.
    private var oldestOthers: [String] {
        table.sorted.filter { places[$0.id] == nil }.sorted { $0.deadline > $1.deadline }
            .map(\.id)
    }

    /// What a new state has to tell.
    private static func event(from old: Endpoint?, to new: Endpoint) -> EventDraft? {
        if old?.state == new.state { return nil }
        let subject = EventSubject.endpoint(EndpointSubject(name: new.id))
        let why = new.reason.map { ": \($0)" } ?? ""
        switch new.state {
        case .down:
            return EventDraft(
                .endpointDown, .critical, "\(new.id) is down\(why)", subject: subject)
        case .unknown:
            return EventDraft(
                .endpointUnknown, .warning, "\(new.id) cannot be checked\(why)", subject: subject)
        case .up, .slow:
            guard let old, old.state == .down || old.state == .unknown else { return nil }
            let span = DurationText.text(max(0, new.since - old.since) * 1_000)
            let was = old.state == .down ? "was down" : "could not be checked"
            return EventDraft(
                .endpointUp, .info, "\(new.id) is up; it \(was) for \(span)", subject: subject)
        }
    }

    // MARK: Records

    mutating func record(_ record: EntityRecord<Endpoint>) -> EventDraft? { table.apply(record) }
    mutating func insert(_ endpoint: Endpoint) { table.insert(endpoint) }
    mutating func move(_ rebase: Rebase) { table.rebase(rebase) }
}

/// When a report came, on three clocks.
package struct CheckInstant: Hashable, Sendable {
    /// Milliseconds of boot time.
    package var boot: Int64
    /// Seconds since 1970.
    package var wall: Int64
    /// Milliseconds of the service clock.
    package var service: Int64
}
