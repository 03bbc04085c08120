// Recovery's sink: what it reads of snapshot and log goes into a state.

import OpsCore
import OpsStore

/// Adds what recovery reads to a state.
struct StateSink: RecoverySink {
    private let make: @Sendable () -> State
    var state: State
    /// How many bans of the snapshot have been loaded.
    private var bans = 0

    init(_ make: @escaping @Sendable () -> State) {
        self.make = make
        state = make()
    }

    mutating func reset() {
        state = make()
        bans = 0
    }

    /// Makes room for the bans of a file of this many bytes, expecting as many per byte as in the
    /// `read` bytes so far.  More take a little longer, fewer leave room unused.
    mutating func expect(bytes: Int64, read: Int64) {
        let share = Double(bytes) / Double(max(1, read))
        state.reserve(bans: Int(min(Double(bans) * share, 1e8)))
    }

    mutating func load(_ header: SnapshotHeader) {
        state.restore(
            lastEventID: header.lastEventID, clockOffset: header.clockOffset,
            bootID: header.bootID, serviceOffset: header.serviceOffset)
    }

    mutating func load(_ ban: Ban) {
        bans += 1
        state.load(ban)
    }

    mutating func number(ofReason text: String) -> UInt32 { state.number(ofReason: text) }

    mutating func number(ofSource text: String) -> UInt16 { state.number(ofSource: text) }

    mutating func load(_ entry: BanEntry) {
        bans += 1
        state.load(entry)
    }

    mutating func load(claim: Ban) { state.load(claim: claim) }

    mutating func load(_ strikes: [Strike]) { for strike in strikes { state.restore(strike) } }

    mutating func load(_ offense: Offense) { state.restore(offense) }

    mutating func load(_ event: Event) { state.restore(event) }

    mutating func load(_ entry: DomainEntry) { state.restore(entry) }

    mutating func loaded() { state.settle() }

    mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp) {
        state.apply(change, stamp)
    }
}
