// What the kernel was asked to drop, what it has answered, and what it does not hold: the
// counterpart of the log book.  Changes of a turn gather under one ticket; one batch is with the
// thread at a time, and what gathers meanwhile is the next.
//
// A reply waits for its ticket, a second at most.  A ban that the kernel refused stays; it is in
// `doubts` until a rebuilt table holds it.  Reads no clock.

import Glibc
import OpsCore
import OpsLinux

/// Bans on their way into the kernel.
struct KernelBook {
    /// How long a reply waits for the kernel: nanoseconds.
    static let patience: Int64 = 1_000_000_000
    /// The most networks in doubt that are remembered one by one; with more, all bans are in doubt.
    static let doubtLimit = 65_536
    /// The error of an answer that did not come in time.
    static let late = Errno(ETIMEDOUT, "nf_tables")

    private struct Flight {
        var ticket: UInt64
        var since: Int64
        var changes: [KernelChange]
    }

    /// The ticket of the changes that gather now.
    private(set) var ticket: UInt64 = 1
    /// Replies wait for tickets above this one.
    private(set) var answered: UInt64 = 0
    private var pending: [Network: Int64?] = [:]
    private var pendingSince: Int64?
    private var flight: Flight?
    /// Networks that the kernel does not hold as it should, and why; nil: it has not answered yet.
    private(set) var doubts: [Network: Errno?] = [:]
    /// The table itself is in doubt: refused as a whole, or about to be restored.
    private(set) var tableDoubt: Enforcement? = .pending

    /// Lists in the kernel.
    var lists = KernelLists()

    /// Counts what was noted, so that a request knows whether it has to wait.
    private(set) var noted: UInt64 = 0

    /// Notes a change of a ban.
    /// - Parameter deadline: milliseconds of boot time; nil: the network is dropped no longer.
    mutating func note(_ network: Network, _ deadline: Int64?, at now: Moment) {
        noted += 1
        if pendingSince == nil { pendingSince = now.boot }
        pending[network] = .some(deadline)
        doubt(network, nil)
    }

    /// The batch to hand over now.
    mutating func nextJob(at now: Moment) -> KernelJob? {
        if flight != nil || pending.isEmpty { return nil }
        let changes = pending.map { KernelChange(network: $0.key, deadline: $0.value) }
        pending.removeAll(keepingCapacity: pending.count <= 1_024)
        flight = Flight(ticket: ticket, since: pendingSince ?? now.boot, changes: changes)
        pendingSince = nil
        ticket += 1
        return .change(ticket: ticket - 1, changes)
    }

    /// The kernel has answered a batch.
    mutating func changed(_ ticket: UInt64, _ error: Errno?) {
        guard let done = flight, done.ticket == ticket else { return }
        flight = nil
        for change in done.changes where pending[change.network] == nil {
            if let error { doubt(change.network, error) } else { doubts[change.network] = nil }
        }
        answered = max(answered, ticket)
    }

    /// Gives up waiting for what is overdue.
    /// - Returns: the ticket through which nobody waits any longer; nil: nothing is overdue.
    mutating func overdue(at now: Moment) -> UInt64? {
        let limit = now.boot - Self.patience
        if let since = pendingSince, since <= limit {
            // Changes noted from here on have a new ticket, and a second of their own to wait.
            answered = ticket
            ticket += 1
            for network in pending.keys { doubt(network, Self.late) }
            pendingSince = now.boot
            return answered
        }
        if let flight, flight.since <= limit, answered < flight.ticket {
            answered = flight.ticket
            for change in flight.changes { doubt(change.network, Self.late) }
            return answered
        }
        return nil
    }

    /// Lends the book to `body` without a copy.
    @inline(__always)
    mutating func lend<Result>(_ body: (inout KernelBook) -> Result) -> Result { body(&self) }

    /// When a reply has waited too long, or a list is to be loaded: nanoseconds of boot time.
    var due: Int64 { min(deadline, takesLists ? lists.due : .max) }

    /// When `overdue` will first return a ticket: nanoseconds of boot time.
    var deadline: Int64 {
        var next = Int64.max
        if let since = pendingSince { next = since + Self.patience }
        if let flight, answered < flight.ticket { next = min(next, flight.since + Self.patience) }
        return next
    }

    /// The table was built in the kernel, or refused.
    mutating func rebuilt(_ error: Errno?) {
        if let error {
            tableDoubt = .refused(error.name)
            return
        }
        tableDoubt = nil
        let under = Set(flight?.changes.map(\.network) ?? [])
        doubts = doubts.filter { pending[$0.key] != nil || under.contains($0.key) }
    }

    /// Another program changed the table: nothing is certain until it is restored.
    mutating func tampered() { if tableDoubt == nil { tableDoubt = .pending } }

    /// Whether the kernel holds the ban of a network.
    func standing(of network: Network) -> Enforcement {
        if let tableDoubt { return tableDoubt }
        if doubts.isEmpty { return .enforced }
        switch doubts[network] {
        case nil: return .enforced
        case .some(nil): return .pending
        case .some(let error?): return .refused(error.name)
        }
    }

    /// The table is as it should be.  Only then are lists loaded.
    var takesLists: Bool { tableDoubt == nil }

    /// Whether the kernel holds a list.
    func standing(of list: AddressList) -> Enforcement {
        tableDoubt ?? lists.standing(of: list)
    }

    /// Something was refused, and waits to be tried again.
    var hasRefusals: Bool {
        if case .refused = tableDoubt { return true }
        return doubts.contains { $0.value != nil }
    }

    private mutating func doubt(_ network: Network, _ error: Errno?) {
        if doubts.count >= Self.doubtLimit && doubts[network] == nil {
            if tableDoubt == nil { tableDoubt = error.map { .refused($0.name) } ?? .pending }
            return
        }
        doubts[network] = .some(error)
    }
}
