// Who is served when.  A connection that asks for little is served as soon as its bytes come.  One
// that sent more stands in line with what is left, and a turn serves the line until it has done
// enough.  Requests that cost a millisecond instead of a microsecond have a line of their own, and a
// turn serves a few.  So a turn is some milliseconds long, however many ask for much, and everybody
// in line has a turn of their own before anybody has two.

import OpsCore

extension Engine {
    /// Serves those in line; true when some are left for the next turn.
    func serveLeftovers() -> Bool {
        serveHeavy()
        // Who comes back to the line has the next turn.
        for _ in 0..<unserved.count where served < SessionBounds.requestsPerTurn {
            guard let slot = unserved.popFirst() else { break }
            guard let session = session(slot) else { continue }
            serve(slot, session, atMost: SessionBounds.requestsPerVisit)
        }
        return hasLeftovers
    }

    /// Each connection has one request in line at most; what it sent behind it comes after.
    private func serveHeavy() {
        for _ in 0..<SessionBounds.heavyRequestsPerTurn {
            guard let slot = heavy.popFirst() else { return }
            guard let session = session(slot), let command = session.heavyRequest else { continue }
            session.heavyRequest = nil
            carryOut(command, slot, session)
            serve(slot, session, atMost: SessionBounds.requestsOnArrival)
        }
    }

    /// Requests are left that could be served now: another turn should follow at once.
    var hasLeftovers: Bool {
        !heavy.isEmpty || unserved.contains { session($0)?.hasRoom ?? false }
    }
}

extension Command {
    /// Targets beyond which a request is heavy.
    private static let manyTargets = 64

    /// Whether it may look at much of a table, or its reply has some ten kilobytes or more.
    var isHeavy: Bool {
        switch self {
        case .bans, .strikes, .why, .events, .watch, .metricsHistory, .guardCleanup, .reload,
            .commands, .processes, .disks, .listShow, .budget, .serviceStatus:
            true
        case .check(let targets), .ban(let targets, _), .unban(let targets), .confirm(let targets):
            targets.others.count >= Self.manyTargets
        case .listAdd(_, let targets): targets.count > Self.manyTargets
        case .ping, .version, .status, .health, .metrics, .systemStats, .config, .hit, .strike,
            .success, .clear, .guardStats, .snapshot, .listBegin, .listCommit, .listDrop,
            .enforceAudit, .observe, .observeMany, .rebaseline, .gateStatus, .gateCheck,
            .gateOverride:
            false
        }
    }
}
