// What of a snapshot an older release can hold.  Everything that goes into a snapshot for one goes
// through here; what comes out has only lines and members that this release reads and understands.

package import OpsCore

/// Passes on what an older release can hold, and counts the rest.
package struct Narrowing: Sendable {
    /// Which one.
    package let release: OlderRelease
    /// How many of each kind were left out so far.
    package private(set) var leftOut: [LeftOut: Int] = [:]

    /// Nothing is left out yet.
    package init(for release: OlderRelease) { self.release = release }

    private mutating func leave(_ kind: LeftOut, _ count: Int = 1) {
        if count > 0 { leftOut[kind, default: 0] += count }
    }

    /// The ban that decides over its network: a ban that its source's own strikes led to is one
    /// that strikes led to.
    package func ban(_ ban: Ban) -> Ban {
        var ban = ban
        ban.traits.remove(.own)
        return ban
    }

    /// A claim that does not decide.
    package mutating func leaveClaim() { leave(.claims) }

    /// Those that count with all others.
    package mutating func strikes(_ strikes: [Strike]) -> [Strike] {
        let held = strikes.filter { !$0.isOwn }
        leave(.strikes, strikes.count - held.count)
        return held
    }

    /// nil: its kind is not known there.
    package mutating func event(_ event: Event) -> Event? {
        if release.knows(event.kind) { return event }
        leave(.events)
        return nil
    }

    /// nil: all of it is left out.  No `default:`; a new domain says here what becomes of it.
    package mutating func entry(_ entry: DomainEntry) -> DomainEntry? {
        switch entry {
        case .list: return entry
        case .service(.head(let name, let number, let baseline, let alerts, let gate)):
            let held = alerts.filter { $0.key.target == nil }
            leave(.alerts, alerts.count - held.count)
            return .service(
                .head(name, number: number, baseline: baseline, alerts: held, gate: gate))
        case .service: return entry
        case .place:
            leave(.places)
            return nil
        case .work(let entry):
            if case .item(let item) = entry, item.stage.isOpen { leave(.work) }
            return nil
        case .incident(let part):
            switch part {
            case .incident: leave(.incidents)
            case .note: leave(.notes)
            case .silence: leave(.silences)
            case .numbers, .evidence: break
            }
            return nil
        case .cost(let part):
            switch part {
            case .model: leave(.costs)
            case .entry: leave(.reservations)
            case .summary, .cap, .minutes, .hours: break
            }
            return nil
        case .endpoint:
            leave(.endpoints)
            return nil
        case .queue:
            leave(.queues)
            return nil
        case .trend:
            leave(.trends)
            return nil
        }
    }
}
