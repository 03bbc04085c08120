// Where recovery hands what it reads, and what it says at the end.

package import OpsCore

/// Takes the durable state as it is read.  In the daemon, a few lines around `OpsCore.State`.
package protocol RecoverySink {
    /// Forget everything: what was handed over came from a snapshot that turned out damaged.
    mutating func reset()
    /// A snapshot begins.
    mutating func load(_ header: SnapshotHeader)
    mutating func load(_ ban: Ban)
    /// The number by which the entries that follow, of the same snapshot, refer to this reason.
    mutating func number(ofReason text: String) -> UInt32
    /// The same for a source.
    mutating func number(ofSource text: String) -> UInt16
    /// A ban that refers to its reason and its source by these numbers.
    mutating func load(_ entry: BanEntry)
    /// A claim that does not decide over its network.
    mutating func load(claim: Ban)
    /// The strikes of one address, oldest first.
    mutating func load(_ strikes: [Strike])
    mutating func load(_ offense: Offense)
    /// In the order of their ids.
    mutating func load(_ event: Event)
    /// An entry of a domain; in the order they were written.
    mutating func load(_ entry: DomainEntry)
    /// The snapshot is whole and good.
    mutating func loaded()
    /// A record of the log, in order, each number once.
    mutating func apply(_ sequence: UInt64, _ change: Change, _ stamp: Stamp)
}

/// A tail of the log that was not acknowledged as far as anything on disk tells.
package struct CutTail: Hashable, Sendable {
    /// The segment, relative to the state directory.
    package var file: String
    /// Where the good part ends.
    package var offset: UInt64
    /// How many bytes follow it that are not zero.
    package var bytes: UInt64
    /// What is wrong with the first bad record.
    package var reason: String
}

/// The outcome of a recovery that succeeded.
package struct RecoveryResult: Hashable, Sendable {
    /// The last sequence number of the state; the next segment starts one after it.
    package var sequence: UInt64 = 0
    /// The snapshot it started from: its file and its sequence number.
    package var snapshot: String?
    /// 0 where there was no snapshot.
    package var snapshotSequence: UInt64 = 0
    /// The head of the chain of events.ndjson that the snapshot has; nil: it has none.
    package var audit: AuditHead?
    /// The size of the segments that were read, preallocated room included.
    package var logBytes: UInt64 = 0
    /// The boot that the deadlines belong to; nil where there was nothing at all.
    package var bootID: BootID?
    /// The latest moment on disk that belongs to that boot.
    package var lastMoment: Moment?
    /// To be reported.  The files stay as they are: a segment that starts where the good part ends
    /// is enough to tell the next recovery that the tail does not count.
    package var cut: [CutTail] = []
    /// What was damaged, but not needed; to be reported.
    package var damaged: [StoreFault] = []
    /// Files to be set aside (renamed to `StateFiles.quarantine`, directory fsynced) before the log
    /// goes on: a damaged snapshot must not become the previous one, and a segment must not hold
    /// numbers that are about to be given out again.  If a segment is among them, take a snapshot
    /// first.
    package var quarantine: [String] = []
    /// Files to be unlinked (directory fsynced) before the log goes on: never finished, or never
    /// acknowledged.
    package var removable: [String] = []
    /// In wal/, with a name of an unknown form; left alone.
    package var strangers: [String] = []
    /// What this version does not know of the snapshot; hand it to the next `SnapshotWriter`.
    package var extras = SnapshotExtras()

    /// Nothing read yet.
    package init() {}
}
