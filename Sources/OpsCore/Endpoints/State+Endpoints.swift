// What is asked about endpoints, and what opsd makes of how they stand.

extension State {
    /// Endpoints, for reading.
    package var endpoints: Endpoints { domains.endpoints }

    /// New endpoints.
    package mutating func adopt(_ settings: [String: EndpointSettings], at now: Moment) {
        domains.endpoints.adopt(settings, at: now.bootMilliseconds)
    }

    /// The decision on a request about endpoints.
    func decide(
        _ command: EndpointCommand, by caller: Caller, at now: Moment
    ) throws(Refusal) -> Decision {
        switch command {
        case .report(let report):
            guard let place = domains.endpoints.place(of: report.name) else {
                throw Refusal(
                    .notFound, "there is no endpoint \(report.name)",
                    hint: "opsd and opscheck read the same file: reload both")
            }
            let boot = now.bootMilliseconds
            let instant = CheckInstant(
                boot: boot, wall: (boot + clockOffset) / 1_000,
                service: serviceMilliseconds(at: now))
            return Decision(
                .endpoint(.counted), telemetry: .checked(report, place: place, instant))
        case .list(let query):
            return Decision(.endpoint(.page(try endpoints(query, at: now))))
        }
    }

    /// Counts a check, for its endpoint and for the objective that it names.
    mutating func note(_ report: EndpointReport, at place: Int, _ instant: CheckInstant) {
        domains.endpoints.gather(report, at: place, instant)
        guard report.state != .unknown,
            let objective = domains.endpoints.live[place].objective,
            let index = domains.services.index(of: objective)
        else { return }
        let isUp = report.state != .down
        domains.services.gather(
            Observation(
                latencyMilliseconds: isUp ? report.latencyMilliseconds : nil, isGood: isUp),
            index: index, minute: instant.service / 60_000)
    }

    /// What has only been counted so far, as changes: before a stop.
    package mutating func drainEndpoints() -> [Change] {
        domains.endpoints.drainPending(all: true)
    }

    // MARK: Reading

    /// `endpoints`: a page, by name.
    package func endpoints(
        _ query: EndpointQuery, at now: Moment
    ) throws(Refusal) -> EndpointPage {
        let all = domains.endpoints.live
        if let name = query.name {
            guard let place = domains.endpoints.place(of: name) else {
                throw Refusal(.notFound, "there is no endpoint \(name)")
            }
            return EndpointPage(rows: [row(all[place], at: now)], next: nil)
        }
        let rest = all.drop { one in query.after.map { one.name <= $0 } ?? false }
        let rows = rest.prefix(query.limit).map { row($0, at: now) }
        return EndpointPage(
            rows: rows, next: rest.count > rows.count ? rows.last?.name : nil)
    }

    private func row(_ one: Endpoints.Live, at now: Moment) -> EndpointRow {
        var row = EndpointRow(
            name: one.name, url: one.settings.url ?? "",
            state: one.state(at: now.bootMilliseconds))
        row.slo = one.settings.slo
        guard let endpoint = one.endpoint else { return row }
        let isSilent = row.state == .unknown && endpoint.state != .unknown
        row.since = isSilent ? endpoint.checked : endpoint.since
        row.checked = endpoint.checked
        row.reason = isSilent ? "opscheck has told nothing of it since" : endpoint.reason
        row.certificateDays = endpoint.certificateDays
        let service = serviceMilliseconds(at: now)
        let (hour, day) = (service / 3_600_000, service / 86_400_000)
        row.uptime = [
            endpoint.hours.uptime(24, endingWith: hour),
            endpoint.hours.uptime(Int64(CheckPeriods.hours), endingWith: hour),
            endpoint.days.uptime(30, endingWith: day),
        ]
        let ring = one.recent[one.nextRecent...] + one.recent[..<one.nextRecent]
        row.recent = ring.map { $0 < 0 ? nil : Double($0) }
        if !isSilent, endpoint.state != .unknown {
            row.latencyMilliseconds = row.recent.last ?? nil
        }
        return row
    }

    // MARK: Conditions

    /// What is wrong with endpoints, in the eyes of the rules.
    package func endpointConditions(at now: Moment) -> [IncidentCondition] {
        let boot = now.bootMilliseconds
        var conditions: [IncidentCondition] = []
        for one in domains.endpoints.live {
            let name = one.name
            let endpoint = one.endpoint
            switch one.state(at: boot) {
            case .up: break
            case .slow:
                conditions.append(
                    IncidentCondition(
                        .endpointSlow, thing: name, "The endpoint \(name) is slow",
                        details: endpoint?.reason ?? ""))
            case .down:
                conditions.append(
                    IncidentCondition(
                        .endpointDown, thing: name, "The endpoint \(name) is down",
                        details: endpoint?.reason ?? ""))
            case .unknown:
                for rule in [IncidentRule.endpointDown, .endpointSlow, .endpointCertificate] {
                    conditions.append(.unknown(rule, thing: name))
                }
                continue
            }
            if let days = endpoint?.certificateDays, let least = one.settings.certificateDays,
                days <= least
            {
                conditions.append(
                    IncidentCondition(
                        .endpointCertificate, thing: name,
                        "The certificate of the endpoint \(name) ends soon",
                        details: days < 0 ? "it has ended" : "\(days) days are left"))
            }
        }
        return conditions
    }
}
