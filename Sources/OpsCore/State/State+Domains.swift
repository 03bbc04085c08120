// The registry of the domains.  A new one has seven lines here: its table, its place in each of the
// two walks, its records and what applies them, its entries in a snapshot and their way back.
// Everything that concerns all domains goes by the walks, written once (State+DomainWalks.swift); a
// test compares them with the tables.

/// The tables of all domains.
package struct Domains: Sendable {
    /// Named lists of networks.
    package var lists = Lists()
    /// Objectives and the deploy gate.
    package var services = ServiceLevels()
    /// The last places of reporters in their logs.
    package var places = Places()
    /// What is to be done outside.
    package var work = Work()
    /// Incidents and silences.
    package var incidents = Incidents()
    /// Spending on AI models.
    package var costs = Costs()
    /// What opscheck asks for, and how it stands.
    package var endpoints = Endpoints()
    /// Queues and what was reported of them.
    package var queues = Queues()
    /// What fills up, by the hour.
    package var trends = Trends()

    mutating func modify(_ modifier: inout some DomainModifier) {
        modifier.modify(&lists)
        modifier.modify(&services)
        modifier.modify(&places)
        modifier.modify(&work)
        modifier.modify(&incidents)
        modifier.modify(&costs)
        modifier.modify(&endpoints)
        modifier.modify(&queues)
        modifier.modify(&trends)
    }
}

extension State {
    func visitDomains(_ visitor: inout some DomainVisitor) {
        visitor.visit(domains.lists, in: self)
        visitor.visit(domains.services, in: self)
        visitor.visit(domains.places, in: self)
        visitor.visit(domains.work, in: self)
        visitor.visit(domains.incidents, in: self)
        visitor.visit(domains.costs, in: self)
        visitor.visit(domains.endpoints, in: self)
        visitor.visit(domains.queues, in: self)
        visitor.visit(domains.trends, in: self)
    }

    /// Applies the record of a domain; the event it makes.
    mutating func apply(_ record: DomainRecord, at instant: Instant) -> EventDraft? {
        switch record {
        case .list(let record): domains.lists.apply(record, at: instant)
        case .service(let record): domains.services.apply(record, at: instant)
        case .place(let place): domains.places.apply(place, at: instant)
        case .work(let record): domains.work.apply(record, at: instant)
        case .incident(let record): domains.incidents.apply(record, at: instant)
        case .cost(let record): domains.costs.apply(record, at: instant)
        case .endpoint(let record): domains.endpoints.apply(record, at: instant)
        case .queue(let record): domains.queues.apply(record, at: instant)
        case .trend(let record): domains.trends.apply(record, at: instant)
        }
    }

    /// Restores an entry of a snapshot; no event is made.
    package mutating func restore(_ entry: DomainEntry) {
        switch entry {
        case .list(let list): domains.lists.insert(list)
        case .service(let part): domains.services.restore(part)
        case .place(let stream): domains.places.insert(stream)
        case .work(let entry): domains.work.restore(entry)
        case .incident(let part): domains.incidents.restore(part)
        case .cost(let part): domains.costs.restore(part)
        case .endpoint(let endpoint): domains.endpoints.restore(endpoint)
        case .queue(let queue): domains.queues.restore(queue)
        case .trend(let trend): domains.trends.restore(trend)
        }
    }
}

/// What may happen to the tables of the domains: a case for the records of each.
package enum DomainRecord: Hashable, Sendable {
    case list(ListRecord)
    case service(ServiceRecord)
    case place(Place)
    case work(WorkRecord)
    case incident(IncidentRecord)
    case cost(CostRecord)
    case endpoint(EntityRecord<Endpoint>)
    case queue(QueueRecord)
    case trend(TrendRecord)
}

/// An entry of a snapshot, on one line or several.
package enum DomainEntry: Hashable, Sendable {
    case list(AddressList)
    case service(ServiceLevelPart)
    case place(StreamPlace)
    case work(WorkEntry)
    case incident(IncidentPart)
    case cost(CostPart)
    case endpoint(Endpoint)
    indirect case queue(Queue)
    indirect case trend(Trend)
}
