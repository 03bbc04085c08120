// Who is served when.  A connection that asks for little is served as soon as its bytes come.  One
// that sent more waits in line with what is left, and a turn serves the line until it has done
// enough.  Requests that cost a millisecond instead of a microsecond have a line of their own, of
// which a turn serves a few.  Every connection in line is served once before any is served twice.
//
// Each kind of work has a share of the turn's time; when that is used up, the rest of that work
// waits in line.  So a turn takes a millisecond or two, however many ask for much, and no kind of
// work starves another.

import OpsCore

/// How long one kind of work may go on in a turn.
struct TurnShare {
    /// Nanoseconds after which a turn does of each kind of work only what it has to.
    static let turn: Int64 = 1_000_000
    /// Nanoseconds for connections that come and go.  Reading is not counted: it takes a
    /// microsecond or two for each of 256 at most.
    static let input: Int64 = 500_000
    /// Nanoseconds for requests whose bytes came in this turn.
    static let arrivals: Int64 = 800_000
    /// Nanoseconds for requests in line, and as much for heavy ones.
    static let leftovers: Int64 = 300_000
    /// Nanoseconds for replies of requests served in this turn.
    static let replies: Int64 = 500_000
    /// Nanoseconds for replies that have waited.
    static let lateReplies: Int64 = 300_000
    /// Nanoseconds for rendering events for watchers.
    static let rendering: Int64 = 200_000
    /// Nanoseconds for sending watchers what was rendered.
    static let watchers: Int64 = 300_000
    /// Nanoseconds for what has ended, and as much for what new settings undo.
    static let housekeeping: Int64 = 200_000
    /// Nanoseconds for pages that incidents want.
    static let paging: Int64 = 300_000
    /// Pieces of work, of some microseconds each, between two looks at the clock.
    static let piecesPerLook = 16

    /// Nanoseconds of the engine's clock.
    private let end: Int64
    private var pieces = 0
    /// The time is used up.  Never before the first look at the clock: every share does something.
    private(set) var isOver = false

    init(until end: Int64) { self.end = end }

    /// Pieces of work were done.
    @inline(__always)
    mutating func spend(_ count: Int = 1, _ clock: () -> Int64) {
        pieces += count
        if pieces < Self.piecesPerLook { return }
        pieces = 0
        if clock() >= end { isOver = true }
    }
}

extension Engine {
    /// A share that begins now.  Where much of the turn's time is used up it is over at the first
    /// look.
    func share(of nanoseconds: Int64) -> TurnShare {
        TurnShare(until: min(clock() + nanoseconds, now.boot + TurnShare.turn))
    }

    /// Serves those in line; true when some are left for the next turn.
    func serveLeftovers() -> Bool {
        if !heavy.isEmpty {
            // One heavy request may take a millisecond: where requests that came took their whole
            // share, it is served in the next turn, and these get less there.
            hasPutOffHeavy = share.isOver && !hasPutOffHeavy
            if !hasPutOffHeavy { serveHeavy() }
        }
        if unserved.isEmpty { return hasLeftovers }
        share = share(of: TurnShare.leftovers)
        // A connection that comes back to the line is served in the next turn.
        for _ in 0..<unserved.count
        where served < SessionBounds.requestsPerTurn && !share.isOver {
            guard let slot = unserved.popFirst() else { break }
            guard let session = session(slot) else { continue }
            serve(slot, session, atMost: SessionBounds.requestsPerVisit)
        }
        return hasLeftovers
    }

    /// Each connection has one request in line at most; what it sent after that comes later.
    private func serveHeavy() {
        share = share(of: TurnShare.leftovers)
        for _ in 0..<SessionBounds.heavyRequestsPerTurn where !share.isOver {
            guard let slot = heavy.popFirst() else { return }
            guard let session = session(slot), let request = session.takeHeavyRequest() else {
                continue
            }
            carryOut(request.command, request.row, slot, session)
            share.spend(TurnShare.piecesPerLook, clock)
            serve(slot, session, atMost: SessionBounds.requestsOnArrival)
        }
    }

    /// Requests are left that could be served now: another turn should follow at once.
    var hasLeftovers: Bool {
        !heavy.isEmpty || unserved.contains { session($0)?.hasRoom ?? false }
    }
}
