// What a snapshot says about itself: its first line and its last.
//
// A snapshot is taken a part at a time while the log goes on, so it has two ends: everything up to
// `sequence` is in it, and some of what follows up to `through` may be.  It is whole only together
// with the log from `sequence` through `through`; without that log, recovery refuses it.

package import OpsCore

/// The first line of a snapshot.
package struct SnapshotHeader: Hashable, Sendable {
    /// What this build writes.
    package static let format = 1
    /// The newest `min_reader` this build understands: 2 knows lists, and bans that are not
    /// enforced; 3 knows claims, and places; 4 knows work, incidents,
    /// spending and endpoints.
    package static let reader = 4

    /// Everything to this sequence number is in the snapshot; replay goes on after it.
    package var sequence: UInt64
    /// The boot that deadlines belong to.
    package var bootID: BootID
    /// When it was begun.
    package var taken: Moment
    /// Wall clock less boot time at `sequence`, milliseconds.
    package var clockOffset: Int64
    /// The newest event's id at `sequence`; 0: none yet.
    package var lastEventID: UInt64
    /// The oldest reader that understands the whole snapshot: `State.minReader`.
    package var minReader: Int
    /// The service clock less boot time, milliseconds; nil: it equals `clockOffset`.
    package var serviceOffset: Int64?
    /// The head of the chain of events.ndjson that was on the disk; nil: none was.
    package var audit: AuditHead?

    package init(
        sequence: UInt64, bootID: BootID, taken: Moment, clockOffset: Int64, lastEventID: UInt64,
        serviceOffset: Int64? = nil, minReader: Int = 1, audit: AuditHead? = nil
    ) {
        self.sequence = sequence
        self.bootID = bootID
        self.taken = taken
        self.clockOffset = clockOffset
        self.lastEventID = lastEventID
        self.minReader = minReader
        self.serviceOffset = serviceOffset
        self.audit = audit
    }
}

/// The last line of a snapshot.
package struct SnapshotTrailer: Hashable, Sendable {
    /// Lines between header and trailer.
    package var count: UInt64
    /// The log's last sequence number when the last part was copied.
    package var through: UInt64

    package init(count: UInt64, through: UInt64) {
        self.count = count
        self.through = through
    }
}
